"""The history of figures, so that a graph outlives its console. It may lose its last seconds; nothing depends on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from aurora_console.state.database import Schema, explained, open_writable

STEPS: tuple[int, ...] = (5, 30)
"""Seconds that one sample stands for: for ten minutes and for an hour at a glance."""
KEPT: dict[int, float] = {5: 3600.0, 30: 86400.0}
"""Step -> seconds for which its samples are kept."""
LARGEST = 50 * 1000 * 1000
"""Bytes that the samples may take; beyond that the older half of them goes."""

_TABLE = """
CREATE TABLE samples (
    step INTEGER, number INTEGER, service TEXT, cpu REAL NOT NULL, memory INTEGER NOT NULL, latency REAL,
    PRIMARY KEY (step, number, service)
) WITHOUT ROWID
"""

_SCHEMA = Schema(
    what="history of figures",
    migrations=((_TABLE,),),
)


class Sample(NamedTuple):
    """What one service used over one step, on average."""

    step: int
    """Seconds; one of `STEPS`."""
    number: int
    """The step's start in seconds since the epoch, divided by `step`."""
    service: str
    cpu: float
    """Fraction of one core."""
    memory: int
    """Bytes, the newest figure of the step."""
    latency: float | None
    """Seconds; None where no probe was answered."""


class SampleStore:
    """The file, open. To be used by one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open it, creating it as needed. Raises AuroraError."""
        connection = open_writable(path, _SCHEMA)
        connection.execute("PRAGMA synchronous=NORMAL")
        return cls(path, connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def add(self, samples: Iterable[Sample], now: float, largest: int = LARGEST) -> None:
        """Write samples; drop what is too old at `now` (seconds since the epoch), or too much. Raises AuroraError."""
        with explained(self.path, _SCHEMA):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?, ?)", samples)
                for step, age in KEPT.items():
                    oldest = int((now - age) // step)
                    self._connection.execute("DELETE FROM samples WHERE step = ? AND number < ?", (step, oldest))
                if self.used() > largest:
                    self._drop_older_half()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def newest(self, step: int, since: int) -> list[Sample]:
        """Return the samples of a step from number `since` on, oldest first. Raises AuroraError."""
        with explained(self.path, _SCHEMA):
            rows = self._connection.execute(
                "SELECT step, number, service, cpu, memory, latency FROM samples WHERE step = ? AND number >= ?"
                " ORDER BY number",
                (step, since),
            )
            return [Sample(*row) for row in rows]

    def used(self) -> int:
        """Return the bytes that the samples take; pages that were freed are used again."""
        pragmas = ("page_count", "freelist_count", "page_size")
        pages, free, size = (self._connection.execute(f"PRAGMA {one}").fetchone()[0] for one in pragmas)
        return int((pages - free) * size)

    def _drop_older_half(self) -> None:
        for step in STEPS:
            first, last = self._connection.execute(
                "SELECT MIN(number), MAX(number) FROM samples WHERE step = ?", (step,)
            ).fetchone()
            if first is not None:
                middle = (first + last + 1) // 2
                self._connection.execute("DELETE FROM samples WHERE step = ? AND number < ?", (step, middle))
