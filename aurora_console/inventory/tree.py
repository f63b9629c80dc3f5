"""Puts one side together: its files read, sorted into components, and the imports between them."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256

from aurora_console.inventory.classify import classify
from aurora_console.inventory.python import Facts, Import, UnreadableSourceError, read_python
from aurora_console.inventory.scan import RefTree, WorkTree
from aurora_console.state.inventory import Component, ComponentKind, Dependency, NotRead, Tree

_SOURCE_ROOTS = ("", "src", "lib")


Reading = Facts | str
"""What a source says, or why it cannot be read."""


def build_tree(source: WorkTree | RefTree, known: dict[tuple[str, bytes], Reading]) -> Tree:
    """Return what a side holds. A file that cannot be read or parsed is listed, and has its component all the same.

    `known` is filled with what was read, by path and content, so that the other side need not read the same again.
    """
    not_read = {path: entry.unreadable for path, entry in source.entries.items() if entry.unreadable}
    lines: dict[str, int] = {}
    facts: dict[str, Facts] = {}
    scripts: set[str] = set()
    for entry, content in source.contents():
        path = entry.shown
        reason = content if isinstance(content, str) else ""
        if isinstance(content, bytes):
            lines[path], reason = _count_lines(content)
            is_script = content.startswith(b"#!")
            if path.endswith(".py") or (is_script and b"python" in content.partition(b"\n")[0]):
                reading = _read(path, content, known)
                if isinstance(reading, Facts):
                    facts[path], reason = reading, ""
                else:
                    reason = reading
            if is_script and not path.endswith(".py"):
                scripts.add(path)
        if reason:
            not_read[path] = reason

    paths = set(source.entries)
    python = {path for path in paths if path.endswith(".py")} | facts.keys()
    runnable = scripts | {path for path, found in facts.items() if found.runs}
    owners = classify(paths, python, runnable)
    edges, external = _follow_imports(facts, owners)
    members: dict[tuple[str, ComponentKind], list[str]] = defaultdict(list)
    for path in sorted(owners):
        members[owners[path]].append(path)
    return Tree(
        name=source.ref,
        commit=source.commit,
        files=len(paths),
        components=tuple(
            _component(owner, files, lines, facts, runnable, edges, external[owner[0]])
            for owner, files in sorted(members.items())
        ),
        unclassified=tuple(sorted(paths - owners.keys())),
        dependencies=edges,
        not_read=tuple(NotRead(path=path, reason=reason) for path, reason in sorted(not_read.items())),
    )


def _read(path: str, content: bytes, known: dict[tuple[str, bytes], Reading]) -> Reading:
    key = path, sha256(content).digest()
    if key not in known:
        try:
            known[key] = read_python(path, content)
        except UnreadableSourceError as error:
            known[key] = str(error)
    return known[key]


def _component(
    owner: tuple[str, ComponentKind],
    files: list[str],
    lines: Mapping[str, int],
    facts: Mapping[str, Facts],
    runnable: AbstractSet[str],
    edges: tuple[Dependency, ...],
    external: AbstractSet[str],
) -> Component:
    name, kind = owner
    read = [facts[path] for path in files if path in facts]
    return Component(
        name=name,
        kind=kind,
        files=tuple(files),
        lines=sum(lines.get(path, 0) for path in files),
        entry_points=tuple(path for path in files if path in runnable),
        ports=tuple(port for found in read for port in found.ports),
        routes=tuple(route for found in read for route in found.routes),
        mentions=tuple(mention for found in read for mention in found.mentions),
        imports=tuple(edge.target for edge in edges if edge.source == name),
        external=tuple(sorted(external)),
    )


def _follow_imports(
    facts: Mapping[str, Facts], owners: Mapping[str, tuple[str, ComponentKind]]
) -> tuple[tuple[Dependency, ...], dict[str, set[str]]]:
    """Return the imports between components, each pair once, and what each imports from outside the tree."""
    modules = {_dotted(path): path for path in facts}
    ours = {dotted.partition(".")[0] for dotted in modules}
    edges: dict[tuple[str, str], Dependency] = {}
    external: dict[str, set[str]] = defaultdict(set)
    for path in sorted(facts):
        source = owners[path][0]
        for statement in facts[path].imports:
            found = False
            for target_path in _resolve(path, statement, modules):
                found = True
                target = owners[target_path][0]
                if target != source:
                    edge = Dependency(source=source, target=target, file=path, line=statement.line)
                    edges.setdefault((source, target), edge)
            top = statement.module.partition(".")[0]
            if not found and not statement.level and top not in sys.stdlib_module_names | ours:
                external[source].add(top)
    return tuple(edges[pair] for pair in sorted(edges)), external


def _resolve(path: str, statement: Import, modules: Mapping[str, str]) -> Iterator[str]:
    """Yield the files that an import statement reaches, the most exact there is for each name."""
    folder = path.rpartition("/")[0].replace("/", ".")
    if statement.level:
        parts = folder.split(".") if folder else []
        kept = parts[: len(parts) - (statement.level - 1)]
        bases = [".".join(kept)]
    else:
        # A script finds what lies beside it; a module in a package does not.
        bases = [*_SOURCE_ROOTS] if folder in modules else [folder, *_SOURCE_ROOTS]
    for base in dict.fromkeys(bases):
        stem = ".".join(part for part in (base, statement.module) if part)
        reached = set()
        for name in statement.names or ("",):
            dotted = ".".join(part for part in (stem, name) if part)
            if dotted in modules:
                reached.add(modules[dotted])
            elif stem in modules:
                reached.add(modules[stem])
            elif not statement.names:
                # `import a.b` may name a namespace; the nearest module above it is what runs.
                above = next((modules[part] for part in _upwards(stem, base) if part in modules), None)
                reached |= {above} if above else set()
        if reached:
            yield from sorted(reached)
            return


def _upwards(dotted: str, stop: str) -> Iterator[str]:
    while dotted and dotted != stop:
        yield dotted
        dotted = dotted.rpartition(".")[0]


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _count_lines(content: bytes) -> tuple[int, str]:
    """Return how many lines a text has, or 0 and why it is none."""
    if b"\0" in content[:8192]:
        return 0, "binary"
    try:
        content.decode()
    except UnicodeDecodeError:
        return 0, "not UTF-8"
    return content.count(b"\n") + (content[-1:] not in {b"\n", b""}), ""
