"""What an inventory found in a work tree and in the tree that is to be brought in."""

from __future__ import annotations

from typing import Literal

from aurora_console.state.values import Value

ComponentKind = Literal["program", "package", "tests", "docs", "data", "template", "config"]


class Port(Value, frozen=True, kw_only=True):
    """A number in the code that looks like a port."""

    port: int
    role: Literal["listens", "connects"]
    source: str
    """How the code has it: `--port`, `PORT`, `port=`, or the URL."""
    file: str
    line: int


class Route(Value, frozen=True, kw_only=True):
    """An HTTP path that the code serves."""

    path: str
    methods: tuple[str, ...] = ()
    """Upper case; empty where the code does not say."""
    file: str
    line: int


class Mention(Value, frozen=True, kw_only=True):
    """A name that the code shares with whatever surrounds it."""

    kind: Literal["call", "environment", "option", "store"]
    """`call`: an HTTP path of another service; `store`: a database or file."""
    name: str
    file: str
    line: int


class Component(Value, frozen=True, kw_only=True):
    """Files that belong together: a program, a package, or what is neither."""

    name: str
    kind: ComponentKind
    files: tuple[str, ...]
    lines: int
    """Of its text files that were read."""
    entry_points: tuple[str, ...] = ()
    """Files that can be run."""
    ports: tuple[Port, ...] = ()
    routes: tuple[Route, ...] = ()
    mentions: tuple[Mention, ...] = ()
    imports: tuple[str, ...] = ()
    """Names of components of the same tree."""
    external: tuple[str, ...] = ()
    """Top-level modules that are neither in the tree nor in the standard library."""


class NotRead(Value, frozen=True, kw_only=True):
    """A file that was counted and classified by its path, but whose content is not accounted for."""

    path: str
    reason: str


class Dependency(Value, frozen=True, kw_only=True):
    """One component imports another."""

    source: str
    target: str
    file: str
    """Where, the first time."""
    line: int


class Tree(Value, frozen=True, kw_only=True):
    """One side: every file of it is in exactly one component, or unclassified."""

    name: str
    """The git ref; empty for the work tree."""
    commit: str = ""
    """Empty for a work tree without a commit."""
    files: int
    components: tuple[Component, ...]
    unclassified: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    not_read: tuple[NotRead, ...] = ()


class Conflict(Value, frozen=True, kw_only=True):
    """Something that cannot be, or should not be, both ways at once."""

    kind: Literal["content", "port", "route", "module"]
    subject: str
    """The path, port, route or module."""
    explanation: str
    """One line: who wants what."""
    serious: bool = True
    """False where both can run side by side, and only a router or a reader has to know."""


class IntegrationPoint(Value, frozen=True, kw_only=True):
    """Where the two sides can meet."""

    kind: Literal["route", "port", "store", "environment", "option"]
    name: str
    current: tuple[str, ...]
    """Who has it now and how: `aurora_core serves`."""
    target: tuple[str, ...]
    """The same of what would be brought in."""


class Inventory(Value, frozen=True, kw_only=True):
    """All that was found. Without a target only `current` is filled."""

    root: str
    current: Tree
    target: Tree | None = None
    same: tuple[str, ...] = ()
    """Paths in both with the same bytes."""
    different: tuple[str, ...] = ()
    only_current: tuple[str, ...] = ()
    only_target: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    points: tuple[IntegrationPoint, ...] = ()
