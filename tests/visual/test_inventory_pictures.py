"""What the inventory looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from aurora_console.widgets.inventory_list import InventoryList
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL, Drive
from tests.ui.inventories import recorded, small
from tests.visual import scenarios

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]


def _app(view: View, terminal: Mapping[str, str] = UNICODE_TERMINAL) -> AuroraApp:
    return AuroraApp(FakeLink(view), StillClock(view.live.at), terminal)


def _after(*keys: str) -> Callable[[Any], Any]:
    """Open the panel, wait until it shows the inventory, and press keys."""

    async def drive_there(pilot: Any) -> None:
        drive = Drive(pilot.app, pilot.app._link, pilot)
        await drive.press("2")
        shown = pilot.app.screen.query_one(InventoryList)
        await drive.until(lambda: shown.count() > 0)
        await drive.press(*keys)

    return drive_there


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["j", "o"], id="current"),
        pytest.param(["l", "z"], id="target"),
        pytest.param(["l", "l", "o"], id="overlap"),
        pytest.param(["l", "l", "l"], id="conflicts"),
        pytest.param(["h", "h"], id="points"),
        pytest.param(["h", "j", "j"], id="imports"),
        pytest.param(["enter"], id="detail"),
        pytest.param(["slash", *"app"], id="filtered"),
    ],
)
def test_inventory(keys: list[str], size: str, tmp_path: Path, snap_compare: Compare) -> None:
    """Every view, at the size to design for and at a wide one."""
    view = recorded(scenarios.waiting(), tmp_path, small())
    assert snap_compare(_app(view), run_before=_after(*keys), terminal_size=SIZES[size])


def test_inventory_before_the_phase(snap_compare: Compare) -> None:
    """Which phase makes it, and what can be done without it."""
    assert snap_compare(_app(scenarios.waiting()), press=["2"], terminal_size=SIZES["80x24"])


def test_inventory_ascii(tmp_path: Path, snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    view = recorded(scenarios.waiting(), tmp_path, small())
    assert snap_compare(_app(view, ASCII_TERMINAL), run_before=_after("h", "j", "j"))


def test_inventory_no_color(tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Selection, view and weight are told by signs."""
    monkeypatch.setenv("NO_COLOR", "1")
    view = recorded(scenarios.waiting(), tmp_path, small())
    assert snap_compare(_app(view), run_before=_after("l", "l", "l"))


def test_inventory_small(tmp_path: Path, snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole panel."""
    view = recorded(scenarios.waiting(), tmp_path, small())
    assert snap_compare(_app(view), run_before=_after("l", "l", "z"), terminal_size=(60, 16))
