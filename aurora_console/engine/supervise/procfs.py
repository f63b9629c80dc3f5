"""What `/proc` tells about processes: the little that supervision needs, read directly because it is read often."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

INSTANCE = "AURORA_INSTANCE"
"""Environment variable by which every process of a started service is known, also after it left the session."""

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KERNEL_THREAD = 0x00200000
_BLOCK = 64 * 1024

# A process may go at any instant, and others' may be hidden from this user: both mean "nothing to see".
_UNSEEN = (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError)


class Stat(msgspec.Struct, frozen=True, gc=False):
    """One line of `/proc/PID/stat`."""

    pid: int
    state: str
    parent: int
    group: int
    session: int
    is_kernel_thread: bool
    cpu: float
    """Seconds of processor time, its own and that of children it has waited for."""
    threads: int
    start_ticks: int
    rss: int
    """Bytes."""

    @property
    def is_running(self) -> bool:
        """Whether it is more than a zombie; one whose first thread ended while others go on is."""
        return self.state not in "ZXx" or self.threads > 1


@cache
def boot_id() -> str:
    """Return the identity of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def read_stat(pid: int) -> Stat | None:
    """Return what is known of `pid`, zombies included; None when there is no such process."""
    data = read(pid, "stat")
    if not data:
        return None
    # The name may hold spaces and brackets; what follows its last bracket has a fixed form, see proc_pid_stat(5).
    fields = data[data.rindex(b")") + 2 :].split()
    return Stat(
        pid=pid,
        state=fields[0].decode("ascii"),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        is_kernel_thread=bool(int(fields[6]) & _KERNEL_THREAD),
        cpu=sum(map(int, fields[11:15])) / _TICKS,
        threads=int(fields[17]),
        start_ticks=int(fields[19]),
        rss=int(fields[21]) * _PAGE,
    )


def read(pid: int, name: str) -> bytes:
    """Return the whole of `/proc/PID/name`; empty when the process is gone or not ours to look at."""
    try:
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except _UNSEEN:
        return b""
    parts = []
    try:
        while part := os.read(descriptor, _BLOCK):
            parts.append(part)
    except _UNSEEN:
        return b""
    finally:
        os.close(descriptor)
    return b"".join(parts)


def pids() -> list[int]:
    """Return every process that this user can see, lowest number first."""
    with os.scandir("/proc") as entries:
        return sorted(int(entry.name) for entry in entries if entry.name.isdecimal())


def owner(pid: int) -> int | None:
    """Return the user id under which `pid` runs; None when it is gone."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except _UNSEEN:
        return None


def instance(pid: int) -> str | None:
    """Return the token that `pid` was started with; None if it has none or may not be read."""
    environment = b"\0" + read(pid, "environ")
    _, found, rest = environment.partition(f"\0{INSTANCE}=".encode())
    return rest.partition(b"\0")[0].decode("utf-8", "replace") if found else None


def descriptor_count(pid: int) -> int:
    """Return how many descriptors `pid` holds; 0 when it is gone or may not be read."""
    return sum(1 for _ in _descriptors(pid))


def sockets(pid: int) -> Iterator[int]:
    """Yield the inodes of the sockets that `pid` holds; nothing when it is gone or may not be read."""
    for target in _descriptors(pid, follow=True):
        if target.startswith("socket:["):
            yield int(target[8:-1])


def _descriptors(pid: int, *, follow: bool = False) -> Iterator[str]:
    """Yield the numbers of the descriptors of `pid`; with `follow`, what they lead to."""
    try:
        folder = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except _UNSEEN:
        return
    try:
        with suppress(*_UNSEEN), os.scandir(folder) as entries:
            for entry in entries:
                if not follow:
                    yield entry.name
                    continue
                with suppress(*_UNSEEN):  # closed meanwhile
                    yield os.readlink(entry.name, dir_fd=folder)
    finally:
        os.close(folder)
