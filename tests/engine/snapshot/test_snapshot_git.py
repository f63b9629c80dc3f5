"""The repository is opened only when a run can begin there, and added to without moving what is not ours."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from aurora_console.engine.snapshot.files import looks_secret
from aurora_console.engine.snapshot.git import Repository
from aurora_console.errors import AuroraError

Git = Callable[..., bytes]
Look = Callable[[Path], Any]


def _sha(git: Git, root: Path, ref: str) -> str:
    return git(root, "rev-parse", ref).decode().strip()


def _is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _conflict(git: Git, root: Path, command: str) -> None:
    """Leave `root` in the middle of a merge, rebase, cherry-pick or revert that cannot be completed."""
    git(root, "checkout", "-q", "-b", "side")
    (root / "core.py").write_text("side\n")
    git(root, "commit", "-qam", "side")
    git(root, "checkout", "-q", "main")
    (root / "core.py").write_text("main\n")
    git(root, "commit", "-qam", "main")
    target = "HEAD~1" if command == "revert" else "side"
    if command == "revert":
        (root / "core.py").write_text("later\n")
        git(root, "commit", "-qam", "later")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, command, target)


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick", "revert"])
def test_repository_in_the_middle_of_something_is_refused(root: Path, git: Git, command: str) -> None:
    """A run does not begin on top of an unfinished merge, yet a rollback can open it."""
    _conflict(git, root, command)
    with pytest.raises(AuroraError, match=f"a {command} is under way") as refused:
        Repository.open(root)
    assert "--abort" in refused.value.hint
    assert Repository.open(root, settled=False).head().commit


def test_conflicts_without_a_merge_are_refused(root: Path, git: Git) -> None:
    """Conflicts in the index alone (as `git stash pop` leaves them) are named."""
    (root / "core.py").write_text("stashed\n")
    git(root, "stash")
    (root / "core.py").write_text("other\n")
    git(root, "commit", "-qam", "other")
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "stash", "pop")
    with pytest.raises(AuroraError, match=r"1 files .* have conflicts: core\.py"):
        Repository.open(root)


def test_places_that_are_no_work_tree_are_refused(root: Path, tmp_path: Path, git: Git) -> None:
    """Each says what it is and what to do."""
    (tmp_path / "plain").mkdir()
    git(tmp_path, "init", "-q", "--bare", "bare")
    git(tmp_path, "init", "-q", "empty")
    cases = {
        tmp_path / "absent": "is not a folder",
        tmp_path / "plain": "is not a git repository",
        tmp_path / "bare": "is a bare repository",
        tmp_path / "empty": "has no commit yet",
        root / "templates": "is not the top level",
        root / ".git": "is inside a .git folder",
    }
    for place, words in cases.items():
        with pytest.raises(AuroraError, match=words) as refused:
            Repository.open(place)
        assert refused.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_repository_of_another_user_is_refused_with_the_way_out(root: Path) -> None:
    """Git's own guard is turned into words that say what to do."""
    for path in (root, root / ".git"):
        os.chown(path, 54321, 54321)
    with pytest.raises(AuroraError, match="belongs to another user") as refused:
        Repository.open(root)
    assert "safe.directory" in refused.value.hint


