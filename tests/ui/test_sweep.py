from hypothesis import given
from hypothesis import strategies as st

from aurora_console.widgets.sweep import sweep

FRACTIONS = st.lists(st.floats(0, 4), min_size=1, max_size=120)


@given(FRACTIONS, st.floats(0, 4), st.integers(2, 60), st.integers(120, 10_000), st.booleans())
def test_a_second_changes_two_cells_at_most(
    history: list[float], newest: float, width: int, ticks: int, is_ascii: bool
) -> None:
    """The newest column, and the blank one ahead of it; all other samples stay where they are."""
    before = sweep(tuple(history), ticks, width, is_ascii)
    after = sweep((*history, newest), ticks + 1, width, is_ascii)
    assert len(before) == len(after) == width
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= 2


def test_the_height_follows_the_load() -> None:
    """From a dot for an idle process to a full column for a whole core."""
    assert sweep((0.0, 0.0), 2, 4)[0] == "⣀"
    assert sweep((0.2, 0.2), 2, 4)[0] == "⣤"
    assert sweep((1.0, 1.0), 2, 4)[0] == "⣿"
    assert sweep((9.0, 9.0), 2, 4, is_ascii=True)[0] == "#"


def test_no_history_is_no_picture() -> None:
    """A service that is off leaves its cells empty."""
    assert sweep((), 10, 5) == "     "
