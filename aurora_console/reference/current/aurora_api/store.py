"""Solved tasks, kept in SQLite: the live data of the core."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from aurora_synthesis import Answer, Task

_SCHEMA = """
CREATE TABLE IF NOT EXISTS solved (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL UNIQUE,
    program TEXT NOT NULL,
    steps TEXT NOT NULL,
    nodes INTEGER NOT NULL,
    solved_at REAL NOT NULL
)
"""


class SolvedTasks:
    """The store; may be used from any thread."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(directory / "solved.db", check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(_SCHEMA)
        self._connection.commit()

    def close(self) -> None:
        """Write everything out and let go of the file."""
        with self._lock:
            self._connection.close()

    def add(self, task: Task, answer: Answer) -> None:
        """Keep a solved task; one that is known already is left as it is."""
        row = (str(task), str(answer.program), json.dumps(answer.steps), answer.nodes, time.time())
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT OR IGNORE INTO solved (task, program, steps, nodes, solved_at) VALUES (?, ?, ?, ?, ?)", row
            )

    def count(self) -> int:
        """Return how many tasks have been solved."""
        with self._lock:
            (count,) = self._connection.execute("SELECT count(*) FROM solved").fetchone()
        return int(count)

    def after(self, last: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` solved tasks with an id above `last`, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, task, program, steps, nodes FROM solved WHERE id > ? ORDER BY id LIMIT ?", (last, limit)
            ).fetchall()
        return [_view(row) for row in rows]

    def newest(self) -> dict[str, Any] | None:
        """Return the task solved last, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT id, task, program, steps, nodes FROM solved ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return _view(row) if row else None


def _view(row: tuple[int, str, str, str, int]) -> dict[str, Any]:
    number, task, program, steps, nodes = row
    return {"id": number, "task": task, "program": program, "steps": json.loads(steps), "nodes": nodes}
