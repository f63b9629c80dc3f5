"""Actions and checks by kind, found through entry points: ours are registered as anybody's are."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import TypeVar

from aurora_console.engine.actions.base import Action
from aurora_console.engine.gates.base import Check
from aurora_console.errors import AuroraError
from aurora_console.plan.vocabulary import Vocabulary

_T = TypeVar("_T")

ACTIONS_GROUP = "aurora_console.actions"
CHECKS_GROUP = "aurora_console.checks"


@cache
def action_types() -> dict[str, type[Action]]:
    """Return every installed kind of action; AuroraError when one cannot be loaded."""
    return _load(ACTIONS_GROUP, Action)


@cache
def check_types() -> dict[str, type[Check]]:
    """Return every installed kind of check; AuroraError when one cannot be loaded."""
    return _load(CHECKS_GROUP, Check)


def vocabulary() -> Vocabulary:
    """Return what a plan may say with what is installed."""
    return Vocabulary(
        actions={kind: one.args_type for kind, one in action_types().items()},
        checks={kind: one.args_type for kind, one in check_types().items()},
    )


def _load(group: str, base: type[_T]) -> dict[str, type[_T]]:
    found: dict[str, type[_T]] = {}
    for point in entry_points(group=group):
        try:
            loaded = point.load()
        except Exception as error:
            raise AuroraError(
                f"the extension {point.name} ({point.value}) cannot be loaded: {error}",
                "mend or uninstall the package that brings it",
            ) from error
        if not (isinstance(loaded, type) and issubclass(loaded, base)):
            raise AuroraError(f"the extension {point.name} ({point.value}) is no {base.__name__}", "uninstall it")
        found[point.name] = loaded
    return found
