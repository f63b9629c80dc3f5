from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aurora_console.state.live import HISTORY, MISSING, Span, View
from aurora_console.widgets.sweep import Sweep, sweep, thinned
from tests.ui.driving import cockpit
from tests.visual import scenarios

FRACTIONS = st.lists(st.one_of(st.floats(0, 4), st.just(MISSING)), min_size=1, max_size=120)


def with_an_hour(view: View) -> View:
    """Return the moment with the longer histories: busy for ten minutes, then idle, and a gap before."""
    spans = []
    for step in (5, 30):
        newest = int(view.live.at // step) - 1
        ago = [(HISTORY - 1 - index) * step for index in range(HISTORY)]
        cpu = tuple(MISSING if age > 1800 else 0.9 if age > 300 else 0.02 for age in ago)
        spans.append(Span(step=step, number=newest, cpu={"core": cpu}))
    return replace(view, live=replace(view.live, spans=tuple(spans)))


async def test_g_has_the_graphs_reach_further_back_and_round_again() -> None:
    """Two minutes, ten, an hour; the heading says which."""
    async with cockpit(with_an_hour(scenarios.running()), (120, 40)) as drive:
        graph = drive.app.screen.query_one(Sweep)
        pictures = []
        for name in ("2 min", "10 min", "1 h"):
            assert f"CPU {name}" in drive.text
            pictures.append(graph.lines.rows[0].words)
            await drive.press("g")
        assert "CPU 2 min" in drive.text
        assert len(set(pictures)) == 3
        assert graph.lines.rows[0].words == pictures[0]
        assert pictures[2].count(" ") > len(pictures[2]) / 3, "where no console looked there is a gap"


async def test_a_range_fits_into_any_width() -> None:
    """A narrow graph shows the same time in fewer columns."""
    for size in ((80, 24), (120, 40), (200, 60)):
        async with cockpit(with_an_hour(scenarios.running()), size) as drive:
            graph = drive.app.screen.query_one(Sweep)
            await drive.press("g")
            row = graph.lines.rows[0].words
            assert len(row) == graph.size.width
            assert "⣀" in row
            assert "⣿" in row, "it was busy five minutes ago, which is within ten"


async def test_a_longer_range_without_a_history_is_empty() -> None:
    """And no error."""
    async with cockpit(scenarios.running()) as drive:
        await drive.press("g", "g")
        assert "CPU 1 h" in drive.text


@given(FRACTIONS, st.floats(0, 4), st.integers(1, 9), st.integers(120, 9999), st.integers(2, 60))
def test_a_thinned_graph_moves_no_more_than_a_plain_one(
    history: list[float], newest: float, factor: int, ticks: int, width: int
) -> None:
    """One more sample changes two columns at most; the oldest group, of which a part fell out, is the third."""
    before = sweep(*thinned(tuple(history), ticks, factor), width)
    after = sweep(*thinned((*history, newest), ticks + 1, factor), width)
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= 2


def test_what_is_missing_counts_for_nothing() -> None:
    """A mean is that of what is known."""
    assert thinned((0.0, 1.0, MISSING, 0.4, MISSING, MISSING), 6, 2) == ((0.5, 0.4, MISSING), 3)
    assert sweep((MISSING, MISSING), 2, 3) == "   "
