"""A snapshot holds the work tree byte for byte and disturbs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurora_console.engine.snapshot.files import looks_secret
from aurora_console.engine.snapshot.git import Repository
from aurora_console.errors import AuroraError

REF = "refs/aurora/snapshot/one"
Git = Callable[..., bytes]
Look = Callable[[Path], Any]


def test_snapshot_gives_back_every_byte_and_changes_nothing(
    root: Path, tmp_path: Path, git: Git, contents: Look, standing: Look
) -> None:
    """Line endings, filters, links, modes, odd names, staged, unstaged, untracked: all come back as they were."""
    git(root, "config", "core.autocrlf", "true")
    git(root, "config", "filter.upper.clean", "tr a-z A-Z")
    git(root, "config", "filter.upper.smudge", "tr A-Z a-z")
    (root / ".gitattributes").write_text(
        "*.txt text eol=lf\n*.up filter=upper\n*.id ident\n*.wide working-tree-encoding=UTF-16\n"
    )
    (root / "mixed.txt").write_bytes(b"one\r\ntwo\nthree\r")
    (root / "auto").write_bytes(b"a\r\nb\r\n")
    (root / "shout.up").write_bytes(b"lower case\n")
    (root / "version.id").write_bytes(b"$Id: 0123 $\n")
    (root / "wide.wide").write_bytes("hi\n".encode("utf-16"))
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("core.py")
    (root / "dangling").symlink_to("/nowhere/at all")
    (root / "to-delete").write_text("x")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")

    (root / "core.py").write_text("staged\n")
    git(root, "add", "core.py")
    (root / "core.py").write_text("unstaged\r\n")
    (root / "to-delete").unlink()
    (root / "mixed.txt").write_bytes(b"changed\r\n\n\x00\xff")
    (root / "new\nline").write_bytes(b"1")
    (root / " space ").write_bytes(b"")
    (root / 'quote"\\').write_bytes(b"3")
    Path(os.fsdecode(os.fsencode(root) + b"/latin-\xe9")).write_bytes(b"4")
    (root / "deep/er").mkdir(parents=True)
    (root / "deep/er/untracked.up").write_bytes(b"untracked lower\r\n")
    (root / "noise.log").write_text("ignored")
    expected = {path: value for path, value in contents(root).items() if path != b"noise.log"}
    before = standing(root)

    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)

    assert standing(root) == before
    repo.extract(REF, tmp_path / "back")
    assert contents(tmp_path / "back") == expected
    assert sorted(map(os.fsencode, taken.paths)) == sorted(expected)
    assert repo.moved_since(taken) == taken.skipped == taken.withheld == ()
    assert git(root, "rev-parse", REF).decode().strip() == taken.commit
    assert git(root, "show", f"{taken.index_commit}:core.py") == b"staged\n"
    parents = git(root, "rev-parse", f"{REF}^1", f"{REF}^2").decode().split()
    assert parents == [git(root, "rev-parse", "main").decode().strip(), taken.index_commit]


def test_content_that_was_only_staged_survives_garbage_collection(root: Path, git: Git) -> None:
    """The index commit keeps what no work tree and no other commit holds."""
    (root / "core.py").write_text("only staged\n")
    git(root, "add", "core.py")
    git(root, "checkout-index", "-f", "templates/page.html")
    (root / "core.py").write_text("print('core')\n")
    taken = Repository.open(root).take(REF, "before", looks_secret)
    git(root, "reset", "-q")
    git(root, "gc", "-q", "--prune=now")
    assert git(root, "show", f"{taken.index_commit}:core.py") == b"only staged\n"


def test_index_bits_do_not_hide_or_invent_content(
    root: Path, tmp_path: Path, git: Git, contents: Look, standing: Look
) -> None:
    """Intent-to-add, assume-unchanged and skip-worktree change nothing about what is on disk."""
    for name in ("assumed", "skipped", "sparse"):
        (root / name).write_text("old")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    git(root, "update-index", "--assume-unchanged", "assumed")
    git(root, "update-index", "--skip-worktree", "skipped", "sparse")
    (root / "assumed").write_text("new assumed")
    (root / "skipped").write_text("new skipped")
    (root / "sparse").unlink()
    (root / "intended").write_text("not staged yet")
    git(root, "add", "--intent-to-add", "intended")
    before = standing(root)
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    assert standing(root) == before
    assert taken.index == (root / ".git/index").read_bytes()
    repo.extract(REF, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(root)
    assert repo.index_tree(repo.index_path()) == repo.tree_of(f"{REF}^2")


def test_same_size_edit_within_the_same_instant_is_not_missed(root: Path, tmp_path: Path, git: Git) -> None:
    """File times recorded in the index vouch for nothing."""
    times = (root / "core.py").stat()
    (root / "core.py").write_text("print('CORE')\n")
    os.utime(root / "core.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    git(root, "config", "core.trustctime", "false")
    repo = Repository.open(root)
    repo.take(REF, "before", looks_secret)
    repo.extract(REF, tmp_path / "back")
    assert (tmp_path / "back/core.py").read_text() == "print('CORE')\n"


def test_untracked_secrets_never_become_objects(root: Path, git: Git) -> None:
    """Their bytes are in no object, staged by name or not; the snapshot says which files it left out."""
    secrets = {".env": "SECRET-ONE", "deep/id_rsa": "SECRET-TWO", "tls.key": "SECRET-THREE"}
    for path, text in secrets.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    git(root, "add", "--intent-to-add", "tls.key")
    (root / ".env.example").write_text("EXAMPLE")
    taken = Repository.open(root).take(REF, "before", looks_secret)
    assert taken.withheld == (".env", "deep/id_rsa", "tls.key")
    assert ".env.example" in taken.paths
    objects = git(root, "cat-file", "--batch-all-objects", "--batch")
    assert b"EXAMPLE" in objects
    assert b"SECRET" not in objects


def test_folders_files_and_links_that_took_each_others_place(root: Path, tmp_path: Path, contents: Look) -> None:
    """A tracked folder behind a link is gone, and what the link leads to is not taken for it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "page.html").write_text("stranger")
    shutil.rmtree(root / "templates")
    (root / "templates").symlink_to(outside)
    (root / "core.py").unlink()
    (root / "core.py").mkdir()
    (root / "core.py/inner").write_text("inner")
    os.mkfifo(root / "pipe")
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    repo.extract(REF, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(root)
    assert set(taken.paths) == {".gitignore", "core.py/inner", "templates"}


def test_repositories_within_are_named_as_not_kept(root: Path, tmp_path: Path, git: Git) -> None:
    """A submodule stays a pointer, a nested repository is left out, and both are said."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    (other / "a").write_text("a")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "a")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "module")
    git(root, "commit", "-qm", "module")
    shutil.copytree(other, root / "nested")
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    assert taken.skipped == ("module", "nested")
    assert repo.tree(REF)["module"].mode == 0o160000
    assert "module" not in taken.paths


def test_snapshot_of_a_linked_work_tree(root: Path, tmp_path: Path, git: Git, contents: Look, standing: Look) -> None:
    """A second work tree has its own HEAD and index, and the same store of objects."""
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", "-b", "side", str(linked))
    (linked / "core.py").write_text("side\n")
    git(linked, "add", "core.py")
    before = standing(linked), standing(root)
    repo = Repository.open(linked)
    taken = repo.take(REF, "before", looks_secret)
    assert (standing(linked), standing(root)) == before
    assert taken.head.branch == "side"
    repo.extract(REF, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(linked)


def test_snapshot_finds_objects_that_another_repository_lends(root: Path, tmp_path: Path, git: Git) -> None:
    """A clone with alternates is snapshot without copying what it borrows."""
    git(tmp_path, "clone", "-q", "--shared", str(root), "clone")
    repo = Repository.open(tmp_path / "clone")
    repo.take(REF, "before", looks_secret)
    repo.extract(REF, tmp_path / "back")
    assert (tmp_path / "back/core.py").read_text() == "print('core')\n"


def test_snapshot_in_a_repository_with_sha256_names(tmp_path: Path, git: Git) -> None:
    """The other object format works alike."""
    git(tmp_path, "init", "-q", "--object-format=sha256", "system")
    (tmp_path / "system/a").write_bytes(b"a\r\n")
    git(tmp_path / "system", "add", "-A")
    git(tmp_path / "system", "commit", "-qm", "first")
    repo = Repository.open(tmp_path / "system")
    assert len(repo.take(REF, "before", looks_secret).commit) == 64
    repo.extract(REF, tmp_path / "back")
    assert (tmp_path / "back/a").read_bytes() == b"a\r\n"


def test_snapshot_is_never_overwritten(root: Path, git: Git) -> None:
    """A second snapshot under the same name is refused and the first stays."""
    repo = Repository.open(root)
    first = repo.take(REF, "before", looks_secret)
    (root / "core.py").write_text("later\n")
    with pytest.raises(AuroraError, match="exists already"):
        repo.take(REF, "again", looks_secret)
    assert git(root, "rev-parse", REF).decode().strip() == first.commit


def test_file_that_changes_meanwhile_is_named(root: Path) -> None:
    """Whoever takes a snapshot of a live system learns which files it cannot vouch for."""
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    assert repo.moved_since(taken) == ()
    (root / "core.py").write_text("print('CORE')\n")
    (root / "templates/page.html").unlink()
    assert repo.moved_since(taken) == ("core.py", "templates/page.html")


def test_snapshot_that_cannot_be_whole_is_none(root: Path, git: Git, standing: Look) -> None:
    """When one file cannot be stored there is no ref, and nothing else has changed."""
    (root / "unstorable").write_text("x")
    name = git(root, "hash-object", "unstorable").decode()
    (root / ".git/objects" / name[:2]).write_text("not a folder")
    before = standing(root)
    with pytest.raises(AuroraError, match="unstorable"):
        Repository.open(root).take(REF, "before", looks_secret)
    assert standing(root) == before
    assert git(root, "for-each-ref", "refs/aurora") == b""


def test_no_hook_filter_or_monitor_of_the_repository_runs(root: Path, tmp_path: Path, git: Git) -> None:
    """Programs that the repository names are never started by a snapshot, a branch or a clean-up."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n")
    trap.chmod(0o755)
    for hook in ("reference-transaction", "post-index-change", "pre-commit", "post-checkout"):
        shutil.copy(trap, root / ".git/hooks" / hook)
    git(root, "config", "core.fsmonitor", str(trap))
    git(root, "config", "filter.trap.clean", str(trap))
    git(root, "config", "filter.trap.process", str(trap))
    (root / ".git/info/attributes").write_text("* filter=trap\n")
    (root / "core.py").write_text("changed\n")
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    repo.extract(REF, tmp_path / "back")
    repo.create_branch("backup", taken.head.commit)
    repo.delete_branch_if("backup", taken.head.commit)
    repo.delete_refs()
    assert not (tmp_path / "sprung").exists()


