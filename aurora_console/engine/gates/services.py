"""Checks on services: alive and ready, on their own ports, within memory, and able to stop."""

from __future__ import annotations

import msgspec

from aurora_console.engine import judge
from aurora_console.engine.context import Context
from aurora_console.engine.gates.base import Check, Found, failed, passed
from aurora_console.engine.supervise import identity, ports
from aurora_console.engine.supervise.http import ProbeError, http_probe
from aurora_console.errors import AuroraError
from aurora_console.plan.vocabulary import ServiceName, Size
from aurora_console.state.values import Evidence, Figure
from aurora_console.text import duration, size


class Running(Check):
    """Services are alive and ready, now."""

    kind = "running"
    args_type = tuple[ServiceName, ...]

    def title(self) -> str:
        return f"{', '.join(self.args)} {'runs' if len(self.args) == 1 else 'run'}"

    async def judge(self, context: Context, window: int) -> Found:
        problems = [problem for name in self.args if (problem := await self._problem(context, name))]
        if problems:
            return failed(f"{len(self.args) - len(problems)} of {len(self.args)} · {problems[0]}", *problems)
        states = [context.state.services[name] for name in self.args]
        details = [f"{one.name}: pid {one.process.pid}" for one in states if one.process]
        return passed(f"{len(states)} of {len(states)} alive and ready", *details)

    async def _problem(self, context: Context, name: str) -> str:
        state, ready = context.state.services[name], context.plan.services[name].ready
        port = context.plan.port(name)
        # Of a watched process of another user nothing is known but that it listens, and how it answers.
        is_unknown = state.status == "watched" and state.process is None
        if not is_unknown and (state.process is None or not identity.is_running(state.process)):
            return f"{name} does not run"
        if state.status not in {"ready", "watched"}:
            return f"{name} is {state.status}"
        if port is None or ready.log is not None:
            return ""
        if ready.http is None:
            return "" if ports.port_holder(port) else f"{name} does not listen on port {port}"
        try:
            answer = await http_probe(port, ready.http, ready.timeout)
        except ProbeError as error:
            return f"{name} {error.message}"
        return "" if answer.is_success else f"{name} answers {answer.status} at {ready.http}"


class PortOwner(Check):
    """Each service's port is listened on by that service, and by no stranger."""

    kind = "port-owner"
    args_type = tuple[ServiceName, ...]

    def title(self) -> str:
        return f"{', '.join(self.args)} on {'its own port' if len(self.args) == 1 else 'their own ports'}"

    async def judge(self, context: Context, window: int) -> Found:
        wrong, right = [], []
        for name in self.args:
            state, port = context.state.services[name], context.plan.port(name)
            if port is None:
                wrong.append(f"{name} has no port in the plan")
                continue
            ours = identity.members(state.process, state.token) if state.token else [state.process]
            if ports.owns_port(port, [one.pid for one in ours if one is not None]):
                right.append(f"{name}: {port}")
            else:
                holder = ports.port_holder(port)
                who = ports.describe_holder(holder) if holder else "nobody"
                wrong.append(f"port {port} of {name} is held by {who}")
        if wrong:
            return failed(wrong[0], *wrong)
        return passed(" · ".join(right))


class MemoryArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What memory may be."""

    ceiling: Size | None = None
    """Bytes over all services of the plan; None for the plan's target."""
    growth: Size | None = None
    """Bytes by which a service of the baseline may have grown; None for no such limit."""


class Memory(Check):
    """All services together stay under a ceiling, and none that was there before has grown much."""

    kind = "memory"
    args_type = MemoryArgs

    def title(self) -> str:
        return "memory"

    async def judge(self, context: Context, window: int) -> Found:
        memory = {name: sample.memory for name, sample in context.watcher.look().samples.items()}
        if not memory:
            return Found("error", Evidence(summary="no service of the plan runs"))
        ceiling = self.args.ceiling or context.plan.targets.memory
        total = judge.judge_ceiling(sum(memory.values()), ceiling)
        grown = {
            name: memory[name] - before for name, before in context.state.baseline_memory.items() if name in memory
        }
        allowed = self.args.growth
        too_much = [name for name, more in grown.items() if allowed is not None and more > allowed]
        details = [f"{name}: {size(value)}" for name, value in memory.items()]
        details += [f"{name} since the baseline: {_signed(more)}" for name, more in grown.items()]
        details.append(f"in force: {size(ceiling)} in all, growth {'any' if allowed is None else size(allowed)}")
        summary = total.reason
        if too_much:
            summary = f"{too_much[0]} grew by {size(grown[too_much[0]])}, allowed {size(allowed or 0)}"
        figures = (
            *total.figures,
            *(Figure(name=f"{name} growth", value=more, unit="B") for name, more in grown.items()),
        )
        verdict = "fail" if too_much else total.verdict
        if verdict == "pass" and allowed is not None and not grown:
            verdict, summary = "inconclusive", f"{summary}, and no baseline yet to tell growth from"
        return Found(verdict, Evidence(summary=summary, figures=figures, details=tuple(details)))


def _signed(amount: int) -> str:
    return f"{'-' if amount < 0 else '+'}{size(abs(amount))}"


class StopsCleanly(Check):
    """Services end when asked, within their grace, and leave nothing; they are started again."""

    kind = "stops-cleanly"
    args_type = tuple[ServiceName, ...]
    runs_in_background = False

    def title(self) -> str:
        return f"{', '.join(self.args)} can be stopped cleanly"

    async def judge(self, context: Context, window: int) -> Found:
        problems: list[str] = []
        times: dict[str, float] = {}
        for name in self.args:
            before = context.state.services[name]
            if before.status != "ready":
                problems.append(f"{name} is {before.status}, so it cannot show that it stops")
                continue
            token = before.token
            await context.supervisor.stop(name)
            state = context.state.services[name]
            left = identity.members(None, token)
            port = context.plan.port(name)
            holder = ports.port_holder(port) if port is not None else None
            if state.was_killed:
                problems.append(f"{name} had to be killed")
            if left:
                problems.append(f"{name} left {len(left)} processes")
            if holder is not None:
                problems.append(f"port {port} is still held by {ports.describe_holder(holder)}")
            times[name] = state.stop_seconds or 0.0
            try:
                await context.supervisor.start(name)
            except AuroraError as error:
                problems.append(f"{name} did not start again: {error.message}")
        told = " · ".join(f"{name} ended in {duration(seconds)}" for name, seconds in times.items())
        figures = tuple(Figure(name=f"{name} ended in", value=seconds, unit="s") for name, seconds in times.items())
        if problems:
            details = (*problems, told) if told else tuple(problems)
            return Found("fail", Evidence(summary=problems[0], figures=figures, details=details))
        return Found("pass", Evidence(summary=f"{told} · nothing left, started again", figures=figures))
