"""The command with all its subcommands."""

from __future__ import annotations

from aurora_console.cli import asking, console, looking, running
from aurora_console.cli.group import cli

__all__ = ["cli"]

for _command in (*running.COMMANDS, *asking.COMMANDS, *looking.COMMANDS, *console.COMMANDS):
    cli.add_command(_command)
