"""Files are recorded, copied, added and removed without following a link or harming what is somebody else's."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.git import Repository
from aurora_console.errors import AuroraError


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_manifest_tells_content_mode_and_links(tmp_path: Path) -> None:
    """Links are recorded as links; folders, pipes and what lies behind a link are not files."""
    (tmp_path / "outside").mkdir()
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep/a").write_bytes(b"content")
    (root / "deep/a").chmod(0o750)
    (root / "big").write_bytes(b"x" * 3_000_000)
    (root / "link").symlink_to("../outside")
    (tmp_path / "outside/secret").write_text("secret")
    os.mkfifo(root / "pipe")
    paths = ["deep/a", "big", "link", "link/secret", "deep", "pipe", "absent", "absent/b", "deep/a/c"]
    found = files.manifest(root, paths)
    assert set(found) == {"deep/a", "big", "link"}
    assert found["deep/a"].mode == 0o750
    assert found["deep/a"].sha256 == hashlib.sha256(b"content").hexdigest()
    assert (found["big"].size, found["big"].kind) == (3_000_000, "file")
    assert (found["link"].kind, found["link"].sha256) == ("link", hashlib.sha256(b"../outside").hexdigest())
    assert files.record(root, "deep/a") == found["deep/a"]
    assert files.record(root, "absent") is None


def test_differences_name_every_kind_of_change(tmp_path: Path) -> None:
    """Added, removed, changed in content, changed in mode, file become link."""
    for name in ("same", "gone", "edited", "mode", "kind"):
        (tmp_path / name).write_text(name)
    names = ["same", "gone", "edited", "mode", "kind", "new"]
    before = files.manifest(tmp_path, names)
    (tmp_path / "gone").unlink()
    (tmp_path / "edited").write_text("EDITED")
    (tmp_path / "mode").chmod(0o600)
    (tmp_path / "kind").unlink()
    (tmp_path / "kind").symlink_to("kind")
    (tmp_path / "new").touch()
    found = {one.path: one.change for one in files.differences(before, files.manifest(tmp_path, names))}
    assert found == {"gone": "removed", "edited": "changed", "mode": "mode", "kind": "changed", "new": "added"}


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.py", ["a.py", ".py"], ["a/b.py", "a.pyc"]),
        ("aurora_core.py", ["aurora_core.py"], ["x/aurora_core.py", "aurora_coreXpy"]),
        ("templates/**", ["templates/a", "templates/a/b"], ["templates", "templatesx/a"]),
        ("templates/", ["templates", "templates/a", "templates/a/b"], ["templatesx"]),
        ("**/x", ["x", "a/x", "a/b/x", "a/x/b"], ["ax"]),
        ("a/**/b", ["a/b", "a/c/b", "a/c/d/b"], ["ab", "a/cb"]),
        ("**", ["a", "a/b"], []),
        ("a/*", ["a/b", "a/b/c"], ["b/a"]),
        ("file?.[ch]", ["file1.c", "filex.h"], ["file1.x", "file/.c", "file.c"]),
        ("[!a]x", ["bx"], ["ax"]),
        ("[", ["["], ["a"]),
        ("a+(b)", ["a+(b)"], ["aab"]),
    ],
)
def test_globs_match_as_the_plan_says(glob: str, yes: list[str], no: list[str]) -> None:
    """`*` stays in its folder, `**` spans folders, what lies in a folder that matches does too."""
    assert files.match([glob], yes + no) == tuple(yes)


@given(st.text(), st.text())
def test_any_text_is_a_glob(glob: str, path: str) -> None:
    """Nothing that a plan may say breaks the matching, and a path without wildcards matches itself."""
    files.match([glob], [path])
    is_path = not {"", "."} & set(glob.split("/"))
    if is_path and not set(glob) & set("*?["):
        assert files.match([glob], [glob]) == (glob,)


def test_names_that_usually_hold_secrets() -> None:
    """Keys and passwords are told from examples, public keys and code."""
    secret = [
        ".env",
        "a/.env.prod",
        "tls/server.KEY",
        "x.pem",
        "id_rsa",
        "home/.ssh/config",
        ".netrc",
        "credentials.json",
    ]
    plain = [
        ".env.example",
        "id_ed25519.pub",
        "environment.py",
        "keys.py",
        "monkey",
        "templates/page.html",
        "a.envelope",
    ]
    assert [path for path in secret + plain if files.looks_secret(path)] == secret


def test_work_tree_paths_are_tracked_and_untracked_but_not_ignored(root: Path) -> None:
    """What git ignores is not part of the work tree."""
    (root / "new").touch()
    (root / "noise.log").touch()
    (root / "core.py").unlink()
    assert files.work_tree_paths(Repository.open(root)) == (".gitignore", "core.py", "new", "templates/page.html")


def test_copies_are_private_and_equal(tmp_path: Path) -> None:
    """Copies are 0600 in folders 0700; the records keep the modes of the sources."""
    source, to = tmp_path / "source", tmp_path / "state" / "copies"
    (source / "templates").mkdir(parents=True)
    (source / "templates/page").write_bytes(b"page\r\n")
    (source / "templates/page").chmod(0o755)
    (source / "link").symlink_to("/etc/passwd")
    made = files.copy_out(source, iter(["templates/page", "link", "absent"]), to)
    assert [(one.path, one.kind, one.mode) for one in made] == [
        ("templates/page", "file", 0o755),
        ("link", "link", 0o777),
    ]
    assert (to / "templates/page").read_bytes() == b"page\r\n"
    assert _mode(to / "templates/page") == 0o600
    assert _mode(to) == _mode(to / "templates") == _mode(to.parent) == 0o700
    assert (to / "link").readlink() == Path("/etc/passwd")
    assert files.copy_out(source, ["templates/page", "link"], to) == made
    assert sorted(path.name for path in to.rglob("*")) == ["link", "page", "templates"]


def test_added_file_comes_with_its_folders_and_goes_again(tmp_path: Path) -> None:
    """The folders that will be made are told first; what was added can be taken away without a trace."""
    (tmp_path / "a").mkdir()
    assert files.missing_parents(tmp_path, "a/b/c/run.sh") == ("a/b", "a/b/c")
    made = files.write_new(tmp_path, "a/b/c/run.sh", b"#!/bin/sh\r\n", 0o755)
    assert (tmp_path / "a/b/c/run.sh").read_bytes() == b"#!/bin/sh\r\n"
    assert _mode(tmp_path / "a/b/c/run.sh") == made.mode == 0o755
    assert [path.name for path in (tmp_path / "a/b/c").iterdir()] == ["run.sh"]
    assert files.missing_parents(tmp_path, "a/b/c/other") == ()
    assert files.remove_created(tmp_path, made) == "removed"
    assert files.remove_created(tmp_path, made) == "absent"
    assert [files.remove_empty_directory(tmp_path, path) for path in ("a/b", "a/b/c", "a/b", "a/b")] == [
        "kept",
        "removed",
        "removed",
        "absent",
    ]


def test_added_link_stays_within_the_root(tmp_path: Path) -> None:
    """A link is added as one; one that would point out is refused."""
    made = files.write_new(tmp_path, "a/link", b"../core.py", kind="link")
    assert (made.kind, (tmp_path / "a/link").readlink()) == ("link", Path("../core.py"))
    assert files.remove_created(tmp_path, made) == "removed"
    for target in (b"/etc/passwd", b"../../x", b"../.git/config", b""):
        with pytest.raises(AuroraError, match="would point to"):
            files.write_new(tmp_path, "a/link", target, kind="link")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Whatever is at the path, a dangling link included, stays as it is and no other file is left behind."""
    (tmp_path / "file").write_text("theirs")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "folder", "link"):
        with pytest.raises(AuroraError, match="is there already"):
            files.write_new(tmp_path, name, b"ours")
    assert (tmp_path / "file").read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "link"]


