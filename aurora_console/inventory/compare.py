"""Takes the inventory: both sides, what overlaps, what clashes, where they can meet."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from aurora_console.errors import AuroraError
from aurora_console.inventory.conflicts import find_conflicts
from aurora_console.inventory.points import find_points
from aurora_console.inventory.scan import RefTree, WorkTree
from aurora_console.inventory.tree import Reading, build_tree
from aurora_console.state.inventory import Inventory, Tree


class InventoryError(AuroraError):
    """The inventory contradicts itself: the tree changed meanwhile, or the mistake is ours."""


def take_inventory(root: Path, target: str = "") -> Inventory:
    """Look at the work tree `root` and, if given, at the git ref `target`, which is compared with it byte for byte.

    A `root` below the repository's top limits both sides to that folder. Raises AuroraError when `root` is no git work
    tree or `target` no commit, InventoryError when the counts do not add up.
    """
    work = WorkTree(root)
    ref = RefTree(root, target) if target else None
    known: dict[tuple[str, bytes], Reading] = {}
    current = build_tree(work, known)
    if ref is None:
        inventory = Inventory(root=str(root), current=current)
    else:
        here, there = work.entries, ref.entries
        same = {path for path in here.keys() & there.keys() if work.equals(here[path], there[path])}
        inventory = Inventory(
            root=str(root),
            current=current,
            target=build_tree(ref, known),
            same=tuple(sorted(same)),
            different=tuple(sorted(here.keys() & there.keys() - same)),
            only_current=tuple(sorted(here.keys() - there.keys())),
            only_target=tuple(sorted(there.keys() - here.keys())),
        )
        inventory = replace(inventory, conflicts=find_conflicts(inventory), points=find_points(inventory))
    check_counts(inventory)
    return inventory


def check_counts(inventory: Inventory) -> None:
    """Raise InventoryError unless every file is in exactly one place of every division."""
    for tree in (inventory.current, inventory.target):
        if tree is not None:
            members = [path for component in tree.components for path in component.files]
            _adds_up(tree, "components and what is unclassified", [*members, *tree.unclassified])
    if inventory.target is not None:
        both = [*inventory.same, *inventory.different]
        _adds_up(inventory.current, "what is in both and only here", [*both, *inventory.only_current])
        _adds_up(inventory.target, "what is in both and only there", [*both, *inventory.only_target])


def _adds_up(tree: Tree, division: str, paths: list[str]) -> None:
    if len(paths) != tree.files or len(set(paths)) != tree.files:
        raise InventoryError(
            f"{division} make {len(paths)} of {tree.files} files of {tree.name or 'the work tree'}",
            "Take the inventory again; if it says the same, report it as a bug.",
        )
