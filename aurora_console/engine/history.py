"""Figures of the last ten minutes and the last hour, thinned out, kept on the disk for the next console."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aurora_console.clock import Clock
from aurora_console.engine.unbroken import in_thread
from aurora_console.errors import AuroraError
from aurora_console.state.live import HISTORY, MISSING, ServiceSample, Span
from aurora_console.state.samples import STEPS, Sample, SampleStore

WRITE_PERIOD = 10.0
"""Seconds between writes; what is younger than this is lost when the console is killed."""
_MOST_UNWRITTEN = 10_000
"""Samples kept where there is no disk to write them to."""


@dataclass
class _Sums:
    """What a service used in the step under way."""

    count: int = 0
    cpu: float = 0.0
    memory: int = 0
    answers: int = 0
    latency: float = 0.0

    def add(self, sample: ServiceSample) -> None:
        self.count += 1
        self.cpu += sample.cpu
        self.memory = sample.memory
        if sample.latency is not None:
            self.answers += 1
            self.latency += sample.latency

    def close(self, step: int, number: int, service: str) -> Sample:
        latency = self.latency / self.answers if self.answers else None
        return Sample(step, number, service, self.cpu / self.count, self.memory, latency)


@dataclass
class _Step:
    """One degree of thinning."""

    seconds: int
    number: int = 0
    """Of the step under way; 0 before the first sample."""
    sums: dict[str, _Sums] = field(default_factory=dict)
    span: Span = field(default_factory=lambda: Span(step=1))

    def add(self, at: float, samples: Mapping[str, ServiceSample]) -> list[Sample]:
        """Take samples in; return what the step that ended by it adds up to."""
        number = max(self.number, int(at // self.seconds))  # a clock that is set back adds to the step under way
        closed = []
        if number > self.number and self.number:
            closed = [sums.close(self.seconds, self.number, name) for name, sums in self.sums.items()]
            self.take(closed, number - 1)
        if number > self.number:
            self.sums = {}
        self.number = number
        for name, sample in samples.items():
            self.sums.setdefault(name, _Sums()).add(sample)
        return closed

    def take(self, samples: list[Sample], newest: int) -> None:
        """Lengthen the histories by these samples up to step number `newest`, with gaps where there is none."""
        before, newest = self.span, max(newest, self.span.number)
        first = newest - HISTORY + 1
        found: dict[str, dict[int, Sample]] = {}
        for one in samples:
            found.setdefault(one.service, {})[one.number] = one
        names = before.cpu.keys() | found.keys()
        cpu: dict[str, tuple[float, ...]] = {}
        for name in sorted(names):
            old = before.cpu.get(name, ())
            known = {before.number - len(old) + 1 + index: value for index, value in enumerate(old)}
            known |= {number: one.cpu for number, one in found.get(name, {}).items()}
            values = tuple(known.get(number, MISSING) for number in range(first, newest + 1))
            if any(value != MISSING for value in values):
                cpu[name] = values
        self.span = Span(step=self.seconds, number=newest, cpu=cpu)


@dataclass
class History:
    """Thins out what the watcher samples. Memory of it in `spans`; `run` carries it to the disk, off the loop."""

    path: Path
    clock: Clock
    _steps: tuple[_Step, ...] = field(default_factory=lambda: tuple(_Step(seconds) for seconds in STEPS))
    _unwritten: list[Sample] = field(default_factory=list)
    _store: SampleStore | None = None
    """None before it was opened, and where that cannot be."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The histories, the finest first; values that never change."""
        return tuple(step.span for step in self._steps if step.span.number)

    def add(self, at: float, samples: Mapping[str, ServiceSample]) -> None:
        """Take in what is seen at this moment; `at` in seconds since the epoch."""
        for step in self._steps:
            self._unwritten += step.add(at, samples)
        del self._unwritten[:-_MOST_UNWRITTEN]

    async def run(self) -> None:
        """Take up what an earlier console left, then write what is new again and again, for ever."""
        try:
            await in_thread(self._open)
            await self._recall()
            while True:
                await asyncio.sleep(WRITE_PERIOD)
                await self._write()
        finally:
            if self._store is not None:
                await self._write()
                self._store.close()

    def _open(self) -> None:
        try:
            self._store = _open(self.path)
        except AuroraError:
            # Without its disk the history is as long as the console is open: no reason to trouble the operator.
            self._store = None

    async def _recall(self) -> None:
        now = self.clock.wall()
        for step in self._steps:
            newest = int(now // step.seconds) - 1
            found = await in_thread(_read, self._store, step.seconds, newest - HISTORY + 1) if self._store else []
            step.take([one for one in found if one.number <= newest], newest)

    async def _write(self) -> None:
        if self._store is not None:
            await in_thread(_write, self._store, self._take_unwritten(), self.clock.wall())

    def _take_unwritten(self) -> list[Sample]:
        samples, self._unwritten = self._unwritten, []
        return samples


def _read(store: SampleStore, step: int, since: int) -> list[Sample]:
    try:
        return store.newest(step, since)
    except AuroraError:
        return []  # damaged further in than its opening shows: the graph begins anew


def _write(store: SampleStore, samples: list[Sample], now: float) -> None:
    try:
        store.add(samples, now)
    except AuroraError:
        return  # a full disk, say: these are lost, the next ones may not be


def _open(path: Path) -> SampleStore:
    """Open the store; one that is damaged is put aside, for there is nothing in it that could not be missed."""
    try:
        return SampleStore.open(path)
    except AuroraError:
        if not path.exists():
            raise
    try:
        path.replace(path.with_name(f"{path.name}.damaged"))
        for leftover in ("-wal", "-shm"):
            path.with_name(path.name + leftover).unlink(missing_ok=True)
    except OSError as error:
        raise AuroraError(f"cannot put {path} aside: {error}") from error
    return SampleStore.open(path)
