"""Components as services: which of them belong together, and on what they listen."""

from __future__ import annotations

from collections import defaultdict

from aurora_console.state.inventory import Component, Inventory

_SERVING = {"program", "package"}


class Services:
    """Both sides' programs and packages, with the imports between them.

    A program and the packages that it imports are one service, whichever of their files names the port or the route.
    """

    def __init__(self, inventory: Inventory) -> None:
        trees = [tree for tree in (inventory.current, inventory.target) if tree is not None]
        self._reach: dict[str, set[str]] = defaultdict(set)
        self._listens: dict[str, set[int]] = defaultdict(set)
        for tree in trees:
            for component in filter(serves, tree.components):
                self._reach[component.name] |= set(component.imports)
                self._listens[component.name] |= {port.port for port in component.ports if port.role == "listens"}
        for name in list(self._reach):
            self._reach[name] = self._reached_from(name)

    def apart(self, names: set[str]) -> set[str]:
        """Return those that belong to another service than at least one of the others does."""
        return {a for a in names if any(a != b and not self._together(a, b) for b in names)}

    def ports(self, name: str) -> set[int]:
        """Return the ports on which the service that a component is part of listens."""
        return {port for other, ports in self._listens.items() if self._together(name, other) for port in ports}

    def _together(self, a: str, b: str) -> bool:
        return a == b or b in self._reach.get(a, ()) or a in self._reach.get(b, ())

    def _reached_from(self, name: str) -> set[str]:
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            for other in self._reach.get(waiting.pop(), set()) - reached:
                reached.add(other)
                waiting.append(other)
        return reached


def serves(component: Component) -> bool:
    """Say whether a component's ports and routes count: a test that opens a port claims none."""
    return component.kind in _SERVING
