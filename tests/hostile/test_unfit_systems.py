"""Systems on which no run can begin: each gets a clear message and exit code 2, and nothing of it is changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.engine.systems import System, git

PHASE = {"actions": [{"backup-branch": True}, {"start": ["alpha"]}]}


def fingerprint(root: Path) -> dict[str, str]:
    """Return path -> content of everything below `root`, git's own files included."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def is_refused(system: System, *words: str) -> None:
    """Run the plan, and see that it ends with 2 and these words, that nothing changed and that no run is open."""
    system.trust()
    before = fingerprint(system.root)
    done = system.run("run", "--headless", "--approve", "all")
    assert done.returncode == 2, (done.stdout, done.stderr)
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert fingerprint(system.root) == before
    assert system.marked() == []
    assert "no run has been begun here" in system.run("status").stdout
    again = system.run("rollback")
    assert again.returncode == 2
    assert "no run is under way" in again.stderr


def test_a_folder_that_is_no_git_repository(system: System) -> None:
    """It says that it is none."""
    system.plan(PHASE)
    (system.root / ".git").rename(system.root.parent / "moved.git")
    is_refused(system, "git")


def test_a_bare_repository(system: System) -> None:
    """It has no files to work on, and the hint says what to do."""
    system.plan(PHASE)
    git(system.root, "config", "core.bare", "true")
    is_refused(system, "bare repository")


def test_a_repository_without_a_commit(system: System) -> None:
    """There is nothing to go back to."""
    system.plan(PHASE)
    (system.root / ".git").rename(system.root.parent / "moved.git")
    git(system.root, "init", "--quiet", "--initial-branch=main")
    is_refused(system, "no commit yet")


def test_a_merge_under_way(system: System) -> None:
    """It is named with the way out."""
    system.plan(PHASE)
    (system.root / ".git" / "MERGE_HEAD").write_text(git(system.root, "rev-parse", "peak") + "\n")
    is_refused(system, "a merge is under way", "git merge --abort")


def test_a_target_that_names_no_commit(system: System) -> None:
    """The name is shown, and how to see which there are."""
    system.plan(PHASE, system={"target": "no-such-branch"})
    is_refused(system, "no-such-branch", "git branch -a")


def test_a_plan_in_a_folder_below_the_repository(system: System) -> None:
    """The hint names where it should lie."""
    inner = system.root / "inner"
    inner.mkdir()
    (inner / "service.py").write_text((system.root / "service.py").read_text())
    system.plan(PHASE)
    (system.root / "aurora.toml").rename(inner / "aurora.toml")
    (inner / "core.txt").write_text("x")
    (inner / "templates").mkdir()
    (inner / "templates" / "page.html").write_text("x")
    system.root = inner
    system.load()
    is_refused(system, "not the top level")


@pytest.mark.parametrize("where", ["state folder", "plan"])
def test_a_place_that_cannot_be_used(system: System, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder inside the work tree, and a plan that is a folder, are refused in words."""
    system.plan(PHASE)
    system.trust()
    if where == "plan":
        (system.root / "aurora.toml").unlink()
        (system.root / "aurora.toml").mkdir()
    else:
        monkeypatch.setenv("XDG_STATE_HOME", str(system.root / "state"))
        system.trust()
    done = system.run("run", "--headless", "--approve", "all")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("aurora-console: ") or "aurora.toml" in done.stderr
    assert system.marked() == []
