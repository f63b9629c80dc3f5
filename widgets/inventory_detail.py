"""Everything about the selected row of the inventory."""

from __future__ import annotations

from collections.abc import Iterable

from aurora_console.state.inventory import Component, Conflict, IntegrationPoint, Tree
from aurora_console.state.sentences import plural
from aurora_console.widgets.choice import Detail
from aurora_console.widgets.dependency_drawing import Node
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.inventory_list import InventoryList
from aurora_console.widgets.inventory_rows import File, Group
from aurora_console.widgets.line import EMPTY, Line, space, text, wrap


class InventoryDetail(Detail):
    """Follows the selection of the list."""

    def __init__(self, rows: InventoryList, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._rows = rows

    def about(self) -> str:
        """Name what it is about."""
        row = self._rows.current_row()
        if row is None:
            return "DETAIL"
        match row.subject:
            case Component():
                return row.subject.kind.upper()
            case Group():
                return "FILES"
            case Node():
                return "COMPONENT" if row.subject.component else "SIDE"
            case IntegrationPoint():
                return "MEETING POINT"
            case _:
                return type(row.subject).__name__.upper()

    def body(self, width: int) -> list[Line]:
        """Return the lines."""
        row = self._rows.current_row()
        if row is None:
            return [text("nothing is selected", "muted")]
        match row.subject:
            case Component():
                return self._component(row.subject, self._tree(), width)
            case File():
                return self._file(row.subject, width)
            case Group():
                return [
                    *wrap(row.subject.name, width, "strong"),
                    *wrap(f"{plural(len(row.subject.files), 'file')}, {row.subject.meaning}", width),
                    EMPTY,
                    *_listed("FILES", row.subject.files, width),
                ]
            case Conflict():
                return self._conflict(row.subject, width)
            case IntegrationPoint():
                return [
                    *wrap(f"{row.subject.kind} {row.subject.name}", width, "strong"),
                    EMPTY,
                    *_listed("CURRENT", row.subject.current, width),
                    *_listed("TARGET", row.subject.target, width),
                ]
            case Node():
                return self._node(row.subject, width)

    def _tree(self) -> Tree | None:
        inventory = self._rows.inventory
        if inventory is None:
            return None
        return inventory.target if self._rows.shown == "target" else inventory.current

    def _component(self, one: Component, tree: Tree | None, width: int) -> list[Line]:
        edges = tree.dependencies if tree is not None else ()
        lines = [
            *wrap(one.name, width, "strong"),
            *wrap(f"{plural(len(one.files), 'file')}, {one.lines:,} lines", width),
            EMPTY,
        ]
        lines += _listed("RUNS", one.entry_points, width)
        ports = (f"{port.port} {port.role} · {port.source} · {port.file}:{port.line}" for port in one.ports)
        lines += _listed("PORTS", ports, width)
        routes = (
            f"{' '.join(route.methods) or 'any'} {route.path} · {route.file}:{route.line}" for route in one.routes
        )
        lines += _listed("ROUTES", routes, width)
        imports = (f"{edge.target} · {edge.file}:{edge.line}" for edge in edges if edge.source == one.name)
        lines += _listed("IMPORTS", imports, width)
        users = (f"{edge.source} · {edge.file}:{edge.line}" for edge in edges if edge.target == one.name)
        lines += _listed("IMPORTED BY", users, width)
        lines += _listed("NEEDS FROM OUTSIDE", one.external, width)
        mentions = (f"{mention.kind} {mention.name} · {mention.file}:{mention.line}" for mention in one.mentions)
        lines += _listed("MENTIONS", mentions, width)
        lines += _not_read(tree, one.files, width)
        return [*lines, *_listed("FILES", one.files, width)]

    def _file(self, file: File, width: int) -> list[Line]:
        lines = wrap(file.path, width, "strong")
        owner = file.owner
        if isinstance(owner, Group):
            return [*lines, *wrap(f"{owner.name}: {owner.meaning}", width)]
        lines += [*wrap(f"of the {owner.kind} {owner.name}", width), EMPTY]
        lines += _listed("RUNS", ("it can be run",) if file.path in owner.entry_points else (), width)
        ports = (f"{port.port} {port.role} · line {port.line}" for port in owner.ports if port.file == file.path)
        routes = (
            f"{' '.join(route.methods) or 'any'} {route.path} · line {route.line}"
            for route in owner.routes
            if route.file == file.path
        )
        lines += [*_listed("PORTS", ports, width), *_listed("ROUTES", routes, width)]
        return [*lines, *_not_read(self._tree(), (file.path,), width)]

    def _conflict(self, one: Conflict, width: int) -> list[Line]:
        weight = "It has to be settled before both can run." if one.serious else "Both can run; somebody has to know."
        return [
            *wrap(f"{one.kind} {one.subject}", width, "alarm-strong" if one.serious else "strong"),
            EMPTY,
            *wrap(one.explanation, width),
            EMPTY,
            *wrap(weight, width, "muted"),
        ]

    def _node(self, node: Node, width: int) -> list[Line]:
        if node.component is not None:
            return self._component(node.component, node.tree, width)
        figures = f"{plural(len(node.tree.components), 'component')}, {plural(len(node.tree.dependencies), 'import')}"
        return wrap(figures, width)


def _listed(title: str, items: Iterable[str], width: int) -> list[Line]:
    """Return a heading with its lines; nothing where there are none."""
    lines = [space(1) + line for item in items for line in wrap(item, width - 1, indent=2)]
    return [text(title, "muted"), *lines, EMPTY] if lines else []


def _not_read(tree: Tree | None, files: Iterable[str], width: int) -> list[Line]:
    wanted = set(files)
    found = (f"{one.path}: {one.reason}" for one in (tree.not_read if tree else ()) if one.path in wanted)
    return _listed("NOT READ", found, width)
