"""All commands of the cockpit, in the order in which footer and help list them."""

from __future__ import annotations

from textual.binding import Binding

from aurora_console.commands.command import Command, Gesture, always
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
    ),
    Command(
        id="scroll-down",
        keys=("j", "down"),
        shown_key="j",
        title="scroll down",
        help="Scroll the list that has the focus, NOW when none has. The arrow keys do the same.",
        group="view",
        makes=Gesture.SCROLL_DOWN,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="scroll-up",
        keys=("k", "up"),
        shown_key="k",
        title="scroll up",
        help="Scroll back.",
        group="view",
        makes=Gesture.SCROLL_UP,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="next-list",
        keys=(),  # tab is Textual's own binding, and works on every screen
        shown_key="Tab",
        title="next list",
        help="Move the focus to the next list; its heading lights up.",
        group="view",
        makes=Gesture.FOCUS_NEXT,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="help",
        keys=("question_mark", "f1"),
        shown_key="?",
        title="help",
        help="Show the keys, and what the signs mean.",
        group="console",
        makes=Gesture.OPEN_HELP,
        is_available=always,
        otherwise="",
    ),
    Command(
        id="palette",
        keys=(),  # ctrl+p is Textual's own binding
        shown_key="^p",
        title="commands",
        help="Find a command by its name; the colours are chosen there too.",
        group="console",
        makes=Gesture.OPEN_PALETTE,
        is_available=always,
        otherwise="",
        in_palette=False,
    ),
    Command(
        id="leave",
        keys=("q",),
        shown_key="q",
        title="leave",
        help="Leave the console. No service is stopped.",
        group="console",
        makes=Gesture.ASK_TO_LEAVE,
        is_available=always,
        otherwise="",
    ),
)


def available(view: View) -> tuple[Command, ...]:
    """Return the commands that apply now."""
    return tuple(command for command in COMMANDS if command.is_available(view))


def command_for(key: str, view: View) -> Command:
    """Return the command that `key` gives now: one that is available, else the first that has the key.

    Raises KeyError when no command has the key.
    """
    having = [command for command in COMMANDS if key in command.keys]
    if not having:
        raise KeyError(key)
    return next((command for command in having if command.is_available(view)), having[0])


def by_id(id_: str) -> Command:
    """Return one command. Raises KeyError when there is none of that name."""
    for command in COMMANDS:
        if command.id == id_:
            return command
    raise KeyError(id_)


def bindings() -> list[Binding]:
    """Return a binding for each key; which command it gives is decided when it is pressed."""
    keys = dict.fromkeys(key for command in COMMANDS for key in command.keys)
    return [Binding(key, f"app.press('{key}')", show=False) for key in keys]
