"""The state folder is private, out of the work tree's reach, and has one console in control."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.state.folder import BALLAST_SIZE, ControlHeldError, ControlLock, StateFolder
from aurora_console.state.model import ControlState
from aurora_console.state.values import Actor, ProcessId


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "tree"
    path.mkdir()
    return path


def holder(user: str = "deploy") -> ControlState:
    process = ProcessId(pid=os.getpid(), start_ticks=1, boot_id="boot")
    return ControlState(process=process, actor=Actor(user=user, origin="10.0.0.5"), since=1.7e9)


def test_the_folder_is_made_private_under_the_state_home(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies in XDG_STATE_HOME, is 0700 whatever the umask, and is the same through another path to the root."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    mask = os.umask(0)
    try:
        folder = StateFolder.for_root(root, "aurora")
    finally:
        os.umask(mask)
    assert folder.path.parent == tmp_path / "home/aurora-console"
    assert folder.path.name.startswith("aurora-")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.ballast.stat().st_size == BALLAST_SIZE
    (tmp_path / "link").symlink_to(root)
    assert StateFolder.for_root(tmp_path / "link", "aurora") == folder
    assert StateFolder.read_only(root, "aurora") == folder


def test_two_systems_of_one_name_have_two_folders(tmp_path: Path) -> None:
    """The root's path tells them apart, and a name that is no file name does no harm."""
    names = {StateFolder.for_root(tmp_path / root, "../Au rora/", tmp_path / "s").path for root in ("a", "b")}
    assert len(names) == 2
    for path in names:
        assert path.parent == tmp_path / "s"
        assert path.name.startswith("Au-rora-")


def test_rights_of_others_are_taken_away(root: Path, tmp_path: Path) -> None:
    """A folder that was opened to others by mistake is closed again."""
    path = StateFolder.for_root(root, "aurora", tmp_path / "s").path
    path.chmod(0o755)
    StateFolder.for_root(root, "aurora", tmp_path / "s")
    assert path.stat().st_mode & 0o777 == 0o700


def test_a_folder_inside_the_work_tree_is_refused_before_it_is_made(root: Path) -> None:
    """Neither below the root, nor below the git work tree that the root is a part of."""
    (root / ".git").mkdir()
    part = root / "services" / "aurora"
    part.mkdir(parents=True)
    for place, base in ((root, root / ".state"), (part, root / "state"), (part, part / "state")):
        with pytest.raises(AuroraError, match="inside the work tree") as caught:
            StateFolder.for_root(place, "aurora", base)
        assert "XDG_STATE_HOME" in caught.value.hint
        assert not base.exists()


def test_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    """Somebody who can place a link must not decide where the state is written."""
    path = StateFolder.for_root(root, "aurora", tmp_path / "s").path
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    for open_ in (StateFolder.for_root, StateFolder.read_only):
        with pytest.raises(AuroraError, match="symbolic link"):
            open_(root, "aurora", tmp_path / "s")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(root: Path, tmp_path: Path) -> None:
    """The error names both users."""
    path = StateFolder.for_root(root, "aurora", tmp_path / "s").path
    os.chown(path, 54321, 54321)
    with pytest.raises(AuroraError, match="belongs to user 54321, not to root"):
        StateFolder.for_root(root, "aurora", tmp_path / "s")


def test_a_place_that_cannot_be_written_is_a_clear_error(root: Path, tmp_path: Path) -> None:
    """Below a file, and in a file system that takes no folders, the hint says what to set."""
    (tmp_path / "file").touch()
    for base in (tmp_path / "file", Path("/proc/aurora")):
        with pytest.raises(AuroraError, match="Cannot create the state folder") as caught:
            StateFolder.for_root(root, "aurora", base)
        assert "XDG_STATE_HOME" in caught.value.hint


