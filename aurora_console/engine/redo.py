"""Undoing a rollback: what it took away is brought back, oldest first, and never over anything that is there now."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from typing import Literal, assert_never

from aurora_console.engine.context import Context, words_of
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.phases import ENGINE
from aurora_console.engine.snapshot import files
from aurora_console.engine.unbroken import in_thread, see_through
from aurora_console.engine.undo import Tracked
from aurora_console.errors import AuroraError
from aurora_console.faults import crash_point
from aurora_console.state import events as e
from aurora_console.state.model import PendingUndo, RollbackState, RunState
from aurora_console.state.rollbacks import taken_away
from aurora_console.state.scopes import redo_for, redo_preview
from aurora_console.state.sentences import phase_name
from aurora_console.state.values import (
    Actor,
    FileRecord,
    RemoveDirectory,
    RemoveFile,
    RunProgram,
    StartService,
    StopService,
)

Outcome = Literal["redone", "was there", "left"]


async def undo_rollback(context: Context, gatekeeper: Gatekeeper, actor: Actor, reason: str) -> None:
    """Bring back what the newest rollback took away, judge the gates, and say what could not be brought back.

    AuroraError, with nothing changed, when there is no rollback that can be undone. Before anything is brought back
    its undo is in the journal again, so that a rollback of any moment from here on finds it.
    """
    steps = redo_for(context.state)
    rollback = context.state.rollback
    if not steps or rollback is None:
        raise AuroraError(
            "there is no rollback to undo: none took anything away, or a phase was approved since",
            "look at the rollback panel, or at `aurora-console status`",
        )
    started = context.clock.monotonic()
    context.emit(
        e.RollbackUndoStarted(rollback=rollback.id, actor=actor, reason=reason, steps=redo_preview(steps)),
    )
    waiting = list(steps)
    left: list[tuple[PendingUndo, str]] = []
    try:
        contents, tracked = _Contents(context, rollback.rescues, steps), Tracked(context)
        while waiting:
            outcome, note = await _redo(context, waiting[0], contents, tracked)
            crash_point("redo.done")
            step = waiting.pop(0)
            context.emit(e.StepRedone(action=step.action, index=step.index, outcome=outcome, note=note))
            if outcome == "left":
                left.append((step, note))
        await gatekeeper.judge_plan_gates(None)
    finally:
        # Cancelled for a rollback, say: what was not reached is told, and is still to be undone where it was begun.
        left += [(one, f"{describe(one)}: it was given up before") for one in waiting]
        _end(context, rollback, left, context.clock.monotonic() - started)


def settle_interrupted(context: Context) -> None:
    """End the undo of a rollback whose console is gone: say what it did not reach, and let the operator decide."""
    state = context.state
    rollback = state.rollback
    if rollback is None or rollback.undo is None or not state.is_undoing_rollback:
        return
    # Steps are dealt with in order, so those without a note are the last ones.
    rest = taken_away(rollback)[len(rollback.undo.notes) :]
    left = [(one, f"{describe(one)}: the console ended before, or while it was done") for one in rest]
    _end(context, rollback, left, max(0.0, context.clock.wall() - rollback.undo.started_at))


def describe(step: PendingUndo) -> str:
    """Say what bringing a step back does."""
    undo = step.undo
    match undo:
        case StopService():
            return f"start {undo.service}"
        case StartService():
            return f"stop {undo.service}"
        case RemoveFile():
            return f"bring back {undo.file.path}"
        case RemoveDirectory():
            return f"bring back directory {undo.path}"
        case RunProgram():
            return f"take back: {undo.describe()}"
    assert_never(undo)


def _end(context: Context, rollback: RollbackState, left: Sequence[tuple[PendingUndo, str]], seconds: float) -> None:
    incomplete = tuple(sorted({step.phase for step, _ in left}))
    told = tuple(note for _, note in left)
    context.emit(e.RollbackUndone(rollback=rollback.id, seconds=seconds, left=told, incomplete=incomplete))
    reason = _why_paused(context.state)
    if reason and context.state.paused is None:
        context.emit(e.IntegrationPaused(reason=reason, actor=ENGINE))


def _why_paused(state: RunState) -> str:
    """Say which phase is open again: without a pause it would be proposed anew at once."""
    phase = state.open_phase
    if phase is None:
        return ""
    return f"the rollback was undone, so {phase_name(state, phase)} is open again: {state.phases[phase].reason}"


async def _redo(context: Context, step: PendingUndo, contents: _Contents, tracked: Tracked) -> tuple[Outcome, str]:
    undo = step.undo
    try:
        match undo:
            case StopService():
                return await _start(context, undo.service)
            case StartService():
                await see_through(context.supervisor.stop(undo.service))
                return "redone", f"{undo.service} stopped again"
            case RemoveFile():
                return await in_thread(_bring_back, context, undo.file, contents, tracked)
            case RemoveDirectory():
                return _directory(context, undo.path)
            case RunProgram():
                return "left", f"{undo.describe()}: what a program did cannot be taken back"
    except Exception as error:  # noqa: BLE001  whatever one step fails of, the others are to be brought back
        return "left", f"{describe(step)}: {words_of(error)}"
    assert_never(undo)


async def _start(context: Context, service: str) -> tuple[Outcome, str]:
    if context.state.services[service].is_up:
        return "redone", f"{service} runs already"
    await context.supervisor.start(service)
    return "redone", f"{service} runs again"


def _directory(context: Context, path: str) -> tuple[Outcome, str]:
    """Leave it to its files to bring a directory back; the run never made an empty one."""
    if os.path.lexists(context.root / path):
        return "was there", f"{path} was there"
    return "redone", f"directory {path} comes back with its files"


def _bring_back(context: Context, record: FileRecord, contents: _Contents, tracked: Tracked) -> tuple[Outcome, str]:
    path = record.path
    if os.path.lexists(context.root / path):
        if files.record(context.root, path) == record:
            return "was there", f"{path} is there already, as it was"
        return "left", f"{path}: something else is there now, which stays"
    if path in tracked.names:
        return "left", f"{path}: it is tracked by git now, and somebody removed it"
    data = contents.of(record)
    if data is None:
        return "left", f"{path}: its bytes are neither in the rescue nor in the target"
    files.write_new(context.root, path, data, stat.S_IMODE(record.mode), record.kind)
    return "redone", f"brought back {path}"


class _Contents:
    """The bytes of what was removed: from where the rollbacks put it aside, else from the target it came from.

    What looks like a secret, or is ignored by git, was not put aside.
    """

    def __init__(self, context: Context, rescues: Iterable[str], steps: Iterable[PendingUndo]) -> None:
        self._repository = context.repository
        self._wanted = {one.undo.file.path for one in steps if isinstance(one.undo, RemoveFile)}
        self._places = [*reversed(tuple(rescues))]
        if context.state.outline is not None and context.state.outline.target_commit:
            self._places.append(context.state.outline.target_commit)
        self._found: dict[str, dict[str, bytes]] = {}

    def of(self, record: FileRecord) -> bytes | None:
        """Return the bytes that `record` names, checked against its sum; None where they are nowhere."""
        for place in self._places:
            data = self._at(place).get(record.path)
            if data is not None and hashlib.sha256(data).hexdigest() == record.sha256:
                return data
        return None

    def _at(self, place: str) -> dict[str, bytes]:
        """Return what a place holds of what is wanted, read at once: git takes its time to start."""
        if place not in self._found:
            try:
                tree = self._repository.tree(place)
            except AuroraError:  # the ref was removed: there are other places, and `of` says when none has it
                tree = {}
            wanted = {path: one.sha for path, one in tree.items() if path in self._wanted and one.size is not None}
            blobs = dict(self._repository.blobs(set(wanted.values())))
            self._found[place] = {path: blobs[sha] for path, sha in wanted.items()}
        return self._found[place]
