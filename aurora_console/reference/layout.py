"""Lays the reference system out as a git repository: `main` is the stable state, `peak` what is to be brought in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from aurora_console.errors import AuroraError

PLAN = "aurora.toml"

_SOURCE = Path(__file__).parent
_GIT_TIMEOUT = 30.0
"""Seconds a single git command may take."""
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")

# The story told by the dates: peak left the main line early and lay dormant while main went on.
_CORE_DATE = "2024-05-06T09:00:00+00:00"
_PEAK_DATE = "2024-06-03T09:00:00+00:00"
_PLAN_DATE = "2024-11-04T09:00:00+00:00"


def lay_out(directory: Path) -> None:
    """Create the repository at `directory`, with `main` checked out and clean; the commits are the same every time.

    The folder may be missing or empty; anything else raises AuroraError, and so does a git that fails, in which case
    `directory` is left as it was.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise AuroraError(
            f"{directory} is not an empty folder: the reference system is not laid out there",
            "name a folder that does not exist yet, or an empty one",
        )
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".aurora-", dir=directory.parent) as made:
            tree = Path(made)
            _build(tree)
            directory.mkdir(exist_ok=True)
            # Moved entry by entry, so that an empty folder somebody stands in stays the same folder. `.git` comes last:
            # whoever sees it sees a whole repository.
            for entry in sorted(tree.iterdir(), key=lambda entry: entry.name == ".git"):
                entry.rename(directory / entry.name)
    except OSError as error:
        raise AuroraError(
            f"the reference system cannot be laid out in {directory}: {error.strerror or error}",
            "name a folder that you may write to, with a few megabytes of room",
        ) from error


def _build(tree: Path) -> None:
    _git(tree, _CORE_DATE, "init", "--quiet", "--initial-branch=main")
    shutil.copytree(_SOURCE / "current", tree, ignore=_LEFT_OUT, dirs_exist_ok=True)
    _commit(tree, _CORE_DATE, "Aurora core: program synthesis over HTTP")
    _git(tree, _PEAK_DATE, "checkout", "--quiet", "-b", "peak")
    shutil.copytree(_SOURCE / "peak", tree, ignore=_LEFT_OUT, dirs_exist_ok=True)
    _commit(tree, _PEAK_DATE, "Peak state: learn, bridge and nexus around the core")
    _git(tree, _PLAN_DATE, "checkout", "--quiet", "main")
    shutil.copyfile(_SOURCE / PLAN, tree / PLAN)
    _commit(tree, _PLAN_DATE, "Plan: bring the peak state in, phase by phase")


def _commit(tree: Path, date: str, message: str) -> None:
    _git(tree, date, "add", "--all")
    _git(tree, date, "commit", "--quiet", "--message", message)


def _git(tree: Path, date: str, *arguments: str) -> None:
    # The user's git settings and a GIT_DIR in the environment must not change what is made.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Aurora",
        "GIT_AUTHOR_EMAIL": "aurora@localhost",
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": "Aurora",
        "GIT_COMMITTER_EMAIL": "aurora@localhost",
        "GIT_COMMITTER_DATE": date,
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "-C", str(tree), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        raise AuroraError("git is not installed", "install git 2.28 or newer") from error
    except subprocess.TimeoutExpired as error:
        raise AuroraError(
            f"git {arguments[0]} did not end within {_GIT_TIMEOUT:g} s in {tree}", "is the disk answering?"
        ) from error
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise AuroraError(f"git {arguments[0]} failed in {tree}: {said}", "is git 2.28 or newer installed?")
