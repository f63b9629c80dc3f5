"""Taking a run's snapshot: work tree, index, protected files, processes and ports, and reading all of it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from aurora_console.engine.snapshot import files, system, working_state
from aurora_console.engine.snapshot.git import OUR_REFS, Repository
from aurora_console.engine.snapshot.manifest import INDEX, PROTECTED, WITHHELD, Manifest, write_manifest
from aurora_console.engine.snapshot.verify import verify_snapshot
from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.state.values import ProcessId

SYSTEM = "system.json"
"""Processes and ports at the time of the snapshot."""


@dataclass(frozen=True)
class Wanted:
    """What a snapshot is to hold."""

    id: str
    folder: Path
    protect: tuple[str, ...]
    """Globs of files that are copied besides."""
    ports: Mapping[str, int]
    """Service -> port."""
    processes: Mapping[str, ProcessId]
    """Service -> process, of services that are known otherwise."""


def snapshot_ref(id_: str) -> str:
    """Return the ref that keeps the snapshot `id_`."""
    return f"{OUR_REFS}snapshot/{id_}"


def take_snapshot(repository: Repository, wanted: Wanted) -> Manifest:
    """Take it and read it back; AuroraError when the repository is amid something, or what was read differs.

    Neither the work tree, nor the index, nor HEAD, nor any ref but the snapshot's own changes.
    """
    repository.check_settled()
    ref, folder, root = snapshot_ref(wanted.id), wanted.folder, repository.root
    make_private(folder)
    repository.delete_refs(ref)  # of a console that died before it could write down that it was taken
    tree = repository.take(ref, f"aurora-console snapshot {wanted.id}", files.looks_secret)
    if tree.index is not None:
        files.write_private(folder / INDEX, tree.index)
    protected = files.match(wanted.protect, tree.paths)
    recorded = tuple(files.manifest(root, tree.paths).values())
    head = repository.head()
    manifest = Manifest(
        id=wanted.id,
        time=datetime.now(UTC),
        ref=ref,
        commit=tree.commit,
        head=head.commit,
        branch=head.branch,
        index_sha256=tree.index_sha256,
        refs={name: sha for name, sha in repository.refs().items() if not name.startswith(OUR_REFS)},
        files=recorded,
        protected=tuple(files.copy_out(root, protected, folder / PROTECTED)),
        withheld=tuple(files.copy_out(root, tree.withheld, folder / WITHHELD)),
        moving=repository.moved_since(tree),
        skipped=tree.skipped,
    )
    write_manifest(folder, manifest)
    write_system(folder, system.capture(wanted.ports, wanted.processes))
    working_state.record_all(
        folder, {"taken_at": manifest.time.isoformat(), "head": head.commit, "branch": head.branch}
    )
    problems = verify_snapshot(repository, folder, ref)
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        message = f"the snapshot does not restore: {problems[0]}{more}"
        raise AuroraError(message, "nothing was changed; look at the disk")
    return manifest


def write_system(folder: Path, record: system.SystemRecord) -> None:
    """Keep which processes ran and who held which port."""
    files.write_private(folder / SYSTEM, msgspec.json.encode(record))


def read_system(folder: Path) -> system.SystemRecord:
    """Return what `write_system` kept."""
    return msgspec.json.decode((folder / SYSTEM).read_bytes(), type=system.SystemRecord)
