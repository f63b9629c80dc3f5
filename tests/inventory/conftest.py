from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Files = Mapping[str, str | bytes]


class Repository:
    """A real git repository to look at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git here, with no configuration but the repository's own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(self.root), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment, timeout=30).stdout

    def write(self, files: Files) -> None:
        """Put files into the work tree."""
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Files) -> None:
        """Commit files on the branch that is checked out."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message=test")

    def branch(self, name: str, files: Files, remove: tuple[str, ...] = ()) -> None:
        """Commit files on a new branch on top of the one that is checked out, and come back."""
        self.git("checkout", "--quiet", "-b", name)
        if remove:
            self.git("rm", "--quiet", *remove)
        self.commit(files)
        self.git("checkout", "--quiet", "main")


MakeRepository = Callable[..., Repository]


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """Return a maker of repositories with a `main` and, if wanted, a `next` branch on top of it."""

    def make(main: Files, coming: Files | None = None, remove: tuple[str, ...] = ()) -> Repository:
        repository = Repository(tmp_path / "work tree")
        repository.commit(main)
        if coming is not None:
            repository.branch("next", coming, remove)
        return repository

    return make
