"""Going back: undo records backwards, as far as the scope reaches; what is replaced is put aside first."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from itertools import groupby

from aurora_console.engine import programs
from aurora_console.engine.context import Context, words_of
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.proof import Prover, Undone
from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.git import OUR_REFS
from aurora_console.engine.undo import Tracked, carry_out
from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.state.events import RescueTaken, RollbackFinished, RollbackStarted, StepUndone
from aurora_console.state.model import PendingUndo
from aurora_console.state.scopes import rollback_preview, undo_for
from aurora_console.state.values import Actor, Proof, RemoveDirectory, RemoveFile, RunProgram, StopService


@dataclass(frozen=True)
class InterruptedRollback:
    """A rollback whose console ended before its proof."""

    scope: str
    phase: int | None
    """The phase that it was about."""
    actor: Actor
    undone: tuple[Undone, ...]
    """What was dealt with by then."""


async def roll_back(
    context: Context,
    gatekeeper: Gatekeeper,
    scope: str,
    actor: Actor,
    reason: str,
    interrupted: InterruptedRollback | None = None,
) -> Proof:
    """Undo what `scope` reaches, prove it, and return the proof; `interrupted` is taken up where it stood.

    It goes on past a step that fails: the proof names it, and a later rollback tries it again.
    """
    started = context.clock.monotonic()
    state = context.state
    rollback = uuid.uuid4().hex[:12]
    pending = undo_for(state, scope)
    phase = state.open_phase
    if scope == "phase":
        # Which phase that is must not change in the middle: once it is undone, the newest one is another.
        phase = interrupted.phase if interrupted else next((one.phase for one in pending), phase)
        pending = tuple(one for one in reversed(state.pending_undo) if one.phase == phase)
    context.emit(
        RollbackStarted(
            rollback=rollback,
            scope=scope,
            phase=phase,
            actor=actor,
            reason=reason,
            steps=rollback_preview(state, scope).steps,
        )
    )
    # Stopping services replaces no file, and in an incident it is what cannot wait.
    rescue = asyncio.create_task(_rescue(context, rollback))
    undone = list(interrupted.undone) if interrupted else []
    try:
        for _, group in groupby(pending, key=lambda one: (one.action, isinstance(one.undo, StopService))):
            undone += await _undo_together(context, list(group), rescue)
        problem = await rescue
    finally:
        rescue.cancel()
    proof = await Prover(context, gatekeeper).prove(undone, problem)
    phases = {one.pending.phase for one in undone} | {one for one in (phase, state.open_phase) if one is not None}
    context.emit(
        RollbackFinished(
            rollback=rollback,
            proof=proof,
            seconds=context.clock.monotonic() - started,
            phases=tuple(sorted(phases)),
        )
    )
    return proof


async def _undo_together(context: Context, group: list[PendingUndo], rescue: asyncio.Task[str]) -> list[Undone]:
    """Undo what one action did; services that were started together are stopped together."""
    if all(isinstance(one.undo, StopService) for one in group):
        return list(await asyncio.gather(*(_undo_one(context, one, Tracked(context)) for one in group)))
    problem = await rescue
    if problem and any(isinstance(one.undo, RemoveFile | RemoveDirectory) for one in group):
        return [Undone(one, "failed", f"{one.undo.describe()}: {problem}") for one in group]
    if any(isinstance(one.undo, RunProgram) for one in group):
        await programs.end(context, group[0].action)
    tracked = Tracked(context)
    return [await _undo_one(context, one, tracked) for one in group]


async def _undo_one(context: Context, pending: PendingUndo, tracked: Tracked) -> Undone:
    outcome, note = await carry_out(context, pending.undo, tracked)
    context.emit(StepUndone(action=pending.action, index=pending.index, outcome=outcome, note=note))
    return Undone(pending, outcome, note)


async def _rescue(context: Context, rollback: str) -> str:
    """Put the work tree aside as it is now; return why that was not possible, or nothing."""
    ref = f"{OUR_REFS}rescue/{rollback}"
    try:
        taken = await asyncio.to_thread(
            context.repository.take, ref, f"aurora-console rescue {rollback}", files.looks_secret, even_unmerged=True
        )
        if taken.index_commit is None and taken.index is not None:
            make_private(context.snapshot_folder)
            files.write_private(context.snapshot_folder / f"rescue-{rollback}.index", taken.index)
    except (AuroraError, OSError) as error:
        return f"what it replaces could not be put aside first: {words_of(error)}"
    context.emit(RescueTaken(rollback=rollback, ref=ref, commit=taken.commit))
    return ""
