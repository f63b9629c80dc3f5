"""What a service uses, over all its processes."""

from __future__ import annotations

from dataclasses import dataclass

from aurora_console.clock import Clock
from aurora_console.engine.supervise import procfs
from aurora_console.engine.supervise.identity import Scan, scan
from aurora_console.state.values import ProcessId

__all__ = ["Scan", "TreeSampler", "TreeStats", "scan"]


@dataclass(frozen=True)
class TreeStats:
    """One sample of a service's processes."""

    cpu: float
    """Fraction of one core since the last sample, so 2.0 is two cores; 0.0 for the first."""
    rss: int
    """Bytes resident; pages that processes share are counted for each."""
    descriptors: int
    """0 where they may not be read."""
    processes: int
    threads: int


class TreeSampler:
    """Samples one service again and again; remembers the last sample to tell processor use from it."""

    def __init__(self) -> None:
        self._leader: ProcessId | None = None
        self._at = 0.0
        self._cpu = 0.0

    def sample(self, leader: ProcessId, token: str | None, clock: Clock) -> TreeStats:
        """Look at the machine and return a sample; for many services `scan` once and use `sample_from`."""
        return self.sample_from(scan(clock), leader, token)

    def sample_from(self, seen: Scan, leader: ProcessId, token: str | None) -> TreeStats:
        """Return a sample of a started service (`token` given), or of `leader` and its descendants (None)."""
        found = seen.members(leader, token) if token is not None else seen.tree(leader)
        # A child's time passes to the parent that waits for it, so the sum only grows, until one slips out of the tree.
        cpu = sum(stat.cpu for stat in found)
        passed = seen.at - self._at
        used = max(cpu - self._cpu, 0.0) / passed if self._leader == leader and passed > 0 else 0.0
        self._leader, self._at, self._cpu = leader, seen.at, cpu
        return TreeStats(
            cpu=used,
            rss=sum(stat.rss for stat in found),
            descriptors=sum(procfs.descriptor_count(stat.pid) for stat in found),
            processes=len(found),
            threads=sum(stat.threads for stat in found),
        )
