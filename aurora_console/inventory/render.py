"""An inventory as plain text, for the command line and for the record. Names come from a tree: they are cleaned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aurora_console.state.inventory import Component, Inventory, Tree
from aurora_console.text import clean


def write_components(inventory: Inventory) -> str:
    """Return both sides' components with what each serves, and the files that are in none or were not read."""
    return _text(line for tree in _trees(inventory) for line in _tree_lines(tree))


def write_dependency_map(inventory: Inventory) -> str:
    """Return who imports whom, a component a paragraph, on both sides."""
    return _text(line for tree in _trees(inventory) for line in _dependency_lines(tree))


def write_overlap(inventory: Inventory) -> str:
    """Return which paths are in both or on one side only, and what clashes."""
    return _text(_overlap_lines(inventory))


def write_integration_points(inventory: Inventory) -> str:
    """Return where the two sides can meet."""
    return _text(_point_lines(inventory))


VIEWS: Mapping[str, Callable[[Inventory], str]] = {
    "components": write_components,
    "overlap": write_overlap,
    "integration-points": write_integration_points,
    "dependencies": write_dependency_map,
}


def _tree_lines(tree: Tree) -> Iterator[str]:
    yield _heading(tree)
    width = max((len(component.name) for component in tree.components), default=0)
    for component in tree.components:
        files = f"{len(component.files)} file{'s' if len(component.files) != 1 else ''}"
        counts = f"{files:>9}  {component.lines:>6} lines"
        yield f"  {component.name:{width}}  {component.kind:8}  {counts}{_offers(component)}"
    for path in tree.unclassified:
        yield f"  unclassified: {path}"
    for item in tree.not_read:
        yield f"  not read: {item.path} ({item.reason})"


def _offers(component: Component) -> str:
    ports = sorted({port.port for port in component.ports if port.role == "listens"})
    routes = len({route.path for route in component.routes})
    parts = [f"listens on {', '.join(map(str, ports))}"] if ports else []
    parts += [f"{routes} route{'s' if routes != 1 else ''}"] if routes else []
    return "  " + " · ".join(parts) if parts else ""


def _dependency_lines(tree: Tree) -> Iterator[str]:
    yield _heading(tree)
    where = {(edge.source, edge.target): f"{edge.file}:{edge.line}" for edge in tree.dependencies}
    for component in tree.components:
        if component.kind not in {"program", "package", "tests"}:
            continue
        yield f"  {component.name} ({component.kind})"
        for target in component.imports:
            yield f"    -> {target}   {where[component.name, target]}"
        if component.external:
            yield f"    outside: {', '.join(component.external)}"


def _overlap_lines(inventory: Inventory) -> Iterator[str]:
    for title, paths in (
        ("in both, the same", inventory.same),
        ("in both, different", inventory.different),
        ("only current", inventory.only_current),
        ("only target", inventory.only_target),
    ):
        yield f"{title}: {len(paths)}"
        yield from (f"  {path}" for path in paths)
    yield f"conflicts: {len(inventory.conflicts)}"
    for conflict in inventory.conflicts:
        yield f"  {conflict.kind} {conflict.subject}: {conflict.explanation}{'' if conflict.serious else ' (note)'}"


def _point_lines(inventory: Inventory) -> Iterator[str]:
    for point in inventory.points:
        yield f"{point.kind} {point.name}"
        yield f"  current: {', '.join(point.current)}"
        yield f"  target:  {', '.join(point.target)}"


def _heading(tree: Tree) -> str:
    name = f"target {tree.name} {tree.commit[:7]}" if tree.name else f"current {tree.commit[:7]}".rstrip()
    lines = sum(component.lines for component in tree.components)
    return f"{name}: {tree.files} files, {lines} lines, {len(tree.components)} components"


def _trees(inventory: Inventory) -> list[Tree]:
    return [tree for tree in (inventory.current, inventory.target) if tree is not None]


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{clean(line)}\n" for line in lines)
