"""Which files there are, and what is in them. Only looks: nothing is written, and nothing that lies there is run."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aurora_console.errors import AuroraError

READ_LIMIT = 2 * 1024**2
"""Bytes; larger files are counted and compared, not read."""
_BATCH_BYTES = 32 * 1024**2
_GIT_TIMEOUT = 60.0
_SUBMODULE = "160000"
_LINK = "120000"
_REASONS = {
    "link": "a symbolic link",
    "submodule": "a repository of its own",
    "missing": "tracked, but missing in the work tree",
    "special": "not a regular file",
}


@dataclass(frozen=True)
class Entry:
    """One file of a tree."""

    path: str
    """Relative, `/` between parts; bytes that are no UTF-8 as surrogates, as Python has it."""
    kind: str
    """`file`, or a key of `_REASONS`."""
    size: int
    blob: str = ""
    """Git's name of the content; empty for the work tree."""

    @property
    def shown(self) -> str:
        """The path as text that any encoder takes."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")

    @property
    def unreadable(self) -> str:
        """Why the content is not looked at; empty when it is."""
        if self.kind != "file":
            return _REASONS[self.kind]
        return f"larger than {READ_LIMIT // 1024**2} MB" if self.size > READ_LIMIT else ""


class WorkTree:
    """What lies in a folder: tracked files, and untracked ones that are not ignored."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ref = ""
        self.commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_fail=True).decode().strip()
        self.entries = {entry.shown: entry for entry in self._look()}

    def _look(self) -> Iterator[Entry]:
        submodules, paths = set(), set()
        for record in _records(_git(self.root, "ls-files", "-z", "--stage")):
            head, _, path = record.partition("\t")
            paths.add(path)
            if head.startswith(_SUBMODULE):
                submodules.add(path)
        # A nested repository is listed as a folder, with a slash at its end.
        paths |= {p.rstrip("/") for p in _records(_git(self.root, "ls-files", "-z", "--others", "--exclude-standard"))}
        real: dict[str, bool] = {"": True}
        for path in sorted(paths):
            if path in submodules:
                yield Entry(path, "submodule", 0)
            elif not _lies_inside(self.root, path, real):
                yield Entry(path, "missing", 0)
            else:
                yield self._entry(path)

    def _entry(self, path: str) -> Entry:
        try:
            status = (self.root / path).lstat()
        except FileNotFoundError:
            return Entry(path, "missing", 0)
        if stat.S_ISLNK(status.st_mode):
            return Entry(path, "link", status.st_size)
        if stat.S_ISREG(status.st_mode):
            return Entry(path, "file", status.st_size)
        return Entry(path, "submodule" if (self.root / path / ".git").exists() else "special", 0)

    def contents(self) -> Iterator[tuple[Entry, bytes | str]]:
        """Yield each readable file's bytes, or why it could not be read."""
        for entry in self.entries.values():
            if not entry.unreadable:
                try:
                    yield entry, self._read(entry)
                except OSError as error:
                    yield entry, error.strerror or "cannot be read"

    def _read(self, entry: Entry) -> bytes:
        descriptor = os.open(self.root / entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(READ_LIMIT)

    def equals(self, mine: Entry, theirs: Entry) -> bool:
        """Say whether a file here has the bytes of a file of a `RefTree`. Its size decides most cases."""
        if mine.kind != theirs.kind or mine.kind not in {"file", "link"} or mine.size != theirs.size:
            return False
        digest = hashlib.new("sha256" if len(theirs.blob) == 64 else "sha1", usedforsecurity=False)
        digest.update(b"blob %d\0" % mine.size)
        try:
            if mine.kind == "link":
                # Path.readlink would tidy the target; git keeps its bytes.
                digest.update(os.fsencode(os.readlink(self.root / mine.path)))  # noqa: PTH115  see above
            else:
                descriptor = os.open(self.root / mine.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                with os.fdopen(descriptor, "rb") as file:
                    while block := file.read(1024**2):
                        digest.update(block)
        except OSError:
            return False  # unreadable is listed as such; it is not known to be the same
        return digest.hexdigest() == theirs.blob


class RefTree:
    """What a commit holds."""

    def __init__(self, root: Path, ref: str) -> None:
        self.root = root
        self.ref = ref
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", may_fail=True)
        self.commit = found.decode().strip()
        if not self.commit:
            raise AuroraError(f"{ref!r} is no commit in {root}", "`git branch -a` and `git tag` list what there is.")
        self.entries = {entry.shown: entry for entry in self._look()}

    def _look(self) -> Iterator[Entry]:
        for record in _records(_git(self.root, "ls-tree", "-r", "-l", "-z", self.commit)):
            head, _, path = record.partition("\t")
            mode, _, blob, size = head.split()
            kind = {_SUBMODULE: "submodule", _LINK: "link"}.get(mode, "file")
            yield Entry(path, kind, int(size) if size.isdecimal() else 0, blob)

    def contents(self) -> Iterator[tuple[Entry, bytes | str]]:
        """Yield each readable file's bytes; read in batches of bounded size."""
        batch: list[Entry] = []
        total = 0
        for entry in self.entries.values():
            if entry.unreadable:
                continue
            batch.append(entry)
            total += entry.size
            if total > _BATCH_BYTES:
                yield from self._read(batch)
                batch, total = [], 0
        yield from self._read(batch)

    def _read(self, batch: list[Entry]) -> Iterator[tuple[Entry, bytes | str]]:
        if not batch:
            return
        output = memoryview(
            _git(self.root, "cat-file", "--batch", given="".join(f"{entry.blob}\n" for entry in batch).encode())
        )
        position = 0
        for entry in batch:
            header_end = position + bytes(output[position : position + 200]).index(b"\n")
            fields = bytes(output[position:header_end]).split()
            position = header_end + 1
            if len(fields) != 3:
                yield entry, "its content is missing in the repository"
                continue
            size = int(fields[2])
            yield entry, bytes(output[position : position + size])
            position += size + 1


def _records(output: bytes) -> list[str]:
    return [os.fsdecode(record) for record in output.split(b"\0") if record]


def _lies_inside(root: Path, path: str, real: dict[str, bool]) -> bool:
    """Say whether no folder above `path` is a link, which could lead out of the tree. `real` remembers."""
    parent = path.rpartition("/")[0]
    if parent not in real:
        real[parent] = _lies_inside(root, parent, real) and not (root / parent).is_symlink()
    return real[parent]


def _git(root: Path, *arguments: str, given: bytes = b"", may_fail: bool = False) -> bytes:
    """Run git in `root`, without locks, hooks or questions, whatever the environment says of other repositories."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(
            command, check=False, input=given, capture_output=True, env=environment, timeout=_GIT_TIMEOUT
        )
    except FileNotFoundError as error:
        raise AuroraError("git is not installed", "Install git and try again.") from error
    except subprocess.TimeoutExpired as error:
        raise AuroraError(
            f"git {arguments[0]} did not end within {_GIT_TIMEOUT:.0f} s in {root}", "Is the disk slow or gone?"
        ) from error
    if done.returncode and not may_fail:
        said = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        first = said[0] if said else f"it ended with {done.returncode}"
        raise AuroraError(f"git {arguments[0]} failed in {root}: {first}", "An inventory needs a git work tree.")
    return done.stdout
