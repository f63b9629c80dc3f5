"""What a user does on the services panel."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always
from aurora_console.state.live import View


def _can_act(view: View) -> bool:
    return view.state.outline is not None and not view.state.finished and not view.engine_error


def _command(id_: str, key: str, title: str, help_: str, action: str) -> Command:
    return Command(
        id=id_,
        keys=(key,),
        shown_key="Enter" if key == "enter" else key,
        title=title,
        help=help_,
        group="view",
        makes=Local(action),
        is_available=always,
        otherwise="",
        on=Panel.SERVICES,
    )


def _ask(key: str, verb: str, help_: str) -> Command:
    return Command(
        id=f"{verb}-service",
        keys=(key,),
        shown_key=key,
        title=verb,
        help=help_,
        group="integration",
        makes=Local(f"ask_{verb}"),
        is_available=_can_act,
        otherwise="No run is under way.",
        on=Panel.SERVICES,
    )


COMMANDS: tuple[Command, ...] = (
    _command(
        "service-detail", "enter", "detail", "Open the selected service: graphs, plan and log; Esc closes it.", "read"
    ),
    _ask("S", "start", "Start the selected service again; shows first what would run."),
    _ask("X", "stop", "Stop the selected service; shows first what that means. It stays off and is no incident."),
    _ask("T", "restart", "Stop the selected service and start it again; shows first what that means."),
    _command("service-log", "o", "log", "Open the selected service's log.", "open_log"),
)
