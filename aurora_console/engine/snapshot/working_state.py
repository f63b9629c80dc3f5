"""`AURORA_CURRENT_WORKING_STATE.json`: what worked before anything was changed, for people and programs to read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from aurora_console.engine.snapshot.files import write_private
from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.text import clean

FILE_NAME = "AURORA_CURRENT_WORKING_STATE.json"
SECTIONS = ("taken_at", "head", "branch", "endpoints", "services", "processes", "ports", "baseline")
"""The keys, in the order in which they are written."""


def record(folder: Path, section: str, data: object) -> Path:
    """Put `data` under `section` of the file in `folder`, keep the other sections, and return the file's path.

    `data` is anything that msgspec writes as JSON. The file is 0600 and is replaced wholly or not at all. One writer
    at a time. Raises AuroraError for an unknown section and when the file cannot be read or written.
    """
    return record_all(folder, {section: data})


def record_all(folder: Path, sections: dict[str, object]) -> Path:
    """Do what `record` does for several sections at once."""
    unknown = sorted(set(sections) - set(SECTIONS))
    if unknown:
        raise AuroraError(f"{FILE_NAME} has no section {clean(unknown[0])}", f"it has {', '.join(SECTIONS)}")
    known = read(folder) | {name: msgspec.to_builtins(data) for name, data in sections.items()}
    ordered = {name: known[name] for name in SECTIONS if name in known}
    path = folder / FILE_NAME
    try:
        make_private(folder)
        write_private(path, (json.dumps(ordered, indent=2) + "\n").encode())
    except OSError as error:
        raise AuroraError(
            f"{clean(str(path))} could not be written: {error.strerror}", "look at free space and permissions"
        ) from error
    return path


def read(folder: Path) -> dict[str, Any]:
    """Return the sections recorded so far, empty before the first; AuroraError when the file is damaged."""
    path = folder / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise AuroraError(
            f"{clean(str(path))} cannot be read: {clean(str(error))}", "move it away, then try again"
        ) from error
