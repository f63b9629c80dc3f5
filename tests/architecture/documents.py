"""The documents as the tests here read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.architecture.sources import ROOT

DOCUMENTS = tuple(sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]))

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL = re.compile(r"(?<!\\)\|")


class Block(NamedTuple):
    """A fenced block."""

    place: str
    """`file:line` of its first line."""
    language: str
    text: str


def text(name: str) -> str:
    """Return the document `name`, relative to the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(path: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a document."""
    content = path.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(content):
        line = content.count("\n", 0, found.start()) + 2
        yield Block(f"{path.relative_to(ROOT)}:{line}", found.group(1), found.group(2))


def sections(content: str) -> dict[str, str]:
    """Return heading -> what stands below it, up to the next heading of any depth."""
    parts = re.split(r"^#+ +(.+)$", content, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(content: str) -> list[list[str]]:
    """Return the rows of the first table in `content`, cell by cell, its heading left out."""
    lines = iter(content.splitlines())
    table: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]
            table.append(cells)
        elif table:
            break
    return table[2:]
