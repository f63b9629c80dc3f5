"""What is seen each second: figures of every service, whether the watched ones are there, how late the loop is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from aurora_console.clock import Clock
from aurora_console.engine.history import History
from aurora_console.engine.supervise import identity
from aurora_console.engine.supervise.http import ProbeError, http_probe
from aurora_console.engine.supervise.stats import TreeSampler
from aurora_console.engine.supervise.supervisor import Supervisor
from aurora_console.engine.unbroken import in_thread
from aurora_console.logs.sink import trim
from aurora_console.plan.model import Plan
from aurora_console.state.live import HISTORY, Live, Progress, ServiceSample
from aurora_console.state.model import RunState

PERIOD = 1.0
"""Seconds between looks."""
PROBE_PERIOD = 5.0
"""Seconds between health probes of a service."""
PROBE_TIMEOUT = 3.0
"""Seconds."""
NO_ANSWER = -1.0
"""Stands in a history of latencies for a probe that there was not, or that failed."""
_KEPT = slice(1 - HISTORY, None)
"""What of a history stays when a sample is added."""
TRIM_PERIOD = 60.0
"""Seconds between looks at the length of logs."""


@dataclass
class Watcher:
    """Keeps `live` up to date; says when a health probe fails, so that the gates look at once."""

    plan: Plan
    clock: Clock
    read_state: Callable[[], RunState]
    supervisor: Supervisor
    wake: Callable[[], None]
    on_suspicion: Callable[[], None]
    """Called when a service that was ready does not answer."""
    live: Live = field(default_factory=Live)
    progress: Progress | None = None
    foreign: tuple[str, ...] = ()
    """What others changed, as far as it was looked for."""
    history: History | None = None
    """Keeps the figures of a longer time; None where nobody looks at them."""
    _samplers: dict[str, TreeSampler] = field(default_factory=dict)
    _latency: dict[str, float | None] = field(default_factory=dict)

    async def run(self) -> None:
        """Look each second, for ever."""
        due = self.clock.monotonic()
        while True:
            due += PERIOD
            await asyncio.sleep(max(0.0, due - self.clock.monotonic()))
            lag = max(0.0, self.clock.monotonic() - due)
            if lag > PERIOD:  # the machine slept or was overloaded: don't hurry after what was missed
                due = self.clock.monotonic()
            try:
                self.supervisor.sight_unmanaged()
                self.look(lag)
            except OSError:
                # Out of descriptors or memory, say: the moment shown grows old, by which screens tell that.
                continue
            self.wake()

    async def trim_logs(self) -> None:
        """Keep the logs of running services from growing without end, for ever."""
        while True:
            await asyncio.sleep(TRIM_PERIOD)
            for state in self.read_state().services.values():
                if state.managed and state.is_up and state.log:
                    await in_thread(_trim, Path(state.log))

    async def probe(self) -> None:
        """Ask every ready service for its health, again and again; apart from `run`, so that none can hold it up."""
        while True:
            await self._probe_all()
            await asyncio.sleep(PROBE_PERIOD)

    def look(self, lag: float = 0.0) -> Live:
        """Sample every running service now."""
        seen = identity.scan(self.clock)
        samples: dict[str, ServiceSample] = {}
        for name, state in self.read_state().services.items():
            if state.process is None or not state.is_up:
                continue
            sampler = self._samplers.setdefault(name, TreeSampler())
            stats = sampler.sample_from(seen, state.process, state.token if state.managed else None)
            samples[name] = ServiceSample(
                cpu=stats.cpu,
                memory=stats.rss,
                descriptors=stats.descriptors,
                processes=stats.processes,
                latency=self._latency.get(name),
            )
        before, at = self.live, self.clock.wall()
        if self.history is not None:
            self.history.add(at, samples)
        self.live = Live(
            at=at,
            samples=samples,
            cpu_history={name: (*before.cpu_history.get(name, ())[_KEPT], one.cpu) for name, one in samples.items()},
            memory_history={
                name: (*before.memory_history.get(name, ())[_KEPT], one.memory) for name, one in samples.items()
            },
            latency_history={
                name: (*before.latency_history.get(name, ())[_KEPT], NO_ANSWER if one.latency is None else one.latency)
                for name, one in samples.items()
            },
            progress=self.progress,
            loop_lag=lag,
            foreign=self.foreign,
            spans=self.history.spans if self.history is not None else (),
            ticks=self.live.ticks + 1,
        )
        return self.live

    def report(self, progress: Progress | None) -> None:
        """Take note of how far an action has come."""
        self.progress = progress
        self.live = replace(self.live, at=self.clock.wall(), progress=progress)
        self.wake()

    async def _probe_all(self) -> None:
        services = self.read_state().services
        asked = {
            name: (port, wanted.ready.http)
            for name, wanted in self.plan.services.items()
            if wanted.ready.http
            and services[name].status in {"ready", "watched"}
            and (port := self.plan.port(name)) is not None
        }
        async with asyncio.TaskGroup() as group:
            for name, (port, path) in asked.items():
                group.create_task(self._probe_one(name, port, path))

    async def _probe_one(self, name: str, port: int, path: str) -> None:
        try:
            answer = await http_probe(port, path, PROBE_TIMEOUT)
        except ProbeError:
            self._latency[name] = None
            self.on_suspicion()
            return
        self._latency[name] = answer.seconds
        if not answer.is_success:
            self.on_suspicion()


def _trim(log: Path) -> None:
    try:
        trim(log)
    except OSError:
        return  # a full disk, say: the log stays whole, and the next look tries again
