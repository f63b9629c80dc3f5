"""Real repositories, looked at with plain git."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., bytes]


def run_git(root: Path, *args: str) -> bytes:
    """Run plain git and return what it prints."""
    identity = ("-c", "user.name=Op", "-c", "user.email=op@example.org")
    return subprocess.run(["git", *identity, *args], cwd=root, check=True, capture_output=True).stdout


@pytest.fixture
def git() -> Git:
    """Plain git, apart from the product's."""
    return run_git


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with one commit on `main`."""
    folder = tmp_path / "system"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "main")
    (folder / "core.py").write_text("print('core')\n")
    (folder / "templates").mkdir()
    (folder / "templates" / "page.html").write_text("<p>hello</p>\n")
    (folder / ".gitignore").write_text("*.log\n/build/\n")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "first")
    return folder


def contents(folder: Path) -> dict[bytes, tuple[str, bytes, int]]:
    """Return every file and link below `folder`, without `.git`: path -> (kind, content, owner's execute bit)."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if name.parts[0] == ".git":
            continue
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[os.fsencode(name)] = ("link", os.fsencode(path.readlink()), 0)
        elif stat.S_ISREG(mode):
            found[os.fsencode(name)] = ("file", path.read_bytes(), mode & 0o100)
    return found


@pytest.fixture(name="contents")
def _contents() -> Callable[[Path], dict[bytes, tuple[str, bytes, int]]]:
    """Every file and link below a folder, read without the product."""
    return contents


@pytest.fixture
def standing() -> Callable[[Path], dict[str, object]]:
    """Everything that a snapshot must leave as it is, read with plain git and from the disk."""

    def look(folder: Path) -> dict[str, object]:
        index = Path(os.fsdecode(run_git(folder, "rev-parse", "--git-path", "index")[:-1]))
        raw = (folder / index).read_bytes()
        no_lock = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        return {
            "index": hashlib.sha256(raw).hexdigest(),
            "files": contents(folder),
            "times": {
                str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*")) if ".git" not in path.parts
            },
            "head": run_git(folder, "log", "-1", "--format=%D %H"),
            "refs": _refs(folder),
            "status": subprocess.run(
                ["git", "status", "--porcelain=v2", "-z", "--ignored"],
                cwd=folder,
                env=no_lock,
                check=True,
                capture_output=True,
            ).stdout,
        }

    return look


def _refs(folder: Path) -> list[bytes]:
    return [line for line in run_git(folder, "for-each-ref").splitlines() if b"refs/aurora/" not in line]
