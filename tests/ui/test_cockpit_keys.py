from aurora_console.app import ExitChoice
from aurora_console.commands.registry import COMMANDS
from aurora_console.screens.approve import ApproveScreen
from aurora_console.screens.cockpit import CockpitScreen
from aurora_console.screens.help import HelpPage, HelpScreen
from aurora_console.screens.leave import LeaveScreen
from aurora_console.state.requests import ApprovePhase, Pause, Resume, RollBack
from aurora_console.widgets.now import Now
from aurora_console.widgets.phases import Phases
from tests.ui.driving import cockpit
from tests.visual import scenarios


async def test_a_shows_the_preview_and_enter_approves() -> None:
    """The approval is asked for only after its preview was on the screen."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("a")
        await drive.sees("stop learn: SIGTERM")
        assert drive.link.requests == []
        await drive.press("enter")
        assert drive.link.requests == [ApprovePhase(phase=3)]
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_a_reason_goes_with_the_approval() -> None:
    """What is typed in the field is the reason; Enter there approves too."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("a", "tab", *"change", "space", *"7q")
        await drive.press("enter")
        assert drive.link.requests == [ApprovePhase(phase=3, reason="change 7q")]


async def test_escape_leaves_the_preview_without_approving() -> None:
    """Nothing is asked of the engine."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("a", "escape")
        assert isinstance(drive.app.screen, CockpitScreen)
        assert drive.link.requests == []


async def test_enter_pressed_twice_approves_once() -> None:
    """The second one comes when the preview is gone."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("a", "enter", "enter")
        assert drive.link.requests == [ApprovePhase(phase=3)]


async def test_a_phase_that_cannot_be_done_cannot_be_approved() -> None:
    """Its problems stand at the top of the preview."""
    async with cockpit(scenarios.blocked()) as drive:
        await drive.press("a")
        await drive.sees("port 5010 is held by pid 812")
        await drive.press("enter")
        assert isinstance(drive.app.screen, ApproveScreen)
        assert drive.link.requests == []


async def test_the_preview_closes_when_the_phase_waits_no_longer() -> None:
    """Somebody else approved it meanwhile."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("a")
        drive.link.show(scenarios.running())
        await drive.until(lambda: isinstance(drive.app.screen, CockpitScreen))
        assert drive.link.requests == []


async def test_the_preview_shows_gates_and_the_phase_before() -> None:
    """They are below; scrolling brings them into sight."""
    async with cockpit(scenarios.waiting(), size=(120, 40)) as drive:
        await drive.press("a")
        for words in (
            "HOW IT IS UNDONE",
            "GATES THAT WILL JUDGE IT",
            "phase 3 Create Coordination Layer",
            "changes nothing",
        ):
            assert words in drive.text


async def test_p_pauses_what_runs_and_resumes_what_is_paused() -> None:
    """One key, by state."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("p")
        assert drive.link.requests == [Pause()]
        drive.link.show(scenarios.paused())
        await drive.sees("PAUSED 0:12")
        await drive.press("p")
        assert drive.link.requests == [Pause(), Resume()]


async def test_capital_r_rolls_back_at_once() -> None:
    """No dialog stands between an incident and its end."""
    async with cockpit(scenarios.incident()) as drive:
        await drive.press("R")
        assert drive.link.requests == [RollBack(scope="current")]
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_small_r_does_nothing() -> None:
    """A slip of the finger is no rollback."""
    async with cockpit(scenarios.incident()) as drive:
        await drive.press("r")
        assert drive.link.requests == []


async def test_a_key_that_does_not_apply_says_why() -> None:
    """Silence would leave the operator guessing."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("R")
        await drive.sees("There is nothing to undo.")
        assert drive.link.requests == []


async def test_help_lists_every_command() -> None:
    """It is made from the registry."""
    async with cockpit(scenarios.running(), size=(120, 40)) as drive:
        await drive.press("question_mark")
        assert isinstance(drive.app.screen, HelpScreen)
        page = "\n".join(row.words for row in drive.app.screen.query_one(HelpPage).lines.rows)
        for command in COMMANDS:
            assert command.title in page
        await drive.press("escape")
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_the_palette_runs_commands() -> None:
    """It offers those that apply."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("ctrl+p")
        await drive.press(*"pause")
        await drive.sees("Begin nothing more")
        await drive.press("down", "enter")
        await drive.until(lambda: bool(drive.link.requests))
        assert drive.link.requests == [Pause()]


async def test_the_palette_does_not_offer_what_does_not_apply() -> None:
    """Nothing waits for approval while a phase runs."""
    async with cockpit(scenarios.running(), size=(120, 40)) as drive:
        await drive.press("ctrl+p")
        await drive.sees("Roll back")
        assert "Approve" not in drive.text


async def test_q_says_what_goes_on_and_q_again_leaves() -> None:
    """The engine is asked for nothing."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("q")
        await drive.sees("learn on 5010")
        assert "Phase 4 is under way" in drive.text
        await drive.press("q")
        assert drive.app.return_value is ExitChoice.LEAVE
        assert drive.link.requests == []


async def test_enter_leaves_and_escape_stays() -> None:
    """The dialog's other keys."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("q", "escape")
        assert isinstance(drive.app.screen, CockpitScreen)
        assert drive.app.return_value is None
        await drive.press("q", "enter")
        assert drive.app.return_value is ExitChoice.LEAVE


async def test_every_way_to_quit_asks_first() -> None:
    """Textual's own ctrl+q and ctrl+c end in the same dialog."""
    for key in ("ctrl+q", "ctrl+c"):
        async with cockpit(scenarios.running()) as drive:
            await drive.press(key)
            assert isinstance(drive.app.screen, LeaveScreen)
            await drive.press(key)
            assert len(drive.app.screen_stack) == 2


async def test_j_and_k_scroll_the_current_phase() -> None:
    """Without a focus that is NOW."""
    async with cockpit(scenarios.running()) as drive:
        now = drive.app.screen.query_one(Now)
        assert "Response times" not in drive.text
        await drive.press("j", "j", "down")
        assert now.top == 3
        assert "Response times" in drive.text
        await drive.press("j")
        assert now.top == 3
        await drive.press("k", "up")
        assert now.top == 1


async def test_tab_moves_the_focus_and_the_keys_follow() -> None:
    """The list with the focus is the one that scrolls."""
    async with cockpit(scenarios.incident()) as drive:
        await drive.press("tab")
        phases = drive.app.screen.query_one(Phases)
        assert phases.has_focus
        await drive.press("j", "j", "j")
        assert phases.top == 3
        assert "10 Optimization" in drive.text


async def test_a_scrolled_list_stays_where_it_is() -> None:
    """A new moment does not take the operator's place away."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("j", "j", "j")
        view = scenarios.running()
        drive.link.show(view)
        await drive.until(lambda: drive.app.view is view)
        assert drive.app.screen.query_one(Now).top == 3
