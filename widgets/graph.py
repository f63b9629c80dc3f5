"""Graphs of several lines that sweep: a cursor overwrites the oldest column, all others stay as they are."""

from __future__ import annotations

import math

_BRAILLE = 0x2800
_LEFT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47)
"""By height from 0 to 4, filled from below."""
_RIGHT_DOTS = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_RAMP = " .:=#"
_LEVELS = 4
"""Of one cell."""


def graph(
    history: tuple[float, ...], ticks: int, size: tuple[int, int], top: float, *, is_ascii: bool = False
) -> list[str]:
    """Return the lines of a graph, the highest first, in `size`: cells across, of two samples each, and lines.

    `history` holds samples, oldest first, the last one being number `ticks` - 1; one below 0 leaves a gap. A sample's
    place depends on its number alone. The scale is linear from 0 to `top`; whatever is above 0 shows at least a dot.
    """
    width, height = size
    if width < 2 or not history:
        return [" " * max(0, width)] * height
    first = ticks - len(history)
    newest = (ticks - 1) // 2
    lines = [[" "] * width for _ in range(height)]
    for cell in range(width):
        back = (newest - cell) % width
        if back == width - 1:
            continue  # the blank ahead of the cursor
        numbers = (2 * (newest - back), 2 * (newest - back) + 1)
        pair = [_level(history[one - first], top, height) if first <= one < ticks else 0 for one in numbers]
        for line in range(height):
            floor = (height - 1 - line) * _LEVELS
            left, right = (max(0, min(_LEVELS, level - floor)) for level in pair)
            lines[line][cell] = _RAMP[max(left, right)] if is_ascii else _dots(left, right)
    return ["".join(line) for line in lines]


def nice_top(values: tuple[float, ...], least: float) -> float:
    """Return a scale's end that changes seldom: the smallest of 1, 2, 5 times a power of ten that holds `values`."""
    highest = max((*values, least))
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= highest * (1 - 1e-9))


def _level(value: float, top: float, height: int) -> int:
    if value < 0:
        return 0
    return max(1, min(height * _LEVELS, math.ceil(height * _LEVELS * value / top - 1e-9)))


def _dots(left: int, right: int) -> str:
    dots = _LEFT_DOTS[left] | _RIGHT_DOTS[right]
    return chr(_BRAILLE + dots) if dots else " "
