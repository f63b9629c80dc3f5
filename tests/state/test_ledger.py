"""The journal in words: what a record belongs to, what a query takes, and pages that agree with the whole."""

from __future__ import annotations

import json
import stat
from itertools import pairwise
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.state import events as e
from aurora_console.state.export import export_records
from aurora_console.state.journal import Journal, JournalError
from aurora_console.state.ledger import KINDS, Ledger, Naming, Page, Query, actor_of, entries, json_line, kind_of
from aurora_console.state.sentences import who
from tests.ui.journals import written
from tests.visual import scenarios
from tests.visual.scenarios import ENGINE, OPERATOR, Story


def story() -> Story:
    """Return three phases, and a fourth that broke and was rolled back."""
    return scenarios._rolling_back()


def whole(ledger: Ledger, query: Query, most: int = 10_000) -> Page:
    """Look until everything was looked at."""
    page = ledger.look(query, None, most)
    while not page.is_whole:
        page = ledger.look(query, None, most)
    return page


def test_every_record_has_words_and_a_kind(tmp_path: Path) -> None:
    """A page without a query shows all, in order, with the time since the one before."""
    records = story().records
    page = whole(Ledger(written(tmp_path, records)), Query())
    assert [entry.record for entry in page.entries] == records
    assert all(entry.words and entry.kind in KINDS for entry in page.entries)
    assert page.entries[0].since is None
    assert [entry.since for entry in page.entries[1:]] == [after.at - before.at for before, after in pairwise(records)]


def test_an_action_is_named_by_its_title(tmp_path: Path) -> None:
    """Though the record of its end holds its id only."""
    page = whole(Ledger(written(tmp_path, story().records)), Query(kind="action"))
    assert "import aurora_x/learn: 4 files added" in [entry.words for entry in page.entries]


def test_a_record_belongs_to_its_phase_or_to_the_one_under_way(tmp_path: Path) -> None:
    """What an action or a service did meanwhile is found by the phase's number, from its approval to its end."""
    page = whole(Ledger(written(tmp_path, story().records)), Query(phase=4))
    kinds = {type(entry.record.event) for entry in page.entries}
    assert {e.PhaseProposed, e.ActionDone, e.ServiceReady, e.IncidentOpened, e.RollbackStarted} <= kinds
    assert all(entry.phase == 4 for entry in page.entries)
    before = whole(Ledger(tmp_path / "journal.db"), Query(kind="other")).entries[0]
    assert isinstance(before.record.event, e.EngineStarted)
    assert before.phase is None


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        *(Query(kind=kind) for kind in KINDS),
        Query(who=who(OPERATOR)),
        Query(who=who(ENGINE)),
        Query(phase=2),
        Query(text="CHAT"),
        Query(text="phaseapproved"),
        Query(kind="gate", phase=4, text="chat"),
        Query(text="no such words"),
    ],
    ids=str,
)
def test_a_query_takes_what_it_says_and_nothing_else(tmp_path: Path, query: Query) -> None:
    """Looked at in small pages from any place it gives the same as all at once."""
    path = written(tmp_path, story().records)
    with Journal.read_only(path) as journal:
        wanted = [one.record for one in entries(journal, query, Naming(), 0, journal.newest())]
    page = whole(Ledger(path), query)
    assert [entry.record for entry in page.entries] == wanted
    assert page.count == len(wanted)
    ledger = Ledger(path)
    whole(ledger, query, most=1)
    pieces = [one for first in range(0, page.count, 7) for one in ledger.look(query, first, 7).entries]
    assert {one.record.seq for one in pieces} == {record.seq for record in wanted}


def test_queries_mean_what_their_words_say(tmp_path: Path) -> None:
    """Kind, person and words, each by itself."""
    ledger = Ledger(written(tmp_path, story().records))
    assert {kind_of(one.record.event) for one in whole(ledger, Query(kind="gate")).entries} == {"gate"}
    asked = whole(ledger, Query(who="deploy from 10.0.0.7")).entries
    assert asked
    assert all(actor_of(one.record.event) == OPERATOR for one in asked)
    assert {"deploy from 10.0.0.7", "the console"} <= set(whole(ledger, Query()).people)
    assert whole(ledger, Query()).phases == tuple(range(1, 11))


