"""Who listens where: the kernel's own tables, read without asking anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from aurora_console.engine.supervise import procfs
from aurora_console.state.values import PortHolder
from aurora_console.text import clean_bytes

_LISTEN = "0A"
_PROGRAM = 80  # characters of a command line that are shown

# Local addresses as /proc/net/tcp and tcp6 write them on a little-endian machine, in the order in which the kernel
# prefers them for a connection to 127.0.0.1. The last one never gets such a connection, but it holds the port too.
_PREFERENCE = {
    "0100007F": 0,
    "0000000000000000FFFF00000100007F": 0,
    "00000000": 1,
    "0000000000000000FFFF000000000000": 1,
    "00000000000000000000000000000000": 2,
    "00000000000000000000000001000000": 3,
}
_UNREACHED = 3


def port_holder(port: int) -> PortHolder | None:
    """Return the process that listens on `port` on loopback or on every address; None when the port is free."""
    return port_holders((port,)).get(port)


def port_holders(ports: Iterable[int]) -> dict[int, PortHolder]:
    """Return `port_holder` for each of `ports` that is not free, from one look at the machine."""
    listeners = {port: _preferred(found)[1] for port, found in _listeners(set(ports)).items()}
    wanted = {inode for inodes in listeners.values() for inode in inodes}
    pids = _pids_by_inode(wanted)
    holders = {}
    for port, inodes in listeners.items():
        pid = next((pids[inode] for inode in inodes if inode in pids), None)
        holders[port] = PortHolder(port=port, pid=pid, program=program(pid) if pid is not None else "")
    return holders


def owns_port(port: int, pids: Collection[int]) -> bool:
    """Return whether a connection to 127.0.0.1 at `port` can only reach one of the processes `pids`."""
    found = _listeners({port}).get(port)
    if not found:
        return False
    rank, inodes = _preferred(found)
    if rank == _UNREACHED:
        return False
    held = {inode for pid in pids for inode in procfs.sockets(pid)}
    return held.issuperset(inodes)  # several sockets share the port where SO_REUSEPORT is used


def program(pid: int) -> str:
    """Return the command line of `pid`, cleaned and shortened; its short name if it shows none; empty if it is gone."""
    words = procfs.read(pid, "cmdline").rstrip(b"\0").replace(b"\0", b" ")
    return clean_bytes(words or procfs.read(pid, "comm").rstrip(b"\n"), _PROGRAM)


def describe_holder(holder: PortHolder) -> str:
    """Say who holds a port: `pid 4711 (python3 app.py)`."""
    return f"pid {holder.pid} ({holder.program})" if holder.pid is not None else "a process of another user"


def _listeners(ports: set[int]) -> dict[int, dict[int, list[int]]]:
    """Return the inodes of listening sockets: port -> rank in `_PREFERENCE` -> inodes."""
    found: dict[int, dict[int, list[int]]] = {}
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():  # a kernel without IPv6
            continue
        with table.open(encoding="ascii") as rows:
            next(rows)
            for row in rows:
                fields = row.split()
                # The kernel lists listening sockets first; thousands of connections may follow.
                if fields[3] != _LISTEN:
                    break
                address, _, port = fields[1].partition(":")
                rank = _PREFERENCE.get(address)
                if rank is not None and int(port, 16) in ports:
                    found.setdefault(int(port, 16), {}).setdefault(rank, []).append(int(fields[9]))
    return found


def _preferred(ranks: dict[int, list[int]]) -> tuple[int, list[int]]:
    rank = min(ranks)
    return rank, ranks[rank]


def _pids_by_inode(wanted: set[int]) -> dict[int, int]:
    """Return who holds the sockets `wanted`: of several the lowest pid, which is as a rule the parent."""
    found: dict[int, int] = {}
    for pid in procfs.pids() if wanted else ():
        for inode in procfs.sockets(pid):
            if inode in wanted:
                found.setdefault(inode, pid)
        if len(found) == len(wanted):
            break
    return found
