import threading

from msgspec.structs import replace

from aurora_console.state.live import View
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.phases import Phases
from aurora_console.widgets.services import ServiceTable
from aurora_console.widgets.sweep import Sweep
from tests.ui.doubles import FakeLink
from tests.ui.driving import cockpit
from tests.visual import scenarios


async def test_the_engine_wakes_the_cockpit_from_its_own_thread() -> None:
    """And is not kept waiting."""
    async with cockpit(scenarios.running()) as drive:
        thread = threading.Thread(target=drive.link.show, args=(scenarios.incident(),))
        thread.start()
        thread.join(timeout=5)
        assert not thread.is_alive()
        await drive.sees("INCIDENT")


async def test_a_wake_after_the_console_has_left_is_harmless() -> None:
    """The engine outlives the cockpit."""
    async with cockpit(scenarios.running()) as drive:
        link = drive.link
        await drive.press("q", "q")
    thread = threading.Thread(target=link.show, args=(scenarios.incident(),))
    thread.start()
    thread.join(timeout=5)
    assert not thread.is_alive()


async def test_many_wakes_are_taken_together() -> None:
    """A hundred at once cost one look at the engine, or two."""

    class Counting(FakeLink):
        looks = 0

        def view(self) -> View:
            self.looks += 1
            return super().view()

    async with cockpit(scenarios.running()) as drive:
        counting = Counting(scenarios.incident())
        drive.app._link = counting
        assert drive.link.wake is not None
        for _ in range(100):
            drive.link.wake()
        await drive.sees("INCIDENT")
        assert counting.looks <= 2


async def test_an_equal_moment_repaints_nothing() -> None:
    """Not a byte goes over the wire for what is on the screen already."""
    async with cockpit(scenarios.running()) as drive:
        panes = list(drive.app.screen.query(Pane))
        for pane in panes:
            pane._repaint_regions.clear()
            pane.update_view(scenarios.running())
            assert pane._repaint_regions == set(), pane


async def test_a_second_repaints_only_the_cells_that_changed() -> None:
    """The clock's cells, and the graph up to its cursor."""
    view = scenarios.waiting()
    later = replace(view, live=replace(view.live, at=view.live.at + 1, ticks=view.live.ticks + 1))
    async with cockpit(view) as drive:
        for pane in drive.app.screen.query(Pane):
            pane._repaint_regions.clear()
        drive.app.screen.query_one(Phases).update_view(later)
        drive.app.screen.query_one(ServiceTable).update_view(later)
        assert drive.app.screen.query_one(Phases)._repaint_regions == set()
        assert drive.app.screen.query_one(ServiceTable)._repaint_regions == set()
        sweep = drive.app.screen.query_one(Sweep)
        sweep.update_view(later)
        assert all(region.height == 1 for region in sweep._repaint_regions)


async def test_an_engine_that_has_gone_silent_is_noticed() -> None:
    """The newest moment is older than it can be."""
    view = scenarios.running()
    async with cockpit(view) as drive:
        drive.app._clock.at = view.live.at + 60  # type: ignore[attr-defined]  # the test's own clock
        await drive.sees("ENGINE SILENT")
