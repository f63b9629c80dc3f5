"""Graphs that sweep: a cursor runs over the picture and overwrites the oldest column; the rest stays as it is."""

from __future__ import annotations

from math import ceil, sqrt

from aurora_console.state.live import HISTORY, View
from aurora_console.widgets.line import text
from aurora_console.widgets.pane import Lines, Pane

_BRAILLE = 0x2800
_LEFT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47)
"""By height from 0 to 4, filled from below."""
_RIGHT_DOTS = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_RAMP = " .:=#"
_LEVELS = 4


class Sweep(Pane, can_focus=False):
    """Processor time of each service, a line each, two seconds a cell."""

    def draw(self, view: View, width: int) -> Lines:
        """Return a graph for each service."""
        is_ascii = self.glyphs.is_ascii
        rows = tuple(
            text(
                sweep(view.live.cpu_history.get(name, ()) if service.is_up else (), view.live.ticks, width, is_ascii),
                "accent",
            )
            for name, service in view.state.services.items()
        )
        span = min(HISTORY, seconds_shown(width))
        title = f"CPU {span} s" if span < HISTORY else "CPU 2 min"
        return Lines(rows, title=title if len(title) <= width else "CPU")


def seconds_shown(width: int) -> int:
    """Return how many seconds fit; the cell ahead of the cursor is blank."""
    return 2 * max(0, width - 1)


def sweep(history: tuple[float, ...], ticks: int, width: int, is_ascii: bool = False) -> str:
    """Return one graph in `width` cells of two samples each.

    `history` holds fractions of one core, oldest first, the last one being sample number `ticks` - 1. A sample's place
    depends on its number alone. The height goes by the square root, so that little is still seen: a quarter of a core
    is half the height.
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
    return max(1, min(_LEVELS, ceil(_LEVELS * sqrt(max(0.0, fraction)) - 1e-9)))
