"""What the inventory's list shows in each of its views, as plain rows. A filter lets through what has its words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from aurora_console.state.inventory import Component, Conflict, IntegrationPoint, Inventory, Tree
from aurora_console.state.sentences import plural
from aurora_console.widgets.dependency_drawing import Node, draw_dependencies

ViewName = Literal["current", "target", "overlap", "conflicts", "points", "imports"]

VIEWS: tuple[ViewName, ...] = get_args(ViewName)

UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files that the overlap puts together."""

    name: str
    meaning: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a component or group."""

    path: str
    owner: Component | Group


Subject = Component | Group | File | Conflict | IntegrationPoint | Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the list."""

    key: str
    """The same for the same thing, whatever else is shown."""
    subject: Subject
    head: str
    """Its name, with what draws it under another."""
    cells: tuple[str, ...] = ()
    """Kind, files, lines, ports, routes; of a component or group."""
    note: str = ""
    is_open: bool | None = None
    """Whether what is within it is shown; None where nothing is."""
    is_serious: bool = False


def rows_of(inventory: Inventory, view: ViewName, opened: Collection[str], words: str) -> list[Row]:
    """Return the rows of a view; `opened` holds the keys of the groups that are open."""
    words = words.casefold()
    match view:
        case "current":
            return list(_tree(inventory.current, opened, words))
        case "target":
            return list(_tree(inventory.target, opened, words)) if inventory.target is not None else []
        case "overlap":
            return list(_overlap(inventory, opened, words))
        case "conflicts":
            return list(_conflicts(inventory, words))
        case "points":
            return list(_points(inventory, words))
        case "imports":
            return list(_imports(inventory, words))


def counts_of(inventory: Inventory, view: ViewName) -> tuple[str, ...]:
    """Return lines of figures that add up to every file that the view is about."""
    match view:
        case "current":
            return (_tree_counts(inventory.current),)
        case "target":
            return () if inventory.target is None else (_tree_counts(inventory.target),)
        case "overlap":
            both = f"{len(inventory.same)} same + {len(inventory.different)} different"
            here, there = inventory.current, inventory.target
            if there is None:
                return ()
            return (
                f"current {plural(here.files, 'file')} = {both} + {len(inventory.only_current)} only current",
                f"target  {plural(there.files, 'file')} = {both} + {len(inventory.only_target)} only target",
            )
        case "conflicts":
            serious = sum(one.is_serious for one in _conflicts(inventory, ""))
            notes = len(inventory.conflicts) - serious
            return (f"{plural(len(inventory.conflicts), 'conflict')} = {serious} serious + {plural(notes, 'note')}",)
        case "points":
            return (f"{plural(len(inventory.points), 'place')} where the two sides can meet",)
        case "imports":
            edges = sum(len(tree.dependencies) for tree in _trees(inventory))
            return (f"{plural(edges, 'import')} between components",)


def size_of(inventory: Inventory, view: ViewName) -> int | None:
    """Return the figure beside a view's name; None where there is no such view without a target."""
    if view == "current":
        return inventory.current.files
    if view == "imports":
        return sum(len(tree.dependencies) for tree in _trees(inventory))
    if inventory.target is None:
        return None
    return {
        "target": inventory.target.files,
        "overlap": len(inventory.same) + len(inventory.different),
        "conflicts": len(inventory.conflicts),
        "points": len(inventory.points),
    }[view]


def groups_of(inventory: Inventory, view: ViewName) -> set[str]:
    """Return the keys of everything in a view that can be opened."""
    return {row.key for row in rows_of(inventory, view, (), "") if row.is_open is not None}


def _trees(inventory: Inventory) -> list[Tree]:
    return [tree for tree in (inventory.current, inventory.target) if tree is not None]


def _tree_counts(tree: Tree) -> str:
    inside = sum(len(one.files) for one in tree.components)
    parts = f"{inside:,} in {plural(len(tree.components), 'component')} + {len(tree.unclassified):,} unclassified"
    not_read = f" · {len(tree.not_read):,} not read" if tree.not_read else ""
    return f"{plural(tree.files, 'file')} = {parts}{not_read}"


