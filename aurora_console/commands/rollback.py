"""What a user does on the rollback panel, and undoing a rollback, which every panel offers."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always
from aurora_console.state.live import View
from aurora_console.state.requests import UndoRollback
from aurora_console.state.scopes import redo_for


def _can_undo(view: View) -> bool:
    state = view.state
    return bool(redo_for(state)) and not view.engine_error


def _can_choose(view: View) -> bool:
    state = view.state
    is_busy = state.is_rolling_back or state.is_undoing_rollback or state.finished
    return bool(state.pending_undo) and not is_busy and not view.engine_error


def _choose(id_: str, keys: tuple[str, ...], help_: str, by: int) -> Command:
    return Command(
        id=id_,
        keys=keys,
        shown_key=keys[0],
        title="scope",
        help=help_,
        group="view",
        makes=Local(f"choose({by})"),
        is_available=always,
        otherwise="",
        on=Panel.ROLLBACK,
        in_footer=False,
        in_palette=False,
    )


COMMANDS: tuple[Command, ...] = (
    Command(
        id="undo-rollback",
        keys=("U",),
        shown_key="U",
        title="undo rollback",
        help="Bring back what the newest rollback took away, until a phase is approved after it.",
        group="integration",
        makes=lambda _view: UndoRollback(),
        is_available=_can_undo,
        otherwise="There is no rollback to undo: none took anything away, or a phase was approved since.",
        acts_at_once=True,
    ),
    Command(
        id="roll-back-scope",
        keys=("enter",),
        shown_key="Enter",
        title="roll back this far",
        help="Roll back as far as the chosen scope reaches; shows once more what that does, and asks.",
        group="integration",
        makes=Local("ask"),
        is_available=_can_choose,
        otherwise="There is nothing to undo.",
        on=Panel.ROLLBACK,
    ),
    _choose("next-scope", ("l", "right"), "Choose the scope after this one.", 1),
    _choose("previous-scope", ("h", "left"), "Choose the scope before this one.", -1),
)
