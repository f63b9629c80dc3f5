"""What the journal's panel looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from aurora_console.widgets.journal_list import JournalList
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL, Drive
from tests.ui.journals import journaled
from tests.visual import scenarios

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]


def _app(view: View, terminal: Mapping[str, str] = UNICODE_TERMINAL) -> AuroraApp:
    return AuroraApp(FakeLink(view), StillClock(view.live.at), terminal)


def _after(*keys: str) -> Callable[[Any], Any]:
    """Open the panel, press keys, and wait until everything was read."""

    async def drive_there(pilot: Any) -> None:
        drive = Drive(pilot.app, pilot.app._link, pilot)
        await drive.press("4")
        shown = pilot.app.screen.query_one(JournalList)
        await drive.until(lambda: shown.entry() is not None)
        await drive.press(*keys)
        query = pilot.app.screen._query
        await drive.until(lambda: shown.page.query == query and shown.page.is_whole)
        await drive.press()

    return drive_there


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="newest"),
        pytest.param(["k", "k", "enter"], id="detail"),
        pytest.param(["f", "f", "f", "n", "n", "n", "n", "slash", *"chat"], id="filtered"),
        pytest.param(["slash", *"xyzzy"], id="nothing-found"),
    ],
)
def test_journal(keys: list[str], size: str, tmp_path: Path, snap_compare: Compare) -> None:
    """An incident, at the size to design for and at a wide one."""
    view = journaled(scenarios._incident(), tmp_path, after=8)
    assert snap_compare(_app(view), run_before=_after(*keys), terminal_size=SIZES[size])


def test_journal_ascii(tmp_path: Path, snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    view = journaled(scenarios._incident(), tmp_path, after=8)
    assert snap_compare(_app(view, ASCII_TERMINAL), run_before=_after("k", "k"))


def test_journal_no_color(tmp_path: Path, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Selection and trouble are told by signs."""
    monkeypatch.setenv("NO_COLOR", "1")
    view = journaled(scenarios._incident(), tmp_path, after=8)
    assert snap_compare(_app(view), run_before=_after("k", "k"))


def test_journal_small(tmp_path: Path, snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole panel."""
    view = journaled(scenarios._incident(), tmp_path, after=8)
    assert snap_compare(_app(view), run_before=_after("f", "f"), terminal_size=(60, 16))
