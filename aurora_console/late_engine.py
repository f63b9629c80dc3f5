"""The engine, begun behind the first frame: until it runs, what the journal said last is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aurora_console.errors import describe_fault
from aurora_console.session import Session, find_state, is_known, open_session
from aurora_console.state.folder import StateFolder
from aurora_console.state.journal import Journal
from aurora_console.state.live import Live, View
from aurora_console.state.model import RunState
from aurora_console.state.requests import Request

if TYPE_CHECKING:
    from aurora_console.engine.host import EngineHost  # slow to import, which is what this module is about
    from aurora_console.plan.trust import Disclosure

RECENT = 200
"""Events read for the first frame."""


class LateEngine:
    """An engine that is not there yet. What is asked of it meanwhile it gets once it is."""

    def __init__(self, open_session: Callable[[], Session], first: View) -> None:
        self._open = open_session
        self._first = first
        self._host: EngineHost | None = None
        self._fault: BaseException | None = None
        self._lock = threading.Lock()
        """Held while the engine appears, so that no request falls between; and while it is started or stopped."""
        self._waiting: list[Request] = []
        self._is_stopped = False
        self._callback: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._begin, name="engine start")
        self.on_fault: Callable[[], None] = lambda: None
        """Called, on another thread, when the plan turns out not to be fit after all: there will be no engine."""

    @property
    def error(self) -> BaseException | None:
        """What ended the engine, or kept it from starting."""
        return self._host.error if self._host else self._fault

    def start(self) -> None:
        """Begin to start the engine, unless that was done or it was stopped; returns at once."""
        with self._lock:
            if self._thread.ident is None and not self._is_stopped:
                self._thread.start()

    def submit(self, request: Request) -> None:
        """Ask the engine. Never blocks."""
        with self._lock:
            if self._host is None:
                self._waiting.append(request)
            else:
                self._host.submit(request)

    def view(self) -> View:
        """Return the newest moment. Never blocks."""
        if self._host is None:
            return self._first
        view = self._host.view()
        # The engine's state is empty for the moment in which it reads the journal.
        return self._first if view.state.seq < self._first.state.seq and not view.engine_error else view

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on the engine's thread, when there is something new: at most ten times a second."""
        with self._lock:
            self._callback = callback
            if self._host is not None:
                self._host.on_wake(callback)

    def stop(self, deadline: float | None) -> bool:
        """End the engine by the plan's policy; return whether it ended within `deadline` seconds. Services stay."""
        with self._lock:
            self._is_stopped = True
        if self._thread.ident is not None:
            self._thread.join(deadline)
            if self._thread.is_alive():
                return False
        return self._host.stop(deadline) if self._host else True

    def _begin(self) -> None:
        try:
            host = self._open().host()
        except BaseException as error:  # noqa: BLE001  a thread has nobody above it: the view and the exit code tell
            self._fault = error
            self._first = View(state=self._first.state, live=self._first.live, engine_error=describe_fault(error))
            self.on_fault()
            return
        with self._lock:
            if self._is_stopped:
                host.stop(None)  # it was left before there was an engine
                return
            host.on_wake(self._callback)
            host.start()
            self._host = host
            for request in self._waiting:
                host.submit(request)


def late_engine(
    plan: Path, port_offset: int, ask_trust: Callable[[Disclosure], bool]
) -> tuple[LateEngine, StateFolder | None]:
    """Return an engine for the plan at `plan` and, where there is one, the state folder.

    A plan that is trusted or being carried out is read behind the first frame; any other is read now.
    Raises what `open_session` raises.
    """
    folder = find_state(plan)
    if is_known(plan, folder):
        return LateEngine(lambda: open_session(plan, port_offset), _last_moment(folder)), folder
    session = open_session(plan, port_offset, ask_trust)
    return LateEngine(lambda: session, _last_moment(None)), session.folder


def _last_moment(folder: StateFolder | None) -> View:
    if folder is None or not folder.journal.exists():
        return View(state=RunState(), live=Live(), is_past=True)
    with Journal.read_only(folder.journal) as journal:
        state = journal.state()
        recent = tuple(journal.records(after=max(0, state.seq - RECENT)))
    return View(state=state, live=Live(), recent=recent, folder=str(folder.path), is_past=True)
