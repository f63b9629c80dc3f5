"""Actions that start and stop services."""

from __future__ import annotations

import asyncio

from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import Context
from aurora_console.errors import AuroraError
from aurora_console.plan.vocabulary import ServiceName
from aurora_console.state.values import ActionPreview, Evidence, Figure, StartService, StopService, Undo
from aurora_console.text import duration


class Start(Action):
    """Start services, each once what it needs is ready."""

    kind = "start"
    args_type = tuple[ServiceName, ...]

    def title(self) -> str:
        return f"start {', '.join(self.args)}"

    async def preview(self, context: Context) -> ActionPreview:
        effects: list[str] = []
        problems: list[str] = []
        for name in self.args:
            effects.append(context.supervisor.describe_start(name))
            if not context.state.services[name].is_up:
                problems += context.supervisor.obstacles(name)
        undo = "; ".join(f"stop {name}" for name in reversed(self.args))
        return ActionPreview(
            kind=self.kind, title=self.title(), effects=tuple(effects), undo=undo, problems=tuple(problems)
        )

    async def undo(self, context: Context) -> tuple[Undo, ...]:
        services = context.state.services
        return tuple(StopService(service=name) for name in self.args if not services[name].is_up)

    async def apply(self, context: Context) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                done = {name: asyncio.Event() for name in self.args}
                for name in self.args:
                    group.create_task(self._start(context, name, done))
        except* AuroraError as failures:
            raise failures.exceptions[0] from None

    async def _start(self, context: Context, name: str, done: dict[str, asyncio.Event]) -> None:
        for need in context.plan.services[name].needs:
            if need in done:
                await done[need].wait()
        await context.supervisor.start(name)
        done[name].set()

    async def observe(self, context: Context) -> Evidence | None:
        services = [context.state.services[name] for name in self.args]
        if any(one.status != "ready" for one in services):
            return None
        times = [f"{one.name} ready in {duration(one.ready_seconds or 0.0)}" for one in services]
        isolated = [
            f"{one.name}: {context.supervisor.isolation(one.name).describe(one.process.pid)}"
            for one in services
            if context.plan.services[one.name].isolate and one.process
        ]
        return Evidence(
            summary=" · ".join(times),
            figures=tuple(
                Figure(name=f"{one.name} ready", value=one.ready_seconds or 0.0, unit="s") for one in services
            ),
            details=(*isolated, *(f"{one.name}: pid {one.process.pid}" for one in services if one.process)),
        )


class Stop(Action):
    """Stop services that the run started."""

    kind = "stop"
    args_type = tuple[ServiceName, ...]

    def title(self) -> str:
        return f"stop {', '.join(self.args)}"

    async def preview(self, context: Context) -> ActionPreview:
        effects = tuple(f"asks {name} to end, then kills what is left of it" for name in self.args)
        problems = tuple(
            f"{name} runs without the console (managed = false): it is never stopped"
            for name in self.args
            if not context.plan.services[name].managed
        )
        undo = "; ".join(f"start {name} again" for name in self.args)
        return ActionPreview(kind=self.kind, title=self.title(), effects=effects, undo=undo, problems=problems)

    async def undo(self, context: Context) -> tuple[Undo, ...]:
        services = context.state.services
        return tuple(StartService(service=name) for name in self.args if services[name].is_up)

    async def apply(self, context: Context) -> None:
        for name in context.supervisor.stopping_order(self.args):
            await context.supervisor.stop(name)

    async def observe(self, context: Context) -> Evidence | None:
        services = [context.state.services[name] for name in self.args]
        if any(one.is_up for one in services):
            return None
        return Evidence(
            summary=" · ".join(f"{one.name} stopped in {duration(one.stop_seconds or 0.0)}" for one in services)
        )
