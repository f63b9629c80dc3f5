import pytest
from msgspec.structs import replace

from aurora_console.config import IncidentNotice
from aurora_console.state.model import RunState
from aurora_console.widgets.alert import Alert
from tests.ui.driving import cockpit
from tests.visual import scenarios

XTERM = {"TERM": "xterm-256color"}
BOTH = IncidentNotice()


def state() -> RunState:
    """Return a state with an incident."""
    return scenarios.incident().state


def test_an_incident_calls_once() -> None:
    """However often the screen is painted, and whatever else is learnt about it."""
    alert = Alert(BOTH, XTERM, since=scenarios.START)
    call = alert.call_for(state())
    assert call.startswith("\a\x1b]9;incident on aurora: Chat still works")
    assert call.endswith("\x1b\\")
    assert alert.call_for(state()) == ""
    known = state().incident
    assert known is not None
    assert alert.call_for(replace(state(), incident=replace(known, what="something else"))) == ""
    assert alert.call_for(scenarios.running().state) == ""
    assert alert.call_for(replace(state(), incident=replace(known, since=known.since + 60))) != ""


def test_an_incident_from_before_the_console_was_opened_does_not_call() -> None:
    """Whoever opens the console sees it."""
    assert Alert(BOTH, XTERM, since=scenarios.incident().live.at).call_for(state()) == ""


@pytest.mark.parametrize(
    ("wanted", "environment", "call"),
    [
        (IncidentNotice(bell=False, notification=False), XTERM, ""),
        (IncidentNotice(notification=False), XTERM, "\a"),
        (BOTH, {"TERM": "dumb"}, "\a"),
        (BOTH, {}, "\a"),
    ],
)
def test_a_call_is_as_the_user_and_the_terminal_want_it(
    wanted: IncidentNotice, environment: dict[str, str], call: str
) -> None:
    """Switched off, or not understood: not sent."""
    assert Alert(wanted, environment, since=0.0).call_for(state()) == call


def test_tmux_is_asked_to_hand_the_notification_on() -> None:
    """It swallows what is not wrapped."""
    call = Alert(BOTH, XTERM | {"TMUX": "/tmp/tmux"}, since=0.0).call_for(state())
    assert call.startswith("\a\x1bPtmux;\x1b\x1b]9;incident")


def test_hostile_words_cannot_end_the_notification() -> None:
    """What a service says is text."""
    known = state().incident
    assert known is not None
    hostile = replace(state(), incident=replace(known, what="x\x1b\\\x1b]0;owned\x07\a\n" * 50))
    call = Alert(BOTH, XTERM, since=0.0).call_for(hostile)
    assert call.count("\x1b") == 2
    assert call.count("\a") == 1
    assert len(call) < 150


@pytest.mark.parametrize("keys", [("a",), ("question_mark",), ("q",)])
async def test_an_incident_shows_over_dialogs_and_can_be_undone_from_there(keys: tuple[str, ...]) -> None:
    """Approval, help and leaving: none hides it, `R` works on each."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press(*keys)
        dialog = drive.app.screen
        assert "INCIDENT" not in drive.text
        view = scenarios.waiting()
        opened = replace(scenarios.incident().state, phases=view.state.phases)
        drive.link.show(replace(scenarios.incident(), state=opened))
        await drive.until(lambda: "INCIDENT 0:" in "\n".join(_words(dialog)))
        assert drive.app.screen is dialog
        await drive.press("R")
        await drive.until(lambda: len(drive.link.requests) == 1)


def _words(screen: object) -> list[str]:
    from textual.screen import Screen  # noqa: PLC0415  for its type alone

    from aurora_console.widgets.incident_line import IncidentLine  # noqa: PLC0415  as above

    assert isinstance(screen, Screen)
    return [row.words for row in screen.query_one(IncidentLine).lines.rows]
