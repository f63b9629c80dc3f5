"""Keeping a service's files to itself and its appetite bounded, as far as an ordinary user can."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from aurora_console.private import make_private
from aurora_console.text import size

_NOT_ISOLATED = "not isolated: network, other files of this user"


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """Own folders and limits for one service."""

    home: Path
    data: Path
    tmp: Path
    memory: int | None = None
    """Bytes of address space for each of its processes; None for no limit."""
    files: int = 1024
    """Descriptors that each of its processes may hold."""
    nice: int = 5
    """How far it steps back behind other programs, 0 to 19."""

    def prepare(self) -> dict[str, str]:
        """Make the folders, for this user alone, and return the environment that points at them."""
        for folder in (self.home, self.data, self.tmp):
            make_private(folder)
            folder.chmod(0o700)
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "XDG_DATA_HOME": str(self.data),
            "TMPDIR": str(self.tmp),
        }

    def limit(self, pid: int) -> None:
        """Put the limits on `pid`; children that it starts from now on have them too.

        What the system refuses is left out (`describe` says what is in force); a stricter limit stays as it is.
        """
        try:
            if self.memory is not None:
                _lower(pid, resource.RLIMIT_AS, self.memory)
            _lower(pid, resource.RLIMIT_NOFILE, self.files)
            _lower(pid, resource.RLIMIT_CORE, 0)
            if os.getpriority(os.PRIO_PROCESS, pid) < self.nice:
                os.setpriority(os.PRIO_PROCESS, pid, self.nice)
        except (ProcessLookupError, PermissionError):
            return

    def describe(self, pid: int | None = None) -> str:
        """Say what is in force and what is not isolated at all; with `pid`, as read back from that process."""
        folders = "own home, data and temporary folders"
        if pid is None:
            memory = f"{size(self.memory)} of address space, " if self.memory is not None else ""
            limits = f"limits: {memory}{self.files} descriptors, no core dumps, nice {self.nice}"
        else:
            limits = _limits_of(pid)
        return f"{folders} · {limits} · {_NOT_ISOLATED}"


def _lower(pid: int, which: int, wanted: int) -> None:
    _, hard = resource.prlimit(pid, which)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.prlimit(pid, which, (limit, limit))


def _limits_of(pid: int) -> str:
    try:
        memory, _ = resource.prlimit(pid, resource.RLIMIT_AS)
        files, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        core, _ = resource.prlimit(pid, resource.RLIMIT_CORE)
        nice = os.getpriority(os.PRIO_PROCESS, pid)
    except (ProcessLookupError, PermissionError) as error:
        return f"limits unknown ({error.strerror})"
    parts = [f"{size(memory)} of address space"] if memory != resource.RLIM_INFINITY else []
    parts.append(f"{files} descriptors" if files != resource.RLIM_INFINITY else "any number of descriptors")
    parts.append("no core dumps" if core == 0 else "core dumps")
    return f"limits: {', '.join(parts)}, nice {nice}"
