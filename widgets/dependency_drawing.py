"""Who imports whom: drawn as trees where that fits, listed where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aurora_console.state.inventory import Component, Dependency, Tree

MOST_DRAWN = 60
"""Imports up to which a drawing is easier to read than a list."""
DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A component in the drawing, or an import in the list."""

    component: Component | None
    """None for the heading of a side."""
    tree: Tree
    drawn: str
    place: str
    """The way to it from the top; no two nodes of a tree have the same."""
    note: str = ""


def draw_dependencies(tree: Tree, words: str = "") -> list[Node]:
    """Return the side's heading and the drawing; with `words`, in lower case, a list of the imports that have them."""
    side = f"TARGET {tree.name}" if tree.name else "CURRENT"
    heading = Node(component=None, tree=tree, drawn=side, place="")
    if words or not _fits(tree):
        found = list(_listed(tree, words))
        if words and not found:
            return []
        return [heading, *found]
    return [heading, *_drawn(tree)]


def _fits(tree: Tree) -> bool:
    return len(tree.dependencies) <= MOST_DRAWN and all(node.place.count("/") < DEEPEST for node in _drawn(tree))


def _listed(tree: Tree, words: str) -> Iterator[Node]:
    components = {one.name: one for one in tree.components}
    for number, edge in enumerate(tree.dependencies):
        if words in f"{edge.source} {edge.target} {edge.file}".casefold():
            yield Node(
                component=components.get(edge.source),
                tree=tree,
                drawn=f"{edge.source} → {edge.target}",
                place=str(number),
                note=f"{edge.file}:{edge.line}",
            )


def _drawn(tree: Tree) -> list[Node]:
    """Draw everything below those that nobody imports; what was drawn before is not unfolded again."""
    components = {one.name: one for one in tree.components}
    edges: dict[str, list[Dependency]] = {}
    for edge in tree.dependencies:
        edges.setdefault(edge.source, []).append(edge)
    imported = {edge.target for edge in tree.dependencies}
    nodes: list[Node] = []
    done: set[str] = set()

    def add(name: str, place: str, lead: str, branch: str, note: str) -> None:
        below = edges.get(name, ())
        is_again = name in done and bool(below)
        nodes.append(
            Node(
                component=components.get(name),
                tree=tree,
                drawn=f"{lead}{branch}{name}",
                place=place,
                note="drawn above" if is_again else note,
            )
        )
        if name in done:
            return
        done.add(name)
        lead += {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        for number, edge in enumerate(below, start=1):
            last = number == len(below)
            add(edge.target, f"{place}/{edge.target}", lead, "└─ " if last else "├─ ", f"{edge.file}:{edge.line}")

    # Those of a ring are imported by each other, so a second round begins somewhere in it.
    for names in ([name for name in edges if name not in imported], list(edges)):
        for name in names:
            if name not in done:
                add(name, name, "", "", "")
    return nodes
