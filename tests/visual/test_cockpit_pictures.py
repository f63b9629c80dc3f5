"""What the cockpit looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look at them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from aurora_console.themes import LIGHT
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL
from tests.visual import scenarios
from tests.visual.scenarios import SCENARIOS

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]


def _app(view: View, terminal: Mapping[str, str] = UNICODE_TERMINAL) -> AuroraApp:
    return AuroraApp(FakeLink(view), StillClock(view.live.at), terminal)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_cockpit(name: str, size: str, snap_compare: Compare) -> None:
    """Every state, at the size to design for and at a wide one."""
    assert snap_compare(_app(SCENARIOS[name]()), terminal_size=SIZES[size])


@pytest.mark.parametrize(
    ("make", "keys"),
    [
        pytest.param(scenarios.waiting, ["a"], id="approve"),
        pytest.param(scenarios.blocked, ["a"], id="cannot-approve"),
        pytest.param(scenarios.running, ["question_mark"], id="help"),
        pytest.param(scenarios.running, ["q"], id="leave"),
        pytest.param(scenarios.incident, ["tab", "j", "j"], id="scrolled"),
    ],
)
def test_screens(make: Callable[[], View], keys: list[str], snap_compare: Compare) -> None:
    """The other screens."""
    assert snap_compare(_app(make()), press=keys, terminal_size=SIZES["80x24"])


def test_ascii(snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    assert snap_compare(_app(scenarios.incident(), ASCII_TERMINAL))


def test_light(snap_compare: Compare) -> None:
    """The other theme."""

    def lighten(pilot: Any) -> None:
        pilot.app.theme = LIGHT.name

    assert snap_compare(_app(scenarios.incident()), run_before=lighten)


def test_no_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shades of grey, and every state told by sign and word."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_app(scenarios.incident()))


def test_small(snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole cockpit."""
    assert snap_compare(_app(scenarios.gates_failed()), terminal_size=(60, 16))
