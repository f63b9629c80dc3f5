"""The journal gives back what was written into it, or says which record it cannot give back."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from aurora_console.errors import ExitCode
from aurora_console.state import events as e
from aurora_console.state.fold import fold
from aurora_console.state.journal import Journal, JournalError
from aurora_console.state.values import Actor, Evidence, Figure

ACTOR = Actor(user="deploy", via="engine")


def paused(reason: str) -> e.IntegrationPaused:
    return e.IntegrationPaused(reason=reason, actor=ACTOR)


def written(path: Path, count: int = 20) -> list[e.Record]:
    """Write a journal, alternately durable and not, and close it."""
    with Journal.open(path) as journal:
        return [
            journal.append(
                paused(f"reason-{n:03}") if n % 2 else e.IncidentOpened(what=f"what-{n:03}", suspect=""), 0.1 * n
            )
            for n in range(1, count + 1)
        ]


def test_records_come_back_in_order_with_their_times(tmp_path: Path) -> None:
    """What was appended is read again equal, in this and in the next process's journal, and folds to the same state."""
    path = tmp_path / "journal.db"
    records = written(path)
    with Journal.open(path) as journal:
        assert list(journal.records()) == records
        assert [record.seq for record in records] == list(range(1, 21))
        assert list(journal.records(after=17)) == records[17:]
        assert journal.state() == fold(records)
        journal.verify()
        assert journal.append(e.IncidentClosed(), 9.0).seq == 21


def test_events_that_belong_together_get_consecutive_places(tmp_path: Path) -> None:
    """`append_many` returns a record for each event, and an empty one writes nothing."""
    with Journal.open(tmp_path / "journal.db") as journal:
        assert journal.append_many((), 1.0) == ()
        records = journal.append_many([paused("a"), e.IncidentClosed()], 1.0)
        assert [(record.seq, type(record.event)) for record in records] == [
            (1, e.IntegrationPaused),
            (2, e.IncidentClosed),
        ]
        assert tuple(journal.records()) == records


def test_what_could_not_be_read_again_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """A NaN, a lone surrogate and an impossible time are errors, and leave the journal as it was."""
    with Journal.open(tmp_path / "journal.db") as journal:
        evidence = Evidence(summary="x", figures=(Figure(name="latency", value=float("nan")),))
        for event in (e.ActionDone(action="a", evidence=evidence), paused("\udc80")):
            with pytest.raises(JournalError, match="cannot be journaled"):
                journal.append_many([e.IncidentClosed(), event], 1.0)
        with pytest.raises(JournalError, match="cannot happen at nan"):
            journal.append(e.IncidentClosed(), float("nan"))
        assert list(journal.records()) == []
        assert journal.append(e.IncidentClosed(), 1.0).seq == 1


def test_the_live_record_is_the_one_that_a_replay_sees(tmp_path: Path) -> None:
    """What `append` returns went through JSON, so an int given for a float is a float in both."""
    with Journal.open(tmp_path / "journal.db") as journal:
        record = journal.append(e.PhaseOverran(phase=0, budget=20), 1.0)
        assert isinstance(record.event, e.PhaseOverran)
        assert isinstance(record.event.budget, float)
        assert list(journal.records()) == [record]


def test_a_changed_body_is_named_by_its_record(tmp_path: Path) -> None:
    """A byte that changed on the disk is found, with the number of the record and what to do."""
    path = tmp_path / "journal.db"
    written(path)
    content = path.read_bytes()
    assert content.count(b"reason-011") == 1
    path.write_bytes(content.replace(b"reason-011", b"reason-911"))
    with Journal.open(path) as journal, pytest.raises(JournalError, match="Record 11 of the journal") as caught:
        journal.verify()
    assert "Records before 11 are sound" in caught.value.hint
    assert caught.value.exit_code == ExitCode.NEEDS_OPERATOR


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM events WHERE seq = 5", "Record 5 .* missing"),
        ("UPDATE events SET at = at + 1 WHERE seq = 6", "Record 6 .* checksum"),
        ("UPDATE events SET type = 'Other' WHERE seq = 7", "Record 7 .* type"),
        ("UPDATE events SET body = 'text' WHERE seq = 8", "Record 8 .* checksum"),
        ("UPDATE events SET at = x'ff' WHERE seq = 9", "Record 9 .* checksum"),
        ("UPDATE events SET type = CAST(x'ff' AS TEXT) WHERE seq = 10", "Record 10 .* type"),
        ("UPDATE events SET hash = 5 WHERE seq = 11", "Record 11 .* checksum"),
    ],
)
def test_a_changed_row_is_named_by_its_record(tmp_path: Path, statement: str, named: str) -> None:
    """Whatever was done to a row with other tools is found where it was done."""
    path = tmp_path / "journal.db"
    written(path)
    other = sqlite3.connect(path)
    other.execute(statement)
    other.commit()
    other.close()
    with Journal.open(path) as journal, pytest.raises(JournalError, match=named):
        journal.state()


