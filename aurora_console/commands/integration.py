"""What a user asks of the integration."""

from __future__ import annotations

from aurora_console.commands.command import Command, Gesture
from aurora_console.state.live import View
from aurora_console.state.requests import Pause, Resume, RollBack
from aurora_console.state.standing import proposed


def _can_approve(view: View) -> bool:
    state = view.state
    is_free = state.paused is None and not state.is_rolling_back and not state.finished
    return is_free and proposed(state) is not None and not view.engine_error


def _can_pause(view: View) -> bool:
    state = view.state
    is_under_way = state.outline is not None and not state.finished and not state.is_complete
    return is_under_way and state.paused is None and not state.is_rolling_back and not view.engine_error


def _can_resume(view: View) -> bool:
    return view.state.paused is not None and not view.state.is_rolling_back and not view.engine_error


def _can_roll_back(view: View) -> bool:
    state = view.state
    has_something = bool(state.pending_undo) or state.open_phase is not None
    return has_something and not state.is_rolling_back and not state.finished and not view.engine_error


COMMANDS: tuple[Command, ...] = (
    Command(
        id="approve",
        keys=("a",),
        shown_key="a",
        title="approve",
        help="Show what the next phase would do and how each step is undone; Enter there approves it.",
        group="integration",
        makes=Gesture.OPEN_APPROVAL,
        is_available=_can_approve,
        otherwise="No phase waits for approval.",
    ),
    Command(
        id="resume",
        keys=("p",),
        shown_key="p",
        title="resume",
        help="Go on after a pause; a phase that failed is proposed again.",
        group="integration",
        makes=lambda _view: Resume(),
        is_available=_can_resume,
        otherwise="Nothing is paused.",
    ),
    Command(
        id="pause",
        keys=("p",),
        shown_key="p",
        title="pause",
        help="Begin nothing more; the action that is under way ends first.",
        group="integration",
        makes=lambda _view: Pause(),
        is_available=_can_pause,
        otherwise="Nothing is under way that could be paused.",
    ),
    Command(
        id="roll-back",
        keys=("R",),
        shown_key="R",
        title="roll back",
        help="Undo at once, without asking: the open phase, or everything when none is open.",
        group="integration",
        makes=lambda _view: RollBack(scope="current"),
        is_available=_can_roll_back,
        otherwise="There is nothing to undo.",
        acts_at_once=True,
    ),
)