def test_five_thousand_files(root: Path, tmp_path: Path, contents: Look, standing: Look) -> None:
    """A work tree of ordinary size is kept whole."""
    for number in range(5000):
        path = root / f"data/{number % 50}/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d\r\n" % number)
    before = standing(root)
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    assert standing(root) == before
    assert len(taken.paths) == 5003
    repo.extract(REF, tmp_path / "back")
    assert contents(tmp_path / "back") == contents(root)


def test_snapshot_from_within_a_hook_keeps_to_its_own_repository(
    root: Path, tmp_path: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that a hook or wrapper leaves behind do not send git elsewhere."""
    git(tmp_path, "init", "-q", "elsewhere")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere/.git/index"))
    taken = Repository.open(root).take(REF, "before", looks_secret)
    monkeypatch.undo()
    assert taken.index_sha256 is not None
    assert subprocess.run(["git", "rev-parse", "-q", "--verify", REF], cwd=root, check=False).returncode == 0


def test_work_in_the_repository_meanwhile_gives_the_snapshot_up(root: Path, git: Git) -> None:
    """A commit or staging that comes in between leaves no snapshot of two halves; refreshed times do not matter."""
    repo = Repository.open(root)

    def meddle(*command: str) -> Callable[[str], bool]:
        def exclude(_path: str) -> bool:
            git(root, *command)
            return False

        return exclude

    (root / "untracked").touch()
    for command in (("commit", "-q", "--allow-empty", "-m", "meanwhile"), ("add", "untracked")):
        with pytest.raises(AuroraError, match="changed while the snapshot was taken"):
            repo.take(REF, "before", meddle(*command))
        git(root, "reset", "-q")
    assert git(root, "for-each-ref", "refs/aurora") == b""
    os.utime(root / "core.py")
    repo.take(REF, "before", meddle("update-index", "-q", "--refresh"))


def test_repository_without_an_index_file(root: Path, tmp_path: Path, contents: Look) -> None:
    """Every file is untracked then, and kept all the same."""
    (root / ".git/index").unlink()
    repo = Repository.open(root)
    taken = repo.take(REF, "before", looks_secret)
    repo.extract(REF, tmp_path / "back")
    assert taken.index is None
    assert not (root / ".git/index").exists()
    assert contents(tmp_path / "back") == contents(root)
