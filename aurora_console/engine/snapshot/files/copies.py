"""Copies that only their owner may read, whole and on disk before they count."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from aurora_console.engine.snapshot.files.records import CHUNK, READ_FILE, READ_TIMEOUT, manifest, record
from aurora_console.errors import AuroraError
from aurora_console.private import flush, make_private
from aurora_console.state.values import FileRecord
from aurora_console.text import clean


def copy_out(root: Path, paths: Iterable[str], to: Path, timeout: float = READ_TIMEOUT) -> list[FileRecord]:
    """Copy files and links to the same paths below `to`: files 0600, folders 0700, flushed to disk.

    The records tell the sources (with their own modes); names that are neither file nor link are left out. What a
    copy holds is read back and compared. Raises AuroraError when that fails or a source changes meanwhile.
    """
    made = []
    for path, before in manifest(root, paths, timeout).items():
        target = to / path
        try:
            make_private(target.parent)
            if before.kind == "link":
                target.unlink(missing_ok=True)
                target.symlink_to((root / path).readlink())
                flush(target.parent)
            else:
                write_private(target, _chunks(root / path))
        except OSError as error:
            raise AuroraError(
                f"{clean(path)} could not be copied: {error.strerror}", "look at free space and permissions"
            ) from error
        copy = record(to, path)
        if copy is None or (copy.kind, copy.sha256) != (before.kind, before.sha256):
            raise AuroraError(f"{clean(path)} changed while it was copied", "wait until it is at rest, then try again")
        made.append(before)
    return made


def write_private(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Put `content` at `path`, 0600, wholly or not at all, whatever happens meanwhile; OSError when it cannot be."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            for chunk in (content,) if isinstance(content, bytes) else content:
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    flush(path.parent)


def _chunks(path: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(path, READ_FILE), "rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
