"""What the files of a work tree hold, and how that changed.

Paths are relative to the root, with `/` between parts. No link is followed, neither at a path nor on the way to it.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import stat
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aurora_console.engine.snapshot.git import Repository
from aurora_console.errors import AuroraError
from aurora_console.state.values import FileRecord
from aurora_console.text import clean

READ_TIMEOUT = 600.0
"""Seconds within which the files of one call must have been read."""

CHUNK = 1 << 20
REAL_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""Flags with which `os.open` opens a folder and never a link to one."""

# NONBLOCK: a pipe put in a file's place must not stop us.
READ_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Difference:
    """How a path differs between two manifests."""

    path: str
    change: Literal["added", "removed", "changed", "mode"]
    """`mode`: same content, other permission bits."""


def work_tree_paths(repo: Repository) -> tuple[str, ...]:
    """Return the names of the tracked, and of the untracked but not ignored, sorted; some may not be on disk."""
    found = repo.paths()
    return tuple(sorted({*found.tracked, *found.untracked}))


def record(root: Path, path: str) -> FileRecord | None:
    """Say what `path` holds; None when there is neither a file nor a link."""
    return manifest(root, (path,)).get(path)


def manifest(root: Path, paths: Iterable[str], timeout: float = READ_TIMEOUT) -> dict[str, FileRecord]:
    """Return path -> what it holds, for those of `paths` that are files or links.

    Raises AuroraError when one cannot be read or all are not read within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    records: dict[str, FileRecord] = {}
    with Folders(root) as folders:
        for path in paths:
            parent, _, name = path.rpartition("/")
            try:
                folder = folders.open(parent)
                found = None if folder is None else record_in(folder, name, path, deadline)
            except OSError as error:
                raise _unreadable(path, error) from error
            if found is not None:
                records[path] = found
    return records


def differences(before: Mapping[str, FileRecord], after: Mapping[str, FileRecord]) -> tuple[Difference, ...]:
    """Compare two manifests, sorted by path."""
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old is None:
            found.append(Difference(path, "added"))
        elif new is None:
            found.append(Difference(path, "removed"))
        elif (old.kind, old.size, old.sha256) != (new.kind, new.size, new.sha256):
            found.append(Difference(path, "changed"))
        elif old.mode != new.mode:
            found.append(Difference(path, "mode"))
    return tuple(found)


class Folders:
    """Opens folders below a root part by part, so that no link is followed; keeps the last one for its siblings."""

    def __init__(self, root: Path) -> None:
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._last: tuple[str, int | None] = ("", self._root)

    def __enter__(self) -> Folders:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        os.close(self._root)

    def open(self, folder: str) -> int | None:
        """Return a descriptor, good until the next call; None when there is no such real folder."""
        if folder != self._last[0]:
            self._forget()
            self._last = (folder, self._walk(folder))
        return self._last[1]

    def _forget(self) -> None:
        descriptor = self._last[1]
        if descriptor is not None and descriptor != self._root:
            os.close(descriptor)
        self._last = ("", self._root)

    def _walk(self, folder: str) -> int | None:
        here = os.dup(self._root)
        try:
            for part in folder.split("/") if folder else ():
                inner = os.open(part, REAL_FOLDER, dir_fd=here)
                os.close(here)
                here = inner
        except OSError as error:
            os.close(here)
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                return None
            raise
        return here


def record_in(folder: int, name: str, path: str, deadline: float = math.inf) -> FileRecord | None:
    """Say what `name` in the open folder holds, under its whole `path`; None when it is neither file nor link.

    `deadline` is the monotonic time after which reading is given up with AuroraError; OSError when it cannot be read.
    """
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(name, dir_fd=folder))
            return FileRecord(
                path=path, kind="link", mode=0o777, size=len(target), sha256=hashlib.sha256(target).hexdigest()
            )
        if not stat.S_ISREG(status.st_mode):
            return None
        handle = os.open(name, READ_FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    digest, size = hashlib.sha256(), 0
    with os.fdopen(handle, "rb", buffering=0) as stream:
        mode = stat.S_IMODE(os.fstat(handle).st_mode)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if time.monotonic() > deadline:
                raise AuroraError(
                    f"reading {clean(path)} took too long", "look whether the disk is stuck, then try again"
                )
    return FileRecord(path=path, mode=mode, size=size, sha256=digest.hexdigest())


def _unreadable(path: str, error: OSError) -> AuroraError:
    return AuroraError(f"{clean(path)} cannot be read: {error.strerror}", "run the console as a user who may read it")