def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    """Out of the root, through a link or a file, into .git, not UTF-8: nothing is written."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "file").touch()
    bad = ["", "/etc/x", "../x", "a/../x", "./x", "a//b", "a/", ".git/hooks/x", "sub/.GIT/x", "a\0b", "caf\udce9"]
    for path in [*bad, "link/x", "link/deep/x", "file/x"]:
        with pytest.raises(AuroraError):
            files.write_new(root, path, b"ours")
        with pytest.raises(AuroraError):
            files.missing_parents(root, path)
    assert list(outside.iterdir()) == []
    assert sorted(path.name for path in root.iterdir()) == ["file", "link"]


def test_added_file_that_somebody_changed_is_kept(tmp_path: Path) -> None:
    """Content, mode or kind: a changed file is theirs; so is what lies where a folder became a link."""
    edited, closed, turned = (files.write_new(tmp_path, name, b"ours") for name in ("edited", "closed", "turned"))
    (tmp_path / "edited").write_text("them")
    (tmp_path / "closed").chmod(0o600)
    (tmp_path / "turned").unlink()
    (tmp_path / "turned").mkdir()
    assert [files.remove_created(tmp_path, one) for one in (edited, closed, turned)] == ["kept"] * 3
    deep = files.write_new(tmp_path, "deep/file", b"ours")
    (tmp_path / "deep").rename(tmp_path / "moved")
    (tmp_path / "deep").symlink_to("moved")
    assert files.remove_created(tmp_path, deep) == "kept"
    assert files.remove_empty_directory(tmp_path, "deep") == "kept"
    assert (tmp_path / "moved/file").read_bytes() == b"ours"


def test_killed_writer_leaves_the_whole_file_or_nothing(tmp_path: Path) -> None:
    """Killed at any moment, there is never a part of a file nor a leftover."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom aurora_console.engine.snapshot import files\n"
        "print('ready', flush=True)\n"
        "for number in range(10_000):\n"
        "    files.write_new(Path(sys.argv[1]), str(number), b'x' * 2_000_000)\n"
        "    print(number, flush=True)\n"
    )
    for after in (1, 2, 4):
        root = tmp_path / str(after)
        root.mkdir()
        with subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for _ in range(after):
                assert child.stdout.readline()
            child.kill()
        for path in root.iterdir():
            assert path.name.isdigit()
            assert path.stat().st_size == 2_000_000


def test_private_files_are_replaced_whole(tmp_path: Path) -> None:
    """A reader sees the old or the new content, only its owner may read it, and a failure leaves the old one."""
    path = tmp_path / "file"
    files.write_private(path, b"one")
    files.write_private(path, iter([b"t", b"wo"]))
    assert path.read_bytes() == b"two"
    assert _mode(path) == 0o600

    def broken() -> Iterator[bytes]:
        yield b"th"
        raise OSError(5, "disk")

    with pytest.raises(OSError, match="disk"):
        files.write_private(path, broken())
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]
