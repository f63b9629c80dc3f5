"""Incidents: from the moment when something that worked fails, until all is well again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aurora_console.engine.context import Context
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.phases import ENGINE
from aurora_console.state import events as e
from aurora_console.state.model import RunState
from aurora_console.text import duration

RECHECK = 5.0
"""Seconds between looks while an incident lasts."""


@dataclass
class Health:
    """Runs the plan's gates in the background and opens and closes incidents."""

    context: Context
    gatekeeper: Gatekeeper
    is_busy: Callable[[], bool]
    """Whether a phase is judged or a rollback runs: those judge the gates themselves."""
    _suspicion: asyncio.Event = field(default_factory=asyncio.Event)

    def suspect(self) -> None:
        """Have the gates look at once instead of at the next interval."""
        self._suspicion.set()

    def notice(self, event: e.Event) -> None:
        """Open an incident when `event` says that something that worked does not."""
        state = self.context.state
        match event:
            case e.GateJudged() if event.verdict == "fail" and event.gate in state.gates:
                self._open(f"{event.title}: {event.evidence.summary}")
            case e.ServiceExited() if event.restart_in is None:
                code = "" if event.code is None else f" with code {event.code}"
                self._open(f"{event.service} ended by itself{code}")
            case e.ServiceSighted() if event.process is None and _was_there(self.context, event.service):
                self._open(f"{event.service} is gone")

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
        """End the incident when no gate fails and no service is down that should be up."""
        state = self.context.state
        if state.incident is None:
            return
        if any(gate.verdict == "fail" for gate in state.gates.values()):
            return
        if any(service.status in {"exited", "gone", "failed"} for service in state.services.values()):
            return
        self.context.emit(e.IncidentClosed())

    def _open(self, what: str) -> None:
        state = self.context.state
        if state.incident is not None or state.is_rolling_back:
            return
        self.context.emit(e.IncidentOpened(what=what, suspect=_suspect(state, self.context.clock.wall())))
        if state.paused is None:
            self.context.emit(e.IntegrationPaused(reason=what, actor=ENGINE))


def _was_there(context: Context, service: str) -> bool:
    """Whether the run has seen the service before: one that never ran is not gone."""
    return context.state.services[service].started_at is not None


def _suspect(state: RunState, now: float) -> str:
    """Name what the run changed last, and how long before."""
    if not state.last_change or state.last_change_at is None:
        return "nothing that this run did: it has changed nothing yet"
    return f"{state.last_change}, {duration(max(0.0, now - state.last_change_at))} before"
