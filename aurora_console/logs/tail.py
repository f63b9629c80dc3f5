"""The end of a log, once or as it grows; every line cleaned for a terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from aurora_console.logs.sink import rolled
from aurora_console.text import clean_bytes

_BLOCK = 64 * 1024
_MOST = 4 * 1024**2  # bytes read back at most, however long the lines are
_LONGEST_LINE = 64 * 1024  # bytes after which a line that does not end is handed on as it is


def last_lines(path: Path, count: int, since: int = 0) -> list[str]:
    """Return the last `count` lines of the log at `path`, oldest first; none if there is no log.

    `since` is a byte offset before which nothing is shown (one run of a service); with 0, lines that `trim` moved
    aside count too.
    """
    if count <= 0:
        return []
    lines = _end_of(path, count, since)
    if len(lines) < count and since == 0:
        lines = _end_of(rolled(path), count - len(lines), 0) + lines
    return [clean_bytes(line) for line in lines]


def _end_of(path: Path, count: int, since: int) -> list[bytes]:
    try:
        with path.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            if end < since:  # trimmed meanwhile: all that is left is newer
                since = 0
            start, data = end, b""
            while start > since and data.count(b"\n") <= count and len(data) < _MOST:
                length = min(_BLOCK, start - since)
                start -= length
                log.seek(start)
                data = log.read(length) + data
    except FileNotFoundError:
        return []
    return data.removesuffix(b"\n").split(b"\n")[-count:] if data else []


def follow(path: Path, from_end: bool = True, interval: float = 0.1) -> AsyncGenerator[str, None]:
    """Yield the lines of the log at `path` as they are written, for as long as the caller iterates.

    Looks every `interval` seconds; waits for a log that is not there yet, and goes on when it is emptied or replaced.
    With `from_end`, only what is written after this call.
    """
    position = path.stat().st_size if from_end and path.exists() else 0
    return _follow(_Reader(path, position), interval)


async def _follow(reader: _Reader, interval: float) -> AsyncGenerator[str, None]:
    try:
        while True:
            lines = reader.read()
            for line in lines:
                yield clean_bytes(line)
            if not lines:
                await asyncio.sleep(interval)
    finally:
        reader.close()


class _Reader:
    """A log being followed: the open file, how far it was read, and the line that has not ended."""

    def __init__(self, path: Path, position: int) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._position = position
        self._pending = b""

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def read(self) -> list[bytes]:
        """Return the lines that ended since the last call; at most a block's worth."""
        if self._descriptor is None and not self._open():
            return []
        block = self._next_block()
        if not block:
            return self._start_over() if self._was_cut() else []
        *lines, self._pending = (self._pending + block).split(b"\n")
        if len(self._pending) > _LONGEST_LINE:
            lines.append(self._pending)
            self._pending = b""
        return lines

    def _open(self) -> bool:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        return True

    def _size(self) -> int:
        assert self._descriptor is not None
        return os.fstat(self._descriptor).st_size

    def _next_block(self) -> bytes:
        assert self._descriptor is not None
        block = os.pread(self._descriptor, _BLOCK, self._position)
        self._position += len(block)
        return block

    def _was_cut(self) -> bool:
        if self._size() < self._position:
            return True
        assert self._descriptor is not None
        try:
            return not os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False  # being replaced: the next look will tell

    def _start_over(self) -> list[bytes]:
        """Go on at the start of what is there now; return what the old log ended with."""
        self.close()
        rest = [self._pending] if self._pending else []
        self._position, self._pending = 0, b""
        return rest
