"""All commands, in the order in which footer and help list them."""

from __future__ import annotations

from textual.binding import Binding

from aurora_console.commands import console, gates, integration, inventory, journal, panels, rollback
from aurora_console.commands.command import Command, Panel
from aurora_console.state.live import View

COMMANDS: tuple[Command, ...] = (
    *integration.COMMANDS,
    *panels.COMMANDS,
    *inventory.COMMANDS,
    *journal.COMMANDS,
    *gates.COMMANDS,
    *rollback.COMMANDS,
    *console.COMMANDS,
)


def on_panel(panel: Panel) -> tuple[Command, ...]:
    """Return the commands of a panel, whether or not they apply now."""
    return tuple(command for command in COMMANDS if command.on in {None, panel})


def available(view: View, panel: Panel = Panel.COCKPIT) -> tuple[Command, ...]:
    """Return the commands that apply now on a panel."""
    return tuple(command for command in on_panel(panel) if command.is_available(view))


def command_for(key: str, view: View, panel: Panel = Panel.COCKPIT) -> Command:
    """Return the command that `key` gives now on a panel: one that is available, else the first that has the key.

    Raises KeyError when no command of the panel has the key.
    """
    having = [command for command in on_panel(panel) if key in command.keys]
    if not having:
        raise KeyError(key)
    return next((command for command in having if command.is_available(view)), having[0])


def by_id(id_: str) -> Command:
    """Return one command. Raises KeyError when there is none of that name."""
    for command in COMMANDS:
        if command.id == id_:
            return command
    raise KeyError(id_)


def bindings(panel: Panel = Panel.COCKPIT) -> list[Binding]:
    """Return a binding for each key of a panel; which command it gives is decided when it is pressed."""
    keys = dict.fromkeys(key for command in on_panel(panel) for key in command.keys)
    return [Binding(key, f"app.press('{key}')", show=False) for key in keys]
