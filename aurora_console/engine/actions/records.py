"""Actions that write down how things are: endpoints, services, the baseline. Only the run's folder changes."""

from __future__ import annotations

from statistics import median

import msgspec

from aurora_console.engine import measure
from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context
from aurora_console.engine.endpoints import Answer
from aurora_console.engine.estimates import quantile
from aurora_console.engine.snapshot import system, working_state
from aurora_console.state.events import BaselineMeasured, SectionRecorded
from aurora_console.state.values import Evidence, Figure
from aurora_console.text import duration, size


def record(context: Context, sections: dict[str, object], summary: str) -> None:
    """Write sections of the working state, and note the first of them in the journal."""
    path = working_state.record_all(context.snapshot_folder, sections)
    context.emit(SectionRecorded(section=next(iter(sections)), path=str(path), summary=summary))


class _Recording(Action):
    section: str

    def effects(self, context: Context) -> tuple[str, ...]:
        return (f"writes {working_state.FILE_NAME}, section {self.section}, in {context.snapshot_folder}",)

    async def observe(self, context: Context) -> Evidence | None:
        recorded = context.state.recorded.get(self.section)
        return (
            Evidence(summary=recorded.summary)
            if recorded and self.section in working_state.read(context.snapshot_folder)
            else None
        )


class RecordEndpoints(_Recording):
    """Ask every endpoint of the plan once and write down how it answered."""

    kind = "record-endpoints"
    section = "endpoints"

    def title(self) -> str:
        return "document the endpoints that work"

    async def apply(self, context: Context) -> None:
        endpoints = context.plan.endpoints
        answers = {name: await context.client.ask(name) for name in endpoints}
        rows = [_row(context, answers[name]) for name in endpoints]
        broken = [f"{name}: {answer.problem}" for name, answer in answers.items() if answer.problem]
        if broken:
            raise ActionError(
                f"{len(broken)} of {len(answers)} endpoints do not answer as the plan expects: {'; '.join(broken)}",
                "mend the system or correct [endpoints] first: a gate cannot prove that what never worked still works",
            )
        record(context, {self.section: rows}, f"{len(rows)} endpoints answer as expected")


def _row(context: Context, answer: Answer) -> dict[str, object]:
    endpoint = context.plan.endpoints[answer.endpoint]
    return {
        "name": answer.endpoint,
        "service": endpoint.service,
        "method": endpoint.request.method,
        "path": endpoint.request.path,
        "status": answer.status,
        "seconds": answer.seconds,
    }


class ListServices(_Recording):
    """Write down which services run, with their processes and ports."""

    kind = "list-services"
    section = "services"

    def title(self) -> str:
        return "list the running services"

    async def apply(self, context: Context) -> None:
        found = system.capture(context.ports, context.processes).services
        running = [one for one in found if one.process is not None]
        summary = f"{len(running)} of {len(found)} run: {', '.join(one.service for one in running) or 'none'}"
        sections: dict[str, object] = {
            "services": [one.service for one in running],
            "processes": {one.service: one.process for one in running},
            "ports": {one.service: one.port for one in running if one.listening},
        }
        record(context, sections, summary)


class BaselineArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the baseline is measured."""

    requests: int = 60
    """For each safe endpoint."""


class Baseline(Action):
    """Measure response times and memory before anything is changed."""

    kind = "baseline"
    args_type = BaselineArgs

    def title(self) -> str:
        return "measure the baseline"

    def effects(self, context: Context) -> tuple[str, ...]:
        names = context.client.safe_endpoints()
        return (f"sends {self.args.requests} requests to each of {len(names)} endpoints: {', '.join(names)}",)

    async def apply(self, context: Context) -> None:
        measured = await measure.response_times(context, context.client.safe_endpoints(), self.args.requests)
        if measured.problems:
            raise ActionError(
                f"{len(measured.problems)} of {measured.requests} requests failed: {measured.problems[0]}",
                "a baseline needs a system that works: mend it first",
            )
        memory = measure.memory(context)
        context.emit(BaselineMeasured(response=measured.seconds, memory=memory))
        data = {"response_seconds": measured.seconds, "memory_bytes": memory}
        record(context, {"baseline": data}, measured.describe())

    async def observe(self, context: Context) -> Evidence | None:
        state = context.state
        if "baseline" not in state.recorded:
            return None
        total = sum(state.baseline_memory.values())
        details = tuple(
            f"{name}: p50 {duration(median(values))}, p95 {duration(quantile(values, 0.95))}"
            for name, values in state.baseline_response.items()
        )
        return Evidence(
            summary=f"{state.recorded['baseline'].summary} · {size(total)}",
            figures=(Figure(name="memory", value=total, unit="B"),),
            details=details,
        )
