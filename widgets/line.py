"""A line of the screen as a plain value: words with a tone each, measured in cells. The tones become colours in TCSS.

Text that comes from elsewhere (a plan, a program, an answer) is made harmless where a line is made, and never read as
markup.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from aurora_console.text import clean

Tone = Literal["plain", "strong", "muted", "faint", "accent", "accent-strong", "alarm", "alarm-strong"]

TONES: tuple[Tone, ...] = ("plain", "strong", "muted", "faint", "accent", "accent-strong", "alarm", "alarm-strong")


class Run(NamedTuple):
    """Words in one tone."""

    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Line:
    """One line, not yet cut or padded."""

    runs: tuple[Run, ...] = ()

    @property
    def words(self) -> str:
        """The line without its tones."""
        return "".join(run.words for run in self.runs)

    @property
    def width(self) -> int:
        """How many cells the line takes."""
        return sum(cell_len(run.words) for run in self.runs)

    def __add__(self, other: Line) -> Line:
        return Line(self.runs + other.runs)

    def __bool__(self) -> bool:
        return any(run.words for run in self.runs)

    def cut(self, width: int) -> Line:
        """Return the line in at most `width` cells, with an ellipsis where more than blanks were cut."""
        if self.width <= width:
            return self
        if width <= 0:
            return Line()
        has_more = cell_len(self.words.rstrip()) > width
        room = width - 1 if has_more else width
        kept: list[Run] = []
        tone: Tone = "plain"
        for run in self.runs:
            tone = run.tone
            length = cell_len(run.words)
            if length > room:
                kept.append(Run(set_cell_size(run.words, room), tone))
                break
            kept.append(run)
            room -= length
        if not has_more:
            return Line(tuple(kept))
        words = kept[-1].words.rstrip()
        tail = " " * (cell_len(kept[-1].words) - cell_len(words))
        kept[-1] = Run(f"{words}…{tail}", tone)
        return Line(tuple(run for run in kept if run.words))

    def left(self, width: int) -> Line:
        """Return the line in exactly `width` cells, padded on the right."""
        line = self.cut(width)
        return line + Line((Run(" " * (width - line.width), "plain"),)) if line.width < width else line

    def right(self, width: int) -> Line:
        """Return the line in exactly `width` cells, padded on the left."""
        line = self.cut(width)
        return Line((Run(" " * (width - line.width), "plain"),)) + line if line.width < width else line


EMPTY = Line()


def text(words: str, tone: Tone = "plain") -> Line:
    """Return `words`, made harmless, as a line."""
    return Line((Run(clean(words), tone),))


def space(width: int) -> Line:
    """Return `width` empty cells."""
    return Line((Run(" " * max(0, width), "plain"),))


def spread(left: Line, right: Line, width: int, gap: int = 2) -> Line:
    """Return `left` and `right` at the two ends of `width` cells; `left` is cut first."""
    right = right.cut(width)
    if not right:
        return left.left(width)
    return left.left(max(0, width - right.width - gap)) + space(min(gap, width - right.width)) + right


def join(lines: Iterable[Line], between: Line) -> Line:
    """Return `lines` one after the other, those that are empty left out."""
    whole = Line()
    for line in lines:
        if line:
            whole = whole + between + line if whole else line
    return whole


def joined(line: Line) -> list[Run]:
    """Return the runs of a line in as few as show the same: each costs an escape sequence on the wire.

    Blanks take the tone of what they follow: no tone shows on them.
    """
    runs: list[Run] = []
    for run in line.runs:
        before = runs[-1] if runs else None
        is_blank = not run.words.strip(" ")
        if before is not None and (run.tone == before.tone or is_blank):
            runs[-1] = Run(before.words + run.words, before.tone)
        elif run.words:
            runs.append(run)
    return runs


def wrap(words: str, width: int, tone: Tone = "plain", indent: int = 0, head: Line = EMPTY) -> list[Line]:
    """Return `words` broken at spaces into lines of at most `width` cells; nothing of them is left out.

    A word that is longer than a line (a path, say) goes on in the next. The first line begins with `head`, all others
    are indented.
    """
    lines: list[str] = []
    line = ""
    for word in clean(words).split():
        longer = f"{line} {word}" if line else word
        room = max(1, width - (indent if lines else head.width))
        if line and cell_len(longer) > room:
            lines.append(line)
            longer, room = word, max(1, width - indent)
        while cell_len(longer) > room:
            part = set_cell_size(longer, room).rstrip() if cell_len(longer[0]) <= room else longer[0]
            lines.append(part)
            longer, room = longer[len(part) :], max(1, width - indent)
        line = longer
    lines.append(line)
    return [(space(indent) if index else head) + text(one, tone) for index, one in enumerate(lines)]