def test_a_long_journal_is_searched_in_pieces(tmp_path: Path) -> None:
    """One look reads a part; what it found so far is there already, and nothing of it changes later."""
    told = Story().opened()
    while len(told.records) < 5000:
        told.gates_pass(None)
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.append_many([record.event for record in told.records], told.at)
    ledger, query = Ledger(tmp_path / "journal.db"), Query(text="chat")
    first = ledger.look(query, None, 50)
    assert 0 < first.scanned < first.total
    last = whole(ledger, query, 50)
    assert last.matches[: first.count] == first.matches[: first.count]
    assert last.count == sum("Chat" in record.event.title for record in told.records if hasattr(record.event, "title"))
    assert len(last.entries) == 50
    assert last.entry(last.count - 1) == last.entries[-1]
    assert last.entry(0) is None


def test_what_is_written_later_is_found_later(tmp_path: Path) -> None:
    """With and without a query, and by the place of a record."""
    told = story()
    path = written(tmp_path, told.records)
    everything, some = Ledger(path), Ledger(path)
    before, found = whole(everything, Query()), whole(some, Query(kind="gate"))
    told.gates_pass(None)
    written(tmp_path, told.records)
    assert whole(everything, Query()).count == before.count + 5
    after = whole(some, Query(kind="gate"))
    assert after.count == found.count + 5
    assert [after.index_of(seq) for seq in after.matches] == list(range(after.count))
    assert after.index_of(1) == 0


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    """What is wrong with it is said, not hidden."""
    path = written(tmp_path, story().records)
    with Journal.open(path) as journal:
        journal._connection.execute("UPDATE events SET body = replace(body, 'learn', 'larne') WHERE seq = 50")
        journal._connection.execute("UPDATE events SET at = at + 1 WHERE seq = 50")
    with pytest.raises(JournalError, match="Record 50"):
        whole(Ledger(path), Query(text="x"))


def test_an_export_holds_what_the_query_takes(tmp_path: Path) -> None:
    """A JSON object a line, for this user only; two within a second get two names."""
    path = written(tmp_path, story().records)
    one, count = export_records(path, Query(kind="gate"), tmp_path / "exports", at=0.0)
    other, total = export_records(path, Query(), tmp_path / "exports", at=0.0)
    assert one != other
    lines = [json.loads(line) for line in one.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    assert {line["type"] for line in lines} == {"GateJudged"}
    assert total == len(story().records)
    assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert stat.S_IMODE(one.parent.stat().st_mode) == 0o700


def test_an_export_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    """A file lies where its folder should be."""
    path = written(tmp_path, story().records)
    (tmp_path / "exports").write_text("")
    with pytest.raises(AuroraError, match="exports"):
        export_records(path, Query(), tmp_path / "exports", at=0.0)


def test_a_line_of_json_names_type_place_and_time() -> None:
    """And every field of the event."""
    record = e.Record(seq=7, at=1.5, event=e.ServiceStopped(service="learn", seconds=0.3))
    assert json.loads(json_line(record)) == {
        "seq": 7,
        "at": 1.5,
        "type": "ServiceStopped",
        "service": "learn",
        "seconds": 0.3,
    }


def test_the_journal_gives_some_kinds_only_and_as_many_as_asked(tmp_path: Path) -> None:
    """In their order, also where there are more than are read at a time."""
    told = Story()
    for number in range(1300):
        told.tell(e.IncidentOpened(what=str(number), suspect="")).tell(e.IncidentClosed())
    with Journal.open(tmp_path / "journal.db") as journal:
        assert journal.newest() == 0
        journal.append_many([record.event for record in told.records], 1.0)
        assert journal.newest() == 2600
        opened = list(journal.records_of({"IncidentOpened"}, after=2))
        assert [record.seq for record in opened] == list(range(3, 2600, 2))
        assert [record.seq for record in journal.records(after=10, most=3)] == [11, 12, 13]
        assert [record.seq for record in journal.records(after=600, most=1500)] == list(range(601, 2101))
        assert list(journal.records(after=10, most=0)) == []
