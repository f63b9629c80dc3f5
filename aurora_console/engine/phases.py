"""A phase from approval to its end: actions in order, then its criteria, then the plan's gates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context, words_of
from aurora_console.engine.gatekeeper import Gatekeeper, title_of
from aurora_console.engine.registry import action_types
from aurora_console.plan.model import Phase, Step
from aurora_console.state import events as e
from aurora_console.state.values import ActionPreview, Actor, Evidence, PhasePreview
from aurora_console.text import clean, duration

ENGINE = Actor(user="aurora-console", via="engine")


def action_of(step: Step) -> Action:
    """Return the action that a step of the plan names."""
    return action_types()[step.kind](step.args)


def action_title(step: Step) -> str:
    """Return an action's title: the plan's own, or the action's."""
    return step.title or action_of(step).title()


async def preview_phase(context: Context, index: int) -> PhasePreview:
    """Look up what a phase would do; what cannot be looked up is a problem of that action."""
    phase = context.plan.phases[index]
    previews = []
    for step in phase.actions:
        try:
            preview = await action_of(step).preview(context)
        except Exception as error:  # noqa: BLE001  an action of anybody's may fail in any way; that is a problem, too
            preview = ActionPreview(kind=step.kind, title="", problems=(words_of(error),))
        previews.append(_titled(preview, action_title(step)))
    gates = (*(title_of(step) for step in phase.criteria), *(gate.title for gate in context.plan.gates.values()))
    return PhasePreview(phase=index, title=phase.title, actions=tuple(previews), gates=gates)


def _titled(preview: ActionPreview, title: str) -> ActionPreview:
    return ActionPreview(
        kind=preview.kind, title=title, effects=preview.effects, undo=preview.undo, problems=preview.problems
    )


@dataclass
class PhaseRunner:
    """Runs one phase; cancelling it stops the action that is under way."""

    context: Context
    gatekeeper: Gatekeeper
    index: int
    resumed: asyncio.Event
    """Set while the integration is not paused."""
    declined: str = field(default="", init=False)
    """Why the phase is to be undone and passed over; empty unless an improvement was not proven."""
    wants_rollback: str = field(default="", init=False)
    """Why the plan says that the phase is to be rolled back; empty otherwise."""

    @property
    def _phase(self) -> Phase:
        return self.context.plan.phases[self.index]

    async def run(self) -> None:
        """Run the phase to its end; every outcome is in the journal when this returns."""
        budget = asyncio.create_task(self._watch_budget())
        try:
            for number, step in enumerate(self._phase.actions):
                await self.resumed.wait()
                if not await self._act(number, step):
                    return
            await self.resumed.wait()
            self.context.emit(e.PhaseGated(phase=self.index))
            await self._judge()
        finally:
            budget.cancel()

    async def _act(self, number: int, step: Step) -> bool:
        context, action = self.context, action_of(step)
        attempt = context.state.phases[self.index].attempt
        id_ = f"{self.index}.{attempt}.{number}"
        title = action_title(step)
        try:
            undo = await action.undo(context)
        except Exception as error:  # noqa: BLE001  as in `preview_phase`
            context.emit(e.ActionIntended(action=id_, phase=self.index, index=number, kind=step.kind, title=title))
            return self._fail_action(id_, title, error)
        context.emit(
            e.ActionIntended(action=id_, phase=self.index, index=number, kind=step.kind, title=title, undo=undo)
        )
        context.begin(id_)
        try:
            evidence = await self._apply(action, step)
        except Exception as error:  # noqa: BLE001  as in `preview_phase`
            return self._fail_action(id_, title, error)
        finally:
            context.end()
        context.emit(e.ActionDone(action=id_, evidence=evidence))
        return True

    async def _apply(self, action: Action, step: Step) -> Evidence:
        limit = step.timeout or self.context.plan.limits.action_timeout
        try:
            async with asyncio.timeout(limit) as time:
                await action.apply(self.context)
                evidence = await action.observe(self.context)
        except TimeoutError:
            if not time.expired():
                raise  # something within had a limit of its own
            raise ActionError(
                f"not done within {duration(limit)}",
                "give the action a longer `timeout` in the plan, or find what waits",
            ) from None
        if evidence is None:
            raise ActionError("it was done, but cannot be seen to have happened", "look at the logs of what it touched")
        return evidence

    def _fail_action(self, id_: str, title: str, error: Exception) -> bool:
        hint = clean(getattr(error, "hint", ""), 500)
        self.context.emit(e.ActionFailed(action=id_, reason=words_of(error), hint=hint))
        self._fail(f"{title}: {words_of(error)}")
        return False

    async def _judge(self) -> None:
        criteria = self._phase.criteria
        judged = await self.gatekeeper.judge_criteria(self.index)
        on_fail = [step.on_fail for step in criteria]
        of_plan = await self.gatekeeper.judge_plan_gates(self.index)
        on_fail += [self.context.plan.gates[one.gate].check.on_fail for one in of_plan]
        bad = [(one, what) for one, what in zip([*judged, *of_plan], on_fail, strict=True) if one.verdict != "pass"]
        if not bad:
            self.context.emit(e.PhasePassed(phase=self.index))
            return
        first, _ = next((pair for pair in bad if pair[0].verdict == "fail"), bad[0])
        reason = f"{first.title}: {first.evidence.summary}"
        # What could not be measured was not proven, which is enough to decline; it is not enough to undo for harm.
        declines = all(what == "decline" and gate.verdict != "error" for gate, what in bad)
        rolls_back = any(what == "rollback" and gate.verdict == "fail" for gate, what in bad)
        if declines:
            self.declined = reason
        elif rolls_back:
            self.context.emit(e.PhaseFailed(phase=self.index, reason=reason, verdict=first.verdict))
            self.wants_rollback = reason
        else:
            self._fail(reason, first)

    def _fail(self, reason: str, gate: e.GateJudged | None = None) -> None:
        self.context.emit(
            e.PhaseFailed(phase=self.index, reason=reason, verdict="fail" if gate is None else gate.verdict)
        )
        self._pause(f"phase {self._phase.number} failed: {reason}")

    def _pause(self, reason: str) -> None:
        """Pause, unless the engine has done so already: an incident or the breaker has said more by then."""
        paused = self.context.state.paused
        if paused is None or paused.actor != ENGINE:
            self.context.emit(e.IntegrationPaused(reason=reason, actor=ENGINE))

    async def _watch_budget(self) -> None:
        budget = self._phase.budget
        if budget is None:
            return
        await asyncio.sleep(budget)
        self.context.emit(e.PhaseOverran(phase=self.index, budget=budget))
        if self._phase.on_overrun == "pause":
            self._pause(f"phase {self._phase.number} takes longer than its budget of {duration(budget)}")
