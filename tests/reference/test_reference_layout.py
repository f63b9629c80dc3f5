from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.reference.layout import lay_out
from tests.reference.conftest import git


def test_main_is_checked_out_clean_and_peak_adds_to_it(tree: Path) -> None:
    """Both branches are there; peak overlaps with main in two files and brings the services."""
    assert git(tree, "branch", "--show-current").strip() == "main"
    assert git(tree, "status", "--porcelain", "--ignored") == ""
    main = set(git(tree, "ls-tree", "-r", "--name-only", "main").split())
    peak = set(git(tree, "ls-tree", "-r", "--name-only", "peak").split())
    assert main - peak == {"aurora.toml"}
    assert {"aurora_x/learn/__main__.py", "aurora_x/bridge/__main__.py", "luminar_nexus/__main__.py"} <= peak - main
    changed = git(tree, "diff", "--name-only", "--diff-filter=M", "main", "peak").split()
    assert changed == ["README.md", "aurora_core.py"]


def test_same_commits_every_time_whatever_the_user_has_configured(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the user's git configuration nor a GIT_DIR in the environment reaches the repository."""
    (tmp_path / "gitconfig").write_text("[commit]\ngpgsign = true\n[init]\ndefaultBranch = other\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    lay_out(tmp_path / "again")
    monkeypatch.undo()
    assert git(tmp_path / "again", "rev-parse", "main", "peak") == git(tree, "rev-parse", "main", "peak")
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_folder_is_used_and_stays_the_same_folder(tmp_path: Path) -> None:
    """Somebody may stand in it."""
    directory = tmp_path / "here"
    directory.mkdir()
    before = directory.stat().st_ino
    lay_out(directory)
    assert directory.stat().st_ino == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["here"]


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The error names the folder and what to do."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(AuroraError, match="not an empty folder") as refused:
        lay_out(tmp_path)
    assert refused.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """A file stands where the parent folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(AuroraError, match="cannot be laid out"):
        lay_out(tmp_path / "file" / "aurora")


def test_the_cores_own_suite_passes_there(tree: Path) -> None:
    """With warnings as errors, and without leaving anything in the work tree."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "unittest", "discover", "-s", "tests"],
        cwd=tree,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert git(tree, "status", "--porcelain", "--ignored") == ""


def test_the_plan_names_files_services_and_endpoints_that_exist(tree: Path) -> None:
    """What the plan imports is on peak and not on main; what it protects is on main."""
    plan = tomllib.loads((tree / "aurora.toml").read_text("utf-8"))
    peak = tree.parent / "peak"
    git(tree, "worktree", "add", "--quiet", str(peak), "peak")
    for pattern in plan["system"]["protect"]:
        assert list(tree.glob(pattern)), pattern
    steps = [step for phase in plan["phases"] for step in phase["actions"] + phase["criteria"]]
    for pattern in (path for step in steps if "import-files" in step for path in step["import-files"]["paths"]):
        assert list(peak.glob(pattern)), pattern
        assert not list(tree.glob(pattern)), pattern
    for step in steps:
        for kind in ("start", "running", "port-owner", "stops-cleanly"):
            assert set(step.get(kind, [])) <= plan["services"].keys()
        assert step.get("gate", "chat") in plan["gates"]
    assert [phase["number"] for phase in plan["phases"]] == [1, 2, 4, 5]
    assert len(plan["gates"]) == 5