def test_no_single_changed_byte_goes_unnoticed(tmp_path: Path) -> None:
    """Whichever byte of the file changes, reading gives the records as written or a JournalError, nothing else."""
    path, changed = tmp_path / "journal.db", tmp_path / "changed.db"
    records = written(path)
    content = path.read_bytes()
    noticed = 0
    for offset in random.Random(7).sample(range(len(content)), 300):
        for leftover in tmp_path.glob("changed.db*"):
            leftover.unlink()
        changed.touch(mode=0o600)
        changed.write_bytes(content[:offset] + bytes([content[offset] ^ 0x41]) + content[offset + 1 :])
        try:
            with Journal.open(changed) as journal:
                journal.verify()
                assert list(journal.records()) == records, f"byte {offset}"
        except JournalError:
            noticed += 1
    assert noticed > 0


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Neither a writer nor a reader touches what it does not understand."""
    path = tmp_path / "journal.db"
    written(path)
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    before = path.read_bytes()
    for open_ in (Journal.open, Journal.read_only):
        with pytest.raises(JournalError, match="newer aurora-console") as caught:
            open_(path)
        assert "Use the newer" in caught.value.hint
    assert path.read_bytes() == before


def test_an_event_of_an_unknown_type_is_told_apart_from_damage(tmp_path: Path) -> None:
    """A record with a good checksum and an unknown type was written by a newer program, and the error says so."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as journal:
        journal.append(e.IncidentClosed(), 1.0)
    from aurora_console.state.journal import GENESIS, _chain  # noqa: PLC0415  to forge what a newer program would write

    body = b'{"type":"MoonLanded"}'
    other = sqlite3.connect(path)
    other.execute(
        "UPDATE events SET type = 'MoonLanded', body = ?, hash = ? WHERE seq = 1", (body, _chain(GENESIS, 1, 1.0, body))
    )
    other.commit()
    other.close()
    with Journal.open(path) as journal, pytest.raises(JournalError, match="'MoonLanded'") as caught:
        journal.state()
    assert "newer" in caught.value.hint


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be read as the header of one " * 9, b"x", b""]
)
def test_a_file_that_is_no_journal_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    """Anything else under the journal's name is an error of ours, and stays as it was."""
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    for open_ in (Journal.open, Journal.read_only):
        with pytest.raises(JournalError, match="damaged"):
            open_(path)
    assert path.read_bytes() == content


def test_reading_what_does_not_exist_creates_nothing(tmp_path: Path) -> None:
    """A reader says that there is nothing, and leaves no file behind."""
    with pytest.raises(JournalError, match="There is no journal"):
        Journal.read_only(tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_may_read_the_journal(tmp_path: Path) -> None:
    """All its files are 0600, whatever the umask, and an existing one is made so."""
    path = tmp_path / "journal.db"
    mask = os.umask(0)
    try:
        with Journal.open(path) as journal:
            journal.append(paused("x"), 1.0)
            files = list(tmp_path.iterdir())
            assert {file.name for file in files} == {"journal.db", "journal.db-wal", "journal.db-shm"}
            assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        path.chmod(0o644)
        Journal.open(path).close()
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(mask)


def test_a_link_in_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    """What is written must land in the state folder."""
    target = tmp_path / "elsewhere.db"
    written(target)
    (tmp_path / "journal.db").symlink_to(target)
    with pytest.raises(JournalError, match="not a plain file"):
        Journal.open(tmp_path / "journal.db")


def test_a_reader_follows_the_writer(tmp_path: Path) -> None:
    """A reader opened earlier sees what is appended later, and knows without reading whether there is anything."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as writer, Journal.read_only(path) as reader:
        assert reader.has_news()
        assert not reader.has_news()
        first = writer.append(paused("a"), 1.0)
        assert reader.has_news()
        assert list(reader.records()) == [first]
        assert not reader.has_news()
        second = writer.append(e.IncidentClosed(), 2.0)
        assert reader.has_news()
        assert list(reader.records(after=first.seq)) == [second]


def test_a_reader_can_neither_write_nor_hinder(tmp_path: Path) -> None:
    """Appending through a reader fails; one that stopped in the middle of reading stops no writer and sees no gap."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as writer, Journal.read_only(path) as reader:
        writer.append_many([paused(str(n)) for n in range(1200)], 1.0)
        with pytest.raises(JournalError, match="readonly"):
            reader.append(paused("no"), 1.0)
        reading = reader.records()
        seqs = [next(reading).seq]
        for n in range(50):
            writer.append(paused(f"later {n}"), 2.0)
        seqs += [record.seq for record in reading]
        assert seqs == list(range(1, 1251))


def test_a_reader_leaves_the_file_as_the_writer_left_it(tmp_path: Path) -> None:
    """Opening, reading and closing a journal that nobody writes changes no byte of it."""
    path = tmp_path / "journal.db"
    records = written(path)
    before = path.read_bytes()
    with Journal.read_only(path) as reader:
        assert list(reader.records()) == records
    assert path.read_bytes() == before


def test_a_second_writer_is_found_out(tmp_path: Path) -> None:
    """Two writers cannot interleave: the one that comes second is told, and the chain stays sound."""
    path = tmp_path / "journal.db"
    with Journal.open(path) as one, Journal.open(path) as two:
        one.append(paused("one"), 1.0)
        with pytest.raises(JournalError, match="Another process"):
            two.append(paused("two"), 1.0)
        one.append(paused("one again"), 2.0)
        one.verify()


def test_a_journal_copied_with_its_log_is_whole(tmp_path: Path) -> None:
    """The files as they lie while a writer is at work, which is what a power cut leaves, hold every record."""
    path, copy = tmp_path / "journal.db", tmp_path / "copy"
    copy.mkdir()
    with Journal.open(path) as journal:
        records = [journal.append(paused(str(n)), 1.0) for n in range(50)]
        for name in ("journal.db", "journal.db-wal"):  # not the index in shared memory: it is lost with the machine
            shutil.copy(tmp_path / name, copy / name)
    with Journal.read_only(copy / "journal.db") as journal:
        assert list(journal.records()) == records
