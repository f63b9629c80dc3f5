"""Which processes are ours. A number alone proves nothing: numbers are used again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from aurora_console.clock import Clock
from aurora_console.engine.supervise import procfs
from aurora_console.engine.supervise.procfs import Stat, boot_id
from aurora_console.state.values import ProcessId

__all__ = ["Scan", "age", "boot_id", "identify", "is_running", "is_stopped", "members", "scan", "wait_exit"]


def identify(pid: int) -> ProcessId | None:
    """Return the identity of the process that has `pid` now; None when there is none or only a zombie."""
    stat = procfs.read_stat(pid)
    return process_id(stat) if stat is not None and stat.is_running else None


def process_id(stat: Stat) -> ProcessId:
    """Return the identity of the process that `stat` describes."""
    return ProcessId(pid=stat.pid, start_ticks=stat.start_ticks, boot_id=boot_id())


def current() -> ProcessId:
    """Return the identity of this process."""
    process = identify(os.getpid())
    assert process is not None
    return process


def is_running(process: ProcessId) -> bool:
    """Return whether `process` itself still runs: not another of its number, not a zombie."""
    return identify(process.pid) == process


def is_stopped(process: ProcessId) -> bool:
    """Return whether a signal or a debugger has stopped `process`: it runs, and does nothing."""
    stat = procfs.read_stat(process.pid)
    return stat is not None and process_id(stat) == process and stat.state in "Tt"


def age(process: ProcessId) -> float:
    """Return for how many seconds a process of this boot has been running."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - process.start_ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Scan:
    """Every process at one moment; many questions can be asked of one scan."""

    stats: Mapping[int, Stat]
    """By pid; zombies included, kernel threads not."""
    at: float = 0.0
    """Seconds on the clock's monotonic time."""

    @cached_property
    def by_token(self) -> Mapping[str, frozenset[int]]:
        """The processes of this user that carry a token, by token."""
        found: dict[str, set[int]] = {}
        for pid in self.stats:
            token = procfs.instance(pid)
            if token and procfs.owner(pid) == os.geteuid():
                found.setdefault(token, set()).add(pid)
        return {token: frozenset(pids) for token, pids in found.items()}

    @cached_property
    def children(self) -> Mapping[int, tuple[int, ...]]:
        """The children of each process, by pid."""
        found: dict[int, list[int]] = {}
        for stat in self.stats.values():
            found.setdefault(stat.parent, []).append(stat.pid)
        return {parent: tuple(pids) for parent, pids in found.items()}

    def members(self, leader: ProcessId | None, token: str | None) -> list[Stat]:
        """Return the live processes of a started service; see the function `members`."""
        pids = set(self._session(leader)) if leader is not None else set()
        if token:
            pids |= self.by_token.get(token, frozenset())
        pids.discard(os.getpid())
        first = leader.pid if leader is not None else 0
        found = [self.stats[pid] for pid in pids if self._runs(pid)]
        return sorted(found, key=lambda stat: (stat.pid != first, stat.start_ticks, stat.pid))

    def tree(self, root: ProcessId) -> list[Stat]:
        """Return `root` and its descendants, those that run; nothing if `root` itself is gone."""
        stat = self.stats.get(root.pid)
        if stat is None or process_id(stat) != root:
            return []
        found, waiting = [], [root.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting.extend(child for child in self.children.get(pid, ()) if child not in found)
        return [self.stats[pid] for pid in found if self._runs(pid)]

    def _runs(self, pid: int) -> bool:
        return self.stats[pid].is_running

    def _session(self, leader: ProcessId) -> list[int]:
        """Return the processes in the session that `leader` opened.

        The kernel gives a number to nobody else while a session bears it, so without its leader the session is still
        ours, unless a later process of that number has opened another.
        """
        present = self.stats.get(leader.pid)
        if leader.boot_id != boot_id() or (present is not None and process_id(present) != leader):
            return []
        # Nobody can enter a session from outside. So root may count workers that dropped their rights as well; for
        # anybody else a process of another user (sudo, say) is out of reach.
        mine = os.geteuid()
        return [
            pid
            for pid, stat in self.stats.items()
            if stat.session == leader.pid
            and stat.start_ticks >= leader.start_ticks
            and (mine == 0 or procfs.owner(pid) == mine)
        ]


def scan(clock: Clock | None = None) -> Scan:
    """Look at every process once; `clock` only dates the result."""
    stats = {}
    at = clock.monotonic() if clock is not None else 0.0
    for pid in procfs.pids():
        stat = procfs.read_stat(pid)
        if stat is not None and not stat.is_kernel_thread:
            stats[pid] = stat
    return Scan(stats, at)


def members(leader: ProcessId | None, token: str) -> list[ProcessId]:
    """Return every live process of a started service, the leader first, then the oldest.

    It is in the session that `leader` opened, or it carries `token` in its environment: so children that went into
    sessions of their own are found, and so is a service whose console died before it could record the leader. Never a
    process of another user (save for root, within the session), and never this process.
    """
    return [process_id(stat) for stat in scan().members(leader, token)]


async def wait_exit(process: ProcessId) -> None:
    """Wait until `process` has ended, child or not; return at once if it is gone."""
    if not is_running(process):
        return
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if not is_running(process):  # between the look and the open the number may have passed on
            return
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
    finally:
        os.close(descriptor)
