"""Incidents: from the moment when something that worked fails, until all is well again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aurora_console.engine.context import Context
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.phases import ENGINE
from aurora_console.engine.registry import check_types
from aurora_console.engine.supervise.stop import describe_exit
from aurora_console.state import events as e
from aurora_console.state.model import RunState
from aurora_console.text import duration

RECHECK = 5.0
"""Seconds between looks while an incident lasts."""


@dataclass(frozen=True)
class _Story:
    what: str
    suspect: str


@dataclass
class Health:
    """Runs the plan's gates in the background and opens and closes incidents."""

    context: Context
    gatekeeper: Gatekeeper
    is_busy: Callable[[], bool]
    """Whether a phase is judged or a rollback runs: those judge the gates themselves."""
    _suspicion: asyncio.Event = field(default_factory=asyncio.Event)
    _failing: set[str] = field(default_factory=set)
    """Gates that failed and have not passed since: one that cannot be measured any more is not well again."""
    _down: set[str] = field(default_factory=set)
    """Services that went while they should have been there."""
    _stories: dict[str, _Story] = field(default_factory=dict)
    """What is wrong, by service or gate, oldest first; empty while there is no incident."""

    def suspect(self) -> None:
        """Have the gates look at once instead of at the next interval."""
        self._suspicion.set()

    def notice(self, event: e.Event, before: RunState) -> None:
        """Open an incident when `event`, to which `before` led, says that something that worked does not."""
        match event:
            case e.GateJudged() if self._watches(event.gate):
                if event.verdict == "fail":
                    self._failing.add(event.gate)
                    if not self._stories:  # while a service is down, what it makes fail says nothing new
                        self._tell(f"gate {event.gate}", f"{event.title}: {event.evidence.summary}")
                elif event.verdict == "pass":
                    self._failing.discard(event.gate)
            case e.ServiceExited() if event.restart_in is None:
                self._down.add(event.service)
                spent = self.context.plan.services[event.service].restart.when != "never"
                again = ", and its restarts are used up" if spent else ""
                self._tell(event.service, f"{event.service} ended with {describe_exit(event.code)}{again}")
            # One that this run never saw is not gone.
            case e.ServiceSighted() if before.services[event.service].is_up and self._is_gone(event.service):
                self._down.add(event.service)
                self._tell(event.service, f"{event.service} is gone")

    def recall(self) -> None:
        """Take up the incident that an earlier console left open."""
        state = self.context.state
        if state.incident is not None:
            self._failing = {name for name, gate in state.gates.items() if gate.verdict == "fail"}
            self._down = {name for name, one in state.services.items() if one.status in {"exited", "gone"}}
            for name in self._down:
                self._stories[name] = _Story(f"{name} is {state.services[name].status}", state.incident.suspect)
            if not self._down:
                self._stories[""] = _Story(state.incident.what, state.incident.suspect)

    def _is_gone(self, service: str) -> bool:
        return self.context.state.services[service].status == "gone"

    def _watches(self, gate: str) -> bool:
        """Whether `gate` is one that is judged in the background: what only a phase judges is that phase's failure."""
        known = self.context.plan.gates.get(gate)
        return known is not None and check_types()[known.check.kind].runs_in_background

    async def run(self) -> None:
        """Look at `health_interval`, on suspicion, and every few seconds while an incident lasts; for ever."""
        interval = self.context.plan.limits.health_interval
        while True:
            in_incident = self.context.state.incident is not None
            try:
                async with asyncio.timeout(min(interval, RECHECK) if in_incident else interval):
                    await self._suspicion.wait()
            except TimeoutError:
                pass  # the interval is over
            self._suspicion.clear()
            if self.is_busy() or self.context.state.finished:
                continue
            await self.gatekeeper.judge_plan_gates(None)
            self.close_if_well()

    def close_if_well(self) -> None:
        """End the incident when every gate that failed has passed and no service is down that went by itself."""
        services = self.context.state.services
        self._down = {name for name in self._down if services[name].status in {"exited", "gone", "failed", "starting"}}
        if self.context.state.incident is not None and not self._failing and not self._down:
            self._stories.clear()
            self.context.emit(e.IncidentClosed())
            return
        mended = [name for name in self._stories if name in services and name not in self._down]
        if mended and len(mended) < len(self._stories):
            for name in mended:
                del self._stories[name]
            self._open()

    def _tell(self, subject: str, what: str) -> None:
        """Take up what is wrong with a service or gate; the newest of it counts."""
        state = self.context.state
        if state.is_rolling_back or state.finished:
            return
        known = self._stories.pop(subject, None)
        suspect = known.suspect if known else _suspect(state, self.context.clock.wall())
        self._stories[subject] = _Story(what, suspect)
        self._open()
        if self.context.state.paused is None:
            self.context.emit(e.IntegrationPaused(reason=what, actor=ENGINE))

    def _open(self) -> None:
        """Say what is wrong, the worst first: the protected core before anything else, then the newest."""
        newest = list(reversed(self._stories))
        subjects = [*filter(self._is_core, newest), *(name for name in newest if not self._is_core(name))]
        worst, *others = (self._stories[name] for name in subjects)
        also = tuple(one.what for one in others)
        incident = self.context.state.incident
        if incident is None or (incident.what, incident.also) != (worst.what, also):
            self.context.emit(e.IncidentOpened(what=worst.what, suspect=worst.suspect, also=also))

    def _is_core(self, subject: str) -> bool:
        service = self.context.plan.services.get(subject)
        return service is not None and service.layer == "core"


def _suspect(state: RunState, now: float) -> str:
    """Name what the run changed last, and how long before."""
    if not state.last_change or state.last_change_at is None:
        return "nothing that this run did: it has changed nothing yet"
    return f"{state.last_change}, {duration(max(0.0, now - state.last_change_at))} before"
