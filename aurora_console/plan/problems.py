"""What is wrong with a plan, in words that lead to the place and to the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from aurora_console.errors import AuroraError
from aurora_console.text import clean

KeyPath = tuple[str | int, ...]
"""Keys of tables and indices of arrays (from 0), from the top of the file down."""


class Finding(NamedTuple):
    """Something wrong, before it is known on which line."""

    path: KeyPath
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong with a plan, cleaned for a terminal."""

    file: str
    """The path as the user gave it."""
    line: int
    """Counted from 1; 0 where no line can be named."""
    key: str
    """The key path, such as `phases[2].actions[1].start`, array elements counted from 1; empty for the whole file."""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f" {self.key}:" if self.key else ""
        hint = f"  ({self.hint})" if self.hint else ""
        return f"{place}:{key} {self.message}{hint}"


def problem(file: str, line: int, finding: Finding) -> Problem:
    """Return `finding` as a problem in `file` at `line`."""
    return Problem(
        clean(file),
        line,
        clean(show_path(finding.path)),
        clean(finding.message),
        clean(finding.hint) if finding.hint else "",
    )


class PlanError(AuroraError):
    """A plan that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "\n".join(str(one) for one in problems)
        super().__init__(
            f"the plan has {count}:\n{listed}", "correct the file; `aurora-console check` looks at it again"
        )
        self.problems = problems


def show_path(path: KeyPath) -> str:
    """Return `path` as text: `services.bridge.port`, `phases[2].actions[1]`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part + 1}]"
        else:
            shown += f".{part}" if shown else part
    return shown


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    word = word[:80]
    words = sorted(known)
    # Swapped letters are the commonest slip, and difflib thinks little of them.
    swapped = [one for one in words if sorted(one) == sorted(word)]
    close = swapped or difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return close[0] if close else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known word most like `word`, or else the known words; empty if there are none."""
    words = sorted(known)
    meant = closest(word, words)
    if meant is not None:
        return f"did you mean '{meant}'?"
    return ("known: " + ", ".join(words[:20]) + (", …" if len(words) > 20 else "")) if words else ""
