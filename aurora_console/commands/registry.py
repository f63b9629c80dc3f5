"""All commands, in the order in which footer and help list them, with the keys that the user has given them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from aurora_console.commands import console, gates, integration, inventory, journal, logs, panels, rollback, services
from aurora_console.commands.command import Command, Panel
from aurora_console.commands.keymap import remapped
from aurora_console.state.live import View

COMMANDS: tuple[Command, ...] = (
    *integration.COMMANDS,
    *panels.COMMANDS,
    *inventory.COMMANDS,
    *services.COMMANDS,
    *journal.COMMANDS,
    *logs.COMMANDS,
    *gates.COMMANDS,
    *rollback.COMMANDS,
    *console.COMMANDS,
)
"""As they are declared, whatever the user has chosen."""

_in_force = COMMANDS


def remap(wanted: Mapping[str, str | tuple[str, ...]]) -> None:
    """Give commands the `wanted` keys, by command id; every other one has its own. Once, when the app is made.

    Raises ConfigError, and changes nothing, when that cannot be.
    """
    global _in_force  # noqa: PLW0603  one process shows one console, and every screen asks here
    _in_force = remapped(COMMANDS, wanted)


def in_force() -> tuple[Command, ...]:
    """Return all commands with the keys that they have now."""
    return _in_force


def on_panel(panel: Panel) -> tuple[Command, ...]:
    """Return the commands of a panel, whether or not they apply now."""
    return tuple(command for command in _in_force if command.on in {None, panel})


def on_its_own(panel: Panel | None) -> tuple[Command, ...]:
    """Return the commands that only this panel has; for None those that every panel has."""
    return tuple(command for command in _in_force if command.on == panel)


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
    for command in _in_force:
        if command.id == id_:
            return command
    raise KeyError(id_)


def bindings(panel: Panel = Panel.COCKPIT) -> list[Binding]:
    """Return a binding for each key of a panel; which command it gives is decided when it is pressed."""
    keys = dict.fromkeys(key for command in on_panel(panel) for key in command.keys)
    return [Binding(key, f"app.press('{key}')", show=False) for key in keys]
