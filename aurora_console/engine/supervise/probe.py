"""Whether a service that was started is ready: itself, not whatever else may answer on its port."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from aurora_console.clock import Clock
from aurora_console.engine.supervise.http import HttpAnswer, ProbeError, http_probe
from aurora_console.engine.supervise.ports import describe_holder, owns_port, port_holder, port_holders
from aurora_console.engine.supervise.stop import describe_exit
from aurora_console.errors import AuroraError
from aurora_console.logs.tail import last_lines
from aurora_console.plan.model import Ready
from aurora_console.state.values import ProcessId
from aurora_console.text import clean, duration

__all__ = [
    "HttpAnswer",
    "NotReadyError",
    "ProbeError",
    "ReadyReport",
    "Started",
    "http_probe",
    "owns_port",
    "port_holder",
    "port_holders",
    "wait_ready",
]

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_LONGEST_PROBE = 5.0
_LINES = 8  # of the log, in an error
_BLOCK = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Started:
    """A service on its way up."""

    port: int | None
    log: Path
    log_offset: int
    """Length of the log before it was started, in bytes."""
    is_alive: Callable[[], bool]
    """Whether the process that was started still runs."""
    members: Callable[[], Collection[ProcessId]]
    """Every process that belongs to it."""
    exit_code: Callable[[], int | None] = lambda: None
    """How the process that was started ended; None where nobody can know (not our child)."""


@dataclass(frozen=True)
class ReadyReport:
    """A service that is ready."""

    seconds: float
    """From the call to readiness."""
    how: str
    """What showed it, in words."""


class NotReadyError(AuroraError):
    """A service did not get ready. The message says why, the hint shows the end of its output."""

    def __init__(self, message: str, lines: tuple[str, ...]) -> None:
        super().__init__(message, "\n  ".join(("its last output:", *lines)) if lines else "it has written nothing")
        self.lines = lines


async def wait_ready(ready: Ready, started: Started, clock: Clock) -> ReadyReport:
    """Wait until a service shows that it is ready, in the way that `ready` asks for and within its timeout.

    On a port it counts only when the listening socket belongs to the service. Raises NotReadyError as soon as the
    service has ended, or when time is up.
    """
    begun = clock.monotonic()
    watch = _Watch(ready, started)
    pause = _FIRST_PAUSE
    while True:
        left = begun + ready.timeout - clock.monotonic()
        # A service may daemonize: its first process ends well and others go on.
        ended = not started.is_alive() and (started.exit_code() not in {0, None} or not started.members())
        if not ended:
            how = await watch.look(max(min(left, _LONGEST_PROBE), 0.05))
            if how:
                return ReadyReport(clock.monotonic() - begun, how)
        if ended or left <= 0:
            elapsed = duration(clock.monotonic() - begun)
            code = describe_exit(started.exit_code())
            what = f"ended with {code} after {elapsed}, before it was ready" if ended else f"not ready within {elapsed}"
            why = await watch.explain()
            lines = last_lines(started.log, _LINES, started.log_offset)
            raise NotReadyError(f"{what}: {why}" if why else what, tuple(lines))
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


class _Watch:
    """One kind of readiness being looked for, and what was seen instead."""

    def __init__(self, ready: Ready, started: Started) -> None:
        self._ready = ready
        self._started = started
        self._seen = ""
        self._position = started.log_offset
        self._overlap = b""

    async def look(self, within: float) -> str:
        """Return what shows that the service is ready; empty if it is not yet."""
        if self._ready.log is not None:
            return self._look_at_log(self._ready.log)
        port = self._started.port
        if port is None:
            raise AuroraError("readiness by HTTP or TCP needs a port", "give the service a `port`, or use `ready.log`")
        pids = [process.pid for process in self._started.members()]
        # Asked first: a stranger on the port is never sent a request.
        if not owns_port(port, pids):
            return ""
        if self._ready.http is None:
            return f"listens on port {port}"
        return await self._ask(port, self._ready.http, within)

    async def explain(self) -> str:
        """Say what stood in the way, as far as it could be seen."""
        if self._ready.log is not None:
            return f"its output never said “{clean(self._ready.log, 80)}”"
        port = self._started.port
        holder = port_holder(port) if port is not None else None
        if holder is None:
            return f"nothing listens on port {port}" if not self._seen else self._seen
        pids = {process.pid for process in self._started.members()}
        if holder.pid not in pids:
            return f"port {port} is held by {describe_holder(holder)}, which is not part of it"
        return self._seen

    async def _ask(self, port: int, path: str, within: float) -> str:
        try:
            answer = await http_probe(port, path, within)
        except ProbeError as error:
            self._seen = error.message
            return ""
        words = f"GET {clean(path, 80)} answered {answer.status}"
        if answer.is_success:
            return f"{words} in {duration(answer.seconds)}"
        self._seen = words
        return ""

    def _look_at_log(self, text: str) -> str:
        wanted = text.encode()
        try:
            with self._started.log.open("rb") as log:
                if log.seek(0, os.SEEK_END) < self._position:  # trimmed meanwhile
                    self._position = 0
                log.seek(self._position)
                while block := log.read(_BLOCK):
                    self._position += len(block)
                    data = self._overlap + block
                    if wanted in data:
                        return f"its output says “{clean(text, 80)}”"
                    self._overlap = data[-len(wanted) :]
        except FileNotFoundError:
            return ""
        return ""
