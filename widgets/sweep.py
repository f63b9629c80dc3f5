"""Graphs that sweep: a cursor runs over the picture and overwrites the oldest column; the rest stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, sqrt
from typing import NamedTuple

from textual.reactive import reactive

from aurora_console.state.live import HISTORY, MISSING, Live, Span, View
from aurora_console.widgets.line import text
from aurora_console.widgets.pane import Lines, Pane

_BRAILLE = 0x2800
_LEFT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47)
"""By height from 0 to 4, filled from below."""
_RIGHT_DOTS = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_RAMP = " .:=#"
_LEVELS = 4


class Range(NamedTuple):
    """How far back a graph reaches."""

    name: str
    seconds: int


RANGES = (Range("2 min", 120), Range("10 min", 600), Range("1 h", 3600))


class Sweep(Pane, can_focus=False):
    """Processor time of each service, a line each, two samples a cell."""

    range: reactive[Range] = reactive(RANGES[0])

    def watch_range(self) -> None:
        """Draw the same moment over the other time."""
        if self._view is not None:
            self.update_view(self._view)

    def draw(self, view: View, width: int) -> Lines:
        """Return a graph for each service."""
        histories, ticks = _reaching_back(view.live, self.range)
        longest = -(-self.range.seconds // _seconds_a_sample(view.live, self.range))
        factor = max(1, -(-longest // max(1, 2 * (width - 1))))
        rows = tuple(
            text(
                sweep(
                    *thinned(histories.get(name, ()) if service.is_up else (), ticks, factor),
                    width,
                    self.glyphs.is_ascii,
                ),
                "accent",
            )
            for name, service in view.state.services.items()
        )
        title = f"CPU {self.range.name}"
        return Lines(rows, title=title if len(title) <= width else "CPU")


def _reaching_back(live: Live, back: Range) -> tuple[Mapping[str, tuple[float, ...]], int]:
    """Return the histories that hold a range, and the number of the sample after their newest."""
    span = _span(live, back)
    return (live.cpu_history, live.ticks) if span is None else (span.cpu, span.number + 1)


def _seconds_a_sample(live: Live, back: Range) -> int:
    span = _span(live, back)
    return 1 if span is None else span.step


def _span(live: Live, back: Range) -> Span | None:
    """Return the finest history that reaches back far enough, else the longest; None for the one of each second."""
    if back.seconds <= HISTORY:
        return None
    return next(
        (one for one in live.spans if one.step * HISTORY >= back.seconds), live.spans[-1] if live.spans else None
    )


def thinned(history: tuple[float, ...], ticks: int, factor: int) -> tuple[tuple[float, ...], int]:
    """Return a history of which each sample is the mean of `factor` ones, and its own number of ticks.

    Which samples belong together goes by their number, so that nothing moves when one more comes. `MISSING` ones do
    not count; a group of nothing else is missing.
    """
    if factor == 1 or not history:
        return history, ticks
    first = ticks - len(history)
    groups: dict[int, list[float]] = {}
    for index, value in enumerate(history):
        groups.setdefault((first + index) // factor, []).append(value)
    means = []
    for group in groups.values():
        known = [value for value in group if value != MISSING]
        means.append(sum(known) / len(known) if known else MISSING)
    return tuple(means), (ticks - 1) // factor + 1


def sweep(history: tuple[float, ...], ticks: int, width: int, is_ascii: bool = False) -> str:
    """Return one graph in `width` cells of two samples each.

    `history` holds fractions of one core or `MISSING`, oldest first, the last one being sample number `ticks` - 1.
    A sample's place depends on its number alone. The height goes by the square root, so that little is still seen: a
    quarter of a core is half the height.
    """
    if width < 2 or not history:
        return " " * max(0, width)
    first = ticks - len(history)
    newest = (ticks - 1) // 2
    cells: list[str] = []
    for cell in range(width):
        back = (newest - cell) % width
        if back == width - 1:
            cells.append(" ")
            continue
        numbers = (2 * (newest - back), 2 * (newest - back) + 1)
        pair = [_level(history[number - first]) if first <= number < ticks else 0 for number in numbers]
        cells.append(_RAMP[max(pair)] if is_ascii else _dots(pair[0], pair[1]))
    return "".join(cells)


def _dots(left: int, right: int) -> str:
    dots = _LEFT_DOTS[left] | _RIGHT_DOTS[right]
    return chr(_BRAILLE + dots) if dots else " "


def _level(fraction: float) -> int:
    if fraction == MISSING:
        return 0
    return max(1, min(_LEVELS, ceil(_LEVELS * sqrt(max(0.0, fraction)) - 1e-9)))
