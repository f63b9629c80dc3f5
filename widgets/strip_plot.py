"""Samples as a strip: where along one axis they lie, and how thickly; with marks at the 50th and 95th percentile."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import NamedTuple

from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, space, spread, text

_LEFT_DOTS = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT_DOTS = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_BRAILLE = 0x2800
_RAMP = " .:=#"
_LEVELS = 4
_FAR = 3.0
"""Samples beyond so many times the larger 95th percentile are drawn at the edge, or they would squeeze the rest."""
_LABEL = 8


class Strip(NamedTuple):
    """One set of samples."""

    label: str
    samples: tuple[float, ...]


def percentile(samples: Sequence[float], fraction: float) -> float:
    """Return the sample at `fraction` (0 to 1) of the way up, by nearest rank."""
    ranked = sorted(samples)
    return ranked[max(0, ceil(fraction * len(ranked)) - 1)]


def strip_plot(strips: Sequence[Strip], unit: str, width: int, glyphs: Glyphs) -> list[Line]:
    """Return the strips on one axis: for each its figures, its dots and its marks; then the axis' two ends."""
    shown = [Strip(one.label, tuple(filter(isfinite, one.samples))) for one in strips]
    shown = [one for one in shown if one.samples]
    if not shown:
        return []
    everything = [value for one in shown for value in one.samples]
    low, high = min(everything), max(everything)
    edge = _FAR * max(percentile(one.samples, 0.95) for one in shown)
    beyond = sum(value > edge for value in everything) if 0 < edge < high else 0
    high = edge if beyond else high
    cells = max(8, width - _LABEL)
    rows: list[Line] = []
    for one in shown:
        middle, tail = percentile(one.samples, 0.5), percentile(one.samples, 0.95)
        figures = f"n {len(one.samples)} · p50 {amount(middle, unit)} · p95 {amount(tail, unit)}"
        rows.append(text(one.label, "plain").left(_LABEL) + text(figures, "muted"))
        rows.append(space(_LABEL) + text(dots(one.samples, low, high, cells, glyphs.is_ascii), "accent"))
        rows.append(space(_LABEL) + _marks(middle, tail, low, high, cells, glyphs))
    rows.append(space(_LABEL) + spread(text(amount(low, unit), "muted"), text(amount(high, unit), "muted"), cells))
    if beyond:
        more = f"{beyond} beyond {amount(high, unit)} {'is' if beyond == 1 else 'are'} drawn at the edge"
        rows.append(space(_LABEL) + text(more, "muted"))
    return rows


def dots(samples: Sequence[float], low: float, high: float, cells: int, is_ascii: bool) -> str:
    """Return one strip in `cells` cells of two columns each, as high as samples lie thick; one sample is one dot."""
    columns = [0] * (2 * cells)
    for value in samples:
        columns[_column(value, low, high, 2 * cells)] += 1
    thickest = max(columns)
    levels = [0 if not count else max(1, ceil(_LEVELS * count / max(thickest, _LEVELS))) for count in columns]
    pairs = list(zip(levels[::2], levels[1::2], strict=True))
    if is_ascii:
        return "".join(_RAMP[max(pair)] for pair in pairs)
    return "".join(chr(_BRAILLE + (_LEFT_DOTS[a] | _RIGHT_DOTS[b])) if a or b else " " for a, b in pairs)


def amount(value: float, unit: str) -> str:
    """Return a figure with its unit, seconds as `3.1 ms` or `1.2 s`, bytes as `1.2 M`, others in four digits."""
    if unit == "s":
        return f"{value * 1000:.1f} ms" if abs(value) < 1 else f"{value:.2f} s"
    if unit == "B":
        for larger in ("B", "K", "M"):
            if abs(value) < 1024:
                return f"{value:.0f} {larger}" if larger == "B" else f"{value:.1f} {larger}"
            value /= 1024
        return f"{value:.2f} G"
    words = f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.4g}"
    return f"{words} {unit}" if unit else words


def _column(value: float, low: float, high: float, columns: int) -> int:
    if high <= low:
        return columns // 2
    return max(0, min(columns - 1, int((value - low) / (high - low) * columns)))


def _marks(middle: float, tail: float, low: float, high: float, cells: int, glyphs: Glyphs) -> Line:
    """Return `50` and `95` under their places, each behind its mark; in front of it where the edge is near."""
    places = [(_column(value, low, high, cells), words) for value, words in ((middle, "50"), (tail, "95"))]
    line = EMPTY
    for place, words in places:
        label = f"{glyphs.more_above}{words}"
        start = place
        if place + len(label) > cells:
            label, start = f"{words}{glyphs.more_above}", place - len(words)
        start = max(start, line.width)
        line = line + space(start - line.width) + text(label, "accent")
    return line.left(cells)
