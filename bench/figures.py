"""Figures: what was measured, how often, and how it compares with a peer of the same run."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

REPETITIONS = 7
"""Runs that a median is taken of, at least, wherever a figure is published."""


@dataclass(frozen=True)
class Samples:
    """One quantity, measured several times."""

    values: tuple[float, ...]
    unit: str
    """`s`, `ms`, `B/s`, `%` (of one core) or `/s`."""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    def __str__(self) -> str:
        """Median, smallest and largest."""
        low, high = min(self.values), max(self.values)
        return f"{_short(self.median)} {self.unit} ({_short(low)}..{_short(high)})"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    figure: str
    ours: Samples
    peer: str = ""
    """What it is compared with; empty where the figure stands alone."""
    theirs: Samples | None = None
    wanted: str = ""
    """The goal in words; empty where there is none."""
    is_met: bool | None = None
    """Whether the goal is met; None where there is none."""

    @property
    def ratio(self) -> float | None:
        """Our median over the peer's; None where there is no peer, or the peer's median is nothing."""
        return self.ours.median / self.theirs.median if self.theirs and self.theirs.median else None

    def cells(self) -> tuple[str, ...]:
        """Return the line's cells in the order of `HEADINGS`."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {None: "", True: f"{self.wanted}: met", False: f"{self.wanted}: MISSED"}[self.is_met]
        theirs = "" if self.theirs is None else str(self.theirs)
        return (self.figure, str(self.ours), self.peer, theirs, ratio, verdict or self.wanted)


HEADINGS = ("figure", "ours", "peer", "peer's", "ratio", "wanted")

Measure = Callable[[int], list[Row]]
"""Measures something the given number of times."""


def interleaved(repetitions: int, measures: dict[str, Callable[[], float]], unit: str) -> dict[str, Samples]:
    """Run every measure in turn, `repetitions` times over, so that a busy moment of the machine hits all of them.

    Every other round runs backwards. A first round warms caches and is not counted.
    """
    values: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(repetitions + 1):
        for name in sorted(measures, reverse=bool(number % 2)):
            value = measures[name]()
            if number:
                values[name].append(value)
    return {name: Samples(tuple(found), unit) for name, found in values.items()}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table, aligned for reading as it is."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (padded[0], rule, *padded[1:]))


def run_alone(measure: Measure, what: str) -> None:
    """Let a script be called by itself: `python -m bench.NAME --repetitions N`."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs that a median is taken of")
    print(table(measure(parser.parse_args().repetitions)))


def _short(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    size = abs(value)
    return (
        f"{value:,.0f}"
        if size >= 100
        else f"{value:.1f}"
        if size >= 10
        else f"{value:.2f}"
        if size >= 1
        else f"{value:.3f}"
    )
