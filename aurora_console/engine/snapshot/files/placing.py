"""Adds files to a work tree where there is nothing, and takes them away again while they are still what was added.

Every step goes through descriptors of real folders, so that a link put in the way leads nowhere else.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from aurora_console.engine.snapshot.files.records import REAL_FOLDER, Folders, record_in
from aurora_console.errors import AuroraError
from aurora_console.state.values import FileRecord
from aurora_console.text import clean

Removal = Literal["removed", "absent", "kept"]


def missing_parents(root: Path, path: str) -> tuple[str, ...]:
    """Return the folders that `write_new` would make for `path`, outermost first.

    Raises AuroraError as `write_new` does when the path may not be written or a file or link is in the way.
    """
    parts = _checked(path)[:-1]
    folders = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for index, folder in enumerate(folders):
        try:
            mode = (root / folder).lstat().st_mode
        except FileNotFoundError:
            return tuple(folders[index:])
        if not stat.S_ISDIR(mode):
            raise _in_the_way(folder)
    return ()


def write_new(
    root: Path, path: str, data: bytes, mode: int = 0o644, kind: Literal["file", "link"] = "file"
) -> FileRecord:
    """Add a file, or a link to the target `data`, where there is nothing; folders on the way are made.

    After a crash there is the whole file or none. Raises AuroraError when something is at `path`, when the path leaves
    the root, passes through a link or into `.git`, is not UTF-8, or when a link would point out of the root.
    """
    *parents, name = _checked(path)
    if kind == "link":
        _check_target(path, data)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for count, part in enumerate(parents, 1):
            inner = _enter(folder, part, "/".join(parents[:count]))
            os.close(folder)
            folder = inner
        if kind == "link":
            os.symlink(data, os.fsencode(name), dir_fd=folder)
        else:
            _write_file(folder, name, data, mode)
        os.fsync(folder)
        made = record_in(folder, name, path)
    except FileExistsError as error:
        raise AuroraError(
            f"{clean(path)} is there already", "a file is never overwritten: move it away first"
        ) from error
    except OSError as error:
        raise AuroraError(
            f"{clean(path)} could not be written: {error.strerror}", "look at free space and permissions"
        ) from error
    finally:
        os.close(folder)
    assert made is not None
    return made


def remove_created(root: Path, created: FileRecord) -> Removal:
    """Remove what `write_new` made, unless somebody changed its content, mode or kind since: then it is kept."""
    parent, _, name = created.path.rpartition("/")
    with Folders(root) as folders:
        try:
            folder = folders.open(parent)
            if folder is None:
                return "kept" if os.path.lexists(root / created.path) else "absent"
            found = record_in(folder, name, created.path)
            if found is None:
                return "kept" if os.path.lexists(root / created.path) else "absent"
            if found != created:
                return "kept"
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
        except OSError as error:
            raise _not_removed(created.path, error) from error
    return "removed"


def remove_empty_directory(root: Path, path: str) -> Removal:
    """Remove a folder that is empty; one that is not, or is none any more, is kept."""
    parent, _, name = path.rpartition("/")
    with Folders(root) as folders:
        try:
            folder = folders.open(parent)
            if folder is None:
                return "kept" if os.path.lexists(root / path) else "absent"
            os.rmdir(name, dir_fd=folder)
            os.fsync(folder)
        except FileNotFoundError:
            return "absent"
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.ELOOP}:
                return "kept"
            raise _not_removed(path, error) from error
    return "removed"


def _enter(folder: int, part: str, path: str) -> int:
    """Open the folder `part` in `folder`, making it if there is none."""
    try:
        os.mkdir(part, 0o755, dir_fd=folder)
        os.fsync(folder)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise _in_the_way(path) from None
    return os.open(part, REAL_FOLDER, dir_fd=folder)


def _write_file(folder: int, name: str, data: bytes, mode: int) -> None:
    """Write a file that has no name until it is whole."""
    with _nameless(folder) as (handle, source, source_folder):
        with os.fdopen(handle, "wb", closefd=False) as stream:
            stream.write(data)
        os.fchmod(handle, mode)
        os.fsync(handle)
        os.link(source, name, src_dir_fd=source_folder, dst_dir_fd=folder, follow_symlinks=source_folder is None)


@contextmanager
def _nameless(folder: int) -> Iterator[tuple[int, str, int | None]]:
    """Give a new file as (descriptor, name to link it from, folder of that name); the name goes with the block."""
    name = None
    try:
        handle = os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=folder)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            raise
        # This file system has no files without a name: after a crash the hidden one may be left.
        name = f".aurora-console-{os.urandom(8).hex()}"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        yield (handle, f"/proc/self/fd/{handle}", None) if name is None else (handle, name, folder)
    finally:
        os.close(handle)
        if name is not None:
            os.unlink(name, dir_fd=folder)


def _checked(path: str) -> list[str]:
    """Return the parts of a path that may be written."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise AuroraError(
            f"{clean(path)!r} is not a path within the work tree", "give it relative to the root, without `..`"
        )
    if any(part.lower().rstrip(". ") == ".git" for part in parts):
        raise AuroraError(f"{clean(path)} lies in a .git folder", "the console adds files to the work tree only")
    try:
        path.encode()
    except UnicodeEncodeError:
        raise AuroraError(f"{clean(path)!r} is not UTF-8", "rename the file, then try again") from None
    return parts


def _check_target(path: str, target: bytes) -> None:
    """Refuse a link that points out of the root or into `.git`."""
    reached = os.path.normpath(f"{path.rpartition('/')[0] or '.'}/{os.fsdecode(target)}")
    if not target or target.startswith(b"/") or reached.split("/")[0] in {"..", ".git"}:
        raise AuroraError(
            f"the link {clean(path)} would point to {clean(os.fsdecode(target))}, outside the work tree",
            "leave it out of what is imported",
        )


def _in_the_way(path: str) -> AuroraError:
    return AuroraError(f"{clean(path)} is a file or link where a folder is needed", "move it away, then try again")


def _not_removed(path: str, error: OSError) -> AuroraError:
    return AuroraError(f"{clean(path)} could not be removed: {error.strerror}", "look at its permissions")
