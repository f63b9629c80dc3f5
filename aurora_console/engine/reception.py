"""Requests of other processes: each is taken at most once, and each gets an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aurora_console.errors import AuroraError
from aurora_console.state import events as e
from aurora_console.state.inbox import Inbox
from aurora_console.state.journal import Journal
from aurora_console.state.requests import Ticket
from aurora_console.text import clean

PERIOD = 0.1
"""Seconds between looks into the inbox."""
RETRY = 2.0
"""Seconds between looks while it cannot be read."""


@dataclass
class Reception:
    """Hands requests from the inbox to the engine; a request leaves the inbox once the journal has it."""

    inbox: Inbox
    submit: Callable[[Ticket], None]
    emit: Callable[[e.Event], None]
    _handed_on: set[str] = field(default_factory=set)
    """Requests that wait in the engine's queue, and are still in the inbox."""
    _trouble: str = ""
    """What was last told to be wrong with the inbox."""

    def __post_init__(self) -> None:
        # Whoever left these was told, when the console in control ended, that nobody would do it.
        self._left_over = self.inbox.peek()

    def refuse_left_over(self, journal: Journal) -> None:
        """Answer what was left for a console that has ended; to do it now might be the opposite of what is wanted."""
        if not self._left_over:
            return
        received = {one.event.ticket.id for one in journal.records() if isinstance(one.event, e.RequestReceived)}
        for ticket in self._left_over:
            if ticket.id not in received:
                self.emit(e.RequestReceived(ticket=ticket))
                reason = "it was left for a console that has ended"
                self.emit(e.RequestRefused(ticket=ticket.id, reason=reason, hint="ask again"))
        self.inbox.forget(ticket.id for ticket in self._left_over)
        self._left_over = []

    def settle(self, ticket: str) -> None:
        """Take note that the journal has this request."""
        if ticket in self._handed_on:
            self._handed_on.discard(ticket)
            self.inbox.forget([ticket])

    async def run(self) -> None:
        """Look for requests, for ever. An inbox that cannot be read is told once and does not end the engine."""
        while True:
            try:
                self._look()
            except AuroraError as error:
                self._tell(f"requests of other processes cannot be taken: {error.message}", error.hint)
                await asyncio.sleep(RETRY)
            await asyncio.sleep(PERIOD)

    def _look(self) -> None:
        if not self.inbox.has_new():
            return
        for ticket in self.inbox.peek():
            if ticket.id not in self._handed_on:
                self._handed_on.add(ticket.id)
                self.submit(ticket)
        for problem in self.inbox.problems():
            self._tell(problem, "")
        self._trouble = ""

    def _tell(self, reason: str, hint: str) -> None:
        if reason != self._trouble:
            self._trouble = reason
            self.emit(e.RequestRefused(ticket="", reason=clean(reason, 500), hint=clean(hint, 500)))
