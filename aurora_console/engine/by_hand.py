"""Single services started and stopped at an operator's word, beside whatever the plan does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import assert_never

from aurora_console.engine.context import Context
from aurora_console.engine.unbroken import see_through
from aurora_console.errors import AuroraError
from aurora_console.state import events as e
from aurora_console.state.by_hand import refusal
from aurora_console.state.requests import OneService, RestartOne, StartOne, StopOne
from aurora_console.text import clean


@dataclass
class ByHand:
    """Carries such requests out, each in a task of its own: a slow start must not hold up a rollback."""

    context: Context
    tasks: asyncio.TaskGroup
    _under_way: dict[str, tuple[str, asyncio.Task[None]]] = field(default_factory=dict)
    """Service -> the ticket and its work."""

    @property
    def is_busy(self) -> bool:
        """Whether any is under way."""
        return bool(self._under_way)

    def begin(self, ticket: str, request: OneService) -> None:
        """Begin what is asked; AuroraError when it cannot be done as things stand. The answer comes as an event."""
        name = request.service
        against = refusal(self.context.state, request)
        if against is not None:
            raise AuroraError(*against)
        if name in self._under_way:
            raise AuroraError(f"{name} is being started or stopped already", "wait for its end")
        self._under_way[name] = ticket, self.tasks.create_task(self._carry_out(ticket, request))

    async def settle(self, reason: str) -> None:
        """Give up every start that is under way, for that reason, and let every stop come to its end."""
        under_way = list(self._under_way.values())
        for _, task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait([task for _, task in under_way])
        for ticket, task in under_way:
            if task.cancelled():
                self.context.emit(e.RequestRefused(ticket=ticket, reason=f"given up: {reason}"))

    async def _carry_out(self, ticket: str, request: OneService) -> None:
        try:
            await self._obey(request)
        except AuroraError as error:
            self.context.emit(
                e.RequestRefused(ticket=ticket, reason=clean(error.message, 500), hint=clean(error.hint, 500))
            )
        else:
            self.context.emit(e.RequestCarriedOut(ticket=ticket))
        finally:
            del self._under_way[request.service]

    async def _obey(self, request: OneService) -> None:
        supervisor, name = self.context.supervisor, request.service
        match request:
            case StartOne():
                await supervisor.start(name)
            case StopOne():
                await see_through(supervisor.stop(name))
            case RestartOne():
                await see_through(supervisor.stop(name))
                await supervisor.start(name)
            case _:
                assert_never(request)
