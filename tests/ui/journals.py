"""Moments with their journal on the disk, as an engine would have left it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.journal import Journal
from aurora_console.state.live import View
from tests.visual.scenarios import Story


def written(folder: Path, records: list[e.Record]) -> Path:
    """Write records into the folder's journal, behind what is there; return its path."""
    path = folder / "journal.db"
    with Journal.open(path) as journal:
        start = journal.newest()
        for record in records[start:]:
            journal.append(record.event, record.at)
    return path


def journaled(story: Story, folder: Path, after: float = 0.0) -> View:
    """Return the moment `after` seconds after the story, whose journal lies in `folder`."""
    written(folder, story.records)
    return replace(story.view(after=after), folder=str(folder))
