"""A check that runs a program."""

from __future__ import annotations

import msgspec

from aurora_console.engine import programs
from aurora_console.engine.context import Context
from aurora_console.engine.gates.base import Check, Found
from aurora_console.plan.vocabulary import Command, GateName
from aurora_console.state.values import Evidence, Figure
from aurora_console.text import duration


class ProgramArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is run, in the work tree; it must change nothing."""

    exec: Command


class Program(Check):
    """A program ends with exit code 0."""

    kind = "program"
    args_type = ProgramArgs
    runs_in_background = False

    def title(self) -> str:
        return programs.short(self.args.exec)

    async def judge(self, context: Context, window: int) -> Found:
        outcome = await programs.run(context, programs.fill(context, self.args.exec))
        evidence = Evidence(
            summary=f"{outcome.ending} after {duration(outcome.seconds)}",
            figures=(Figure(name="time", value=outcome.seconds, unit="s"),),
            details=(*outcome.last_lines, outcome.log),
        )
        return Found("pass" if outcome.code == 0 else "fail", evidence)


class GateReference(Check):
    """One of the plan's own gates, as a criterion of a phase."""

    kind = "gate"
    args_type = GateName

    async def judge(self, context: Context, window: int) -> Found:
        from aurora_console.engine.registry import check_types  # noqa: PLC0415  the registry loads this module

        check = context.plan.gates[self.args].check
        return await check_types()[check.kind](check.args).judge(context, window)
