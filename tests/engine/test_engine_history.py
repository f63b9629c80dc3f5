import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from aurora_console.engine.history import History
from aurora_console.state.live import HISTORY, MISSING, ServiceSample, Span
from aurora_console.state.samples import STEPS

START = 1_767_236_400.0
BUSY = ServiceSample(cpu=0.5, memory=64 << 20, descriptors=10, processes=1, latency=0.003)


@dataclass
class SetClock:
    """A clock that is set by the test."""

    at: float

    def monotonic(self) -> float:
        """Return the time."""
        return self.at

    def wall(self) -> float:
        """Return the time."""
        return self.at


def live_through(history: History, seconds: int, clock: SetClock, cpu: float = 0.5) -> None:
    """Sample one service each second."""
    for _ in range(seconds):
        clock.at += 1
        history.add(clock.at, {"core": BUSY if cpu == BUSY.cpu else _with(cpu)})


def _with(cpu: float) -> ServiceSample:
    return ServiceSample(cpu=cpu, memory=BUSY.memory, descriptors=10, processes=1)


async def run_for_a_moment(history: History) -> None:
    """Have it take up what is on the disk, then end, writing what is new."""
    task = asyncio.create_task(history.run())
    deadline = time.monotonic() + 10
    while len(history.spans) < len(STEPS):
        assert time.monotonic() < deadline, "it has not taken anything up"
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


def span(history: History, step: int) -> Span:
    """Return one of its histories."""
    return next(one for one in history.spans if one.step == step)


def test_figures_are_averaged_over_each_step(tmp_path: Path) -> None:
    """Five seconds, half a minute; the one under way is not shown."""
    clock = SetClock(START - 1)
    history = History(tmp_path / "samples.db", clock)
    live_through(history, 5, clock, cpu=0.2)
    live_through(history, 5, clock, cpu=0.6)
    live_through(history, 25, clock)
    fine = span(history, 5).cpu["core"]
    assert len(fine) == HISTORY
    assert [round(one, 6) for one in fine[-6:]] == [0.2, 0.6, 0.5, 0.5, 0.5, 0.5]
    assert fine[-7] == MISSING
    assert span(history, 5).number == int(START // 5) + 5
    assert round(span(history, 30).cpu["core"][-1], 6) == round((5 * 0.2 + 5 * 0.6 + 20 * 0.5) / 30, 6)


def test_a_time_in_which_nobody_looked_is_a_gap(tmp_path: Path) -> None:
    """Not a time in which nothing was used."""
    clock = SetClock(START - 1)
    history = History(tmp_path / "samples.db", clock)
    live_through(history, 5, clock)
    clock.at += 20
    live_through(history, 6, clock)
    assert span(history, 5).cpu["core"][-6:] == (0.5, MISSING, MISSING, MISSING, MISSING, 0.5)


def test_a_clock_that_is_set_back_moves_nothing(tmp_path: Path) -> None:
    """What is sampled then counts for the step under way."""
    clock = SetClock(START - 1)
    history = History(tmp_path / "samples.db", clock)
    live_through(history, 12, clock)
    before = span(history, 5)
    clock.at -= 3600
    live_through(history, 60, clock)
    assert span(history, 5) == before


async def test_the_next_console_takes_the_history_up(tmp_path: Path) -> None:
    """With the gap between the two."""
    clock = SetClock(START - 1)
    first = History(tmp_path / "samples.db", clock)
    await run_for_a_moment(first)
    task = asyncio.create_task(first.run())
    live_through(first, 66, clock)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    clock.at += 60
    second = History(tmp_path / "samples.db", clock)
    await run_for_a_moment(second)
    known = [value for value in span(second, 5).cpu["core"] if value != MISSING]
    assert known == [0.5] * 13
    live_through(second, 6, clock)
    fine = span(second, 5).cpu["core"]
    assert fine[-1] == 0.5
    assert MISSING in fine[-12:-1]
    assert span(second, 30).cpu["core"].count(0.5) == 2


async def test_a_damaged_history_is_put_aside(tmp_path: Path) -> None:
    """And a new one begun."""
    path = tmp_path / "samples.db"
    path.write_bytes(b"no database, this" * 100)
    clock = SetClock(START - 1)
    history = History(path, clock)
    await run_for_a_moment(history)
    assert path.with_name("samples.db.damaged").exists()
    assert path.read_bytes().startswith(b"SQLite format 3")


async def test_without_a_disk_there_is_a_history_all_the_same(tmp_path: Path) -> None:
    """As long as the console is open."""
    clock = SetClock(START - 1)
    history = History(tmp_path / "nowhere" / "samples.db", clock)
    await run_for_a_moment(history)
    live_through(history, 12, clock)
    assert span(history, 5).cpu["core"][-2:] == (0.5, 0.5)
