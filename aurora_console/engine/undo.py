"""Carrying out one undo record: looked at first, done only where things are still as the run left them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, assert_never

from aurora_console.engine import programs
from aurora_console.engine.context import Context, words_of
from aurora_console.engine.snapshot import files
from aurora_console.engine.unbroken import in_thread
from aurora_console.state.values import (
    FileRecord,
    RemoveDirectory,
    RemoveFile,
    RunProgram,
    StartService,
    StopService,
    Undo,
)
from aurora_console.text import duration

Outcome = Literal["undone", "was undone", "kept", "failed"]


@dataclass(frozen=True)
class Tracked:
    """What git tracks, looked up once for many files."""

    context: Context

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in the index and in the HEAD commit."""
        repository = self.context.repository
        return frozenset((*repository.paths().tracked, *repository.tree("HEAD")))


async def carry_out(context: Context, undo: Undo, tracked: Tracked) -> tuple[Outcome, str]:
    """Do what `undo` says and return what came of it, with a note; a step that fails raises nothing."""
    try:
        match undo:
            case StopService():
                return await _stop(context, undo.service)
            case StartService():
                await context.supervisor.start(undo.service)
                return "undone", f"{undo.service} runs again"
            case RemoveFile():
                return await in_thread(_remove_file, tracked, undo.file)
            case RemoveDirectory():
                return await in_thread(_remove_directory, context, undo.path)
            case RunProgram():
                return await _run(context, undo)
    except Exception as error:  # noqa: BLE001  whatever a step fails of, the others have to be undone
        return "failed", f"{undo.describe()}: {words_of(error)}"
    assert_never(undo)


async def _stop(context: Context, service: str) -> tuple[Outcome, str]:
    if context.state.services[service].status == "off":
        return "was undone", f"{service} was not running"
    await context.supervisor.stop(service)
    seconds = context.state.services[service].stop_seconds or 0.0
    return "undone", f"{service} stopped in {duration(seconds)}"


def _remove_file(tracked: Tracked, record: FileRecord) -> tuple[Outcome, str]:
    # It was untracked when the run added it; whoever tracks it now has made it theirs.
    if record.path in tracked.names:
        return "kept", f"{record.path} is tracked by git now"
    match files.remove_created(tracked.context.root, record):
        case "removed":
            return "undone", f"removed {record.path}"
        case "absent":
            return "was undone", f"{record.path} was not there"
        case "kept":
            return "kept", f"{record.path} was changed by somebody since"


def _remove_directory(context: Context, path: str) -> tuple[Outcome, str]:
    match files.remove_empty_directory(context.root, path):
        case "removed":
            return "undone", f"removed directory {path}"
        case "absent":
            return "was undone", f"directory {path} was not there"
        case "kept":
            return "kept", f"directory {path} holds files of somebody else"


async def _run(context: Context, undo: RunProgram) -> tuple[Outcome, str]:
    try:
        async with asyncio.timeout(undo.timeout):
            outcome = await programs.run(context, undo.exec)
    except TimeoutError:
        return "failed", f"{undo.describe()}: not done within {duration(undo.timeout)}"
    if outcome.code != 0:
        return "failed", f"{undo.describe()}: {outcome.ending}"
    return "undone", f"{undo.describe()}: exit code 0"
