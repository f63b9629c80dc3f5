"""The operator's repository: looked at, added to under names of our own, never disturbed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aurora_console.engine.snapshot import plumbing, shadow
from aurora_console.engine.snapshot.plumbing import Answer
from aurora_console.errors import AuroraError
from aurora_console.text import clean

OUR_REFS = "refs/aurora/"
AUTHOR = {
    "GIT_AUTHOR_NAME": "aurora-console",
    "GIT_AUTHOR_EMAIL": "aurora-console@localhost",
    "GIT_COMMITTER_NAME": "aurora-console",
    "GIT_COMMITTER_EMAIL": "aurora-console@localhost",
}

_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "sequencer": "cherry-pick or revert",
}


@dataclass(frozen=True)
class Head:
    """Where HEAD stands."""

    branch: str | None
    """Short name; None when HEAD is detached."""
    commit: str


@dataclass(frozen=True)
class Commit:
    """One line of history, cleaned for a terminal."""

    sha: str
    author: str
    subject: str


@dataclass(frozen=True)
class TreeEntry:
    """What a tree holds at one path."""

    mode: int
    """0o100644 file, 0o100755 program, 0o120000 link, 0o160000 submodule."""
    sha: str
    size: int | None
    """Bytes; None for a submodule."""


@dataclass(frozen=True)
class WorkTreePaths:
    """The names in a work tree that git cares for; bytes that are not UTF-8 are surrogates, as in `os.fsdecode`."""

    tracked: tuple[str, ...]
    """In the index, whether they are on disk or not; submodules left out."""
    untracked: tuple[str, ...]
    """On disk, not in the index, not ignored."""
    skipped: tuple[str, ...]
    """Submodules and repositories within this one: their content belongs to another repository."""


@dataclass(frozen=True)
class TreeSnapshot:
    """A work tree and an index, kept as commits."""

    ref: str
    commit: str
    """Its tree is the work tree; its parents are the HEAD commit and the index commit, if there is one."""
    tree: str
    index_commit: str | None
    """Its tree is what was staged; None for an index with conflicts, which no tree can hold."""
    head: Head
    paths: tuple[str, ...]
    """What was kept, sorted; submodules left out."""
    withheld: tuple[str, ...]
    """Untracked files that `exclude` named: on disk, but in no git object."""
    skipped: tuple[str, ...]
    """Submodules, repositories within this one, and names that are neither file nor link: content not kept."""
    index: bytes | None = field(repr=False)
    """The raw index file, with the bits that a tree does not hold; None when there is none."""
    identities: Mapping[str, shadow.Identity] = field(repr=False)
    """How each file was just before it was read, for `moved_since`."""

    @property
    def index_sha256(self) -> str | None:
        """Checksum of the raw index file; None when there is none."""
        return None if self.index is None else hashlib.sha256(self.index).hexdigest()


class Repository:
    """One work tree of a git repository. Every call is bounded by `timeout` seconds a git command."""

    def __init__(self, root: Path, timeout: float) -> None:
        self.root = root
        """The top level, with links resolved."""
        self._timeout = timeout

    @classmethod
    def open(cls, root: Path, *, settled: bool = True, timeout: float = plumbing.COMMAND_TIMEOUT) -> Repository:
        """Open the repository whose top level is `root`.

        `settled` also demands that no merge, rebase or the like is under way: a run may only begin there, while a
        rollback must be able to open the repository as it finds it. Raises AuroraError with a hint otherwise.
        """
        if not root.is_dir():
            raise AuroraError(f"{clean(str(root))} is not a folder", "give the folder that holds the system")
        repo = cls(root.resolve(), timeout)
        if repo._git("rev-parse", "--is-bare-repository").text() == "true":
            raise AuroraError(
                f"{clean(str(root))} is a bare repository: it has no files to work on",
                "clone it, and run the console in the clone",
            )
        if repo._git("rev-parse", "--is-inside-work-tree").text() != "true":
            raise AuroraError(f"{clean(str(root))} is inside a .git folder", "give the folder that holds .git")
        top = Path(repo._git("rev-parse", "--show-toplevel").text()).resolve()
        if top != repo.root:
            raise AuroraError(
                f"{clean(str(root))} is not the top level of its git repository",
                f"move the plan to {clean(str(top))}, or make {clean(str(root))} a repository of its own",
            )
        if repo._git("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allowed=(0, 1, 128)).code:
            raise AuroraError(
                f"{clean(str(root))} has no commit yet, so there is nothing to go back to",
                "commit what works today, then try again",
            )
        if settled:
            repo.check_settled()
        return repo

    def check_settled(self) -> None:
        """Raise AuroraError when a merge, rebase, cherry-pick or revert is under way or the index has conflicts."""
        own = Path(self._git("rev-parse", "--absolute-git-dir").text())
        for name, what in _UNDER_WAY.items():
            if (own / name).exists():
                raise AuroraError(
                    f"a {what} is under way in {clean(str(self.root))}",
                    f"finish it or call it off (git {what.split()[0]} --abort), then try again",
                )
        unmerged = self.unmerged()
        if unmerged:
            shown = ", ".join(clean(path) for path in sorted(unmerged)[:3])
            raise AuroraError(
                f"{len(unmerged)} files in {clean(str(self.root))} have conflicts: {shown}",
                "resolve them and `git add` them, then try again",
            )

    def unmerged(self, env: dict[str, str] | None = None) -> frozenset[str]:
        """Return the paths that have conflicts in the index; `env` may name another index."""
        return frozenset(entry.partition("\t")[2] for entry in self._git("ls-files", "-u", "-z", env=env).names())

    def head(self) -> Head:
        """Say where HEAD stands."""
        name = self._git("symbolic-ref", "--quiet", "HEAD", allowed=(0, 1))
        branch = name.text().removeprefix("refs/heads/") if name.code == 0 else None
        return Head(branch, self.resolve("HEAD"))

    def refs(self) -> dict[str, str]:
        """Return every ref (branches, tags, remotes, stash, ours) with the object that it names; HEAD is not one."""
        return self._refs("refs/")

    def resolve(self, ref: str) -> str:
        """Return the commit that `ref` names; AuroraError when there is none."""
        if not ref.startswith("-"):
            answer = self._git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", allowed=(0, 1, 128))
            if answer.code == 0:
                return answer.text()
        raise AuroraError(
            f"{clean(ref)!r} names no commit in {clean(str(self.root))}",
            "`git branch -a` and `git tag` show the names that there are",
        )

    def log_between(self, start: str, end: str) -> list[Commit]:
        """Return the commits that `end` has and `start` has not, newest first."""
        span = f"{self.resolve(start)}..{self.resolve(end)}"
        fields = self._git("log", "-z", "--no-color", "--format=%H%n%an%n%s", span).names()
        return [
            Commit(sha, clean(author), clean(subject)) for sha, author, subject in (f.split("\n", 2) for f in fields)
        ]

    def paths(self) -> WorkTreePaths:
        """Return the names that make up the work tree: tracked, and untracked but not ignored."""
        return self._paths({})

    def index_path(self) -> Path:
        """Return where the raw index file is (it may not exist)."""
        return self._git_path("index")

    def take(
        self, ref: str, message: str, exclude: Callable[[str], bool], *, even_unmerged: bool = False
    ) -> TreeSnapshot:
        """Keep work tree and index, byte for byte, as commits under the new ref `ref`.

        Nothing else changes: not the work tree, the index, HEAD or another ref. Untracked files for which `exclude`
        says True never become git objects. With `even_unmerged`, of an index with conflicts only the raw bytes are
        returned. Raises AuroraError when `ref` exists, a file or the index cannot be kept, or HEAD or it changed.
        """
        head = self.head()
        with shadow.opened(self.root, self._object_folder(), self._object_format(), self._timeout) as room:
            raw = _read(self.index_path())
            # A copy: `write-tree` adds what it works out to the index file, and git may replace the real one.
            theirs = {"GIT_INDEX_FILE": str(room.folder / "their-index")}
            if raw is not None:
                (room.folder / "their-index").write_bytes(raw)
            entries = self._entries(theirs)
            index_tree = None if even_unmerged and self.unmerged(theirs) else self._git("write-tree", env=theirs).text()
            staged = set(self._git("ls-tree", "-r", "-z", "--name-only", index_tree or head.commit).names())
            found = self._paths(theirs)
            # What `git add --intent-to-add` named is in the index, yet its content is in no object so far.
            unborn = [path for path in (*found.tracked, *found.untracked) if path not in staged]
            withheld = tuple(sorted(path for path in unborn if exclude(path)))
            wanted = (set(found.tracked) | set(found.untracked)) - set(withheld)
            taken = room.take(wanted, self._submodules(theirs))
            index_commit = self._commit(index_tree, f"index of: {message}", head.commit) if index_tree else None
            parents = (head.commit, index_commit) if index_commit else (head.commit,)
            commit = self._commit(taken.tree, message, *parents)
        # Anybody's `git status` rewrites the index with newer file times; only other content matters.
        changed = _read(self.index_path()) != raw and self._entries({}) != entries
        if changed or self.head() != head:
            raise AuroraError(
                "HEAD or the index changed while the snapshot was taken, so it was given up",
                "wait until nobody works in the repository, then try again",
            )
        self._create(ref, commit, "a snapshot is never overwritten: use a new id")
        kept = tuple(sorted(path for path, entry in self.tree(commit).items() if entry.size is not None))
        present = tuple(path for path in withheld if os.path.lexists(self.root / path))
        skipped = tuple(sorted({*found.skipped, *taken.skipped}))
        return TreeSnapshot(ref, commit, taken.tree, index_commit, head, kept, present, skipped, raw, taken.identities)

    def moved_since(self, taken: TreeSnapshot) -> tuple[str, ...]:
        """Return the files that changed since `taken` read them: of these it may hold half of a change."""
        return shadow.moved(self.root, taken.identities)

    def extract(self, ref: str, into: Path) -> None:
        """Write the files of `ref` below the empty folder `into`, byte for byte as they were kept."""
        commit = self.resolve(ref)
        with shadow.opened(self.root, self._object_folder(), self._object_format(), self._timeout) as room:
            room.extract(commit, into)

    def index_tree(self, index: Path) -> str:
        """Return the tree that a raw index file holds; AuroraError when it cannot be read or misses an object."""
        # `write-tree` adds what it worked out to the index file, so it gets a copy.
        with tempfile.TemporaryDirectory(prefix="aurora-console-") as folder:
            copy = Path(folder) / "index"
            raw = _read(index)
            if raw is not None:
                copy.write_bytes(raw)
            return self._git("write-tree", env={"GIT_INDEX_FILE": str(copy)}).text()

    def tree_of(self, ref: str) -> str:
        """Return the tree of the commit that `ref` names."""
        return self._git("rev-parse", "--verify", f"{self.resolve(ref)}^{{tree}}").text()

    def tree(self, ref: str) -> dict[str, TreeEntry]:
        """Return what the commit named `ref` holds: path -> entry, folders resolved into their files."""
        entries: dict[str, TreeEntry] = {}
        for line in self._git("ls-tree", "-r", "-l", "-z", "--full-tree", self.resolve(ref)).names():
            fields, _, path = line.partition("\t")
            mode, _kind, sha, size = fields.split()
            if size == "BAD":
                raise AuroraError(
                    f"object {sha} ({clean(path)}) is missing from the repository",
                    "`git fsck` shows what else is missing",
                )
            entries[path] = TreeEntry(int(mode, 8), sha, None if size == "-" else int(size))
        return entries

    def blobs(self, shas: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield each of `shas` with the content of that blob, in order; AuroraError for one that is missing."""
        wanted = list(shas)
        source = "".join(f"{sha}\n" for sha in wanted).encode()
        with plumbing.reading(self.root, ("cat-file", "--batch"), source, self._timeout) as stream:
            for sha in wanted:
                header = stream.readline().split()
                if len(header) != 3:
                    raise AuroraError(
                        f"object {clean(sha)} cannot be read from the repository",
                        "`git fsck` shows what else is missing",
                    )
                size = int(header[2])
                data = stream.read(size + 1)
                if len(data) != size + 1:
                    raise AuroraError(
                        f"git ended while it sent object {clean(sha)}", "try again; `git fsck` looks closer"
                    )
                yield sha, data[:size]

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` that git ignores."""
        # This command refuses the setting that takes names literally; `./` keeps a leading colon from being magic.
        source = b"".join(b"./" + os.fsencode(path) + b"\0" for path in paths)
        if not source:
            return frozenset()
        env = {"GIT_LITERAL_PATHSPECS": "0"}
        names = self._git("check-ignore", "-z", "--stdin", env=env, stdin=source, allowed=(0, 1)).names()
        return frozenset(name.removeprefix("./") for name in names)

    def create_branch(self, name: str, commit: str) -> bool:
        """Make branch `name` at `commit`; False when it is there already. AuroraError when it is at another commit."""
        ref = f"refs/heads/{name}"
        if name.startswith("-") or self._git("check-ref-format", ref, allowed=(0, 1)).code:
            raise AuroraError(f"{clean(name)!r} cannot be the name of a branch", "choose `backup_branch` in [system]")
        present = self._refs(ref).get(ref)
        if present is None:
            self._create(ref, commit, "choose another `backup_branch` in [system]")
            return True
        if present != commit:
            raise AuroraError(
                f"branch {clean(name)} is at {present[:10]}, so it is not this run's",
                "choose another `backup_branch` in [system], or rename that branch yourself",
            )
        return False

    def delete_branch_if(self, name: str, commit: str) -> bool:
        """Remove branch `name` if it is at `commit` and checked out nowhere; say whether it was removed."""
        ref = f"refs/heads/{name}"
        in_use = f"branch {ref}" in self._git("worktree", "list", "--porcelain").lines()
        if in_use or self._refs(ref).get(ref) != commit:
            return False
        self._update(f"delete {ref}\0{commit}\0")
        return True

    def delete_refs(self, prefix: str = OUR_REFS) -> tuple[str, ...]:
        """Remove the console's refs below `prefix` and return their names. A branch is not one of them."""
        if not prefix.startswith(OUR_REFS):
            raise AuroraError(f"{clean(prefix)} is not the console's to remove", f"only {OUR_REFS} is")
        ours = self._refs(prefix)
        if ours:
            self._update("".join(f"delete {ref}\0{sha}\0" for ref, sha in ours.items()))
        return tuple(ours)

    def _refs(self, pattern: str) -> dict[str, str]:
        lines = self._git("for-each-ref", "--format=%(objectname) %(refname)", pattern).lines()
        return {ref: sha for sha, _, ref in (line.partition(" ") for line in lines)}

    def _paths(self, env: dict[str, str]) -> WorkTreePaths:
        tracked: list[str] = []
        skipped: list[str] = []
        for entry in self._git("ls-files", "-s", "-z", env=env).names():
            fields, _, path = entry.partition("\t")
            (skipped if fields.startswith("160000") else tracked).append(path)
        others = self._git("ls-files", "-o", "-z", "--exclude-standard", env=env).names()
        skipped += [path.rstrip("/") for path in others if path.endswith("/")]
        untracked = tuple(path for path in others if not path.endswith("/"))
        return WorkTreePaths(tuple(dict.fromkeys(tracked)), untracked, tuple(skipped))

    def _entries(self, env: dict[str, str]) -> bytes:
        """Return what the index holds, conflicts included, without the file times."""
        return self._git("ls-files", "-s", "-z", env=env).out

    def _submodules(self, env: dict[str, str]) -> dict[str, str]:
        entries = (entry.partition("\t") for entry in self._git("ls-files", "-s", "-z", env=env).names())
        return {path: fields.split()[1] for fields, _, path in entries if fields.startswith("160000")}

    def _commit(self, tree: str, message: str, *parents: str) -> str:
        named = [part for parent in parents for part in ("-p", parent)]
        return self._git("commit-tree", tree, *named, "-F", "-", env=AUTHOR, stdin=f"{message}\n".encode()).text()

    def _create(self, ref: str, commit: str, hint: str) -> None:
        present = self._refs(ref)
        if present:
            raise AuroraError(f"{clean(next(iter(present)))} exists already", hint)
        self._update(f"create {ref}\0{commit}\0")

    def _update(self, instructions: str) -> None:
        self._git("update-ref", "--stdin", "-z", env=AUTHOR, stdin=os.fsencode(instructions))

    def _git_path(self, name: str) -> Path:
        return self.root / self._git("rev-parse", "--git-path", name).text()

    def _object_folder(self) -> Path:
        return self._git_path("objects").resolve()

    def _object_format(self) -> str:
        return self._git("rev-parse", "--show-object-format").text()

    def _git(
        self, *args: str, env: dict[str, str] | None = None, stdin: bytes = b"", allowed: tuple[int, ...] = (0,)
    ) -> Answer:
        return plumbing.run(self.root, args, env=env, stdin=stdin, timeout=self._timeout, allowed=allowed)


def _read(index: Path) -> bytes | None:
    try:
        return index.read_bytes()
    except FileNotFoundError:
        return None
