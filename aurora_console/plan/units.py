"""Quantities with units, as the plan writes them: "30s", "4GB", "20%"."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Final

import msgspec

Duration = Annotated[float, msgspec.Meta(extra={"unit": "duration"})]
"""Seconds; the plan writes "250ms", "30s", "1m30s", "2h", "1d"."""

Size = Annotated[int, msgspec.Meta(extra={"unit": "size"})]
"""Bytes; the plan writes "512KB", "64MB", "1.5GB"."""

Fraction = Annotated[float, msgspec.Meta(extra={"unit": "fraction"})]
"""1.0 is all; the plan writes "100%"."""

# Fifteen digits are more than any quantity needs and keep every result finite and exact.
_NUMBER: Final = r"(\d{1,15}(?:\.\d{1,15})?)\s*"
_DURATION: Final = re.compile(rf"(?:{_NUMBER}(?:ms|s|m|h|d)\s*)+", re.ASCII)
_DURATION_PART: Final = re.compile(rf"{_NUMBER}(ms|s|m|h|d)", re.ASCII)
_SECONDS: Final = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
_SIZE: Final = re.compile(rf"{_NUMBER}(B|[KMGT]i?B)", re.ASCII)
_BYTES: Final = {"B": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_FRACTION: Final = re.compile(rf"{_NUMBER}%", re.ASCII)


def parse_duration(text: str) -> float:
    """Return the seconds that `text` ("250ms", "30s", "1m30s") says; ValueError if it says none."""
    if not _DURATION.fullmatch(text):
        raise ValueError(text)
    return float(sum(Decimal(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text)))


def parse_size(text: str) -> int:
    """Return the bytes that `text` ("64MB", "4GB"; a KB is 1024 bytes) says; ValueError if it says none."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(text)
    number, unit = found.groups()
    return int(Decimal(number) * _BYTES[unit[0]])


def parse_fraction(text: str) -> float:
    """Return the fraction that `text` ("20%") says; ValueError if it says none."""
    found = _FRACTION.fullmatch(text)
    if not found:
        raise ValueError(text)
    return float(Decimal(found.group(1)) / 100)


UNITS: Final[dict[str, tuple[Callable[[str], float], str, str]]] = {
    "duration": (parse_duration, "a duration", 'write a number and a unit (ms, s, m, h or d), such as "30s" or "10m"'),
    "size": (parse_size, "a size", 'write a number and a unit (B, KB, MB, GB or TB), such as "64MB" or "4GB"'),
    "fraction": (parse_fraction, "a percentage", 'write a number and a percent sign, such as "20%"'),
}
"""For each unit: its parser, what the quantity is called, and how it is written."""
