"""Lines of a log of any length, found from wherever one stands: nothing is counted, so 1 GB opens like 1 kB."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, Protocol

from aurora_console.logs.sink import rolled

_BLOCK = 64 * 1024
_MOST = 4 * 1024**2
"""Bytes looked through for the ends of lines in one call, at most."""
_LONGEST = 64 * 1024
"""Bytes after which a line that does not end is shown in pieces."""


class LogLine(NamedTuple):
    """One line, with its place in the source that it came from."""

    at: int
    end: int
    """Where the next one begins."""
    data: bytes
    """Without the line break; not cleaned."""
    service: str = ""
    """Who wrote it, where lines of several services are mixed."""
    seen_at: float | None = None
    """When it came, in seconds since the epoch; None where that is not known."""


class LogSource(Protocol):
    """Lines in an order, each at a place that is a number."""

    @property
    def start(self) -> int:
        """The place of the first line."""
        ...

    @property
    def end(self) -> int:
        """The place behind the last line."""
        ...

    def before(self, at: int, count: int) -> list[LogLine]:
        """Return the last `count` lines that end at `at` or before, oldest first."""
        ...

    def after(self, at: int, count: int) -> list[LogLine]:
        """Return the first `count` lines that begin at `at` or after, oldest first."""
        ...


class Part(NamedTuple):
    """A stretch of a file within a source."""

    path: str
    base: int
    """The place of its first byte."""
    length: int


class _Segment(NamedTuple):
    path: Path
    descriptor: int
    base: int
    length: int


class LogPages:
    """A service's log with what was moved aside when it grew too long. A line's place is a byte offset over both."""

    def __init__(self, path: Path) -> None:
        """Open the log at `path`, which need not be there yet. Raises OSError when it cannot be read."""
        self._path = path
        self._segments: list[_Segment] = []
        self._open()

    @property
    def start(self) -> int:
        """The place of the first line."""
        return 0

    @property
    def end(self) -> int:
        """The place behind the last line."""
        return self._segments[-1].base + self._segments[-1].length if self._segments else 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """Where the bytes are, for whoever reads them in a process of its own."""
        return tuple(Part(str(one.path), one.base, one.length) for one in self._segments)

    def refresh(self) -> bool:
        """Take note of what was written since; return whether places are other ones now, because it was trimmed."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        current = next((one for one in self._segments if one.path == self._path), None)
        if current is None:
            self._open()
            return False
        if now.st_size < current.length or not os.path.samestat(now, os.fstat(current.descriptor)):
            self._open()
            return True
        self._segments[-1] = current._replace(length=now.st_size)
        return False

    def close(self) -> None:
        """Let go of the files."""
        for one in self._segments:
            os.close(one.descriptor)
        self._segments = []

    def before(self, at: int, count: int) -> list[LogLine]:
        """Return the last `count` lines that end at `at` or before, oldest first."""
        found: list[LogLine] = []
        for segment in reversed(self._segments):
            if len(found) < count and segment.base < at:
                end = min(at - segment.base, segment.length)
                found = _backwards(segment, end, count - len(found)) + found
        return found

    def after(self, at: int, count: int) -> list[LogLine]:
        """Return the first `count` lines that begin at `at` or after, oldest first. `at` is where a line begins."""
        found: list[LogLine] = []
        for segment in self._segments:
            if len(found) < count and at < segment.base + segment.length:
                found += _forwards(segment, max(0, at - segment.base), count - len(found))
        return found

    def _open(self) -> None:
        self.close()
        base = 0
        for path in (rolled(self._path), self._path):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            length = os.fstat(descriptor).st_size
            self._segments.append(_Segment(path, descriptor, base, length))
            base += length


def _backwards(segment: _Segment, end: int, count: int) -> list[LogLine]:
    start, data = end, b""
    while start > 0 and data.count(b"\n") <= count and len(data) < _MOST:
        length = min(_BLOCK, start)
        start -= length
        data = os.pread(segment.descriptor, length, start) + data
    lines = _split(data, segment.base + start)
    if start > 0 and len(lines) > 1:
        del lines[0]  # its beginning was not read
    return lines[-count:]


def _forwards(segment: _Segment, start: int, count: int) -> list[LogLine]:
    end, data = start, b""
    while end < segment.length and data.count(b"\n") < count and len(data) < _MOST:
        block = os.pread(segment.descriptor, min(_BLOCK, segment.length - end), end)
        if not block:
            break
        data += block
        end += len(block)
    lines = _split(data, segment.base + start)
    if end < segment.length and len(lines) > 1 and not data.endswith(b"\n"):
        del lines[-1]  # its end was not read
    return lines[:count]


def _split(data: bytes, at: int) -> list[LogLine]:
    lines: list[LogLine] = []
    for line in _with_ends(data):
        for first in range(0, len(line), _LONGEST):
            piece = line[first : first + _LONGEST]
            lines.append(LogLine(at, at + len(piece), piece.rstrip(b"\r\n")))
            at += len(piece)
    return lines


def _with_ends(data: bytes) -> list[bytes]:
    """Return lines that end with a line feed alone: a carriage return is how progress bars are drawn."""
    *whole, rest = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])
