from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora_console.plan.units import parse_duration, parse_fraction, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("250ms", 0.25), ("30s", 30), ("1.5 s", 1.5), ("10m", 600), ("1m30s", 90), ("2h", 7200), ("1d", 86400), ("0s", 0)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    """Compounds and decimals included."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("512B", 512), ("1KB", 1024), ("64MB", 64 * 1024**2), ("1.5GB", 3 * 512 * 1024**2), ("4GiB", 4 * 1024**3)],
)
def test_a_size_counts_in_1024s(text: str, size: int) -> None:
    """As memory is counted."""
    assert parse_size(text) == size


@pytest.mark.parametrize(("text", "fraction"), [("20%", 0.2), ("0.5%", 0.005), ("100%", 1.0)])
def test_a_percentage_is_a_fraction(text: str, fraction: float) -> None:
    """Exactly the float nearest to it."""
    assert parse_fraction(text) == fraction


@pytest.mark.parametrize("text", ["", "30", "s", "-1s", "1 fortnight", "٣s", "nan", "1e3s", "1s;", "9" * 400 + "s"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """By every parser."""
    for parse in (parse_duration, parse_size, parse_fraction):
        with pytest.raises(ValueError, match=r"^"):
            parse(text)


@given(st.text(max_size=30))
def test_any_text_is_a_finite_quantity_or_refused(text: str) -> None:
    """Nothing else escapes, and nothing is negative."""
    for parse in (parse_duration, parse_size, parse_fraction):
        try:
            value = parse(text)
        except ValueError:
            continue
        assert 0 <= value < float("inf")