def _tree(tree: Tree, opened: Collection[str], words: str) -> Iterator[Row]:
    for component in tree.components:
        key = f"component {component.name}"
        listening = sorted({port.port for port in component.ports if port.role == "listens"})
        routes = len({route.path for route in component.routes})
        cells: tuple[str, ...] = (
            component.kind,
            f"{len(component.files):,}",
            f"{component.lines:,}",
            " ".join(map(str, listening)),
            str(routes) if routes else "",
        )
        yield from _group(key, component.name, component, component.files, cells, opened, words)
    if tree.unclassified:
        group = Group(name=UNCLASSIFIED, meaning="in no component: nothing told what they are", files=tree.unclassified)
        cells = ("", f"{len(tree.unclassified):,}", "", "", "")
        yield from _group(UNCLASSIFIED, UNCLASSIFIED, group, tree.unclassified, cells, opened, words)


def _group(
    key: str,
    name: str,
    owner: Component | Group,
    files: tuple[str, ...],
    cells: tuple[str, ...],
    opened: Collection[str],
    words: str,
) -> Iterator[Row]:
    """Yield a group and, where it is open or the filter finds some of them, its files."""
    is_named = not words or words in name.casefold() or (bool(cells and cells[0]) and words in cells[0].casefold())
    found = files if is_named else tuple(path for path in files if words in path.casefold())
    if not found and not is_named:
        return
    is_open = key in opened or not is_named
    if isinstance(owner, Group) and not cells:
        yield Row(key=key, subject=owner, head=f"{name:12} {len(files):>6,}", note=owner.meaning, is_open=is_open)
    else:
        yield Row(key=key, subject=owner, head=name, cells=cells, is_open=is_open)
    if is_open:
        for path in found:
            branch = "└ " if path == found[-1] else "├ "
            yield Row(
                key=f"{key} {path}", subject=File(path=path, owner=owner), head=branch + path, note=_within(path, owner)
            )


def _within(path: str, owner: Component | Group) -> str:
    if not isinstance(owner, Component):
        return ""
    parts = ["runs"] if path in owner.entry_points else []
    parts += [f"listens {port.port}" for port in owner.ports if port.file == path and port.role == "listens"]
    routes = sum(route.file == path for route in owner.routes)
    parts += [plural(routes, "route")] if routes else []
    return " · ".join(dict.fromkeys(parts))


def _overlap(inventory: Inventory, opened: Collection[str], words: str) -> Iterator[Row]:
    if inventory.target is None:
        return
    groups = (
        Group(name="different", meaning="in both, with other bytes", files=inventory.different),
        Group(name="only target", meaning="an import would add them", files=inventory.only_target),
        Group(name="only current", meaning="the target does not have them", files=inventory.only_current),
        Group(name="same", meaning="in both, byte for byte", files=inventory.same),
    )
    for group in groups:
        yield from _group(f"overlap {group.name}", group.name, group, group.files, (), opened, words)


def _conflicts(inventory: Inventory, words: str) -> Iterator[Row]:
    for conflict in sorted(inventory.conflicts, key=lambda one: not one.serious):
        if words in f"{conflict.kind} {conflict.subject} {conflict.explanation}".casefold():
            yield Row(
                key=f"conflict {conflict.kind} {conflict.subject} {conflict.explanation}",
                subject=conflict,
                head=f"{conflict.kind:7} {conflict.subject}",
                note=conflict.explanation,
                is_serious=conflict.serious,
            )


def _points(inventory: Inventory, words: str) -> Iterator[Row]:
    for point in inventory.points:
        note = f"{', '.join(point.current)} · {', '.join(point.target)}"
        if words in f"{point.kind} {point.name} {note}".casefold():
            yield Row(
                key=f"point {point.kind} {point.name}",
                subject=point,
                head=f"{point.kind:11} {point.name}",
                note=note,
            )


def _imports(inventory: Inventory, words: str) -> Iterator[Row]:
    for tree in _trees(inventory):
        side = f"target {tree.name}" if tree.name else "current"
        for node in draw_dependencies(tree, words):
            yield Row(key=f"{side} {node.place}", subject=node, head=node.drawn, note=node.note)
