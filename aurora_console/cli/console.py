"""Subcommands about the console itself."""

from __future__ import annotations

import click

from aurora_console.errors import AuroraError, ExitCode


@click.command()
@click.option("--write", is_flag=True, help="Write a configuration with every default, commented out, to be edited.")
def keys(write: bool) -> int:
    """List every command of the console with its key, or write a configuration to change them in."""
    from aurora_console.commands import registry
    from aurora_console.config import config_path, load_config

    if not write:
        registry.remap(load_config().keys)
        for line in _table():
            click.echo(line)
        return ExitCode.DONE
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_example())
    except FileExistsError:
        raise AuroraError(f"{path} is there already, and is left alone", "edit it, or move it away first") from None
    click.echo(f"written: {path}")
    return ExitCode.DONE


def _table() -> list[str]:
    from aurora_console.commands.registry import in_force

    rows = [(one.shown_key, one.on or "all", one.id, one.title, one.help) for one in in_force()]
    rows.insert(0, ("KEY", "PANEL", "COMMAND", "TITLE", "WHAT IT DOES"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows]


def _example() -> str:
    """Return a configuration that changes nothing, and shows everything that could be."""
    from aurora_console.commands.registry import COMMANDS
    from aurora_console.config import THEMES

    lines = [
        "# What you change here holds for every console that you open. Take the # away in front of what you change.",
        "",
        "[theme]",
        f'# name = "dark"            # {", ".join(THEMES)}',
        "",
        "[incident]",
        "# bell = true              # ring once when an incident opens",
        "# notification = true      # have the terminal notify you (OSC 9), once",
        "",
        '[keys]                     # a key, or several: approve = ["a", "f5"]; ^x is ctrl+x',
    ]
    for command in COMMANDS:
        if command.keys:
            written = ", ".join(f'"{_written(key)}"' for key in command.keys)
            value = written if len(command.keys) == 1 else f"[{written}]"
            where = f" ({command.on})" if command.on else ""
            lines.append(f"# {f'{command.id} = {value}':<40} # {command.title}{where}")
    return "\n".join(lines) + "\n"


def _written(key: str) -> str:
    from aurora_console.commands.keymap import character_of

    character = character_of(key)
    return character if character and character not in {'"', "\\"} else key


COMMANDS = (keys,)
