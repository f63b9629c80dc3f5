"""What the journal says, in a file that others can read."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aurora_console.errors import AuroraError
from aurora_console.state.journal import Journal
from aurora_console.state.ledger import Naming, Query, entries, json_line


def export_records(journal: Path, query: Query, folder: Path, at: float) -> tuple[Path, int]:
    """Write the records that `query` takes into a new file in `folder`, one JSON object a line.

    `at`, in seconds since the epoch, is in its name. Returns the file, which only this user may read, and how many
    records are in it. Raises AuroraError, and then leaves no file behind.
    """
    name = f"journal-{time.strftime('%Y%m%d-%H%M%S', time.localtime(at))}"
    with Journal.read_only(journal) as source:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            path, descriptor = _create(folder, name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    count = 0
                    for entry in entries(source, query, Naming(), 0, source.newest()):
                        file.write(json_line(entry.record))
                        count += 1
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise AuroraError(
                f"Cannot write an export into {folder}: {error.strerror}.", "See its owner, and the room on its disk."
            ) from error
    return path, count


def _create(folder: Path, name: str) -> tuple[Path, int]:
    """Create a file that was not there: two exports within a second get two names."""
    number = 1
    while True:
        path = folder / (f"{name}.jsonl" if number == 1 else f"{name}-{number}.jsonl")
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            number += 1
