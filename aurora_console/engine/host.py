"""The one place where threads meet: the engine runs on its own thread and loop, requests go in, wake-ups come out."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Callable

from aurora_console.clock import Clock, SystemClock
from aurora_console.engine.engine import Engine
from aurora_console.errors import describe_fault
from aurora_console.plan.model import Plan
from aurora_console.state.folder import StateFolder
from aurora_console.state.live import View
from aurora_console.state.requests import Request, Ticket
from aurora_console.state.values import Actor

WAKE_PERIOD = 0.1
"""Seconds between two wake-ups, at least."""


class EngineHost:
    """An engine on its own thread: whatever the terminal does, the engine goes on."""

    def __init__(self, plan: Plan, folder: StateFolder, actor: Actor, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._actor = actor
        self._loop = asyncio.new_event_loop()
        self._engine = Engine(plan, folder, actor, self._clock, self._wake)
        # Not a daemon: the interpreter waits for it, so an exit in a hurry cannot cut an effect off from its record.
        self._thread = threading.Thread(target=self._run, name="engine")
        # Waited for instead of the thread: in Python 3.11 a signal handler that raises within `Thread.join` makes the
        # thread count as ended, and the interpreter would leave while the engine works.
        self._ended = threading.Event()
        self._callback: Callable[[], None] = lambda: None
        self._wake_due = False
        self._last_wake = 0.0
        self.error: BaseException | None = None
        """What ended the engine, if a fault did."""

    @property
    def is_running(self) -> bool:
        """Whether the engine's thread is alive."""
        return self._thread.ident is not None and not self._ended.is_set()

    def start(self) -> None:
        """Start the engine; what goes wrong on the way is in `error` and in the view."""
        self._thread.start()

    def submit(self, request: Request) -> str:
        """Ask the engine and return the ticket's id; what comes of it is seen in the state. Never blocks."""
        ticket = Ticket(id=uuid.uuid4().hex, actor=self._actor, request=request)
        self._call(lambda: self._engine.submit(ticket))
        return ticket.id

    def view(self) -> View:
        """Return the newest moment: values that never change, so no lock is needed."""
        engine = self._engine
        return View(
            state=engine.state,
            live=engine.live,
            recent=engine.recent,
            folder=str(engine.folder.path),
            engine_error=self._describe_error(),
        )

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on the engine's thread, when there is something new: at most ten times a second."""
        self._callback = callback

    def stop(self, deadline: float | None) -> bool:
        """End the engine by the plan's policy; return whether it ended within `deadline` seconds. Services stay."""
        if self._thread.ident is None:
            self._loop.close()
            return True
        self._call(self._engine.stop)
        return self._ended.wait(deadline)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the engine has ended."""
        self._ended.wait(timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._engine.run())
        except BaseException as error:  # noqa: BLE001  a thread has nobody above it: the view and the exit code tell
            self.error = _first(error)
        finally:
            try:
                self._end_rest()
                self._loop.run_until_complete(self._loop.shutdown_default_executor())
                self._loop.close()
            finally:
                self._ended.set()
                self._callback()

    def _end_rest(self) -> None:
        """End what an engine that broke off has left on the loop."""
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        if rest:
            self._loop.run_until_complete(asyncio.wait(rest))

    def _call(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            return  # the engine has ended, and the view says why

    def _wake(self) -> None:
        """Tell the console, but not more often than it can use; on the engine's thread."""
        if self._wake_due:
            return
        self._wake_due = True
        now = self._clock.monotonic()
        self._loop.call_later(max(0.0, self._last_wake + WAKE_PERIOD - now), self._notify)

    def _notify(self) -> None:
        self._wake_due = False
        self._last_wake = self._clock.monotonic()
        self._callback()

    def _describe_error(self) -> str:
        return "" if self.error is None else describe_fault(self.error)


def _first(error: BaseException) -> BaseException:
    """Return what a group of faults began with."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
