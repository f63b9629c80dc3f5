"""Ending a service wholly: ask, give it time, end it, and see that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from subprocess import Popen
from typing import Any

from aurora_console.clock import Clock
from aurora_console.engine.supervise import procfs
from aurora_console.engine.supervise.identity import is_running, members, wait_exit
from aurora_console.errors import AuroraError
from aurora_console.state.values import ProcessId

_KILL_DEADLINE = 5.0
"""Seconds after which a process that SIGKILL did not end (it waits in the kernel) is reported as left over."""
_KILL_ROUND = 0.2
"""Seconds until SIGKILL goes to processes that came up meanwhile."""


@dataclass(frozen=True)
class StopReport:
    """How a service ended."""

    seconds: float
    killed: bool
    """Whether SIGKILL was needed."""
    leftovers: tuple[ProcessId, ...]
    """What still runs; empty unless the kernel would not let go of it."""
    sent: tuple[str, ...]
    """Every signal sent, in order, in words; empty if nothing ran."""


async def stop(leader: ProcessId | None, token: str, signal_name: str, grace: float, clock: Clock) -> StopReport:
    """End every process of the service that `leader` leads and `token` marks.

    `signal_name` goes to the leader's group; processes outside it get it once the leader has gone. What still runs
    after `grace` seconds gets SIGKILL. Each is identified right before it is signalled. Safe to call again.
    Raises AuroraError for an unknown signal, or a leader in whose session this process itself is.
    """
    if signal_name not in signal.Signals.__members__:
        raise AuroraError(f"there is no signal {signal_name}", "use SIGTERM, SIGINT, SIGQUIT or SIGHUP")
    if leader is not None and leader.pid in {os.getpid(), os.getsid(0), os.getpgrp()}:
        raise AuroraError(f"process {leader.pid} leads the console's own session", "it cannot be stopped from within")
    started = clock.monotonic()
    ending = _Ending(leader, token)
    await ending.ask(signal.Signals[signal_name], grace, clock)
    killed, leftovers = await ending.kill(clock)
    return StopReport(clock.monotonic() - started, killed, tuple(leftovers), tuple(ending.sent))


def exit_code(popen: Popen[Any]) -> int | None:
    """Return the exit code of a child, negative for a signal, and leave no zombie; None while it runs."""
    return popen.poll()


def describe_exit(code: int | None) -> str:
    """Say how a process ended: `exit code 3`, `SIGKILL`; None means that nobody can know."""
    if code is None:
        return "an unknown exit code"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


class _Ending:
    """One stop under way: whom it concerns and what was sent."""

    def __init__(self, leader: ProcessId | None, token: str) -> None:
        self._leader = leader
        self._token = token
        self.sent: list[str] = []

    async def ask(self, wanted: signal.Signals, grace: float, clock: Clock) -> None:
        """Send `wanted` to each process once, the leader's group first; return when all are gone or time is up."""
        deadline = clock.monotonic() + grace
        asked = self._signal_group(wanted, self._members())
        if self._leader is not None and is_running(self._leader):
            await _all_gone([self._leader], grace)
        # A leader that ended its children in good order needs nothing more; others are asked one by one.
        while (rest := self._members()) and (left := deadline - clock.monotonic()) > 0:
            for process in rest:
                if process not in asked:
                    self._signal(wanted, process)
                    asked.add(process)
            await _all_gone(rest, left)

    async def kill(self, clock: Clock) -> tuple[bool, list[ProcessId]]:
        """Send SIGKILL until nothing is left; return whether it was needed, and what is left all the same."""
        deadline = clock.monotonic() + _KILL_DEADLINE
        told: set[ProcessId] = set()
        while (rest := self._members()) and clock.monotonic() < deadline:
            new = [process for process in rest if process not in told]
            if new:
                told |= self._signal_group(signal.SIGKILL, new)
            for process in new:
                if process not in told:
                    self._signal(signal.SIGKILL, process)
                    told.add(process)
            await _all_gone(rest, _KILL_ROUND)
        return any(words.startswith("SIGKILL") for words in self.sent), rest

    def _members(self) -> list[ProcessId]:
        return members(self._leader, self._token)

    def _signal_group(self, wanted: signal.Signals, among: Iterable[ProcessId]) -> set[ProcessId]:
        """Signal the leader's group at once, so that none of it can fork away; return which of `among` it reached."""
        if self._leader is None:
            return set()
        group = self._leader.pid
        reached, stopped = set(), False
        for process in among:
            stat = procfs.read_stat(process.pid)
            if stat is not None and stat.group == stat.session == group and is_running(process):
                reached.add(process)
                stopped |= stat.state == "T"
        # While any process is in the group, its number belongs to nobody else.
        if reached and _sent_to_group(group, wanted):
            self.sent.append(f"{wanted.name} to group {group}")
            if stopped and wanted != signal.SIGKILL and _sent_to_group(group, signal.SIGCONT):
                self.sent.append(f"SIGCONT to group {group}")
        return reached

    def _signal(self, wanted: signal.Signals, process: ProcessId) -> None:
        if _sent(process, wanted):
            self.sent.append(f"{wanted.name} to {process.pid}")
        stat = procfs.read_stat(process.pid)
        # A process held by SIGSTOP hears nothing but SIGKILL until it goes on.
        if stat is not None and stat.state == "T" and wanted != signal.SIGKILL and _sent(process, signal.SIGCONT):
            self.sent.append(f"SIGCONT to {process.pid}")


def _sent_to_group(group: int, wanted: signal.Signals) -> bool:
    try:
        os.killpg(group, wanted)
    except (ProcessLookupError, PermissionError):  # gone meanwhile, or another user's: the members left will tell
        return False
    return True


def _sent(process: ProcessId, wanted: signal.Signals) -> bool:
    """Signal exactly `process`: the descriptor keeps the identity from the check to the signal."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        if not is_running(process):
            return False
        signal.pidfd_send_signal(descriptor, wanted)
    except (ProcessLookupError, PermissionError):  # as above
        return False
    finally:
        os.close(descriptor)
    return True


async def _all_gone(processes: Iterable[ProcessId], within: float) -> None:
    """Wait until all `processes` have ended, at most `within` seconds."""
    try:
        async with asyncio.timeout(max(within, 0)), asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(wait_exit(process))
    except TimeoutError:
        return
