"""Gates judged because somebody asked: beside the engine's other work, which it must not hold up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aurora_console.engine.context import Context
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.errors import AuroraError
from aurora_console.state import events as e


@dataclass
class JudgingOnRequest:
    """At most one at a time; the answer to its ticket comes as an event."""

    context: Context
    gatekeeper: Gatekeeper
    tasks: asyncio.TaskGroup
    then: Callable[[], None]
    """Called when all are judged."""
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    def begin(self, ticket: str, is_busy: bool) -> None:
        """Begin to judge the plan's gates; AuroraError while something else judges them."""
        if is_busy or self._task is not None:
            raise AuroraError("the gates are being judged, or are at the end of what runs", "wait for its end")
        self._task = self.tasks.create_task(self._judge(ticket))

    async def settle(self, reason: str) -> None:
        """Give it up, for that reason."""
        task = self._task
        if task is not None:
            task.cancel(reason)
            await asyncio.wait([task])

    async def _judge(self, ticket: str) -> None:
        try:
            await self.gatekeeper.judge_plan_gates(None)
        except asyncio.CancelledError as cancelled:
            reason = str(cancelled.args[0]) if cancelled.args else "the console ended"
            self.context.emit(e.RequestRefused(ticket=ticket, reason=f"given up: {reason}", hint="ask again"))
            raise
        finally:
            self._task = None
        self.then()
        self.context.emit(e.RequestCarriedOut(ticket=ticket))
