"""The logs of several services as one, in the order in which the lines came."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from aurora_console.clock import Clock
from aurora_console.logs.index import LogLine, LogPages

KEPT = 10_000
"""Lines kept in memory."""
_BACKLOG = 100
"""Lines of each service with which it begins."""
_AT_ONCE = 1024**2
"""Bytes read of all logs in one look; what comes faster is passed over, and counted."""


@dataclass
class _Followed:
    path: Path
    position: int
    rest: bytes = b""
    """Of a line that has not ended."""


class MergedLogs:
    """What was there before stands first, service by service; then lines follow as they come."""

    def __init__(self, logs: Mapping[str, Path], clock: Clock) -> None:
        """Begin with the newest lines of each log. Raises OSError when one cannot be read."""
        self._clock = clock
        self._lines: deque[LogLine] = deque(maxlen=KEPT)
        self._next = 0
        self._followed: dict[str, _Followed] = {}
        self.passed_over = 0
        """Bytes that came too fast to be read."""
        for service, path in sorted(logs.items(), key=lambda one: _written_at(one[1])):
            pages = LogPages(path)
            for line in pages.before(pages.end, _BACKLOG):
                self._add(line.data, service, None)
            pages.close()
            self._followed[service] = _Followed(path, _size(path))

    @property
    def start(self) -> int:
        """The place of the oldest line that is kept."""
        return self._next - len(self._lines)

    @property
    def end(self) -> int:
        """The place behind the newest one."""
        return self._next

    def before(self, at: int, count: int) -> list[LogLine]:
        """Return the last `count` lines before `at`, oldest first."""
        last = min(at, self.end) - self.start
        return list(islice(self._lines, max(0, last - count), max(0, last)))

    def after(self, at: int, count: int) -> list[LogLine]:
        """Return the first `count` lines from `at` on, oldest first."""
        first = max(0, at - self.start)
        return list(islice(self._lines, first, first + count))

    def poll(self) -> bool:
        """Take in what was written since the last look; return whether there was anything."""
        before, now = self._next, self._clock.wall()
        share = max(16 * 1024, _AT_ONCE // max(1, len(self._followed)))
        for service, log in self._followed.items():
            self._take(service, log, share, now)
        return self._next != before

    def _take(self, service: str, log: _Followed, share: int, now: float) -> None:
        size = _size(log.path)
        if size < log.position:  # it was trimmed
            log.position, log.rest = 0, b""
        if size == log.position:
            return
        if size - log.position > share:
            self.passed_over += size - share - log.position
            log.position, log.rest = size - share, b""
        with log.path.open("rb") as file:
            file.seek(log.position)
            data = file.read(size - log.position)
        log.position += len(data)
        *lines, log.rest = (log.rest + data).split(b"\n")
        for line in lines:
            self._add(line, service, now)

    def _add(self, data: bytes, service: str, seen_at: float | None) -> None:
        self._lines.append(LogLine(self._next, self._next + 1, data, service, seen_at))
        self._next += 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _written_at(path: Path) -> float:
    return os.path.getmtime(path) if path.exists() else 0.0  # noqa: PTH204  as a number
