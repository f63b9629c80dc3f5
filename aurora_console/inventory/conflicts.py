"""Finds what the two sides cannot both have."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator

from aurora_console.inventory.services import Services, serves
from aurora_console.state.inventory import Conflict, Inventory, Port, Route, Tree


def find_conflicts(inventory: Inventory) -> tuple[Conflict, ...]:
    """Return the conflicts that bringing in the target would make; what clashes already without it is none."""
    services = Services(inventory)
    prose = {path for part in inventory.current.components if part.kind == "docs" for path in part.files}
    content = [
        Conflict(
            kind="content",
            subject=path,
            explanation="in both, with different content",
            serious=path not in prose,
        )
        for path in inventory.different
    ]
    return (*content, *_ports(inventory, services), *_routes(inventory, services), *_modules(inventory))


def _ports(inventory: Inventory, services: Services) -> Iterator[Conflict]:
    claims: dict[int, dict[str, Port]] = defaultdict(dict)
    for name, port in _serving_ports(inventory):
        if port.role == "listens":
            claims[port.port].setdefault(name, port)
    for number, by_name in sorted(claims.items()):
        names = services.apart(set(by_name))
        if _brings_in(inventory, [by_name[name] for name in names]):
            who = _listed(f"{name} ({by_name[name].file}:{by_name[name].line})" for name in sorted(names))
            yield Conflict(kind="port", subject=str(number), explanation=f"{who} listen on it")


def _serving_ports(inventory: Inventory) -> Iterator[tuple[str, Port]]:
    for tree in _trees(inventory):
        for component in filter(serves, tree.components):
            for port in component.ports:
                yield component.name, port


def _routes(inventory: Inventory, services: Services) -> Iterator[Conflict]:
    claims: dict[tuple[str, str], dict[str, Route]] = defaultdict(dict)
    for tree in _trees(inventory):
        for component in filter(serves, tree.components):
            for route in component.routes:
                for method in route.methods or ("",):
                    claims[f"{method} {route.path}".strip(), route.path].setdefault(component.name, route)
    for (shown, _), by_name in sorted(claims.items()):
        names = sorted(services.apart(set(by_name)))
        if _brings_in(inventory, [by_name[name] for name in names]):
            ports = [services.ports(name) for name in names]
            separate = all(ports) and sum(map(len, ports)) == len(set().union(*ports))
            manner = "each on its own port" if separate else "on one port, or on ports that the code does not name"
            yield Conflict(
                kind="route", subject=shown, explanation=f"{_listed(names)} serve it, {manner}", serious=not separate
            )


def _modules(inventory: Inventory) -> Iterator[Conflict]:
    assert inventory.target is not None
    here = {path for component in inventory.current.components for path in component.files}
    there = {path for component in inventory.target.components for path in component.files}
    imported_from = {name: component.name for component in inventory.current.components for name in component.external}
    roots = _import_roots(inventory, there | here)
    for path in inventory.only_target:
        if not path.endswith(".py"):
            continue
        module = path.removesuffix(".py").removesuffix("/__init__")
        twin = f"{module}.py" if path.endswith("/__init__.py") else f"{module}/__init__.py"
        folder, _, name = module.rpartition("/")
        if twin in here:
            yield Conflict(
                kind="module", subject=path, explanation=f"has the module name of {twin}: one hides the other"
            )
        elif folder in roots and name in sys.stdlib_module_names:
            yield Conflict(kind="module", subject=path, explanation=f"hides Python's own module {name}")
        elif folder in roots and name in imported_from:
            who = imported_from[name]
            yield Conflict(kind="module", subject=path, explanation=f"hides the installed {name}, which {who} imports")


def _import_roots(inventory: Inventory, paths: set[str]) -> set[str]:
    """Return the folders in which a file is a top-level module for some program."""
    scripts = {
        script.rpartition("/")[0]
        for tree in _trees(inventory)
        for component in filter(serves, tree.components)
        for script in component.entry_points
    }
    return {"", "src", "lib"} | {folder for folder in scripts if f"{folder}/__init__.py" not in paths}


def _brings_in(inventory: Inventory, found: list[Port] | list[Route]) -> bool:
    """Say whether one of several claims comes with the target."""
    new = {*inventory.only_target, *inventory.different}
    return len(found) > 1 and any(claim.file in new for claim in found)


def _trees(inventory: Inventory) -> list[Tree]:
    return [tree for tree in (inventory.current, inventory.target) if tree is not None]


def _listed(names: Iterator[str] | list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"
