"""The repository as the tests here read it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that is in the repository or about to be, relative to its root; links are left out."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    ).stdout
    paths = (Path(name) for name in listed.decode().split("\0") if name)
    return tuple(sorted(path for path in set(paths) if (ROOT / path).is_file() and not (ROOT / path).is_symlink()))


def product_sources() -> tuple[Path, ...]:
    """Return the Python files that are not tests."""
    return tuple(path for path in project_files() if path.suffix == ".py" and path.parts[0] != "tests")
