"""A snapshot of a work tree of 5,000 files: 4,800 committed, of which 100 are edited, and 200 untracked.

Ours keeps work tree and index byte for byte under a ref of its own, checks that nothing moved meanwhile, and
disturbs nothing. Peers: `git stash create` (leaves untracked files out and goes by the index's remembered times),
`git add -A` and `write-tree` on a copy of the index (goes by the remembered times too), and the same on an empty
index, which, like ours, reads every byte. Before each run the edited and untracked files get new content, so that
each has as many objects to write. Files are about 2 kB.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.git import OUR_REFS, Repository
from bench.figures import Row, interleaved, run_alone

COMMITTED = 4800
EDITED = 100
UNTRACKED = 200
_SIZE = 2000
"""Bytes of a file."""


def measure(repetitions: int) -> list[Row]:
    """Measure snapshots."""
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as name:
        root, scratch = Path(name) / "tree", Path(name) / "index"
        _lay_out(root)
        repository = Repository.open(root)

        def ours() -> None:
            repository.take(f"{OUR_REFS}snapshot/{uuid.uuid4().hex}", "bench", files.looks_secret)

        def stash() -> None:
            _git(root, "stash", "create")

        def add() -> None:
            shutil.copy2(root / ".git" / "index", scratch)
            _add_to(root, scratch)

        def add_anew() -> None:
            scratch.unlink(missing_ok=True)
            _add_to(root, scratch)

        ways = {"ours": ours, "stash": stash, "add": add, "anew": add_anew}
        found = interleaved(repetitions, {way: _timed(root, run) for way, run in ways.items()}, "s")
    return [
        Row(figure="snapshot of 5,000 files", ours=found["ours"], peer=what, theirs=found[way])
        for way, what in (
            ("stash", "git stash create"),
            ("add", "git add -A, write-tree"),
            ("anew", "git add -A into an empty index, write-tree"),
        )
    ]


def _timed(root: Path, run: Callable[[], None]) -> Callable[[], float]:
    def measured() -> float:
        _edit(root)
        before = time.perf_counter()
        run()
        return time.perf_counter() - before

    return measured


def _lay_out(root: Path) -> None:
    for number in range(COMMITTED):
        _write(root / f"part{number % 50}" / f"file{number}.py")
    _git(root, "init", "--quiet")
    _git(root, "add", "-A")
    _git(root, "commit", "--quiet", "-m", "laid out")


def _edit(root: Path) -> None:
    for number in range(EDITED):
        _write(root / f"part{number % 50}" / f"file{number}.py")
    for number in range(UNTRACKED):
        _write(root / "new" / f"file{number}.py")


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(f"value_{random.getrandbits(64)} = {random.random()}" for _ in range(_SIZE // 45)))


def _add_to(root: Path, index: Path) -> None:
    _git(root, "add", "-A", index=index)
    _git(root, "write-tree", index=index)


def _git(root: Path, *arguments: str, index: Path | None = None) -> None:
    own = {"GIT_INDEX_FILE": str(index)} if index else {}
    who = {"GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@localhost"}
    who |= {"GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@localhost"}
    subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={**os.environ, **who, **own},
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
