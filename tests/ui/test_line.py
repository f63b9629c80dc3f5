from hypothesis import given
from hypothesis import strategies as st

from aurora_console.widgets.line import Line, space, spread, text, wrap

WORDS = st.text(max_size=40)


@given(WORDS, WORDS, st.integers(0, 60))
def test_a_line_takes_exactly_the_cells_that_it_is_given(one: str, other: str, width: int) -> None:
    """Whatever the characters are, wide ones included."""
    line = text(one) + space(1) + text(other, "accent")
    assert line.left(width).width == width
    assert line.right(width).width == width
    assert line.cut(width).width <= width
    assert spread(text(one), text(other), width).width == width


@given(st.text(max_size=60))
def test_a_line_holds_nothing_that_a_terminal_obeys(words: str) -> None:
    """It is made harmless where it is made."""
    assert text(words).words.isprintable()


def test_a_cut_is_marked_unless_only_blanks_were_lost() -> None:
    """An ellipsis says that there is more."""
    assert text("start learn").cut(6).words == "start…"
    assert text("start learn").cut(8).words == "start l…"
    assert text("start     ").cut(6).words == "start "
    assert text("start").cut(5).words == "start"


@given(st.text(alphabet="ab本 ", max_size=80), st.integers(8, 40))
def test_wrapped_lines_fit_and_lose_nothing(words: str, width: int) -> None:
    """A word that fits is not broken; one that is longer than a line goes on in the next, whole."""
    lines = wrap(words, width, indent=2)
    assert all(line.width <= width for line in lines)
    assert "".join(line.words.strip() for line in lines).replace(" ", "") == "".join(words.split())
    fitting = [word for word in words.split() if len(word) * 2 <= width - 2]
    shown = " ".join(line.words for line in lines).split()
    assert all(word in shown for word in fitting)


def test_an_empty_line_is_false() -> None:
    """So that it can be left out."""
    assert not Line()
    assert not text("")
    assert text("x")
