"""What every action is."""

from __future__ import annotations

from typing import Any, ClassVar

from aurora_console.engine.context import Context
from aurora_console.state.values import ActionPreview, Evidence, Undo


class Action:
    """One thing that a phase does.

    The engine calls, in this order: `preview` before approval; `undo` and then, once that is durable, `apply`;
    `observe` afterwards, and again when a console died in between. `apply` may be called where it was done before.
    """

    kind: ClassVar[str]
    """As the plan writes it."""
    args_type: ClassVar[Any] = bool
    """What the plan's value for this kind is decoded to."""

    def __init__(self, args: Any) -> None:  # noqa: ANN401  `args_type` says what it is
        self.args = args

    def title(self) -> str:
        """Return what it does, in the imperative, for a list."""
        return self.kind.replace("-", " ")

    async def preview(self, context: Context) -> ActionPreview:
        """Return what it would do and what stands in its way. Changes nothing."""
        return ActionPreview(kind=self.kind, title=self.title(), effects=self.effects(context))

    def effects(self, context: Context) -> tuple[str, ...]:
        """Return what will happen, a line each, where that can be told without looking."""
        return ()

    async def undo(self, context: Context) -> tuple[Undo, ...]:
        """Return what undoes it, in the order in which it is done; undoing goes backwards through it."""
        return ()

    async def apply(self, context: Context) -> None:
        """Do it; ActionError when it cannot be done."""
        raise NotImplementedError

    async def observe(self, context: Context) -> Evidence | None:
        """Look whether it happened; None when it did not."""
        raise NotImplementedError
