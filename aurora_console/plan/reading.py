"""A plan's bytes, whatever lies in its place. Quick to import: the console needs them before its first frame."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

LARGEST_PLAN: Final = 256 * 1024
"""Bytes; what is larger is not a plan that somebody reads before trusting it."""


def read_plan_bytes(path: str | Path) -> bytes:
    """Return what the plan file at `path` holds; never waits. Raises OSError, also for what is no file or too large."""
    if "\0" in str(path):
        raise OSError("a path cannot hold a NUL character")
    # O_NONBLOCK: a pipe in the plan's place must not hold anybody up.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is not a file")
        content = file.read(LARGEST_PLAN + 1)
    if len(content) > LARGEST_PLAN:
        raise OSError(f"it is larger than {LARGEST_PLAN // 1024} KB")
    return content
