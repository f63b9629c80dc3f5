"""Running a program of the plan's, once."""

from __future__ import annotations

import msgspec

from aurora_console.engine import programs
from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context
from aurora_console.plan.vocabulary import Command
from aurora_console.state.values import ActionPreview, Evidence, Figure, RunProgram, Undo
from aurora_console.text import duration


class RunArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is run, and how it is undone; a program that changes anything has to say how."""

    exec: Command
    read_only: bool = False
    undo: Command = ()


class Run(Action):
    """Run a program in the work tree and wait for it."""

    kind = "run"
    args_type = RunArgs

    def __init__(self, args: RunArgs) -> None:
        super().__init__(args)
        self._evidence: Evidence | None = None

    def title(self) -> str:
        return f"run {programs.short(self.args.exec)}"

    async def preview(self, context: Context) -> ActionPreview:
        problems = []
        if not self.args.read_only and not self.args.undo:
            problems.append("the plan neither says `read_only = true` nor gives an `undo` for it")
        filled = programs.fill(context, self.args.exec)
        return ActionPreview(
            kind=self.kind,
            title=self.title(),
            effects=(f"runs {' '.join(filled)} in {context.root}",),
            undo="changes nothing, by the plan's word" if self.args.read_only else f"run {' '.join(self.args.undo)}",
            problems=tuple(problems),
        )

    async def undo(self, context: Context) -> tuple[Undo, ...]:
        if not self.args.undo:
            return ()
        timeout = context.plan.limits.action_timeout
        return (RunProgram(exec=programs.fill(context, self.args.undo), timeout=timeout),)

    async def apply(self, context: Context) -> None:
        token = programs.program_token(context.state.run, context.running_action)
        outcome = await programs.run(context, programs.fill(context, self.args.exec), token)
        if outcome.code != 0:
            raise ActionError(f"{self.title()} ended with {outcome.ending}", "\n".join(outcome.last_lines))
        self._evidence = Evidence(
            summary=f"exit code 0 after {duration(outcome.seconds)}",
            figures=(Figure(name="time", value=outcome.seconds, unit="s"),),
            details=outcome.last_lines,
        )

    async def observe(self, context: Context) -> Evidence | None:
        return self._evidence
