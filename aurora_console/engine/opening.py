"""Beginning a run, or taking up the one that is there."""

from __future__ import annotations

import asyncio
import secrets
import time

from aurora_console.engine.context import Context
from aurora_console.engine.gatekeeper import title_of
from aurora_console.engine.phases import action_title
from aurora_console.engine.snapshot.files import write_private
from aurora_console.errors import NeedsOperatorError
from aurora_console.plan.load import read_text
from aurora_console.plan.model import Plan, Step
from aurora_console.private import make_private
from aurora_console.state.events import RunOpened
from aurora_console.state.values import PhaseOutline, PlanOutline, ServiceOutline


async def open_run(context: Context) -> None:
    """Open a run unless one is under way; AuroraError when the system is not fit for one. Changes nothing of it.

    A run under way keeps the plan that it was begun with: NeedsOperatorError when this is another.
    """
    state, plan = context.state, context.plan
    if state.run and not state.finished:
        assert state.outline is not None
        if state.outline.digest != plan.digest:
            raise NeedsOperatorError(
                f"the plan {plan.path} has changed since this run began",
                "end the run (`aurora-console rollback all`, then `aurora-console finish`), or take the change back",
            )
        return
    commit = await asyncio.to_thread(_look_at_repository, context)
    text = await asyncio.to_thread(read_text, plan.path)
    pinned = context.folder.plans / f"{plan.digest}.toml"
    make_private(context.folder.plans)
    write_private(pinned, text.encode())
    run = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(context.clock.wall()))}-{secrets.token_hex(2)}"
    context.emit(RunOpened(run=run, outline=outline_of(plan, context, commit)))


def _look_at_repository(context: Context) -> str:
    """Return the commit of the target, pinned for the whole run; empty without one."""
    context.repository.check_settled()
    target = context.plan.system.target
    return context.repository.resolve(target) if target else ""


def outline_of(plan: Plan, context: Context, target_commit: str) -> PlanOutline:
    """Return what the journal keeps of the plan."""
    return PlanOutline(
        name=plan.system.name,
        root=plan.root,
        path=plan.path,
        digest=plan.digest,
        target=plan.system.target or "",
        target_commit=target_commit,
        port_offset=plan.port_offset,
        failure_threshold=plan.limits.failure_threshold,
        services=tuple(
            ServiceOutline(
                name=name,
                layer=service.layer,
                port=plan.port(name),
                managed=service.managed,
                exec=context.supervisor.command(name),
                needs=service.needs,
                env=tuple(service.env),
                isolated=service.isolate,
                stop_signal=service.stop.signal,
                stop_grace=service.stop.grace,
                recover=context.supervisor.recover_command(name),
                started_in=_phase_that_starts(plan, name),
            )
            for name, service in plan.services.items()
        ),
        gates={name: gate.title for name, gate in plan.gates.items()},
        phases=tuple(
            PhaseOutline(
                title=phase.title,
                number=phase.number,
                budget=phase.budget,
                scope=phase.rollback,
                actions=tuple(action_title(step) for step in phase.actions),
                criteria=tuple(title_of(step) for step in phase.criteria),
            )
            for phase in plan.phases
        ),
    )


def _phase_that_starts(plan: Plan, service: str) -> int | None:
    """Return the number of the first phase with a start of `service`; None where there is none."""
    starts = (phase.number for phase in plan.phases for step in phase.actions if _is_start(step, service))
    return next(starts, None)


def _is_start(step: Step, service: str) -> bool:
    return step.kind == "start" and isinstance(step.args, tuple | list) and service in step.args