def test_a_reader_of_what_was_never_run_creates_nothing(root: Path, tmp_path: Path) -> None:
    """It says so instead."""
    with pytest.raises(AuroraError, match="There is no state of aurora"):
        StateFolder.read_only(root, "aurora", tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", "a\0b"])
def test_a_service_cannot_lead_out_of_the_folder(root: Path, tmp_path: Path, name: str) -> None:
    """Names come from a plan and become parts of paths."""
    folder = StateFolder.for_root(root, "aurora", tmp_path / "s")
    for part in (folder.logs, folder.service, folder.snapshot):
        with pytest.raises(AuroraError, match="cannot be the name of a folder"):
            part(name)
    assert folder.logs("bridge") == folder.path / "logs/bridge"


def test_the_ballast_is_given_up_once(root: Path, tmp_path: Path) -> None:
    """The second time there is nothing left to give."""
    folder = StateFolder.for_root(root, "aurora", tmp_path / "s")
    assert folder.ballast.stat().st_blocks * 512 >= BALLAST_SIZE
    assert folder.release_ballast()
    assert not folder.release_ballast()


def test_a_lock_that_is_a_link_is_told_to_whoever_looks_or_acts(tmp_path: Path) -> None:
    """It could lead anywhere, so it is neither followed nor taken for a free lock."""
    path = tmp_path / "lock"
    path.symlink_to(tmp_path / "elsewhere")
    for look in (ControlLock.is_held_by_any, ControlLock.holder, lambda path: ControlLock(path).acquire(holder())):
        with pytest.raises(AuroraError, match="Cannot open the lock"):
            look(path)
    assert not (tmp_path / "elsewhere").exists()


HOLDS = """
import os, sys
from pathlib import Path
from aurora_console.state.folder import ControlLock
from aurora_console.state.model import ControlState
from aurora_console.state.values import Actor, ProcessId

process = ProcessId(pid=os.getpid(), start_ticks=1, boot_id="boot")
ControlLock(Path(sys.argv[1])).acquire(
    ControlState(process=process, actor=Actor(user="d\\x1b[31meploy", origin="10.0.0.5"), since=1.7e9)
)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_console_is_told_who_is_in_control(tmp_path: Path) -> None:
    """It names pid, user, origin and since when; control is free again the moment that process is killed."""
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        lock = ControlLock(path)
        with pytest.raises(
            ControlHeldError, match=f"process {other.pid}, deploy from 10.0.0.5 .*, since 2023-11-"
        ) as no:
            lock.acquire(holder())
        assert no.value.holder == ControlLock.holder(path)
        assert ControlLock.is_held_by_any(path)
        assert not lock.is_held
        other.kill()
    assert not ControlLock.is_held_by_any(path)
    assert ControlLock.holder(path) is None
    with lock:
        lock.acquire(holder("next"))
        found = ControlLock.holder(path)
        assert found is not None
        assert found.actor.user == "next"
        assert path.stat().st_mode & 0o777 == 0o600
    assert not ControlLock.is_held_by_any(path)


def test_the_lock_within_one_process_is_exclusive_too(tmp_path: Path) -> None:
    """A second object of the same process does not get it, whether or not its holder can be read."""
    one, two = ControlLock(tmp_path / "lock"), ControlLock(tmp_path / "lock")
    with one, two:
        one.acquire(holder())
        (tmp_path / "lock").write_text("{")
        with pytest.raises(ControlHeldError) as caught:
            two.acquire(holder())
        assert caught.value.holder is None
        one.release()
        two.acquire(holder())


def open_files(pid: int) -> set[Path]:
    return {entry.readlink() for entry in list(Path(f"/proc/{pid}/fd").iterdir()) if os.path.lexists(entry)}


def test_a_child_does_not_inherit_control(tmp_path: Path) -> None:
    """A program started meanwhile has no descriptor of the lock, and does not keep it when the console lets go."""
    path = tmp_path / "lock"
    lock = ControlLock(path)
    lock.acquire(holder())
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False) as child:
        assert path in open_files(os.getpid())
        assert path not in open_files(child.pid)
        lock.release()
        assert child.poll() is None
        assert not ControlLock.is_held_by_any(path)


def test_nobody_holds_a_lock_that_does_not_exist(tmp_path: Path) -> None:
    """Asking creates no file."""
    assert ControlLock.holder(tmp_path / "lock") is None
    assert not (tmp_path / "lock").exists()
