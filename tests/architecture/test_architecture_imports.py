"""Imports run one way, and what is slow to import is not imported where nobody needs it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, project_files

TOOLKITS = {"textual", "rich"}
SLOW = {"git", "httpx", "psutil"}
LINKED = ("screens", "state", "widgets")


def loaded_by(module: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter has loaded once it has imported `module`."""
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(found.stdout))


def test_contracts_are_kept() -> None:
    """import-linter finds every contract of pyproject.toml kept."""
    linter = Path(sys.executable).with_name("lint-imports")
    found = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert found.returncode == 0, found.stdout + found.stderr
    assert " 0 broken" in found.stdout


@pytest.mark.parametrize(
    "module",
    [
        "aurora_console.plan.load",
        "aurora_console.state.journal, aurora_console.state.fold, aurora_console.state.scopes",
        "aurora_console.logs.tail, aurora_console.logs.sink",
        "aurora_console.inventory.compare, aurora_console.inventory.render",
        "aurora_console.engine.host, aurora_console.engine.registry",
    ],
)
def test_no_toolkit_below_the_screens(module: str) -> None:
    """What runs without a screen loads no toolkit, not even through somebody else."""
    assert not loaded_by(module) & TOOLKITS


def test_extensions_need_no_toolkit() -> None:
    """Loading every action and check loads no toolkit either."""
    program = "aurora_console.engine.registry; aurora_console.engine.registry.vocabulary()"
    assert not loaded_by(program) & TOOLKITS


@pytest.mark.parametrize("module", ["aurora_console.app", "aurora_console.engine.host", "aurora_console.session"])
def test_the_first_paint_waits_for_nothing_slow(module: str) -> None:
    """What is imported before the cockpit is drawn loads nothing that only a later moment needs."""
    assert not loaded_by(module) & SLOW


def test_the_screens_do_not_load_the_engine() -> None:
    """The app and all of its screens work on values: the engine is not even loaded."""
    assert "textual" in loaded_by("aurora_console.app")
    assert not {name for name in loaded_by("aurora_console.app") if name.startswith("aurora_console.engine")}


@pytest.mark.parametrize("name", LINKED)
def test_a_top_level_room_is_reached_through_a_relative_link(name: str) -> None:
    """`state` and its like stand at the top and are linked into the package, so that a clone works anywhere."""
    assert (ROOT / "aurora_console" / name).readlink() == Path("..", name)
    assert (ROOT / name / "__init__.py").is_file()


def test_no_room_is_imported_by_its_bare_name() -> None:
    """A bare `import state` could find the module of the system under control."""
    bare = []
    for path in project_files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            bare += [f"{path}:{node.lineno}" for name in names if name.split(".")[0] in LINKED]
    assert not bare
