"""Writes the tables of keys, the README's and docs/keys.md, from the commands themselves. `make docs` runs it."""  # noqa: INP001  a program

from __future__ import annotations

import re
from pathlib import Path

from aurora_console.commands.command import Panel
from aurora_console.commands.registry import COMMANDS

ROOT = Path(__file__).parents[1]
HEADING = "| key | command | what it does |\n|---|---|---|\n"


def table(panel: Panel | None) -> str:
    """Return the table of the commands that a panel has to itself, or (None) that apply on all of them."""
    rows = (f"| `{one.shown_key}` | {one.title} | {one.help} |\n" for one in COMMANDS if one.on == panel)
    return HEADING + "".join(rows)


def main() -> None:
    """Put the tables in the place of those that are there."""
    readme = ROOT / "README.md"
    text, count = re.subn(
        f"{re.escape(HEADING)}(?:\\|.*\n)*", lambda _: table(None), readme.read_text(encoding="utf-8")
    )
    if count != 1:
        raise SystemExit(f"{readme} has {count} tables of keys, not one")
    readme.write_text(text, encoding="utf-8")
    page = f"# Keys\n\nThose of the console; `?` shows them, too. `^p` is ctrl+p.\n\n## Everywhere\n\n{table(None)}"
    for panel in Panel:
        if any(one.on == panel for one in COMMANDS):
            page += f"\n## On the panel {panel}\n\n{table(panel)}"
    (ROOT / "docs" / "keys.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
