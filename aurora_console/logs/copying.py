"""Lines for the clipboard of an operator's terminal, which takes only so much; a file for what is longer."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aurora_console.errors import AuroraError
from aurora_console.logs.index import LogLine, LogSource
from aurora_console.text import clean_bytes, size

CLIPBOARD = 74_994
"""Bytes: in base 64 with its frame, 100,000, which is where terminals stop taking an OSC 52 sequence."""
_MOST = 8 * 1024**2
"""Bytes copied at most, into a file."""
_AT_ONCE = 500


def lines_between(source: LogSource, first: int, last: int) -> list[LogLine]:
    """Return the lines from the place `first` to the place `last`, both included. Raises AuroraError for too many."""
    lines: list[LogLine] = []
    length, at = 0, first
    while at <= last and (some := source.after(at, _AT_ONCE)):
        lines += [line for line in some if line.at <= last]
        length += sum(len(line.data) for line in some)
        at = some[-1].end
        if length > _MOST:
            raise AuroraError(f"that is more than {size(_MOST)}", "mark fewer lines, or copy the log's file")
    return lines


def as_text(lines: list[LogLine]) -> str:
    """Return lines as they are shown, whole, with the service's name where several are mixed."""
    return "\n".join(
        (f"{line.service}: " if line.service else "") + clean_bytes(line.data, max(1, len(line.data))) for line in lines
    )


def write_copy(run_folder: str, name: str, text: str, wall: float) -> Path:
    """Write `text` into a new file below the run's state folder, readable by this user alone; return where.

    Raises AuroraError where there is no folder (it is empty) or it cannot be written.
    """
    if not run_folder:
        raise AuroraError(f"{size(len(text))} are too much for a terminal's clipboard", "mark fewer lines")
    folder = Path(run_folder) / "copied"
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(wall))
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = next(
            one for n in range(1000) if not (one := folder / f"{name}-{stamp}{f'-{n}' if n else ''}.log").exists()
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise AuroraError(
            f"cannot write a copy under {folder}: {error.strerror}", "see that it is writable and not full"
        ) from error
    return path
