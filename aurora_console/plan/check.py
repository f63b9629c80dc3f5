"""Everything that is wrong with a plan file, for `aurora-console check`."""

from __future__ import annotations

from pathlib import Path

from aurora_console.plan.load import examine
from aurora_console.plan.problems import Problem
from aurora_console.plan.vocabulary import Vocabulary


def check(path: str | Path, vocabulary: Vocabulary, port_offset: int = 0) -> tuple[Problem, ...]:
    """Return every problem of the plan file `path` in the order of its lines; none if it can be used."""
    return examine(path, vocabulary, port_offset)[1]
