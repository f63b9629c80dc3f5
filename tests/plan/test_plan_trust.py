from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.plan.trust import TrustStore

TEXT = '[system]\nname = "demo"\n'


def digest(text: str) -> str:
    """Return the digest that the plan with this text has."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where trust is to be kept; it does not exist yet."""
    return tmp_path / "state" / "trust"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Return a plan file."""
    path = tmp_path / "aurora.toml"
    path.write_text(TEXT)
    return path


def test_nothing_is_trusted_at_first(folder: Path, plan: Path) -> None:
    """And asking leaves nothing behind."""
    assert not TrustStore(folder).is_trusted(plan, digest(TEXT))
    assert not folder.exists()


def test_trust_holds_for_this_path_and_these_bytes_alone(folder: Path, plan: Path, tmp_path: Path) -> None:
    """Also for the next console, and through a link to the same file."""
    TrustStore(folder).trust(plan, digest(TEXT), TEXT)
    link = tmp_path / "link.toml"
    link.symlink_to(plan)
    store = TrustStore(folder)
    assert store.is_trusted(plan, digest(TEXT))
    assert store.is_trusted(link, digest(TEXT))
    assert not store.is_trusted(plan, digest(TEXT + "#"))
    assert not store.is_trusted(tmp_path / "other.toml", digest(TEXT))


def test_a_changed_plan_is_shown_by_its_changes_and_replaces_the_old(folder: Path, plan: Path) -> None:
    """Unified diff lines, with what a terminal would not show written out."""
    store = TrustStore(folder)
    store.trust(plan, digest(TEXT), TEXT)
    changed = TEXT.replace("demo", "de\u200bmo")
    lines = store.changes(plan, changed)
    assert '-name = "demo"' in lines
    assert '+name = "de\\u200bmo"' in lines
    store.trust(plan, digest(changed), changed)
    assert store.changes(plan, changed) == []
    assert not store.is_trusted(plan, digest(TEXT))


def test_the_changes_of_a_plan_never_trusted_are_all_of_it(folder: Path, plan: Path) -> None:
    """There is nothing to compare with."""
    added = [line for line in TrustStore(folder).changes(plan, TEXT) if line.startswith("+") and line != "+++ now"]
    assert added == ["+[system]", '+name = "demo"']


def test_a_text_that_is_not_what_was_shown_is_not_trusted(folder: Path, plan: Path) -> None:
    """The file may have changed between the look and the answer."""
    store = TrustStore(folder)
    with pytest.raises(AuroraError, match="has changed since it was shown"):
        store.trust(plan, digest(TEXT), TEXT + "#")
    assert not store.is_trusted(plan, digest(TEXT + "#"))


def test_records_are_closed_to_others_and_written_whole(folder: Path, plan: Path) -> None:
    """0600 in 0700, whatever the umask, and no drafts stay."""
    before = os.umask(0)
    try:
        TrustStore(folder).trust(plan, digest(TEXT), TEXT)
    finally:
        os.umask(before)
    (record,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_a_shipped_plan_is_known_by_its_bytes(folder: Path) -> None:
    """Only those that the product says it ships."""
    store = TrustStore(folder, shipped=frozenset({digest(TEXT)}))
    assert store.trusted_bundled(digest(TEXT))
    assert not store.trusted_bundled(digest(TEXT + "#"))


@pytest.mark.parametrize("attack", ["link", "dangling link", "open folder", "file"])
def test_a_folder_that_somebody_else_could_decide_about_is_refused(
    attack: str, folder: Path, plan: Path, tmp_path: Path
) -> None:
    """For reading and for writing."""
    folder.parent.mkdir()
    target = tmp_path / "target"
    if attack == "open folder":
        folder.mkdir(mode=0o700)
        folder.chmod(0o770)
    elif attack == "file":
        folder.write_text("")
    else:
        folder.symlink_to(target)
        if attack == "link":
            target.mkdir(mode=0o700)
    store = TrustStore(folder)
    with pytest.raises(AuroraError):
        store.trust(plan, digest(TEXT), TEXT)
    if attack != "open folder":
        assert not target.exists() or list(target.iterdir()) == []
    with pytest.raises(AuroraError):
        store.is_trusted(plan, digest(TEXT))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("what", ["folder", "record"])
def test_what_belongs_to_another_user_is_refused(what: str, folder: Path, plan: Path) -> None:
    """Even if it holds the right record."""
    store = TrustStore(folder)
    store.trust(plan, digest(TEXT), TEXT)
    os.chown(folder if what == "folder" else next(folder.iterdir()), 12345, 12345)
    with pytest.raises(AuroraError, match="belongs to another user"):
        store.is_trusted(plan, digest(TEXT))


@pytest.mark.parametrize("attack", ["link", "open record", "pipe", "garbage", "other digest"])
def test_a_record_that_is_not_ours_is_not_believed(attack: str, folder: Path, plan: Path, tmp_path: Path) -> None:
    """Nothing but a whole record of our own counts, and a pipe holds nobody up."""
    store = TrustStore(folder)
    store.trust(plan, digest(TEXT), TEXT)
    (record,) = folder.iterdir()
    content = record.read_bytes()
    if attack == "other digest":
        changed = TEXT + "#"
        record.write_bytes(content.replace(digest(TEXT).encode(), digest(changed).encode()))
        assert not store.is_trusted(plan, digest(changed))
        return
    if attack == "open record":
        record.chmod(0o640)
    elif attack == "garbage":
        record.write_bytes(content[:-5])
    else:
        record.unlink()
    if attack == "link":
        (tmp_path / "elsewhere").write_bytes(content)
        record.symlink_to(tmp_path / "elsewhere")
    elif attack == "pipe":
        os.mkfifo(record, 0o600)
    with pytest.raises(AuroraError) as caught:
        store.is_trusted(plan, digest(TEXT))
    assert caught.value.hint
