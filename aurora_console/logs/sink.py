"""Where a service writes: a plain file that it holds itself, so that its log outlives the console."""

from __future__ import annotations

import os
from pathlib import Path

from aurora_console.errors import AuroraError
from aurora_console.private import make_private

LIMIT = 64 * 1024**2
"""Bytes after which a log is trimmed."""

_BLOCK = 1024**2


def open_sink(path: Path, limit_bytes: int = LIMIT) -> int:
    """Return a descriptor that appends to the log at `path`; trims it first if it is longer than `limit_bytes`.

    The file is readable by this user alone, as is its folder when it is made here. The caller closes the descriptor.
    Raises AuroraError when the log cannot be written.
    """
    try:
        make_private(path.parent)
        trim(path, limit_bytes)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise AuroraError(
            f"cannot write the log {path}: {error.strerror}", "see that the state folder is writable and not full"
        ) from error
    return descriptor


def rolled(path: Path) -> Path:
    """Return where `trim` keeps the older part of the log at `path`."""
    return path.with_name(f"{path.name}.1")


def trim(path: Path, limit: int = LIMIT) -> bool:
    """Move a log longer than `limit` bytes aside, whole lines up to `limit` bytes of it; return whether it was done.

    The file is emptied in place: writers that hold it open with O_APPEND go on at its new start. What they write while
    it is copied is copied too, except in the instant between the last read and the emptying.
    """
    try:
        source = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        length = os.fstat(source).st_size
        if length <= limit:
            return False
        unfinished = path.with_name(f"{path.name}.1.new")
        unfinished.unlink(missing_ok=True)
        kept = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            start = _line_start(source, length - limit, length)
            os.lseek(source, start, os.SEEK_SET)
            # Stops after one more `limit` even if a writer is faster than this copy.
            for _ in range(2 * limit // _BLOCK + 2):
                block = os.read(source, _BLOCK)
                if not block:
                    break
                _write_all(kept, block)
            os.ftruncate(source, 0)
        finally:
            os.close(kept)
        unfinished.replace(rolled(path))
    finally:
        os.close(source)
    return True


def _line_start(descriptor: int, position: int, end: int) -> int:
    """Return where the first line begins at or after `position`; `position` itself if no line ends before `end`."""
    if position <= 0:
        return 0
    at = position - 1
    while at < end:
        block = os.pread(descriptor, _BLOCK, at)
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        if not block:
            break
        at += len(block)
    return position


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