def test_git_that_hangs_is_ended_with_its_children(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stuck git costs its deadline, not the engine's thread."""
    repo = Repository.open(root)
    stuck = tmp_path / "bin"
    stuck.mkdir()
    (stuck / "git").write_text(
        f"#!{sys.executable}\nimport pathlib, subprocess\nchild = subprocess.Popen(['sleep', '1000'])\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\nchild.wait()\n"
    )
    (stuck / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{stuck}:{os.environ['PATH']}")
    with pytest.raises(AuroraError, match="did not end within"):
        Repository(repo.root, 2).refs()
    child = (tmp_path / "pid").read_text()
    deadline = time.monotonic() + 10
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_missing_git_is_said(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git the message names it."""
    repo = Repository.open(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AuroraError, match="git cannot be run"):
        repo.refs()


def test_head_refs_and_resolve_tell_what_plain_git_tells(root: Path, git: Git) -> None:
    """Branches, tags, stash and remotes are all there; a tag leads to its commit; a detached HEAD has no branch."""
    git(root, "tag", "-a", "-m", "x", "v1")
    (root / "core.py").write_text("stashed\n")
    git(root, "stash")
    git(root, "update-ref", "refs/remotes/origin/main", "HEAD")
    repo = Repository.open(root)
    assert repo.head().branch == "main"
    assert set(repo.refs()) == {"refs/heads/main", "refs/tags/v1", "refs/stash", "refs/remotes/origin/main"}
    assert repo.refs()["refs/tags/v1"] == _sha(git, root, "v1")
    assert repo.resolve("v1") == _sha(git, root, "main")
    git(root, "checkout", "-q", "--detach")
    assert repo.head().branch is None
    for name in ("peak", "--help", "main..v1", "\x1b[31mred"):
        with pytest.raises(AuroraError, match="names no commit") as unknown:
            repo.resolve(name)
        assert "\x1b" not in str(unknown.value)


def test_commits_between_two_are_listed_newest_first_and_harmless(root: Path, git: Git) -> None:
    """A subject with escape sequences is shown without them."""
    first = _sha(git, root, "HEAD")
    git(root, "commit", "-q", "--allow-empty", "-m", "red \x1b[31malert\n\nbody")
    git(root, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
    commits = Repository.open(root).log_between(first, "HEAD")
    assert [(one.author, one.subject) for one in commits] == [("Op", ""), ("Op", "red alert")]
    assert commits[0].sha == _sha(git, root, "HEAD")
    assert Repository.open(root).log_between("HEAD", first) == []


def test_backup_branch_is_made_once_and_never_moved(root: Path, git: Git, standing: Look) -> None:
    """The same commit is fine, another is somebody else's; removal only while it is still ours."""
    repo = Repository.open(root)
    first = repo.head().commit
    before = standing(root)
    assert repo.create_branch("backup", first) is True
    assert repo.create_branch("backup", first) is False
    git(root, "commit", "-q", "--allow-empty", "-m", "second")
    with pytest.raises(AuroraError, match="not this run's") as refused:
        repo.create_branch("backup", repo.head().commit)
    assert "backup_branch" in refused.value.hint
    assert repo.delete_branch_if("backup", repo.head().commit) is False
    assert _sha(git, root, "backup") == first
    assert repo.delete_branch_if("backup", first) is True
    assert repo.delete_branch_if("backup", first) is False
    git(root, "update-ref", "refs/heads/main", first)
    assert standing(root) == before
    for name in ("-d", "a..b", "a b", ""):
        with pytest.raises(AuroraError, match="cannot be the name of a branch"):
            repo.create_branch(name, first)


def test_branch_that_is_checked_out_is_not_removed(root: Path, tmp_path: Path, git: Git) -> None:
    """Nobody's HEAD is left without its branch, not even another work tree's."""
    repo = Repository.open(root)
    git(root, "worktree", "add", "-q", "-b", "elsewhere", str(tmp_path / "linked"))
    for name in ("main", "elsewhere"):
        assert repo.delete_branch_if(name, repo.head().commit) is False
    assert "refs/heads/elsewhere" in repo.refs()


def test_only_our_refs_are_removed(root: Path, git: Git, standing: Look) -> None:
    """Everything below refs/aurora/ goes, nothing else can."""
    before = standing(root)
    repo = Repository.open(root)
    repo.take("refs/aurora/snapshot/one", "one", looks_secret)
    repo.take("refs/aurora/rescue/one", "two", looks_secret)
    assert repo.delete_refs("refs/aurora/rescue/") == ("refs/aurora/rescue/one",)
    assert repo.delete_refs() == ("refs/aurora/snapshot/one",)
    assert repo.delete_refs() == ()
    assert git(root, "for-each-ref", "refs/aurora/") == b""
    with pytest.raises(AuroraError):
        repo.delete_refs("refs/heads/")
    assert standing(root) == before


def test_trees_and_blobs_give_what_was_committed(root: Path, git: Git) -> None:
    """Entries by path with mode and size; contents in the order asked for; a missing object is an error."""
    (root / "run.sh").write_bytes(b"#!/bin/sh\r\n\0")
    (root / "run.sh").chmod(0o755)
    (root / "new\nline").symlink_to("run.sh")
    (root / "empty").touch()
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    repo = Repository.open(root)
    tree = repo.tree("main")
    assert (tree["run.sh"].mode, tree["run.sh"].size) == (0o100755, 12)
    assert tree["new\nline"].mode == 0o120000
    wanted = [tree[path].sha for path in ("run.sh", "empty", "new\nline")]
    assert [data for _, data in repo.blobs(wanted)] == [b"#!/bin/sh\r\n\0", b"", b"run.sh"]
    assert list(repo.blobs([])) == []
    with pytest.raises(AuroraError, match="cannot be read"):
        list(repo.blobs([wanted[0], "0" * 39 + "1"]))


def test_reading_of_blobs_may_stop_early(root: Path) -> None:
    """A reader that has enough leaves no git behind."""
    repo = Repository.open(root)
    sha = repo.tree("main")["core.py"].sha
    stream = repo.blobs([sha] * 10_000)
    assert next(stream)[0] == sha
    assert isinstance(stream, Generator)
    stream.close()


def test_ignored_paths_are_told(root: Path, git: Git) -> None:
    """Names are taken as they are written, wildcards included."""
    (root / "build").mkdir()
    (root / "build/out").touch()
    (root / "[c]ore.py").touch()
    git(root, "add", "-f", "build/out")
    repo = Repository.open(root)
    names = ["a.log", "core.py", "build/new", "new\nline.log", ":(top)x.log", "*", "x/y"]
    assert repo.ignored(names) == {"a.log", "build/new", "new\nline.log", ":(top)x.log"}
    assert repo.ignored([]) == frozenset()


def test_snapshot_modules_do_not_import_gitpython_until_needed() -> None:
    """Opening the console does not pay for it."""
    code = (
        "import sys, aurora_console.engine.snapshot.files, aurora_console.engine.snapshot.verify\n"
        "sys.exit('git' in sys.modules or 'textual' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
