from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora_console.errors import AuroraError
from aurora_console.inventory import VIEWS, inventory_command, take_inventory
from aurora_console.inventory.classify import classify
from aurora_console.inventory.scan import READ_LIMIT
from aurora_console.state.inventory import Component, Conflict, Inventory, Tree

if TYPE_CHECKING:
    from tests.inventory.conftest import MakeRepository, Repository

MAIN = "if __name__ == '__main__': ...\n"
SHOP = {
    "shop.py": "import argparse\nfrom stock import count\np.add_argument('--port', default=8000)\n" + MAIN,
    "stock/__init__.py": "import sqlite3\n",
    "stock/api.py": "import requests\nROUTES = [Route('/items', items), Route('/health', health)]\nopen('items.db')\n",
    "stock/count.py": "from . import api\n",
    "tests/test_shop.py": "import shop\nPORT = 8001\n",
    "templates/index.html": "<p>\n",
    "README.md": "# Shop\n",
    "Makefile": "run:\n",
    "prices.json": "{}\n",
    "engine.rs": "fn main() {}\n",
}


def component(tree: Tree | None, name: str) -> Component:
    assert tree is not None
    return next(part for part in tree.components if part.name == name)


def kinds(tree: Tree) -> dict[str, str]:
    return {part.name: part.kind for part in tree.components}


def conflicts(inventory: Inventory, kind: str) -> dict[str, Conflict]:
    return {conflict.subject: conflict for conflict in inventory.conflicts if conflict.kind == kind}


