"""Looking at what there is and what the target would bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from aurora_console.engine import programs
from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context
from aurora_console.engine.snapshot import files
from aurora_console.engine.unbroken import in_thread
from aurora_console.inventory.command import inventory_command
from aurora_console.private import make_private
from aurora_console.state.events import SectionRecorded
from aurora_console.state.inventory import Inventory
from aurora_console.state.values import Evidence

View = Literal["components", "overlap", "integration-points", "dependencies"]

DEADLINE = 60.0
"""Seconds; a work tree that takes longer is too large to look at whole."""


class InventoryArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of the inventory this action is about."""

    show: View = "components"


class TakeInventory(Action):
    """Look at current and target, in a process of its own that cannot hold the console up."""

    kind = "inventory"
    args_type = InventoryArgs

    def title(self) -> str:
        return {
            "components": "scan for components",
            "overlap": "check what exists and what is missing",
            "integration-points": "identify integration points",
            "dependencies": "map dependencies",
        }[self.args.show]

    def effects(self, context: Context) -> tuple[str, ...]:
        return (f"reads the work tree and {context.plan.system.target or 'no target'}; writes to {_path(context)}",)

    async def apply(self, context: Context) -> None:
        inventory = await self._look(context)
        summary, _ = _SUMMARIES[self.args.show](inventory)
        context.emit(SectionRecorded(section=self._section, path=str(_path(context)), summary=summary))

    async def observe(self, context: Context) -> Evidence | None:
        recorded = context.state.recorded.get(self._section)
        if recorded is None or not _path(context).is_file():
            return None
        inventory = msgspec.json.decode(_path(context).read_bytes(), type=Inventory)
        return Evidence(summary=recorded.summary, details=_SUMMARIES[self.args.show](inventory)[1])

    @property
    def _section(self) -> str:
        return "inventory" if self.args.show == "components" else self.args.show

    async def _look(self, context: Context) -> Inventory:
        outline = context.state.outline
        command = inventory_command(context.root, outline.target_commit if outline else "")
        outcome = await programs.capture(context, command, DEADLINE)
        if outcome.code != 0:
            raise ActionError(f"the inventory ended with {outcome.ending}", outcome.errors)
        await in_thread(_write, _path(context), outcome.output)
        return msgspec.json.decode(outcome.output, type=Inventory)


def _write(path: Path, content: bytes) -> None:
    make_private(path.parent)
    files.write_private(path, content)


def _path(context: Context) -> Path:
    return context.snapshot_folder / "inventory.json"


def _components(inventory: Inventory) -> tuple[str, tuple[str, ...]]:
    target = inventory.target.components if inventory.target else ()
    current = {one.name for one in inventory.current.components}
    fresh = [one.name for one in target if one.name not in current]
    unclassified = len(inventory.current.unclassified)
    summary = (
        f"{len(current)} components in {inventory.current.files} files ({unclassified} unclassified), "
        f"target has {len(target)}, {len(fresh)} of them new"
    )
    return summary, tuple(f"new: {name}" for name in fresh)


def _overlap(inventory: Inventory) -> tuple[str, tuple[str, ...]]:
    both = len(inventory.same) + len(inventory.different)
    summary = (
        f"{both} files in both ({len(inventory.different)} differ), {len(inventory.only_target)} only in the target, "
        f"{len(inventory.conflicts)} conflicts"
    )
    return summary, tuple(f"{one.kind} {one.subject}: {one.explanation}" for one in inventory.conflicts)


def _points(inventory: Inventory) -> tuple[str, tuple[str, ...]]:
    kinds = Counter(one.kind for one in inventory.points)
    summary = f"{len(inventory.points)} integration points"
    if kinds:
        summary += f": {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}"
    return summary, tuple(f"{one.kind} {one.name}" for one in inventory.points)


def _dependencies(inventory: Inventory) -> tuple[str, tuple[str, ...]]:
    trees = [tree for tree in (inventory.current, inventory.target) if tree is not None]
    edges = {(one.source, one.target): None for tree in trees for one in tree.dependencies}
    count = len({one.name for tree in trees for one in tree.components})
    return (
        f"{len(edges)} dependencies between {count} components",
        tuple(f"{source} → {target}" for source, target in edges),
    )


_SUMMARIES: dict[View, Callable[[Inventory], tuple[str, tuple[str, ...]]]] = {
    "components": _components,
    "overlap": _overlap,
    "integration-points": _points,
    "dependencies": _dependencies,
}
