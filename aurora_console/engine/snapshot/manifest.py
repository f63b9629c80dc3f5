"""What a snapshot's folder says about itself: one TOML file that a person can read and `sha256sum` can check."""

from __future__ import annotations

import os
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from aurora_console.engine.snapshot.files import write_private
from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.state.values import FileRecord
from aurora_console.text import clean

FILE_NAME = "manifest.toml"
INDEX = "index"
"""Copy of the raw index file."""
PROTECTED = "protected"
"""Folder with copies of the protected files, at their paths."""
WITHHELD = "secrets"
"""Folder with the files that look like secrets, at their paths."""

_NOT_TEXT = "\0"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that a snapshot holds, and where HEAD and the refs stood."""

    id: str
    time: datetime
    """When it was taken; with a time zone."""
    ref: str
    """Ref of the snapshot commit."""
    commit: str
    head: str
    """Commit that HEAD named."""
    branch: str | None = None
    """Short name; None when HEAD was detached."""
    index_sha256: str | None = None
    """Of the raw index file; None when there was none."""
    refs: dict[str, str]
    """Every ref but the console's own, with the object that it named."""
    files: tuple[FileRecord, ...]
    """The work tree, as it is in the snapshot commit."""
    protected: tuple[FileRecord, ...] = ()
    """Of these there are copies in the folder, besides."""
    withheld: tuple[FileRecord, ...] = ()
    """These are only in the folder, in no git object."""
    moving: tuple[str, ...] = ()
    """Files that changed while the snapshot was taken: their content cannot be vouched for."""
    skipped: tuple[str, ...] = ()
    """Submodules, repositories within and special files: content not kept."""


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write the manifest of the snapshot in `folder`, 0600, wholly or not at all; return its path.

    A name that is not UTF-8 is written as NUL and the hex digits of its bytes.
    """
    path = folder / FILE_NAME
    data = _plain(msgspec.to_builtins(manifest, builtin_types=(datetime,)))
    for name in ("files", "protected", "withheld"):
        for row in data.get(name, ()):
            row["mode"] = f"{row['mode']:04o}"
    try:
        make_private(folder)
        write_private(path, tomli_w.dumps(data).encode())
    except OSError as error:
        raise AuroraError(
            f"{clean(str(path))} could not be written: {error.strerror}", "look at free space and permissions"
        ) from error
    return path


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the snapshot in `folder`; AuroraError when it is missing or damaged."""
    path = folder / FILE_NAME
    try:
        data = _named(tomllib.loads(path.read_text(encoding="utf-8")))
        for name in ("files", "protected", "withheld"):
            for row in data.get(name, ()):
                row["mode"] = int(row["mode"], 8)
        return msgspec.convert(data, Manifest)
    except OSError as error:
        raise AuroraError(
            f"{clean(str(path))} cannot be read: {error.strerror}",
            "the snapshot's commit under refs/aurora/snapshot/ still holds the files",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise AuroraError(
            f"{clean(str(path))} is damaged: {clean(str(error))}",
            "the snapshot's commit under refs/aurora/snapshot/ still holds the files",
        ) from error


def _plain(value: Any) -> Any:  # noqa: ANN401  whatever TOML can hold
    """Return `value` with every name that is not UTF-8 written in hex."""
    match value:
        case str():
            return value if _is_text(value) else _NOT_TEXT + os.fsencode(value).hex()
        case dict():
            return {_plain(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


def _named(value: Any) -> Any:  # noqa: ANN401  whatever TOML can hold
    """Undo `_plain`."""
    match value:
        case str() if value.startswith(_NOT_TEXT):
            return os.fsdecode(bytes.fromhex(value[1:]))
        case dict():
            return {_named(key): _named(item) for key, item in value.items()}
        case list():
            return [_named(item) for item in value]
    return value


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
