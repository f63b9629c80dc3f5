"""What a user does on the gates panel."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always
from aurora_console.state.live import View
from aurora_console.state.requests import JudgeGates
from aurora_console.state.scopes import is_between_phases


def _can_judge(view: View) -> bool:
    return bool(view.state.gates) and is_between_phases(view.state) and not view.engine_error


COMMANDS: tuple[Command, ...] = (
    Command(
        id="judge-gates",
        keys=("J",),
        shown_key="J",
        title="judge now",
        help="Judge the plan's gates now; the criteria of a phase are judged at its end only.",
        group="integration",
        makes=lambda _view: JudgeGates(),
        is_available=_can_judge,
        otherwise="The gates are judged at the end of what is under way.",
        on=Panel.GATES,
    ),
    Command(
        id="read-gate",
        keys=("enter",),
        shown_key="Enter",
        title="evidence",
        help="Show the evidence of the selected gate: figures, samples, earlier verdicts. Esc leads back.",
        group="view",
        makes=Local("read"),
        is_available=lambda view: view.state.outline is not None,
        otherwise="There is no gate yet: no integration is open.",
        on=Panel.GATES,
    ),
    Command(
        id="order-gates",
        keys=("o",),
        shown_key="o",
        title="order",
        help="Order the gates by phase, or the newest verdict first.",
        group="view",
        makes=Local("reorder"),
        is_available=always,
        otherwise="",
        on=Panel.GATES,
    ),
    Command(
        id="find-gate",
        keys=("slash",),
        shown_key="/",
        title="find",
        help="Show only gates whose title, phase, verdict or evidence holds the words that you type.",
        group="view",
        makes=Local("find"),
        is_available=always,
        otherwise="",
        on=Panel.GATES,
    ),
)
