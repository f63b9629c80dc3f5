"""How far a rollback goes: which of the things that the run did, newest first."""

from __future__ import annotations

from aurora_console.state.model import PendingUndo, RunState
from aurora_console.state.rollbacks import taken_away
from aurora_console.state.values import (
    RemoveDirectory,
    RemoveFile,
    RollbackPreview,
    RunProgram,
    StartService,
    StopService,
)


def undo_for(state: RunState, scope: str) -> tuple[PendingUndo, ...]:
    """Return what a rollback of `scope` undoes, in the order in which it does so.

    Within `phase` that is what the open phase did, or the newest phase that did anything. `abort` means that nothing
    was changed yet: should the open phase have changed something all the same, that is undone.
    """
    pending = tuple(reversed(state.pending_undo))
    match scope:
        case "all":
            return pending
        case "services":
            return tuple(one for one in pending if isinstance(one.undo, StopService | StartService))
        case "code":
            return tuple(one for one in pending if isinstance(one.undo, RemoveFile | RemoveDirectory))
        case "phase" | "abort":
            newest = max((one.phase for one in pending), default=None) if scope == "phase" else None
            phase = newest if state.open_phase is None else state.open_phase
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


def redo_for(state: RunState) -> tuple[PendingUndo, ...]:
    """Return what undoing the newest rollback would bring back, oldest first; empty where that is not offered.

    It is offered once, and only until a phase is approved after the rollback: that phase may build on what is gone.
    """
    rollback = state.rollback
    if rollback is None or rollback.proof is None or rollback.undo is not None or state.finished:
        return ()
    if any(phase.started_at is not None and phase.started_at > rollback.started_at for phase in state.phases):
        return ()
    return taken_away(rollback)


def redo_preview(steps: tuple[PendingUndo, ...]) -> tuple[str, ...]:
    """Say what bringing `steps` back does, what cannot be brought back included."""
    lines = []
    files = sum(isinstance(one.undo, RemoveFile) for one in steps)
    if files:
        lines.append(f"bring back {files} {'file' if files == 1 else 'files'}")
    for one in steps:
        match one.undo:
            case StopService(service=service):
                lines.append(f"start {service} again")
            case StartService(service=service):
                lines.append(f"stop {service} again")
            case RunProgram():
                lines.append(f"cannot take back: {one.undo.describe()}")
    return tuple(lines)


def is_between_phases(state: RunState) -> bool:
    """Whether nothing is under way that judges the gates itself, or that would disturb them."""
    is_running = any(phase.status in {"running", "gating"} for phase in state.phases)
    return not (is_running or state.is_rolling_back or state.is_undoing_rollback or state.finished)
