"""Finds the numbers in a module that look like ports, and tells listening from connecting."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from aurora_console.inventory.syntax import Module, assigned, called, keyword, name_of
from aurora_console.state.inventory import Port

OPTION_CALLS = {"add_argument", "add_option", "option", "Option"}
_LISTEN_CALLS = {"run", "serve", "bind", "listen", "run_app", "run_simple", "make_server", "create_server", "TCPSite"}
_LISTEN_CALLS |= {"start_server", "Config"}
_PLACED_PORT = {"run_simple", "make_server", "create_server", "start_server", "TCPSite"}
"""Calls that take the port by its place."""
_ADDRESS_CALLS = {"bind", "connect", "connect_ex", "create_connection", "create_server"}
"""Calls that take a pair of host and port; so do all that end in `Server`."""
_PORT_NAME = re.compile(r"(?:^|[-_])ports?(?:$|[-_])", re.IGNORECASE)
_OWN_WORDS = {"", "port", "ports", "default", "listen", "bind", "server", "service", "http", "https", "api", "web"}
"""A port named with these alone is the program's own; any other word names whom it talks to."""
_STARTS = re.compile(r"(?:main|serve|run|start|listen|launch)(?:$|_)")
"""Functions whose `port` is the one to listen on."""
_LOCAL_URL = re.compile(r"\w+://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{1,5})")

Role = Literal["listens", "connects"]


def find_ports(module: Module) -> tuple[Port, ...]:
    """Return every port that the module names, each once a line and source."""
    found: list[Port] = []
    for node in module.nodes:
        for value, role, source in _candidates(module, node):
            number = _number(module, value)
            if number is not None and 0 < number < 65536:
                line = getattr(value, "lineno", 0) or getattr(node, "lineno", 0)
                found.append(Port(port=number, role=role, source=source, file=module.path, line=line))
    return tuple(dict.fromkeys(found))


def _candidates(module: Module, node: ast.AST) -> Iterator[tuple[ast.expr | None, Role, str]]:
    if isinstance(node, ast.Call):
        yield from _in_option(module, node) if called(node) in OPTION_CALLS else _in_call(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for name in map(name_of, assigned(node)):
            if _PORT_NAME.search(name):
                yield node.value, _role(name), name
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _in_parameters(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for match in _LOCAL_URL.finditer(node.value):
            yield ast.Constant(match[1]), "connects", match[0]


def _in_option(module: Module, node: ast.Call) -> Iterator[tuple[ast.expr | None, Role, str]]:
    flags = [flag for flag in map(module.text, node.args) if flag.startswith("-")]
    named = next((flag for flag in flags if _PORT_NAME.search(flag.lstrip("-"))), "")
    if named:
        # typer.Option takes the default first, the flags after it.
        default = keyword(node, "default") or (node.args[0] if called(node) == "Option" else None)
        yield default, _role(named.lstrip("-")), named


def _in_call(node: ast.Call) -> Iterator[tuple[ast.expr | None, Role, str]]:
    name = called(node)
    is_server = name.endswith("Server")
    role: Role = "listens" if name in _LISTEN_CALLS or is_server else "connects"
    for given in node.keywords:
        if given.arg and _PORT_NAME.search(given.arg):
            yield given.value, role, f"{name}({given.arg}=)"
    for place, argument in enumerate(node.args):
        if isinstance(argument, ast.Tuple):
            if len(argument.elts) == 2 and (is_server or name in _ADDRESS_CALLS):
                yield argument.elts[1], role, f"{name}()"
        elif place > 0 and name in _PLACED_PORT:
            yield argument, role, f"{name}()"


def _in_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.expr | None, Role, str]]:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    with_defaults = positional[len(positional) - len(given.defaults) :]
    defaults = [
        *zip(with_defaults, given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    for parameter, default in defaults:
        if _PORT_NAME.search(parameter.arg):
            # The same parameter of a client says whom it talks to.
            role = _role(parameter.arg) if _STARTS.match(node.name) else "connects"
            yield default, role, f"{node.name}({parameter.arg}=)"


def _number(module: Module, node: ast.expr | None) -> int | None:
    """Return the number that an expression is, or is unless the environment says otherwise."""
    if isinstance(node, ast.Call) and node.args and called(node) in {"int", "get", "getenv"}:
        return _number(module, node.args[-1])
    if isinstance(node, ast.BoolOp):
        return _number(module, node.values[-1])
    value = module.value(node)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _role(name: str) -> Role:
    return "listens" if set(re.split(r"[-_]", name.lower())) <= _OWN_WORDS else "connects"
