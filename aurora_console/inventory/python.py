"""Reads Python source without running it: what it imports, serves, listens on, and shares with its surroundings.

Everything here is a reading of the text. A name that is put together at run time is not seen.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aurora_console.inventory.ports import OPTION_CALLS, find_ports
from aurora_console.inventory.routes import find_routes
from aurora_console.inventory.syntax import Module, called, name_of
from aurora_console.state.inventory import Mention, Port, Route

_FLAG = re.compile(r"--?[A-Za-z][\w\-]*")
_URL_PATH = re.compile(r"^(?:https?://[^/\s]+)?(/[\w\-./{}<>:]+)(?:\?\S*)?$")
_STORE_FILE = re.compile(r"^[\w./~{}\-]*\w\.(?:db|sqlite3?|jsonl?|csv|parquet|pickle|pkl|toml|ya?ml|ini)$")
_STORE_URL = re.compile(r"^(?:postgres(?:ql)?|mysql|redis|mongodb|amqp|nats|sqlite)(?:\+\w+)?://\S*$")
_CREDENTIALS = re.compile(r"//[^/@]*@")


@dataclass(frozen=True)
class Import:
    """One import, as written."""

    module: str
    """Dotted; empty for `from . import x`."""
    names: tuple[str, ...]
    level: int
    """Dots before the module."""
    line: int


@dataclass(frozen=True)
class Facts:
    """What a Python file says of itself."""

    runs: bool = False
    """It does something when it is run."""
    imports: tuple[Import, ...] = ()
    ports: tuple[Port, ...] = ()
    routes: tuple[Route, ...] = ()
    mentions: tuple[Mention, ...] = ()


class UnreadableSourceError(Exception):
    """The file is no Python that this interpreter's parser takes."""


def read_python(path: str, content: bytes) -> Facts:
    """Return what the source says; `path` only labels the findings. Raises UnreadableSourceError, saying why."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape is its author's business
            tree = ast.parse(content, filename=path)
    except SyntaxError as error:
        if "unicode error" in str(error) or "encoding" in str(error):
            raise UnreadableSourceError("not UTF-8, and no other encoding is declared") from error
        raise UnreadableSourceError(f"not valid Python: {error.msg}, line {error.lineno}") from error
    except ValueError as error:
        raise UnreadableSourceError(f"not valid Python: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise UnreadableSourceError("nested too deeply to be read") from error
    module = Module(path, tree)
    routes, definitions = find_routes(module)
    return Facts(
        runs=path.endswith("__main__.py") or any(_is_main_test(node) for node in module.body),
        imports=tuple(_imports(module)),
        ports=find_ports(module),
        routes=routes,
        mentions=tuple(dict.fromkeys([*_named(module), *_strings(module, definitions)])),
    )


def _imports(module: Module) -> Iterator[Import]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), 0, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.module or "", tuple(alias.name for alias in node.names), node.level, node.lineno)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"} and node.args:
            name = module.text(node.args[0])
            if name and not name.startswith("."):
                yield Import(name, (), 0, node.lineno)


def _named(module: Module) -> Iterator[Mention]:
    """Yield options of the command line and variables of the environment."""
    for node in module.nodes:
        variable: ast.expr | None = None
        if isinstance(node, ast.Call) and node.args:
            name = called(node)
            if name in OPTION_CALLS:
                flags = [text for text in map(module.text, node.args) if _FLAG.fullmatch(text)]
                for flag in [flag for flag in flags if flag.startswith("--")] or flags:
                    yield _mention(module, "option", flag, node)
            elif name == "getenv" or (name in {"get", "setdefault", "pop"} and _is_environ(node.func)):
                variable = node.args[0]
        elif isinstance(node, ast.Subscript) and name_of(node.value) == "environ":
            variable = node.slice
        elif isinstance(node, ast.Compare) and any(name_of(side) == "environ" for side in node.comparators):
            variable = node.left
        if variable is not None and module.text(variable):
            yield _mention(module, "environment", module.text(variable), variable)


def _strings(module: Module, definitions: set[int]) -> Iterator[Mention]:
    """Yield databases, files and other services' paths that are named in strings."""
    docstrings = {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}
    for node in module.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > 500:
            continue
        if id(node) in definitions or id(node) in docstrings:
            continue
        text = node.value.strip()
        if _STORE_URL.match(text):
            yield _mention(module, "store", _CREDENTIALS.sub("//", text).partition("?")[0], node)
        elif _STORE_FILE.match(text):
            yield _mention(module, "store", text.lstrip("/"), node)
        elif path := _URL_PATH.match(text):
            yield _mention(module, "call", path[1], node)


_MentionKind = Literal["call", "environment", "option", "store"]


def _mention(module: Module, kind: _MentionKind, name: str, node: ast.expr) -> Mention:
    return Mention(kind=kind, name=name, file=module.path, line=node.lineno)


def _is_environ(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and name_of(function.value) == "environ"


def _is_main_test(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(name_of(side) == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__" for side in sides
    )
