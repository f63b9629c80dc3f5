"""The rollback's panel: scopes with previews, the question, progress, proof, undo, and earlier rollbacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from aurora_console.screens.rollback import RollbackScreen
from aurora_console.screens.rollback_question import RollbackQuestion
from aurora_console.state import events as e
from aurora_console.state.fold import fold
from aurora_console.state.live import View
from aurora_console.state.requests import LookForForeignChanges, Request, RollBack, UndoRollback
from aurora_console.state.values import Proof, StopService
from aurora_console.widgets.notice import Notice
from aurora_console.widgets.rollbacks import RollbackDetail, Scopes
from tests.ui.driving import ASCII_TERMINAL, Drive, cockpit
from tests.ui.test_cockpit_hostile_names import HOSTILE, MARKUP
from tests.ui.test_panel_gates import journaled
from tests.visual import scenarios

FOREIGN = ("commit 1f3c9e2 “hotfix” by mara", "notes.txt added by somebody else")
WIDE = (120, 40)


def asked(drive: Drive) -> list[Request]:
    """Return what was asked of the engine, the looking for others' changes left out."""
    return [one for one in drive.link.requests if not isinstance(one, LookForForeignChanges)]


def with_foreign(view: View) -> View:
    """Return the moment with changes of others in it."""
    return replace(view, live=replace(view.live, foreign=FOREIGN))


async def test_every_scope_tells_what_it_would_undo_and_which_one_r_takes() -> None:
    """`R` stands beside the scope of the open phase."""
    async with cockpit(scenarios.incident()) as drive:
        await drive.press("7")
        lines = {
            line.split()[0].lstrip("▌"): line
            for line in drive.text.splitlines()
            if "~0" in line and "undoes" not in line
        }
        assert set(lines) >= {"phase", "code", "all"}
        assert "remove 4 files" in lines["code"]
        (of_r,) = [line for line in drive.text.splitlines() if "services R" in line]
        assert "stop learn" in of_r
        assert "4 files" not in of_r


async def test_wide_terminals_show_the_scopes_side_by_side() -> None:
    """Each with its steps, on one line of headings."""
    async with cockpit(scenarios.incident(), size=WIDE) as drive:
        await drive.press("7")
        (heading,) = [
            line for line in drive.text.splitlines() if all(one in line for one in ("phase", "services", "code", "all"))
        ]
        assert heading.count("~0.") == 4


async def test_enter_asks_once_more_and_then_rolls_back_that_far() -> None:
    """The question shows the steps and what stays; Esc changes nothing."""
    async with cockpit(with_foreign(scenarios.incident())) as drive:
        await drive.press("7", "l", "enter")
        assert isinstance(drive.app.screen, RollbackQuestion)
        assert "Roll back code?" in drive.text
        assert "remove 4 files" in drive.text
        assert FOREIGN[1] in drive.text
        await drive.press("escape")
        assert asked(drive) == []
        await drive.press("enter", "enter")
        await drive.until(lambda: asked(drive) == [RollBack(scope="code")])
        assert isinstance(drive.app.screen, RollbackScreen)


async def test_a_scope_with_nothing_to_undo_is_not_asked_for() -> None:
    """It says which key leads on."""
    story = scenarios.Story().opened().proposed(3).approved(3)
    story.begun(3, 1, (StopService(service="learn"),)).done(0.1, "up")
    async with cockpit(story.view()) as drive:
        await drive.press("7", "l", "enter")
        await drive.sees("Nothing within “code”")
        assert asked(drive) == []


async def test_the_question_goes_when_somebody_else_rolls_back() -> None:
    """What it asked about is under way."""
    async with cockpit(scenarios.incident()) as drive:
        await drive.press("7", "enter")
        drive.link.show(scenarios.rolling_back())
        await drive.until(lambda: isinstance(drive.app.screen, RollbackScreen))
        assert asked(drive) == []


async def test_the_steps_are_seen_as_they_are_undone() -> None:
    """Each with its outcome, what is ahead below."""
    async with cockpit(scenarios.partly_rolled_back(), size=WIDE) as drive:
        await drive.press("7")
        assert "ROLLING BACK all" in drive.text
        assert "2 of 5 steps" in drive.text
        assert "learn stopped in 0.3 s" in drive.text
        assert "weights.py was changed by somebody since" in drive.text
        assert "remove aurora_x/learn/__init__.py" in drive.text
        assert "proof: files, refs" in drive.text