def points(inventory: Inventory, kind: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    return {point.name: (point.current, point.target) for point in inventory.points if point.kind == kind}


def reason(tree: Tree, path: str) -> str:
    return next(item.reason for item in tree.not_read if item.path == path)


def test_a_tree_is_divided_into_components(make_repository: MakeRepository) -> None:
    """Programs, packages and the rest by kind; what fits nowhere is listed."""
    tree = take_inventory(make_repository(SHOP).root).current
    assert kinds(tree) == {
        "shop.py": "program",
        "stock": "package",
        "tests": "tests",
        "templates": "template",
        "docs": "docs",
        "config": "config",
        "data": "data",
    }
    assert tree.unclassified == ("engine.rs",)
    assert tree.files == len(SHOP)
    shop, stock = component(tree, "shop.py"), component(tree, "stock")
    assert shop.entry_points == ("shop.py",)
    assert [port.port for port in shop.ports] == [8000]
    assert {route.path for route in stock.routes} == {"/items", "/health"}
    assert (shop.lines, stock.lines) == (4, 5)


def test_imports_become_dependencies(make_repository: MakeRepository) -> None:
    """Edges name where; within a component there are none, and what is outside is told from Python's own."""
    tree = take_inventory(make_repository(SHOP).root).current
    assert [(edge.source, edge.target, edge.file, edge.line) for edge in tree.dependencies] == [
        ("shop.py", "stock", "shop.py", 2),
        ("tests", "shop.py", "tests/test_shop.py", 1),
    ]
    assert component(tree, "shop.py").imports == ("stock",)
    assert component(tree, "stock").external == ("requests",)
    assert component(tree, "shop.py").external == ()


def test_programs_inside_a_package_are_components_of_their_own(make_repository: MakeRepository) -> None:
    """A folder with `__main__.py` is a program, with its data; the rest of the package stays one."""
    tree = take_inventory(
        make_repository(
            {
                "suite/__init__.py": "",
                "suite/shared.py": "",
                "suite/learn/__init__.py": "",
                "suite/learn/__main__.py": "from suite.shared import x\nfrom suite.learn import model\n",
                "suite/learn/model.py": "from ..shared import x\n",
                "suite/learn/defaults.json": "{}",
                "suite/tests/test_learn.py": "from suite.learn.model import m\n",
                "src/kit/__init__.py": "import kit.inner\n",
                "src/kit/inner.py": "",
                "tools/tidy.py": "import sibling\nimport kit\nif '__main__' == __name__: ...\n",
                "tools/sibling.py": "",
                "tools/run": "#!/usr/bin/env python3\nimport kit\n",
                "go.sh": "#!/bin/sh\n",
            }
        ).root
    ).current
    assert kinds(tree) == {
        "suite": "package",
        "suite/learn": "program",
        "suite/tests": "tests",
        "src/kit": "package",
        "tools": "program",
        "go.sh": "program",
    }
    assert "suite/learn/defaults.json" in component(tree, "suite/learn").files
    assert component(tree, "tools").entry_points == ("tools/run", "tools/tidy.py")
    assert {(edge.source, edge.target) for edge in tree.dependencies} == {
        ("suite/learn", "suite"),
        ("suite/tests", "suite/learn"),
        ("tools", "src/kit"),
    }
    assert not any(part.external for part in tree.components)


def test_overlap_is_by_bytes_and_includes_what_is_not_committed(make_repository: MakeRepository) -> None:
    """The work tree is what counts now: edits, additions and deletions, but not what is ignored."""
    repository = make_repository(
        {"a.py": "1\n", "b.py": "1\n", "c.py": "1\n", "gone.py": "1\n", ".gitignore": "*.log\n"},
        {"b.py": "2\n", "d.py": "1\n"},
        remove=("c.py",),
    )
    repository.write({"a.py": "3\n", "d.py": "1\n", "new file.py": "", "noise.log": "x"})
    (repository.root / "gone.py").unlink()
    inventory = take_inventory(repository.root, "next")
    assert inventory.same == (".gitignore", "d.py")
    assert inventory.different == ("a.py", "b.py", "gone.py")
    assert inventory.only_current == ("c.py", "new file.py")
    assert inventory.only_target == ()
    assert reason(inventory.current, "gone.py") == "tracked, but missing in the work tree"
    assert inventory.target is not None
    assert inventory.target.commit == repository.git("rev-parse", "next").strip()


def test_two_services_on_one_port_conflict(make_repository: MakeRepository) -> None:
    """Two programs that claim a port clash; a program and the library that it imports do not."""
    inventory = take_inventory(
        make_repository(
            {"core.py": f"import net\nuvicorn.run(a, port=5000)\n{MAIN}", "net.py": "PORT = 5000\n"},
            {
                "gateway.py": f"PORT = 5000\n{MAIN}",
                "bridge.py": f"PORT = 5001\nCORE_PORT = 5000\n{MAIN}",
                "tests/test_x.py": "PORT = 5001\n",
            },
        ).root,
        "next",
    )
    found = conflicts(inventory, "port")
    assert list(found) == ["5000"]
    assert (
        found["5000"].explanation == "core.py (core.py:2), gateway.py (gateway.py:1) and net.py (net.py:1) listen on it"
    )
    assert points(inventory, "port")["5000"] == (
        ("core.py listens", "net.py listens"),
        ("bridge.py connects", "gateway.py listens"),
    )


def test_what_clashes_already_is_no_conflict_of_the_target(make_repository: MakeRepository) -> None:
    """Only what bringing in the target would add is reported."""
    inventory = take_inventory(
        make_repository({"a.py": "PORT = 1234\n", "b.py": "PORT = 1234\n"}, {"c.py": ""}).root, "next"
    )
    assert inventory.conflicts == ()


def test_one_route_in_two_services_is_serious_on_one_port_only(make_repository: MakeRepository) -> None:
    """`/health` on two ports is a note; on one port, or unknown ones, it is a conflict."""
    inventory = take_inventory(
        make_repository(
            {"core.py": "PORT = 5000\nr = [Route('/health', h), Route('/chat', c), Route('/own', o)]\n"},
            {
                "bridge.py": "PORT = 5001\nr = [Route('/health', h), Route('/chat', c, methods=['POST'])]\n",
                "plugin.py": "@app.get('/chat')\ndef chat(): ...\n",
            },
        ).root,
        "next",
    )
    found = conflicts(inventory, "route")
    assert {subject: conflict.serious for subject, conflict in found.items()} == {
        "GET /chat": True,
        "GET /health": False,
    }
    assert "core.py and bridge.py" not in found["GET /chat"].explanation
    assert "bridge.py and core.py serve it, each on its own port" in found["GET /health"].explanation


@pytest.mark.parametrize(
    ("path", "explanation"),
    [
        ("shop/__init__.py", "has the module name of shop.py: one hides the other"),
        ("stock.py", "has the module name of stock/__init__.py: one hides the other"),
        ("statistics.py", "hides Python's own module statistics"),
        ("src/json/__init__.py", "hides Python's own module json"),
        ("requests.py", "hides the installed requests, which stock imports"),
    ],
)
def test_modules_that_hide_others_conflict(make_repository: MakeRepository, path: str, explanation: str) -> None:
    """A target's module that would be imported instead of another is found."""
    found = conflicts(take_inventory(make_repository(SHOP, {path: ""}).root, "next"), "module")
    assert {subject: conflict.explanation for subject, conflict in found.items()} == {path: explanation}


def test_a_module_name_inside_a_package_hides_nothing(make_repository: MakeRepository) -> None:
    """`stock/json.py` is `stock.json`."""
    inventory = take_inventory(make_repository(SHOP, {"stock/json.py": "", "test/x.py": ""}).root, "next")
    assert conflicts(inventory, "module") == {}


def test_different_prose_is_a_note(make_repository: MakeRepository) -> None:
    """Different code needs a decision, a different README does not."""
    inventory = take_inventory(make_repository(SHOP, {"README.md": "# Other\n", "shop.py": "x = 1\n"}).root, "next")
    found = conflicts(inventory, "content")
    assert {subject: conflict.serious for subject, conflict in found.items()} == {"README.md": False, "shop.py": True}


def test_integration_points_are_where_both_sides_know_a_name(make_repository: MakeRepository) -> None:
    """A route that one serves and the other calls, a shared file, variable and option."""
    both = "os.environ['MODE']\np.add_argument('--data')\nopen('data/solved.db')\n"
    current = f"{both}Route('/api/solved', s)\nos.getenv('OWN')\n"
    coming = f"{both}client.get(f'{{core}}/api/solved')\nRoute('/new', n)\n"
    inventory = take_inventory(make_repository({"core.py": current}, {"learn.py": coming}).root, "next")
    assert points(inventory, "route") == {"/api/solved": (("core.py serves",), ("learn.py calls",))}
    assert points(inventory, "environment") == {"MODE": (("core.py reads",), ("learn.py reads",))}
    assert points(inventory, "option") == {"--data": (("core.py takes",), ("learn.py takes",))}
    assert points(inventory, "store") == {"solved.db": (("core.py uses",), ("learn.py uses",))}


def test_odd_files_are_listed_and_counted(make_repository: MakeRepository, tmp_path: Path) -> None:
    """Broken, binary, huge, foreign, linked and missing files never end the inventory, and each is in its place."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("PORT = 6666\n")
    repository = make_repository({"broken.py": "def (:\n", "picture.png": b"\x89PNG\0", "latin.txt": b"caf\xe9\n"})
    repository.write(
        {"huge.json": b" " * (READ_LIMIT + 1), "empty.py": "", "linked/secret.py": "x = 1\n", "pipe.py": ""}
    )
    (repository.root / "link.py").symlink_to(outside / "secret.py")
    raw = os.fsencode(repository.root) + b"/bad\xff.py"
    Path(os.fsdecode(raw)).write_bytes(b"PORT = 7777\n")
    repository.commit({})
    nested = repository.root / "nested"
    nested.mkdir()
    subprocess.run(["git", "init", "--quiet", str(nested)], check=True, timeout=30)
    (nested / "inner.py").write_text("PORT = 6667\n")
    # What was tracked is replaced by what leads out or never ends.
    (repository.root / "linked/secret.py").unlink()
    (repository.root / "linked").rmdir()
    (repository.root / "linked").symlink_to(outside)
    (repository.root / "pipe.py").unlink()
    os.mkfifo(repository.root / "pipe.py")

    inventory = take_inventory(repository.root, "HEAD")
    tree = inventory.current
    assert reason(tree, "broken.py").startswith("not valid Python: ")
    assert reason(tree, "picture.png") == "binary"
    assert reason(tree, "latin.txt") == "not UTF-8"
    assert reason(tree, "huge.json") == "larger than 2 MB"
    assert reason(tree, "link.py") == "a symbolic link"
    assert reason(tree, "linked/secret.py") == "tracked, but missing in the work tree"
    assert reason(tree, "pipe.py") == "not a regular file"
    assert reason(tree, "nested") == "a repository of its own"
    assert {port.port for part in tree.components for port in part.ports} == {7777}
    assert "bad\\xff.py" in inventory.same
    assert {"huge.json", "link.py", "picture.png"} <= set(inventory.same)
    assert set(inventory.different) >= {"linked/secret.py", "pipe.py"}
    assert inventory.target is not None
    assert reason(inventory.target, "huge.json") == "larger than 2 MB"


def test_nothing_inspected_is_run_even_from_inside_the_tree(make_repository: MakeRepository, tmp_path: Path) -> None:
    """Modules with the names of ours and Python's, started in their own folder, leave no trace."""
    trace = tmp_path / "trace"
    hostile = f"open({str(trace)!r}, 'w')\n"
    names = ("ast.py", "json.py", "msgspec.py", "state.py", "aurora_console/__init__.py", "core.py", "sitecustomize.py")
    repository = make_repository(dict.fromkeys(names, hostile), {"more.py": hostile})
    done = subprocess.run(
        inventory_command(repository.root, "next"), cwd=repository.root, capture_output=True, check=True, timeout=60
    )
    inventory = msgspec.json.decode(done.stdout, type=Inventory)
    assert inventory.current.files == len(names)
    assert inventory == take_inventory(repository.root, "next")
    assert not trace.exists()


def test_git_is_not_led_astray(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configured monitor is not run, and another repository in the environment is not looked at."""
    trace = tmp_path / "trace"
    hook = tmp_path / "hook"
    hook.write_text(f"#!/bin/sh\ntouch {str(trace)!r}\n")
    hook.chmod(0o755)
    repository = make_repository({"a.py": ""})
    repository.git("config", "core.fsmonitor", str(hook))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/index"))
    assert take_inventory(repository.root).current.files == 1
    assert not trace.exists()


def fingerprint(repository: Repository) -> dict[str, str]:
    """Return every file of the repository with its content, `.git` included."""
    return {
        str(path.relative_to(repository.root)): sha256(path.read_bytes()).hexdigest()
        for path in repository.root.rglob("*")
        if path.is_file()
    }


def test_an_inventory_changes_nothing(make_repository: MakeRepository) -> None:
    """Work tree, index, refs and objects are byte for byte as before, with a stale index too."""
    repository = make_repository(SHOP, {"learn.py": ""})
    os.utime(repository.root / "shop.py", (1, 1))
    repository.write({"untracked.py": ""})
    before = fingerprint(repository)
    take_inventory(repository.root, "next")
    assert fingerprint(repository) == before


def test_a_folder_of_a_repository_can_be_looked_at(make_repository: MakeRepository) -> None:
    """Both sides are limited to it, with paths relative to it."""
    repository = make_repository({"app/core.py": "", "other.py": ""}, {"app/learn.py": ""})
    inventory = take_inventory(repository.root / "app", "next")
    assert inventory.same == ("core.py",)
    assert inventory.only_target == ("learn.py",)


def test_an_empty_repository_is_an_empty_inventory(tmp_path: Path) -> None:
    """Before the first commit there is nothing, which is no error."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, timeout=30)
    inventory = take_inventory(tmp_path)
    assert (inventory.current.files, inventory.current.commit) == (0, "")


@pytest.mark.parametrize("ref", ["no-such", "--help", "HEAD:a.py", "a\nb"])
def test_a_target_that_is_no_commit_is_named(make_repository: MakeRepository, ref: str) -> None:
    """Whatever it looks like, it is taken for a ref and refused."""
    with pytest.raises(AuroraError, match="is no commit"):
        take_inventory(make_repository({"a.py": ""}).root, ref)


def test_a_folder_without_git_is_refused_on_the_command_line(tmp_path: Path) -> None:
    """Exit status 2 and a message that says what and where."""
    done = subprocess.run(inventory_command(tmp_path), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert "not a git repository" in done.stderr
    assert done.stdout == ""


def test_views_are_plain_text_whatever_the_names(make_repository: MakeRepository) -> None:
    """Every view has its facts, and no byte of a file name reaches the terminal as a command."""
    coming = {"bell\x1b]0;x\x07.py": "PORT = 8000\nRoute('/health', h)\n", "odd.zig": "", "two\nlines.py": ""}
    inventory = take_inventory(make_repository(SHOP, coming).root, "next")
    views = {name: write(inventory) for name, write in VIEWS.items()}
    for text in views.values():
        assert all(line.isprintable() for line in text.split("\n"))
    assert "shop.py" in views["components"]
    assert "listens on 8000" in views["components"]
    assert "unclassified: odd.zig" in views["components"]
    assert "-> stock   shop.py:2" in views["dependencies"]
    assert "outside: requests" in views["dependencies"]
    assert f"in both, the same: {len(SHOP)}" in views["overlap"]
    assert "port 8000: " in views["overlap"]
    assert "route /health" in views["integration-points"]


def test_batches_and_missing_objects_are_survived(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Content is read in bounded batches; an object that the repository lacks is listed."""
    monkeypatch.setattr("aurora_console.inventory.scan._BATCH_BYTES", 10)
    repository = make_repository(SHOP, {f"part{n}.py": f"PORT = {7000 + n}\n" for n in range(5)})
    lost = repository.git("rev-parse", "next:part3.py").strip()
    (repository.root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    tree = take_inventory(repository.root, "next").target
    assert tree is not None
    assert {port.port for part in tree.components for port in part.ports if part.name.startswith("part")} == {
        7000,
        7001,
        7002,
        7004,
    }
    assert reason(tree, "part3.py") == "its content is missing in the repository"


names = st.sampled_from(
    ["a", "src", "tests", "docs", "data", "__init__.py", "__main__.py", "m.py", "test_m.py", "x.json", "run", "y"]
)
trees = st.sets(st.lists(names, min_size=1, max_size=4).map("/".join), max_size=20)


@given(trees)
def test_no_two_kinds_share_a_name(paths: set[str]) -> None:
    """Whatever the paths, a component's name has one kind, and nothing is invented."""
    python = {path for path in paths if path.endswith(".py")}
    runnable = {path for path in paths if path.endswith(("__main__.py", "run"))}
    owners = classify(paths, python, runnable)
    assert owners.keys() <= paths
    assert owners.keys() >= python
    by_name: dict[str, set[str]] = {}
    for name, kind in owners.values():
        by_name.setdefault(name, set()).add(kind)
    assert all(len(of_name) == 1 for of_name in by_name.values())
