"""Proves that a snapshot can be gone back to: it is restored, elsewhere, and compared byte for byte."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

from aurora_console.engine.snapshot import manifest as manifests
from aurora_console.engine.snapshot.files import differences, manifest
from aurora_console.engine.snapshot.git import Repository
from aurora_console.engine.snapshot.manifest import Manifest, read_manifest
from aurora_console.errors import AuroraError
from aurora_console.state.values import FileRecord
from aurora_console.text import clean

_WORDS = {
    "removed": "in the manifest, not restored",
    "changed": "restored with other content",
    "mode": "restored with another executable bit",
}


def verify_snapshot(repo: Repository, folder: Path, ref: str) -> list[str]:
    """Return what is wrong with the snapshot in `folder` whose commit `ref` names; empty when it restores.

    The work tree is extracted below `folder` and compared with the manifest, copies with their checksums, the raw index
    with its checksum and with the tree that was kept of it. What the manifest calls moving need only be there.
    Damage is an item of the list, never an exception.
    """
    try:
        kept = read_manifest(folder)
    except AuroraError as error:
        return [error.message]
    problems: list[str] = []
    for check in (_check_commit, _check_files, _check_index, _check_copies):
        try:
            problems += check(repo, folder, ref, kept)
        except AuroraError as error:
            problems.append(error.message)
        except OSError as error:
            problems.append(f"{clean(str(error.filename or folder))}: {error.strerror}")
    return problems


def _check_commit(repo: Repository, _folder: Path, ref: str, kept: Manifest) -> list[str]:
    found = repo.resolve(ref)
    if found != kept.commit:
        return [f"{ref} is at {found[:10]}, the snapshot was {kept.commit[:10]}"]
    if repo.resolve(f"{ref}^1") != kept.head:
        return [f"the snapshot commit does not follow {kept.head[:10]}, where HEAD was"]
    return []


def _check_files(repo: Repository, folder: Path, ref: str, kept: Manifest) -> list[str]:
    wanted = {one.path: _as_git_keeps(one) for one in kept.files}
    in_commit = [path for path, entry in repo.tree(ref).items() if entry.size is not None]
    problems = [
        f"{clean(path)}: in the snapshot commit, not in the manifest" for path in in_commit if path not in wanted
    ]
    with tempfile.TemporaryDirectory(dir=folder, prefix="verify-") as name:
        back = Path(name) / "work-tree"
        back.mkdir()
        repo.extract(ref, back)
        restored = {path: _as_git_keeps(one) for path, one in manifest(back, in_commit).items()}
    return problems + [
        f"{clean(found.path)}: {_WORDS[found.change]}"
        for found in differences(wanted, restored)
        if found.path in wanted and not (found.path in kept.moving and found.change == "changed")
    ]


def _check_index(repo: Repository, folder: Path, ref: str, kept: Manifest) -> list[str]:
    path = folder / manifests.INDEX
    if kept.index_sha256 is None:
        return []
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return [f"the copy of the index cannot be read: {error.strerror}"]
    if digest != kept.index_sha256:
        return ["the copy of the index is not what was copied"]
    if repo.index_tree(path) != repo.tree_of(f"{ref}^2"):
        return ["the copy of the index holds another tree than the one that was kept of it"]
    return []


def _check_copies(_repo: Repository, folder: Path, _ref: str, kept: Manifest) -> list[str]:
    return [
        *_check_folder(folder / manifests.PROTECTED, kept.protected),
        *_check_folder(folder / manifests.WITHHELD, kept.withheld),
    ]


def _check_folder(folder: Path, records: Iterable[FileRecord]) -> list[str]:
    problems = []
    wanted = {one.path: one for one in records}
    found = manifest(folder, wanted) if folder.is_dir() else {}
    for path, one in wanted.items():
        copy = found.get(path)
        if copy is None:
            problems.append(f"{clean(path)}: its copy in {folder.name} is gone")
        elif (copy.kind, copy.sha256) != (one.kind, one.sha256):
            problems.append(f"{clean(path)}: its copy in {folder.name} is not what was copied")
    return problems


def _as_git_keeps(one: FileRecord) -> FileRecord:
    """Return the record with the one permission that git keeps: whether the owner may execute it."""
    mode = 0o777 if one.kind == "link" else 0o755 if one.mode & 0o100 else 0o644
    return FileRecord(path=one.path, kind=one.kind, mode=mode, size=one.size, sha256=one.sha256)
