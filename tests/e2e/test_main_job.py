"""The main job, by key in a real terminal: every phase approved and passed, then everything undone and proven."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, free_offset, git, wait_until
from tests.terminal.pty_console import PtyConsole
from tests.terminal.small import IDENTITY

TITLES = (
    "Snapshot & Preparation",
    "Inventory & Analysis",
    "Activate First Parallel System",
    "Activate Bridge & Nexus",
)


def open_demo(demo: Demo, columns: int, lines: int) -> PtyConsole:
    arguments = ("demo", str(demo.directory), "--port-offset", str(demo.offset))
    return PtyConsole(arguments, demo.directory.parent, columns=columns, lines=lines)


def make_changes_of_an_operator(directory: Path) -> None:
    """Leave dirty files, a staged and an untracked one, one of them with bytes that no text tool survives."""
    with (directory / "tests" / "test_chat.py").open("ab") as dirty:
        dirty.write(b"# checked by hand\r\n")
    (directory / "staged.txt").write_bytes(b"staged\n")
    git(directory, "add", "staged.txt")
    (directory / "staged.txt").write_bytes(b"staged, then changed\n")
    (directory / "untracked.bin").write_bytes(bytes(range(256)))
    (directory / "untracked.bin").chmod(0o750)


def commit_as_somebody_else(directory: Path) -> str:
    """Commit a hotfix on the operator's branch, as a colleague on the same box would; return the commit."""
    (directory / "hotfix.txt").write_text("a lamp was loose\n")
    commit = ["commit", "-q", "-m", "Fix the lamp", "--only", "hotfix.txt"]
    for command in (["add", "hotfix.txt"], commit):
        subprocess.run(["git", "-C", str(directory), *command], check=True, env=os.environ | IDENTITY)
    return git(directory, "rev-parse", "HEAD").strip()


def roll_back_by_key(console: PtyConsole) -> None:
    console.wait_for("COMPLETE", "R roll back")
    console.press("R")
    console.wait_for("RESTORED")


def leave_by_key(console: PtyConsole) -> None:
    console.press("q")
    console.wait_for("Leave the console?")
    console.press("q")
    assert console.wait_for_end() == 0


def test_a_run_by_key_is_undone_by_one_key_and_a_colleagues_commit_stays(demo: Demo) -> None:
    """80 by 24: plain git, /proc and sha256 find what was there before, and the commit made during the third phase."""
    directory = demo.directory
    demo.hasten()
    make_changes_of_an_operator(directory)
    before = demo.fingerprint()
    entries = set(git(directory, "ls-files", "--stage").splitlines())
    with open_demo(demo, 80, 24) as console:
        for title in TITLES[:2]:
            console.approve(title)
        console.approve(TITLES[2])
        wait_until(lambda: demo.state().services["learn"].status == "ready", "learn is ready")
        hotfix = commit_as_somebody_else(directory)
        assert demo.state().phases[2].status == "running"
        console.approve(TITLES[3])
        roll_back_by_key(console)
        rollback = demo.state().rollback
        assert rollback is not None
        assert rollback.proof is not None
        assert any("Fix the lamp" in kept for kept in rollback.proof.kept)
        after = demo.fingerprint()
        leave_by_key(console)
    main = "refs/heads/main"
    assert git(directory, "log", "-1", "--format=%s", main).strip() == "Fix the lamp"
    assert after["refs"] == {**dict_of(before["refs"]), main: hotfix}
    files = dict_of(after["files"])
    assert files.pop("hotfix.txt")
    assert files == before["files"]
    new = set(git(directory, "ls-files", "--stage").splitlines()) ^ entries
    assert [line.partition("\t")[2] for line in new] == ["hotfix.txt"]
    changed = git(directory, "status", "--porcelain=v2").splitlines()
    assert changed == [line for line in str(before["status"]).splitlines() if not line.startswith("#")]
    for same in ("core", "listening", "processes"):
        assert after[same] == before[same], same


def test_a_wide_terminal_shows_the_same_run(demo: Demo) -> None:
    """120 by 40, and nobody else: after `R` even the index is the same bytes; everything is still so after leaving."""
    demo.hasten()
    make_changes_of_an_operator(demo.directory)
    before = demo.fingerprint()
    with open_demo(demo, 120, 40) as console:
        for title in TITLES:
            console.approve(title)
        roll_back_by_key(console)
        assert demo.fingerprint() == before
        leave_by_key(console)
        assert console.shows("goes on running", "--down")
        assert console.modes_left_on() == set()
    assert demo.fingerprint() == before
    assert demo.run("demo", str(demo.directory), "--down").returncode == 0
    assert demo.fingerprint()["core"] is None


@pytest.fixture
def nothing(tmp_path: Path, own_state: Path) -> Iterator[Demo]:
    """Return a demo of which nothing is there yet."""
    demo = Demo(tmp_path / "demo", free_offset(), own_state)
    try:
        yield demo
    finally:
        demo.take_down()


def test_without_a_screen_a_demo_runs_from_nothing_to_its_end(nothing: Demo) -> None:
    """Exit code 0, and every event is one line of JSON with its type."""
    offset = ("--port-offset", str(nothing.offset))
    done = nothing.run("demo", str(nothing.directory), *offset, "--headless", "--approve", "all", "--json")
    assert done.returncode == 0, done.stderr
    kinds = [event["type"] for event in nothing.events(done)]
    assert kinds.count("PhasePassed") == len(TITLES)
    assert nothing.fingerprint()["listening"] == [5000, 5001, 5005, 5010]


def dict_of(value: object) -> dict[str, object]:
    """Return a part of a fingerprint that is a table."""
    assert isinstance(value, dict)
    return value
