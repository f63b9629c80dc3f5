"""A snapshot's folder is written, read back, and proven to restore; damage anywhere is found."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aurora_console.engine.snapshot import files, working_state
from aurora_console.engine.snapshot.git import OUR_REFS, Repository
from aurora_console.engine.snapshot.manifest import INDEX, PROTECTED, WITHHELD, Manifest, read_manifest, write_manifest
from aurora_console.engine.snapshot.verify import verify_snapshot
from aurora_console.errors import AuroraError
from aurora_console.private import make_private

Git = Callable[..., bytes]
REF = "refs/aurora/snapshot/one"


def _snapshot(repo: Repository, folder: Path) -> Manifest:
    """Put a whole snapshot together, as the engine does."""
    make_private(folder)
    taken = repo.take(REF, "before", files.looks_secret)
    assert taken.index is not None
    files.write_private(folder / INDEX, taken.index)
    kept = Manifest(
        id="one",
        time=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        ref=REF,
        commit=taken.commit,
        head=taken.head.commit,
        branch=taken.head.branch,
        index_sha256=taken.index_sha256,
        refs={ref: sha for ref, sha in repo.refs().items() if not ref.startswith(OUR_REFS)},
        files=tuple(files.manifest(repo.root, taken.paths).values()),
        protected=tuple(files.copy_out(repo.root, ["core.py"], folder / PROTECTED)),
        withheld=tuple(files.copy_out(repo.root, taken.withheld, folder / WITHHELD)),
        moving=repo.moved_since(taken),
        skipped=taken.skipped,
    )
    write_manifest(folder, kept)
    return kept


@pytest.fixture
def repo(root: Path, git: Git) -> Repository:
    """Return a repository with everything in it that a snapshot must keep."""
    git(root, "config", "core.autocrlf", "true")
    (root / ".env").write_text("SECRET")
    (root / "dos.txt").write_bytes(b"a\r\nb\r\n")
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o750)
    (root / "link").symlink_to("core.py")
    (root / "staged").write_text("staged")
    git(root, "add", "staged")
    Path(os.fsdecode(os.fsencode(root) + b'/latin-\xe9 \\ "q"\nx')).write_bytes(b"4")
    return Repository.open(root)


def test_whole_snapshot_verifies(repo: Repository, tmp_path: Path) -> None:
    """What was written is read back the same, restores, and only its owner can read it."""
    folder = tmp_path / "state/snapshots/one"
    kept = _snapshot(repo, folder)
    assert read_manifest(folder) == kept
    assert verify_snapshot(repo, folder, REF) == []
    assert [one.path for one in kept.withheld] == [".env"]
    assert stat.S_IMODE((folder / "manifest.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / WITHHELD / ".env").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["index", "manifest.toml", "protected", "secrets"]


def test_damage_is_found_wherever_it_is(repo: Repository, tmp_path: Path, git: Git) -> None:
    """Copies, index and commit are each compared; every problem is named."""
    folder = tmp_path / "one"
    _snapshot(repo, folder)
    (folder / PROTECTED / "core.py").write_text("tampered")
    (folder / WITHHELD / ".env").unlink()
    with (folder / INDEX).open("ab") as index:
        index.write(b"x")
    git(repo.root, "update-ref", REF, "HEAD")
    problems = "\n".join(verify_snapshot(repo, folder, REF))
    for words in (
        "core.py: its copy in protected is not what was copied",
        ".env: its copy in secrets is gone",
        "the copy of the index is not what was copied",
        f"{REF} is at",
        "dos.txt: in the manifest, not restored",
    ):
        assert words in problems


def test_content_that_differs_from_the_manifest_is_found(repo: Repository, tmp_path: Path) -> None:
    """A file that changed between commit and manifest is named, unless the manifest says that it was moving."""
    folder = tmp_path / "one"
    kept = _snapshot(repo, folder)
    (repo.root / "dos.txt").write_bytes(b"changed")
    (repo.root / "run.sh").chmod(0o640)
    now = files.manifest(repo.root, [one.path for one in kept.files])
    fields = {name: getattr(kept, name) for name in kept.__struct_fields__} | {"files": tuple(now.values())}
    write_manifest(folder, Manifest(**fields))
    assert verify_snapshot(repo, folder, REF) == [
        "dos.txt: restored with other content",
        "run.sh: restored with another executable bit",
    ]
    write_manifest(folder, Manifest(**fields | {"moving": ("dos.txt",)}))
    assert verify_snapshot(repo, folder, REF) == ["run.sh: restored with another executable bit"]


def test_lost_objects_are_found(repo: Repository, tmp_path: Path, git: Git) -> None:
    """A repository that lost the snapshot's content says so instead of failing later."""
    folder = tmp_path / "one"
    _snapshot(repo, folder)
    blob = git(repo.root, "rev-parse", f"{REF}:dos.txt").decode().strip()
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert any(blob in problem for problem in verify_snapshot(repo, folder, REF))


@pytest.mark.parametrize("text", [None, "", "id = 1", "not toml [", 'files = [{ mode = "x" }]', "files = 3"])
def test_missing_or_damaged_manifest_is_an_error_that_says_so(
    repo: Repository, tmp_path: Path, text: str | None
) -> None:
    """The reader is told where the content still is."""
    if text is not None:
        (tmp_path / "manifest.toml").write_text(text)
    with pytest.raises(AuroraError, match=r"manifest\.toml") as error:
        read_manifest(tmp_path)
    assert "refs/aurora" in error.value.hint
    assert len(verify_snapshot(repo, tmp_path, REF)) == 1


def test_working_state_grows_section_by_section(tmp_path: Path) -> None:
    """Sections are added and replaced, keep their order, and plain JSON reads them."""
    folder = tmp_path / "state/one"
    assert working_state.read(folder) == {}
    working_state.record(folder, "baseline", {"p50": 0.003})
    working_state.record_all(folder, {"head": "abc", "branch": None})
    path = working_state.record(folder, "baseline", {"p50": 0.004})
    assert path.name == "AURORA_CURRENT_WORKING_STATE.json"
    assert list(json.loads(path.read_text()).items()) == [
        ("head", "abc"),
        ("branch", None),
        ("baseline", {"p50": 0.004}),
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(AuroraError, match="has no section"):
        working_state.record(folder, "bassline", {})
    path.write_text("{")
    with pytest.raises(AuroraError, match="cannot be read"):
        working_state.read(folder)