async def test_the_proof_is_shown_in_full_and_u_undoes_the_rollback() -> None:
    """Every check, what was kept, and what would come back."""
    async with cockpit(scenarios.restored(), size=WIDE) as drive:
        await drive.press("7")
        for words in ("RESTORED", "42 files", "7 refs", "kept: commit 1f3c9e2 by mara", "bring back 4 files"):
            assert words in drive.text
        await drive.press("U")
        assert asked(drive) == [UndoRollback()]


async def test_u_works_on_the_cockpit_and_says_when_it_does_not() -> None:
    """Nothing was rolled back here."""
    async with cockpit(scenarios.restored()) as drive:
        assert "U undoes" in drive.text
        await drive.press("U")
        assert drive.link.requests == [UndoRollback()]
        drive.link.show(scenarios.running())
        await drive.sees("38 of 60 s")
        await drive.press("U")
        await drive.sees("There is no rollback to undo")
        assert len(drive.link.requests) == 1


async def test_what_could_not_be_brought_back_is_told() -> None:
    """After the undo of a rollback."""
    async with cockpit(scenarios.rollback_undone(), size=WIDE) as drive:
        await drive.press("7")
        assert "4 of 5 steps are done again" in drive.text
        assert "__init__.py is there already" in drive.text
        assert "U UNDOES IT" not in drive.text


async def test_earlier_rollbacks_stand_there_with_their_rescues(tmp_path: Path) -> None:
    """From the journal."""
    story = scenarios._rolled_back_story(Proof(verdict="restored", checks=("42 files",)))
    async with cockpit(journaled(tmp_path, story.view(), story), size=WIDE) as drive:
        await drive.press("7")
        await drive.sees("refs/aurora/rescue/b1")
        assert "deploy from 10.0.0.7" in drive.text


async def test_others_changes_are_asked_for_and_told_in_an_incident_too() -> None:
    """The panel has the engine look; the incident's lines say what stays."""
    async with cockpit(with_foreign(scenarios.incident()), size=WIDE) as drive:
        await drive.press("7")
        await drive.until(lambda: LookForForeignChanges() in drive.link.requests)
        assert "STAYS, IT IS OTHERS'" in drive.text
        said = "\n".join(line.words for line in drive.app.screen.query_one(Notice).lines.rows)
        assert f"stays: {FOREIGN[0]} and 1 more" in said


@pytest.mark.parametrize("hostile", [HOSTILE, MARKUP])
async def test_hostile_names_are_harmless(hostile: str) -> None:
    """Commits are others' words."""
    view = scenarios.incident()
    async with cockpit(replace(view, live=replace(view.live, foreign=(hostile,))), size=WIDE) as drive:
        await drive.press("7")
        assert "\x1b" not in drive.text
        await drive.press("enter")
        assert "\x1b" not in drive.text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 60)])
async def test_everything_is_reached_at_every_size(size: tuple[int, int]) -> None:
    """In ASCII, too."""
    async with cockpit(scenarios.restored(), size=size, terminal=ASCII_TERMINAL) as drive:
        await drive.press("7")
        assert drive.text.isascii()
        assert drive.app.screen.query_one(Scopes).size.height >= 4
        await drive.press("end")
        assert "ROLLBACKS OF THIS RUN" in drive.text
        await drive.press("home")
        assert drive.app.screen.query_one(RollbackDetail).top == 0


async def test_without_a_plan_it_says_so() -> None:
    """No empty screen."""
    async with cockpit(scenarios.nothing_opened()) as drive:
        await drive.press("7")
        assert "nothing to go back from" in drive.text


def test_a_rollback_taken_up_again_knows_what_the_first_one_undid() -> None:
    """Its undo brings back all of it."""
    story = scenarios._rolling_back()
    steps = list(reversed(fold(story.records).pending_undo))
    story.tell(e.StepUndone(action=steps[0].action, index=steps[0].index, outcome="undone"))
    story.tell(e.RollbackStarted(rollback="b2", scope="services", phase=3, actor=scenarios.OPERATOR))
    state = fold(story.records)
    assert state.rollback is not None
    assert [one.pending for one in state.rollback.results] == steps[:1]
    assert state.rollback.rescues == ("refs/aurora/rescue/b1",)
    assert len(state.rollback.pending) == len(steps)
