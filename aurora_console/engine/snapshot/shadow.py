"""A git folder of our own, in which git neither converts nor forgets a byte.

`git add` in the user's repository would pass files through line-ending conversion and clean filters, and what came back
would not be what was there. Here attributes switch all of that off, while objects go into the user's store.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aurora_console.engine.snapshot import plumbing

_CONFIG = """[core]
\trepositoryformatversion = {version}
\tbare = false
\tfilemode = true
\tsymlinks = true
\tignorecase = false
\tautocrlf = false
\tsafecrlf = false
\tsplitIndex = false
\tuntrackedCache = false
\tsparseCheckout = false
[extensions]
{extensions}"""
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding\n"

Identity = tuple[int, int, int, int]
"""Of a file or link: inode, size, and the two times in ns; one of them changes whenever its content does."""


@dataclass(frozen=True)
class Taken:
    """A tree written from a work tree."""

    tree: str
    skipped: tuple[str, ...]
    """Neither file nor link."""
    identities: dict[str, Identity]
    """Path -> how the file or link was just before it was read."""


@contextmanager
def opened(root: Path, objects: Path, object_format: str, timeout: float) -> Iterator[Shadow]:
    """Make a shadow over the work tree `root` that keeps its objects in `objects`; it is gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="aurora-console-") as name:
        folder = Path(name)
        for part in ("git/info", "git/objects", "git/refs"):
            (folder / part).mkdir(parents=True)
        (folder / "git/HEAD").write_text("ref: refs/heads/none\n")
        plain = object_format == "sha1"
        extensions = "" if plain else f"\tobjectFormat = {object_format}\n"
        (folder / "git/config").write_text(_CONFIG.format(version=0 if plain else 1, extensions=extensions))
        (folder / "git/info/attributes").write_text(_ATTRIBUTES)
        yield Shadow(folder, root, objects, timeout)


class Shadow:
    """Work tree and object store of the user's, everything else our own."""

    def __init__(self, folder: Path, root: Path, objects: Path, timeout: float) -> None:
        self.folder = folder
        """Scratch space that goes with the shadow."""
        self._root = root
        self._timeout = timeout
        self._env = {
            "GIT_DIR": str(folder / "git"),
            "GIT_WORK_TREE": str(root),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_OBJECT_DIRECTORY": str(objects),
        }

    def take(self, paths: set[str], submodules: dict[str, str]) -> Taken:
        """Write those of `paths` that are files or links as a tree, with `submodules` (path -> commit) as they are.

        The index starts empty: with the user's, its remembered file times would vouch for converted content.
        """
        before: dict[str, Identity] = {}
        skipped: list[str] = []
        links = _Links(self._root)
        for path in sorted(paths):
            found = links.identify(path)
            if isinstance(found, str):
                skipped.append(path)
            elif found is not None:
                before[path] = found
        self._git("update-index", "-z", "--add", "--remove", "--stdin", stdin=_joined(before))
        if submodules:
            known = _joined(f"160000 {sha}\t{path}" for path, sha in submodules.items())
            self._git("update-index", "-z", "--index-info", stdin=known)
        tree = self._git("write-tree")
        return Taken(tree, tuple(skipped), before)

    def extract(self, commit: str, into: Path) -> None:
        """Write the files of `commit` below `into`."""
        self._git("read-tree", commit)
        self._git("checkout-index", "--all", "--force", f"--prefix={into}/")

    def _git(self, *args: str, stdin: bytes = b"") -> str:
        return plumbing.run(self._root, args, env=self._env, stdin=stdin, timeout=self._timeout).text()


def moved(root: Path, identities: Mapping[str, Identity]) -> tuple[str, ...]:
    """Return the paths that are no longer as `identities` tells."""
    links = _Links(root)
    return tuple(path for path, identity in identities.items() if links.identify(path) != identity)


class _Links:
    """Tells what is at a path, and never looks through a link on the way (a folder replaced by a link is gone)."""

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._real: dict[str, bool] = {"": True}

    def identify(self, path: str) -> Identity | str | None:
        """Return what changes whenever the file or link at `path` does; "other" for another kind; None for nothing."""
        if not self._is_real(path.rpartition("/")[0]):
            return None
        try:
            status = os.lstat(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISDIR(status.st_mode):
            return None
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            return "other"
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def _is_real(self, folder: str) -> bool:
        known = self._real.get(folder)
        if known is None:
            known = self._is_real(folder.rpartition("/")[0]) and not os.path.islink(f"{self._root}/{folder}")  # noqa: PTH114  a name that Path would rebuild for each of many files
            self._real[folder] = known
        return known


def _joined(names: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(name) + b"\0" for name in names)
