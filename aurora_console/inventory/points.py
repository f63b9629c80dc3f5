"""Finds where what would be brought in can meet what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from aurora_console.inventory.services import serves
from aurora_console.state.inventory import Component, IntegrationPoint, Inventory, Tree

_Kind = Literal["route", "port", "store", "environment", "option"]
_KINDS: tuple[_Kind, ...] = ("route", "port", "store", "environment", "option")
_VERBS = {"store": "uses", "environment": "reads", "option": "takes"}


def find_points(inventory: Inventory) -> tuple[IntegrationPoint, ...]:
    """Return the names that both sides know: routes that one serves and the other serves or calls, ports, and so on.

    Of the target only what it adds or changes counts.
    """
    assert inventory.target is not None
    new = {*inventory.only_target, *inventory.different}
    here = _sorted_by_name(inventory.current, None)
    there = _sorted_by_name(inventory.target, new)
    points = []
    for kind, name in here.keys() & there.keys():
        current, target = here[kind, name], there[kind, name]
        if kind == "route" and not any(who.endswith(" serves") for who in current | target):
            continue
        points.append(
            IntegrationPoint(kind=kind, name=name, current=tuple(sorted(current)), target=tuple(sorted(target)))
        )
    return tuple(sorted(points, key=lambda point: (_KINDS.index(point.kind), point.name)))


def _sorted_by_name(tree: Tree, only: set[str] | None) -> dict[tuple[_Kind, str], set[str]]:
    """Return who does what with each name; `only` limits it to findings in those files."""
    found: dict[tuple[_Kind, str], set[str]] = defaultdict(set)
    for component in filter(serves, tree.components):
        for kind, name, verb, file in _findings(component):
            if only is None or file in only:
                found[kind, name].add(f"{component.name} {verb}")
    return found


def _findings(component: Component) -> Iterator[tuple[_Kind, str, str, str]]:
    for route in component.routes:
        yield "route", _tidied(route.path), "serves", route.file
    for port in component.ports:
        yield "port", str(port.port), port.role, port.file
    for mention in component.mentions:
        if mention.kind == "call":
            yield "route", _tidied(mention.name), "calls", mention.file
        elif mention.kind == "store":
            # The same file is named from different folders.
            yield "store", mention.name.rpartition("/")[2] or mention.name, _VERBS["store"], mention.file
        else:
            yield mention.kind, mention.name, _VERBS[mention.kind], mention.file


def _tidied(path: str) -> str:
    return path.rstrip("/") or "/"
