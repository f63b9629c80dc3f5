"""Says which component a file belongs to, from the paths and from which files can be run."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from aurora_console.state.inventory import ComponentKind

_SOURCE_ROOTS = ("src", "lib")
"""Folders that hold packages and are none."""
_FOLDERS: dict[str, ComponentKind] = {
    **dict.fromkeys(("doc", "docs"), "docs"),
    **dict.fromkeys(("templates", "static", "assets", "public"), "template"),
    **dict.fromkeys(("data", "datasets", "fixtures"), "data"),
    **dict.fromkeys(("config", "conf", "etc", "deploy", ".github", ".gitlab", ".ci"), "config"),
}
_SUFFIXES: dict[str, ComponentKind] = {
    **dict.fromkeys((".md", ".rst", ".adoc", ".txt", ".pdf"), "docs"),
    **dict.fromkeys((".html", ".htm", ".jinja", ".jinja2", ".j2", ".css", ".tmpl"), "template"),
    **dict.fromkeys((".json", ".jsonl", ".csv", ".tsv", ".xml", ".db", ".sqlite", ".sqlite3", ".parquet"), "data"),
    **dict.fromkeys((".npz", ".npy", ".pkl", ".bin", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".sql"), "data"),
    **dict.fromkeys((".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".env", ".lock", ".service", ".mk"), "config"),
    **dict.fromkeys((".sh", ".bash"), "program"),
}
_NAMES: dict[str, ComponentKind] = {
    **dict.fromkeys(("license", "licence", "copying", "notice", "authors", "readme", "changelog"), "docs"),
    **dict.fromkeys(("makefile", "dockerfile", "procfile", "justfile", "jenkinsfile"), "config"),
}

Owner = tuple[str, ComponentKind]
"""A component's name and kind."""


def classify(paths: AbstractSet[str], python: AbstractSet[str], runnable: AbstractSet[str]) -> dict[str, Owner]:
    """Return each path's component, by name and kind; a path that fits nowhere is left out.

    `python` are the paths that hold Python, `runnable` those that do something when run. A component's name is the path
    of the file or folder that it is; loose files of one kind together are named for the kind.
    """
    owners: dict[str, Owner] = {}
    programs = {_folder(path) for path in paths if path.endswith("/__main__.py")}
    packages = {_folder(path) for path in paths if path.endswith("/__init__.py")} | programs
    holding = {folder for package in packages for folder in _upwards(package)}
    code = {path for path in python if not _tests_of(path)}
    scripted = {folder for path in code & runnable for folder in _upwards(_folder(path))}
    for path in code:
        if program := _program_of(path, programs):
            owners[path] = (program, "program")
            continue
        top = _top_of(path, packages)
        if top == path:
            owners[path] = (path, "program" if path in runnable else "package")
        else:
            owners[path] = (top, "program" if top in scripted and top not in holding else "package")
    homes = {name: kind for name, kind in owners.values() if name in holding}
    for path in paths - code:
        tests = _tests_of(path)
        owner: Owner | None = (tests, "tests") if tests else _owner_of_rest(path, homes, runnable)
        if owner:
            owners[path] = owner
    return _with_unique_names(owners)


def _program_of(path: str, programs: set[str]) -> str | None:
    return next((parent for parent in _upwards(_folder(path)) if parent in programs), None)


def _top_of(path: str, packages: set[str]) -> str:
    """Return the topmost folder that a module lies in, or the module itself where it lies in none."""
    parts = path.split("/")
    is_in_source_root = len(parts) > 1 and parts[0] in _SOURCE_ROOTS and parts[0] not in packages
    return "/".join(parts[: 2 if is_in_source_root else 1])


def _owner_of_rest(path: str, homes: dict[str, ComponentKind], runnable: AbstractSet[str]) -> Owner | None:
    for parent in _upwards(_folder(path)):
        if parent in homes:
            return parent, homes[parent]
    pure = PurePosixPath(path)
    top = pure.parts[0] if len(pure.parts) > 1 else ""
    if path in runnable and not pure.suffix:
        return top or path, "program"
    kind = _FOLDERS.get(top.lower()) or _SUFFIXES.get(pure.suffix.lower()) or _NAMES.get(pure.stem.lower())
    if kind is None and pure.name.startswith(".") and not pure.suffix:
        kind = "config"
    if kind is None:
        return None
    return top or (path if kind == "program" else kind), kind


def _tests_of(path: str) -> str:
    """Return the name of the tests that a path belongs to; empty when it is no test."""
    parts = path.split("/")
    for depth, part in enumerate(parts[:-1]):
        if part in {"tests", "test"}:
            return "/".join(parts[: depth + 1])
    name = parts[-1]
    if name == "conftest.py" or (name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))):
        return f"{_folder(path)}/tests".lstrip("/")
    return ""


def _with_unique_names(owners: dict[str, Owner]) -> dict[str, Owner]:
    """Tell apart what shares a folder: code keeps the plain name."""
    kinds: dict[str, set[ComponentKind]] = {}
    for name, kind in owners.values():
        kinds.setdefault(name, set()).add(kind)
    order = ("program", "package", "tests", "docs", "template", "config", "data")
    plain = {name: min(of_name, key=order.index) for name, of_name in kinds.items()}
    return {path: (name if kind == plain[name] else f"{name} ({kind})", kind) for path, (name, kind) in owners.items()}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _upwards(folder: str) -> list[str]:
    """Return a folder and those above it, innermost first; the root itself is none of them."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
