"""How rollbacks, and undoing one, change the state: the part of `fold.apply` that is about going back. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.model import (
    PendingUndo,
    PhaseBefore,
    PhaseState,
    RollbackState,
    RollbackUndoState,
    RunState,
    UndoneStep,
)

INTERRUPTED = "it was under way when it was rolled back"


def apply_rollback(state: RunState, event: e.RollbackEvent, at: float) -> RunState:
    """Return the state after one more event of a rollback; `at` in seconds since the epoch."""
    if isinstance(event, e.RollbackStarted):
        return replace(state, rollback=_started(state, event, at))
    rollback = state.rollback
    if rollback is None:
        return state
    match event:
        case e.RescueTaken():
            rescued = replace(rollback, rescue=event.ref, rescues=(*rollback.rescues, event.ref))
            return replace(state, rollback=rescued)
        case e.StepUndone():
            return _step_undone(state, rollback, event)
        case e.RollbackFinished():
            return _finished(state, rollback, event, at)
        case e.RollbackUndoStarted():
            return _undo_started(state, rollback, event, at)
        case e.StepRedone():
            return _step_redone(state, rollback, event)
        case e.RollbackUndone():
            return _undone(state, rollback, event, at)


def none_proposed(phases: tuple[PhaseState, ...]) -> tuple[PhaseState, ...]:
    """Take back what waits for approval: at most one phase does at a time."""
    return tuple(replace(phase, status="pending") if phase.status == "proposed" else phase for phase in phases)


def taken_away(rollback: RollbackState) -> tuple[PendingUndo, ...]:
    """Return what a rollback really undid, oldest first."""
    undone = {_key(step.pending) for step in rollback.results if step.outcome == "undone"}
    return tuple(one for one in rollback.pending if _key(one) in undone)


def _started(state: RunState, event: e.RollbackStarted, at: float) -> RollbackState:
    started = RollbackState(
        id=event.rollback,
        scope=event.scope,
        phase=event.phase,
        actor=event.actor,
        started_at=at,
        steps=event.steps,
        pending=state.pending_undo,
    )
    interrupted = state.rollback
    if interrupted is None or interrupted.proof is not None:
        return started
    # Taken up again: what the interrupted one did is part of it.
    return replace(started, pending=interrupted.pending, results=interrupted.results, rescues=interrupted.rescues)


def _step_undone(state: RunState, rollback: RollbackState, event: e.StepUndone) -> RunState:
    key = (event.action, event.index)
    step = next((one for one in state.pending_undo if _key(one) == key), None)
    left = state.pending_undo
    if event.outcome != "failed":
        left = tuple(one for one in left if _key(one) != key)
    results = rollback.results
    if step is not None:
        results = (*results, UndoneStep(pending=step, outcome=event.outcome, note=event.note))
    return replace(state, pending_undo=left, rollback=replace(rollback, done=rollback.done + 1, results=results))


def _finished(state: RunState, rollback: RollbackState, event: e.RollbackFinished, at: float) -> RunState:
    before = tuple(
        PhaseBefore(phase=index, status=phase.status, ended_at=phase.ended_at)
        for index, phase in enumerate(state.phases)
        if index in event.phases
    )
    phases = tuple(
        replace(phase, status="rolled back", ended_at=at) if index in event.phases else phase
        for index, phase in enumerate(none_proposed(state.phases))
    )
    over = replace(rollback, proof=event.proof, seconds=event.seconds, before=before)
    return replace(state, rollback=over, phases=phases, failures=(), paused=None)


def _undo_started(state: RunState, rollback: RollbackState, event: e.RollbackUndoStarted, at: float) -> RunState:
    """Count everything as there again before any of it is: whatever happens now, `R` looks at all of it."""
    again = {_key(one) for one in (*taken_away(rollback), *state.pending_undo)}
    undo = RollbackUndoState(actor=event.actor, started_at=at, steps=event.steps)
    return replace(
        state,
        pending_undo=tuple(one for one in rollback.pending if _key(one) in again),
        phases=none_proposed(state.phases),
        rollback=replace(rollback, undo=undo),
        last_change="undo of the rollback",
        last_change_at=at,
    )


def _step_redone(state: RunState, rollback: RollbackState, event: e.StepRedone) -> RunState:
    if rollback.undo is None:
        return state
    undo = replace(rollback.undo, notes=(*rollback.undo.notes, event.note))
    state = replace(state, rollback=replace(rollback, undo=undo))
    if event.outcome == "redone":
        return state
    left = tuple(one for one in state.pending_undo if _key(one) != (event.action, event.index))
    return replace(state, pending_undo=left)


def _undone(state: RunState, rollback: RollbackState, event: e.RollbackUndone, at: float) -> RunState:
    if rollback.undo is None:
        return state
    before = {one.phase: one for one in rollback.before}
    phases = tuple(
        _as_before(phase, before[index], index in event.incomplete, at) if index in before else phase
        for index, phase in enumerate(state.phases)
    )
    undo = replace(rollback.undo, left=event.left, seconds=event.seconds)
    return replace(state, phases=phases, rollback=replace(rollback, undo=undo))


def _as_before(phase: PhaseState, before: PhaseBefore, is_incomplete: bool, at: float) -> PhaseState:
    if is_incomplete or before.status in {"running", "gating"}:
        reason = "not all of it could be brought back" if is_incomplete else INTERRUPTED
        return replace(phase, status="failed", reason=reason, verdict="inconclusive", ended_at=at)
    # What waited for approval is proposed anew by the engine.
    status = "pending" if before.status == "proposed" else before.status
    return replace(phase, status=status, ended_at=before.ended_at)


def _key(pending: PendingUndo) -> tuple[str, int]:
    return pending.action, pending.index
