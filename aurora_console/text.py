"""Text that is safe to show, and figures in the form in which the console shows them."""

from __future__ import annotations

import json
import math
import re
import unicodedata

# OSC, DCS and their like, then CSI, then the short ones.
_INTRODUCED_STRING = r"(?:\x1b[\]PX^_k]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x80-\x9f]*+(?:\x07|\x1b\\|\x9c)"
_CONTROL_SEQUENCE = r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"
_OTHER_ESCAPE = r"\x1b[ -/]*+[0-Z\\`-~]?"
# Every part stops at the next escape, so a hostile line costs no more than its length. An introducer whose end is
# missing loses only itself: what follows is shown, not swallowed.
_ESCAPES = re.compile(f"{_INTRODUCED_STRING}|{_CONTROL_SEQUENCE}|{_OTHER_ESCAPE}")

# Counted as printable by Unicode, yet they show nothing: joiners, selectors, fillers.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

_TAB = 4
_MOST_RAW_PER_SHOWN = 8  # how much escape sequences may outweigh the text between them


def clean(text: str, limit: int = 2000) -> str:
    """Return untrusted `text` as one line that a terminal only prints.

    Escape sequences go whole; control, bidirectional and zero-width characters go; line breaks become spaces, tabs
    spaces; what cannot be shown becomes U+FFFD. At most `limit` characters, the last one an ellipsis if text was cut.
    """
    cut = len(text) > limit * _MOST_RAW_PER_SHOWN
    text = text[: limit * _MOST_RAW_PER_SHOWN]
    if not (text.isascii() and text.isprintable()):
        text = _ESCAPES.sub("", text)
        text = "".join(map(_shown, text)).expandtabs(_TAB)
        text = _INVISIBLE.sub("", text)
    if len(text) > limit or (cut and len(text) == limit):
        return text[: max(limit - 1, 0)] + "…"[:limit]
    return text + "…" if cut else text


def clean_bytes(data: bytes, limit: int = 2000) -> str:
    """Return `clean` of bytes that should be UTF-8 and may be anything."""
    return clean(data[: limit * _MOST_RAW_PER_SHOWN * 4 + 4].decode("utf-8", "replace"), limit)


def clean_lines(text: str) -> str:
    """Return `clean` of each line; the line breaks stay."""
    return "\n".join(map(clean, text.split("\n")))


def escaped(document: str) -> str:
    """Return a line of JSON or TOML that says the same, with what a terminal would not just print escaped."""
    if document.isprintable():
        return document
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in document)


def _shown(character: str) -> str:
    if character.isprintable() or character == "\t":
        return character
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cf"} else "\ufffd"


def duration(seconds: float) -> str:
    """Return a duration as the console writes it: `41 ms`, `0.4 s`, `12 s`, `1:10`, `2:05:10`, `3 d`."""
    if not math.isfinite(seconds):
        return "?"
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if round(seconds * 1000) < 100:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 86400:
        return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{whole // 86400} d"


def size(amount: float) -> str:
    """Return `amount` bytes in binary units with two or three digits: `512 B`, `64 M`, `1.2 G`."""
    value, unit = float(amount), "B"
    for larger in ("K", "M", "G", "T", "P"):
        if round(abs(value)) < 1024:
            break
        value, unit = value / 1024, larger
    if unit != "B" and round(abs(value), 1) < 10:
        return f"{value:.1f} {unit}"
    return f"{value:.0f} {unit}"
