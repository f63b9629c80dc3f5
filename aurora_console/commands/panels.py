"""Going from one panel to another."""

from __future__ import annotations

from aurora_console.commands.command import Command, Panel, always


def _show(panel: Panel, keys: tuple[str, ...], help_: str) -> Command:
    return Command(
        id=f"show-{panel}",
        keys=keys,
        shown_key=keys[0],
        title=panel.value,
        help=help_,
        group="panels",
        makes=panel,
        is_available=always,
        otherwise="",
        in_footer=False,
    )


COMMANDS: tuple[Command, ...] = (_show(Panel.COCKPIT, ("1", "escape"), "The whole at one glance; Esc leads back to it, too."),)
