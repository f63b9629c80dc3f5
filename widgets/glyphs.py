"""The signs that stand beside words, and what stands in for them where a terminal has only ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.cells import cell_len


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One set of signs. All states' signs take `width` cells."""

    width: int
    passed: str
    running: str
    pending: str
    failed: str
    waiting: str
    declined: str
    undone: str
    unsure: str
    """In doubt, or not enough evidence."""
    up: str
    down: str
    between: str
    """Starting or stopping."""
    alarm: str
    paused: str
    more_above: str
    more_below: str
    bar_done: str
    bar_left: str
    is_ascii: bool = False


UNICODE = Glyphs(
    width=1,
    passed="✓",
    running="▸",
    pending="·",
    failed="✗",
    waiting="◆",
    declined="–",  # noqa: RUF001  # a dash is meant
    undone="↶",
    unsure="?",
    up="●",
    down="○",
    between="◐",
    alarm="▲",
    paused="‖",
    more_above="▴",
    more_below="▾",
    bar_done="━",
    bar_left="╌",
)

ASCII = Glyphs(
    width=2,
    passed="ok",
    running=">",
    pending=".",
    failed="x",
    waiting="?",
    declined="-",
    undone="<",
    unsure="??",
    up="*",
    down="o",
    between="+",
    alarm="!",
    paused="=",
    more_above="^",
    more_below="v",
    bar_done="=",
    bar_left="-",
    is_ascii=True,
)

_STAND_INS = str.maketrans(
    {
        "·": "-",
        "…": "~",
        "–": "-",  # noqa: RUF001  # a dash is meant
        "—": "-",
        "─": "-",
        "━": "=",
        "│": "|",
        "├": "|",
        "└": "`",
        "▌": ">",
        "→": ">",
        "←": "<",
        "±": "~",
        "×": "x",  # noqa: RUF001  # the sign of multiplication is meant
        "“": '"',
        "”": '"',
        "’": "'",  # noqa: RUF001  # an apostrophe of typographers is meant
    }
)


def in_ascii(text: str) -> str:
    """Return `text` in ASCII, as many cells wide: a stand-in where there is one, else `?`."""
    if text.isascii():
        return text
    stood_in = text.translate(_STAND_INS)
    return "".join(one if one.isascii() else "?" * cell_len(one) for one in stood_in)


def speaks_unicode(environment: Mapping[str, str]) -> bool:
    """Tell whether the terminal shows more than ASCII, by the locale's variables and the terminal's kind.

    Python's own encoding says nothing: it is UTF-8 in the C locale too.
    """
    if environment.get("TERM", "") in {"dumb", "linux", "vt100", "vt220"}:
        return False
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "utf-8" in locale.lower() or "utf8" in locale.lower()
