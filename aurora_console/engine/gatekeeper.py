"""Judging gates: one at a time, each with a deadline, whatever a check may do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aurora_console.engine.context import Context, words_of
from aurora_console.engine.gates.base import Found
from aurora_console.engine.registry import check_types
from aurora_console.plan.model import Step
from aurora_console.state.events import GateJudged
from aurora_console.state.values import Evidence
from aurora_console.text import clean, duration

MOST_WINDOWS = 3
"""Windows of evidence after which an inconclusive verdict stands."""
DEADLINE = 60.0
"""Seconds for a check that states none; a response-time check in its third window takes some."""


@dataclass
class Gatekeeper:
    """Judges the plan's gates and the criteria of phases, and writes down each verdict."""

    context: Context
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two measurements at once would each find the other's load."""

    async def judge_criteria(self, phase: int) -> list[GateJudged]:
        """Judge what the plan asks of a phase at its end."""
        criteria = self.context.plan.phases[phase].criteria
        return [
            await self._judge(step, f"{phase}.{index}", title_of(step), phase) for index, step in enumerate(criteria)
        ]

    async def judge_plan_gates(self, phase: int | None) -> list[GateJudged]:
        """Judge the plan's own gates: at the end of a phase, or (None) in the background."""
        judged = []
        for name, gate in self.context.plan.gates.items():
            runs = phase is not None or check_types()[gate.check.kind].runs_in_background
            if runs:
                judged.append(await self._judge(gate.check, name, gate.title, phase))
        return judged

    async def _judge(self, step: Step, name: str, title: str, phase: int | None) -> GateJudged:
        async with self._turn:
            most = MOST_WINDOWS if phase is not None else 1
            for window in range(1, most + 1):
                found = await self._look(step, window)
                if found.verdict != "inconclusive":
                    break
        judged = GateJudged(gate=name, title=title, verdict=found.verdict, evidence=found.evidence, phase=phase)
        self.context.emit(judged)
        return judged

    async def _look(self, step: Step, window: int) -> Found:
        limit = step.timeout or DEADLINE
        check = check_types()[step.kind](step.args)
        try:
            async with asyncio.timeout(limit):
                with self.context.busy(not check.runs_in_background):
                    return await check.judge(self.context, window)
        except TimeoutError:
            return Found("error", Evidence(summary=f"no verdict within {duration(limit)}"))
        except Exception as error:  # noqa: BLE001  a check of anybody's may fail in any way; that is a verdict, too
            hint = clean(getattr(error, "hint", ""), 200)
            return Found("error", Evidence(summary=words_of(error), details=(hint,) if hint else ()))


def title_of(step: Step) -> str:
    """Return a criterion's title: the plan's own, or the check's."""
    return step.title or check_types()[step.kind](step.args).title()
