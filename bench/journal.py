"""The journal: durable appends a second, beside what SQLite and the disk itself can do.

An intent with one undo record is appended again and again; each is on the disk before the next. Peers: the same row
into a plain SQLite table with the same settings (write-ahead log, synchronous FULL), without encoding, hash chain
and checks; and the same bytes at the end of a file, each with an fsync, which no durable record can beat. All write
into one temporary folder.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from aurora_console.state.events import ActionIntended
from aurora_console.state.journal import Journal
from aurora_console.state.values import StopService
from bench.figures import Row, interleaved, run_alone

APPENDS = 200
"""In one run."""


def measure(repetitions: int) -> list[Row]:
    """Measure durable appends."""
    event = ActionIntended(
        action="4-1", phase=3, index=1, kind="start", title="Start the daemon", undo=(StopService(service="learn"),)
    )
    body = msgspec.json.encode(event)
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as name:
        folder = Path(name)
        with Journal.open(folder / "journal.db") as journal, (folder / "plain").open("ab", buffering=0) as plain:
            raw = _raw_database(folder / "raw.db")

            def into_sqlite() -> None:
                raw.execute(
                    "INSERT INTO events (at, type, body, hash) VALUES (?, ?, ?, ?)",
                    (time.time(), "ActionIntended", body, b"h" * 32),
                )

            def into_file() -> None:
                plain.write(body + b"\n")
                os.fsync(plain.fileno())

            found = interleaved(
                repetitions,
                {
                    "journal": lambda: _rate(lambda: journal.append(event, time.time())),
                    "sqlite": lambda: _rate(into_sqlite),
                    "fsync": lambda: _rate(into_file),
                },
                "/s",
            )
            raw.close()
    return [
        Row(figure="durable appends", ours=found["journal"], peer=what, theirs=found[name])
        for name, what in (("sqlite", "SQLite, WAL, synchronous FULL"), ("fsync", "write and fsync of a file"))
    ]


def _raw_database(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, at REAL, type TEXT, body BLOB, hash BLOB)")
    return raw


def _rate(append: Callable[[], object]) -> float:
    before = time.perf_counter()
    for _ in range(APPENDS):
        append()
    return APPENDS / (time.perf_counter() - before)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
