"""Taking over from a console that ended in the middle: through the ordinary path, and starting nothing twice."""

from __future__ import annotations

from aurora_console.engine import programs
from aurora_console.engine.context import Context
from aurora_console.engine.phases import ENGINE, action_of
from aurora_console.engine.proof import Undone
from aurora_console.engine.rollback import InterruptedRollback
from aurora_console.state import events as e
from aurora_console.state.model import ActionState, PhaseState, RunState


async def take_over(context: Context) -> None:
    """Find the services again and settle what the journal leaves open; a rollback under way is left to the caller."""
    await context.supervisor.take_over()
    for index, phase in enumerate(context.state.phases):
        if phase.status in {"running", "gating"}:
            await _settle(context, index, phase)


async def _settle(context: Context, index: int, phase: PhaseState) -> None:
    """End a phase whose console is gone: nobody knows any more whether its next step would have been right."""
    running = [(number, action) for number, action in enumerate(phase.actions) if action.status == "running"]
    for number, action in running:
        await _settle_action(context, index, number, action)
    doubtful = [action.title for action in context.state.phases[index].actions if action.status == "in doubt"]
    if doubtful:
        reason = f"the console ended during '{doubtful[0]}': whether it was done is in doubt"
    elif phase.status == "gating":
        reason = "the console ended while the gates were judged"
    else:
        reason = "the console ended between two actions"
    context.emit(e.PhaseFailed(phase=index, reason=reason, verdict="inconclusive"))
    if context.state.paused is None:
        number = context.plan.phases[index].number
        context.emit(e.IntegrationPaused(reason=f"phase {number} was interrupted: {reason}", actor=ENGINE))


async def _settle_action(context: Context, index: int, number: int, action: ActionState) -> None:
    step = context.plan.phases[index].actions[number]
    await programs.end(context, action.id)
    try:
        evidence = await action_of(step).observe(context)
    except Exception:  # noqa: BLE001  what cannot be looked at is in doubt, and must not keep every console from opening
        evidence = None
    if evidence is None:
        context.emit(e.ActionFoundInDoubt(action=action.id))
    else:
        context.emit(e.ActionDone(action=action.id, evidence=evidence))


def interrupted_rollback(state: RunState) -> InterruptedRollback | None:
    """Return the rollback that a console began and did not end, with what it had undone by then; None without one."""
    rollback = state.rollback
    if not state.is_rolling_back or rollback is None:
        return None
    undone = tuple(
        Undone(step.pending, step.outcome, step.note)
        for step in rollback.results
        if step.outcome != "failed"  # a failed step is still to be undone
    )
    return InterruptedRollback(scope=rollback.scope, phase=rollback.phase, actor=rollback.actor, undone=undone)
