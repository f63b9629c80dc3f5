from hypothesis import given
from hypothesis import strategies as st

from aurora_console.widgets.graph import graph, nice_top


@given(
    st.lists(st.floats(-1, 4), min_size=1, max_size=120),
    st.floats(0, 4),
    st.integers(2, 60),
    st.integers(1, 6),
    st.integers(120, 10_000),
    st.booleans(),
)
def test_a_second_changes_two_cells_of_a_line_at_most(
    history: list[float], newest: float, width: int, height: int, ticks: int, is_ascii: bool
) -> None:
    """The newest column, and the blank one ahead of it; all other samples stay where they are."""
    before = graph(tuple(history), ticks, (width, height), 4.0, is_ascii=is_ascii)
    after = graph((*history, newest), ticks + 1, (width, height), 4.0, is_ascii=is_ascii)
    assert [len(line) for line in before] == [len(line) for line in after] == [width] * height
    for old, new in zip(before, after, strict=True):
        assert sum(one != other for one, other in zip(old, new, strict=True)) <= 2


def test_the_height_follows_the_value() -> None:
    """A full column at the top of the scale, half of one at the half, a dot for the least, a gap for none."""
    assert [line[0] for line in graph((8.0, 8.0), 2, (4, 2), 8.0)] == ["⣿", "⣿"]
    assert [line[0] for line in graph((4.0, 4.0), 2, (4, 2), 8.0)] == [" ", "⣿"]
    assert [line[0] for line in graph((0.0, 0.0), 2, (4, 2), 8.0)] == [" ", "⣀"]
    assert [line[0] for line in graph((-1.0, -1.0), 2, (4, 2), 8.0)] == [" ", " "]


def test_a_scale_ends_at_a_round_figure() -> None:
    """So that it changes seldom."""
    assert nice_top((0.03, 0.17), 0.1) == 0.2
    assert nice_top((), 0.1) == 0.1
    assert nice_top((38e6,), 1e6) == 50e6
