"""Folders that only this user may enter."""

from __future__ import annotations

import os
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make `folder` and each part that is missing above it, 0700, on disk; OSError when it cannot be."""
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)  # with `parents` those would get the mode that the umask leaves
    flush(folder.parent)


def flush(folder: Path) -> None:
    """Have the names in `folder` on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
