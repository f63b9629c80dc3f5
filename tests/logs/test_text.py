from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora_console.text import clean, clean_bytes, duration, size


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain, with ümläut and 日本", "plain, with ümläut and 日本"),
        ("\x1b[31mred\x1b[0m \x1b[38;2;1;2;3mtrue\x1b[m", "red true"),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\c", "abc"),
        ("\x1bP+q544e\x1b\\a\x1b_app\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d", "abcd"),
        ("\x9b31ma\x9d0;title\x9cb\x90q\x9cc", "abc"),
        ("\x1b(Ba\x1bcb\x1b7c\x1b=d", "abcd"),
        ("\x1b]0;never ended, still shown", "]0;never ended, still shown"),
        ("cut short \x1b[38;5", "cut short "),
        ("50%\r100%\nnext\u2028line\x85end", "50% 100% next line end"),
        ("a\tb", "a   b"),
        ("bell\x07 back\x08 del\x7f nul\x00", "bell back del nul"),
        ("user\u202etxt.exe\u2066\u200b\u200d\ufeff\u00ad", "usertxt.exe"),
        ("fill\u3164\u034f\ufe0f", "fill"),
        ("lone \ud800 private \ue000", "lone \ufffd private \ufffd"),
        ("[@click=app.boom]markup is data[/]", "[@click=app.boom]markup is data[/]"),
    ],
)
def test_text_is_made_harmless(raw: str, shown: str) -> None:
    """What a terminal would obey is gone, what a person would read stays."""
    assert clean(raw) == shown


@given(st.text(st.characters(codec=None), max_size=300) | st.text("\x1b\x9b\x9d[]P0;m\x07\\\t\n a", max_size=300))
def test_cleaned_text_is_one_printable_line_and_stays_as_it_is(raw: str) -> None:
    """For any text; cleaning twice changes nothing more."""
    shown = clean(raw, 200)
    assert shown.isprintable()
    assert len(shown) <= 200
    assert clean(shown, 200) == shown
    shown.encode()


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_can_be_shown(raw: bytes) -> None:
    """Not everything that a program writes is UTF-8."""
    assert clean_bytes(raw).isprintable()


def test_long_text_is_cut_and_says_so() -> None:
    """The last character tells that more was there."""
    assert clean("x" * 10, 10) == "x" * 10
    assert clean("x" * 11, 10) == "x" * 9 + "…"
    assert clean("x" * 1000, 10) == "x" * 9 + "…"
    assert clean("\x1b[m" * 1000 + "x", 10) == "…"
    assert clean("x" * 20, 1) == "…"
    assert clean("x", 0) == ""
    assert len(clean("\t" * 5000)) == 2000


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"), (0.0412, "41 ms"), (0.0996, "0.1 s"), (0.4, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"),
        (12, "12 s"), (59.6, "1:00"), (70, "1:10"), (3599.7, "1:00:00"), (7510, "2:05:10"), (259_300, "3 d"),
        (-0.4, "-0.4 s"), (float("nan"), "?"), (float("inf"), "?"),
    ],
)  # fmt: skip
def test_durations_are_short(seconds: float, shown: str) -> None:
    """Two or three digits, whatever the scale."""
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 K"), (64 * 1024**2, "64 M"), (1.2 * 1024**3, "1.2 G"),
        (1023.7 * 1024**2, "1.0 G"), (9.96 * 1024**3, "10 G"), (-2048, "-2.0 K"),
    ],
)  # fmt: skip
def test_sizes_are_short(amount: float, shown: str) -> None:
    """Binary units, as in the plan."""
    assert size(amount) == shown
