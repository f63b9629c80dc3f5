"""What the readers of Python source share: one module's syntax tree, and how to ask it."""

from __future__ import annotations

import ast
from collections.abc import Iterator


class Module:
    """A parsed file, walked once breadth first, so that no depth of nesting is a danger."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.body = tree.body
        self.nodes = list(ast.walk(tree))
        self._constants = dict(self._written_out())

    def text(self, node: ast.AST | None) -> str:
        """Return a string that is written out or is a constant of the module; empty when it is neither."""
        value = self.value(node)
        return value if isinstance(value, str) else ""

    def value(self, node: ast.AST | None) -> object:
        """Return what a literal, or the name of a constant of the module, stands for; None when it is neither."""
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        return node.value if isinstance(node, ast.Constant) else None

    def _written_out(self) -> Iterator[tuple[str, object]]:
        for node in self.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                for target in assigned(node):
                    if isinstance(target, ast.Name):
                        yield target.id, node.value.value


def assigned(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    """Return what an assignment assigns to."""
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def called(node: ast.Call) -> str:
    """Return the last name of what is called: `run` for `uvicorn.run(...)`."""
    return name_of(node.func)


def name_of(node: ast.AST) -> str:
    """Return the last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    """Return a call's argument of that name."""
    return next((given.value for given in node.keywords if given.arg == name), None)
