"""What the services panel looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from collections.abc import Callable, Mapping

import pytest
from msgspec.structs import replace

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL
from tests.visual import scenarios

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]


def _app(view: View, terminal: Mapping[str, str] = UNICODE_TERMINAL) -> AuroraApp:
    return AuroraApp(FakeLink(view), StillClock(view.live.at), terminal)


def _failed() -> View:
    """Return a moment in which a service ended by itself."""
    view = scenarios.paused()
    learn = replace(view.state.services["learn"], status="exited", process=None, note="exit code 3")
    return replace(view, state=replace(view.state, services=view.state.services | {"learn": learn}))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("make", "keys"),
    [
        pytest.param(scenarios.paused, ["3", "j"], id="table"),
        pytest.param(scenarios.paused, ["3", "j", "enter"], id="detail"),
        pytest.param(_failed, ["3", "j"], id="failed"),
        pytest.param(scenarios.paused, ["3", "j", "X"], id="stop"),
        pytest.param(scenarios.running, ["3", "j", "j", "S"], id="cannot-start"),
        pytest.param(scenarios.nothing_opened, ["3"], id="empty"),
    ],
)
def test_services(make: Callable[[], View], keys: list[str], size: str, snap_compare: Compare) -> None:
    """Its states, at the size to design for and at a wide one."""
    assert snap_compare(_app(make()), press=keys, terminal_size=SIZES[size])


def test_small(snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole panel."""
    assert snap_compare(_app(scenarios.paused()), press=["3", "j", "enter"], terminal_size=(60, 16))


def test_ascii(snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    assert snap_compare(_app(scenarios.paused(), ASCII_TERMINAL), press=["3", "j", "enter"])


def test_no_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shades of grey, and every state told by sign and word."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_app(_failed()), press=["3", "j"])
