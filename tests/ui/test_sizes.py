"""The console at every size: nothing breaks, and down to 60x16 nothing is out of reach."""

import random

import pytest

from aurora_console.widgets.pane import Pane
from tests.ui.driving import Drive, cockpit
from tests.visual import scenarios
from tests.visual.scenarios import SCENARIOS

SIZES = [(300, 100), (60, 16), (40, 10), (20, 5), (1, 1)]
DIALOGS = {"none": (), "approval": ("a",), "help": ("question_mark",), "leaving": ("q",), "palette": ("ctrl+p",)}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_state_is_drawn_at_every_size(name: str, size: tuple[int, int]) -> None:
    """The top line is always that of the state."""
    async with cockpit(SCENARIOS[name](), size) as drive:
        lines = drive.text.splitlines()
        assert (len(lines), len(lines[0])) == (size[1], size[0])
        assert lines[0].strip() or size[0] < 20


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("dialog", DIALOGS)
async def test_every_dialog_is_drawn_at_every_size(dialog: str, size: tuple[int, int]) -> None:
    """And left again."""
    async with cockpit(scenarios.waiting(), size) as drive:
        await drive.press(*DIALOGS[dialog])
        assert len(drive.text.splitlines()) == size[1]
        await drive.press("escape")
        await drive.until(lambda: len(drive.app.screen_stack) == 1)


@pytest.mark.parametrize("name", ["running", "gates_failed", "incident"])
async def test_at_60_by_16_every_row_can_be_scrolled_into_sight(name: str) -> None:
    """Of every list of the cockpit: Tab goes to it, j moves it."""
    async with cockpit(SCENARIOS[name](), (60, 16)) as drive:
        lists = [pane for pane in drive.app.screen.query(Pane) if pane.can_focus and pane.size.height]
        assert len(lists) >= 3
        for pane in lists:
            pane.focus()
            await drive.pilot.pause()
            await everything_comes_by(drive, pane)


@pytest.mark.parametrize(("dialog", "last"), [("approval", "THE PHASE BEFORE"), ("help", "starting or stopping")])
async def test_at_60_by_16_a_dialog_scrolls_to_its_end(dialog: str, last: str) -> None:
    """Its keys stay in sight."""
    async with cockpit(scenarios.waiting(), (60, 16)) as drive:
        await drive.press(*DIALOGS[dialog])
        for _ in range(40):
            if last in drive.text:
                break
            await drive.press("pagedown")
        assert last in drive.text
        assert "Esc back" in drive.text


@pytest.mark.parametrize("size", [(60, 16), (40, 10), (20, 5)])
async def test_the_leaving_dialog_keeps_its_keys_in_sight(size: tuple[int, int]) -> None:
    """What does not fit above them scrolls."""
    async with cockpit(scenarios.incident(), size) as drive:
        await drive.press("q")
        assert "q leave" in drive.text


async def test_a_storm_of_resizes_ends_in_the_same_picture() -> None:
    """A hundred sizes, with dialogs open and moments passing."""
    chance = random.Random(16)
    moments = [make() for make in SCENARIOS.values()]
    async with cockpit(scenarios.incident()) as drive:
        before = drive.text
        for step in range(100):
            await drive.pilot.resize_terminal(chance.randint(1, 220), chance.randint(1, 70))
            if step % 9 == 0:
                drive.link.show(chance.choice(moments))
            if step % 13 == 0:
                await drive.pilot.press(chance.choice(["question_mark", "escape", "tab", "j"]))
        await drive.press("escape", "escape")
        drive.link.show(scenarios.incident())
        await drive.pilot.resize_terminal(80, 24)
        drive.app.screen.set_focus(None)
        for pane in drive.app.screen.query(Pane):
            pane._has_scrolled = False
            pane.top = 0
        drive.link.show(scenarios.incident())
        await drive.until(lambda: drive.text == before)


async def everything_comes_by(drive: Drive, pane: Pane) -> None:
    """Scroll a list from its beginning to its end, and see that no row is left out."""
    pane.scroll_rows(-1000)
    await drive.pilot.pause()
    rows = len(pane.lines.rows)
    seen: set[int] = set()
    for _ in range(rows + 1):
        seen.update(range(pane.top, min(rows, pane.top + pane._room)))
        await drive.press("j")
    assert seen == set(range(rows)), pane
