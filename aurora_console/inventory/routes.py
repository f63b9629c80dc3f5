"""Finds the HTTP paths that a module serves: Starlette, FastAPI, Flask, aiohttp and the standard library's server."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aurora_console.inventory.syntax import Module, called, keyword, name_of
from aurora_console.state.inventory import Route

_METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
_DECORATORS = _METHODS | {"route", "api_route", "websocket", "websocket_route"}
_CALLS = {"Route", "APIRoute", "WebSocketRoute", "Mount", "add_route", "add_api_route", "add_url_rule"}
_CALLS |= {"add_websocket_route", *(f"add_{method}" for method in _METHODS)}


def find_routes(module: Module) -> tuple[tuple[Route, ...], set[int]]:
    """Return the routes, and the identities of the string nodes that define them."""
    reader = _RouteReader(module)
    return tuple(dict.fromkeys(reader.routes())), reader.definitions


class _RouteReader:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.definitions: set[int] = set()
        self.prefixes = dict(self._router_prefixes())
        self.mounted: dict[int, str] = {}
        """Call node -> path under which an enclosing Mount puts it; outer nodes are met first."""

    def routes(self) -> Iterator[Route]:
        for node in self.module.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
                        yield from self._of_decorator(decorator, decorator.func)
                if node.name.startswith("do_") and node.name[3:].isupper():
                    yield from self._of_handler(node)
            elif isinstance(node, ast.Call):
                yield from self._of_call(node) if self._declares(node) else self._of_row(node, node.args)
            elif isinstance(node, ast.Tuple | ast.List):
                yield from self._of_row(node, node.elts)

    def _declares(self, node: ast.Call) -> bool:
        """Say whether a call is one of the frameworks' own."""
        owner = name_of(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        return called(node) in _CALLS or (owner == "web" and called(node) in _METHODS and len(node.args) > 1)

    def _router_prefixes(self) -> Iterator[tuple[str, str]]:
        """Yield a router's variable and the prefix that it was made with."""
        for node in self.module.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                given = keyword(node.value, "prefix") or keyword(node.value, "url_prefix")
                for target in node.targets:
                    if isinstance(target, ast.Name) and self.module.text(given):
                        yield target.id, self.module.text(given)

    def _of_decorator(self, node: ast.Call, function: ast.Attribute) -> Iterator[Route]:
        attribute = function.attr
        if attribute not in _DECORATORS:
            return
        prefix = self.prefixes.get(function.value.id, "") if isinstance(function.value, ast.Name) else ""
        if attribute in _METHODS:
            methods: tuple[str, ...] = (attribute.upper(),)
        else:
            methods = ("WEBSOCKET",) if "websocket" in attribute else self._methods(node)
        yield from self._route(node, prefix, methods)

    def _of_call(self, node: ast.Call) -> Iterator[Route]:
        name = called(node)
        prefix = self.mounted.get(id(node), "")
        method = name.removeprefix("add_")
        if name == "Mount":
            if self._mount(node, prefix):
                return
            methods: tuple[str, ...] = ()
        elif method in _METHODS:
            methods = (method.upper(),)
        elif "websocket" in name.lower():
            methods = ("WEBSOCKET",)
        else:
            # aiohttp's add_route takes the method first.
            first = self.module.text(node.args[0]) if node.args else ""
            methods = (first,) if first.isalpha() and first.isupper() else self._methods(node)
        yield from self._route(node, prefix, methods)

    def _of_row(self, node: ast.Call | ast.Tuple | ast.List, row: list[ast.expr]) -> Iterator[Route]:
        """Yield the route of a program's own table or registrar: method, path, and after them a name, the handler."""
        if len(row) < 3 or (isinstance(node, ast.Call) and called(node) == "request"):
            return
        method, path = self.module.text(row[0]), self.module.text(row[1])
        has_handler = any(name_of(item) and not self.module.text(item) for item in row[2:])
        if method.lower() in _METHODS and method.isupper() and path.startswith("/") and has_handler:
            self.definitions.add(id(row[1]))
            yield self._found(path, (method,), node.lineno)

    def _mount(self, node: ast.Call, prefix: str) -> bool:
        """Note the prefix of what is mounted; say whether that is routes written out here."""
        path = (prefix + self._path(node)).rstrip("/")
        inner = [child for child in ast.walk(node) if isinstance(child, ast.Call) and child is not node]
        self.mounted |= {id(child): path for child in inner}
        return any(called(child) in _CALLS for child in inner)

    def _of_handler(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Route]:
        """Routes of the standard library's server are comparisons with the path."""
        for child in ast.walk(node):
            if isinstance(child, ast.Compare) and isinstance(child.ops[0], ast.Eq | ast.In):
                sides = [child.left, *child.comparators]
                if any(name_of(side) == "path" for side in sides):
                    for part in (part for side in sides for part in ast.walk(side)):
                        if self.module.text(part).startswith("/"):
                            self.definitions.add(id(part))
                            yield self._found(self.module.text(part), (node.name[3:],), child.lineno)

    def _route(self, node: ast.Call, prefix: str, methods: tuple[str, ...]) -> Iterator[Route]:
        whole = prefix + self._path(node)
        if whole.startswith("/"):
            yield self._found(whole, methods, node.lineno)

    def _found(self, path: str, methods: tuple[str, ...], line: int) -> Route:
        return Route(path=path, methods=methods, file=self.module.path, line=line)

    def _path(self, node: ast.Call) -> str:
        """Return the path argument; empty where it is not written out."""
        for candidate in (*node.args[:2], keyword(node, "path"), keyword(node, "rule")):
            if self.module.text(candidate).startswith("/"):
                self.definitions.add(id(candidate))
                return self.module.text(candidate)
        return ""

    def _methods(self, node: ast.Call) -> tuple[str, ...]:
        given = keyword(node, "methods")
        if isinstance(given, ast.List | ast.Tuple | ast.Set):
            return tuple(sorted({self.module.text(item).upper() for item in given.elts} - {""}))
        return ("GET",)
