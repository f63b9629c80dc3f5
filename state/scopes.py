"""How far a rollback goes: which of the things that the run did, newest first."""

from __future__ import annotations

from aurora_console.state.model import PendingUndo, RunState
from aurora_console.state.values import (
    RemoveDirectory,
    RemoveFile,
    RollbackPreview,
    StartService,
    StopService,
)


def undo_for(state: RunState, scope: str) -> tuple[PendingUndo, ...]:
    """Return what a rollback of `scope` undoes, in the order in which it does so.

    Within `phase` that is what the open phase did, or the newest phase that did anything.
    """
    pending = tuple(reversed(state.pending_undo))
    match scope:
        case "all":
            return pending
        case "services":
            return tuple(one for one in pending if isinstance(one.undo, StopService | StartService))
        case "code":
            return tuple(one for one in pending if isinstance(one.undo, RemoveFile | RemoveDirectory))
        case "phase":
            open_phase = state.open_phase
            phase = open_phase if open_phase is not None else max((one.phase for one in pending), default=None)
            return tuple(one for one in pending if one.phase == phase)
        case _:
            return ()


def rollback_preview(state: RunState, scope: str) -> RollbackPreview:
    """Return what a rollback of `scope` would do, from the journal alone."""
    undo = undo_for(state, scope)
    stops = [one.undo.service for one in undo if isinstance(one.undo, StopService)]
    files = sum(isinstance(one.undo, RemoveFile) for one in undo)
    steps = [one.undo.describe() for one in undo if not isinstance(one.undo, RemoveFile | RemoveDirectory)]
    if files:
        steps.append(f"remove {files} {'file' if files == 1 else 'files'}")
    seconds = sum(state.services[name].stop_seconds or 0.5 for name in stops if name in state.services)
    return RollbackPreview(scope=scope, steps=tuple(steps), seconds=seconds + 0.2)
