"""The journal as people read it: in words, with kind, phase and who asked; narrowed down, and in pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args

import msgspec
from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.journal import Journal
from aurora_console.state.model import ActionState, PhaseState, RunState
from aurora_console.state.sentences import is_trouble, sentence, who
from aurora_console.state.values import Actor
from aurora_console.text import escaped

Kind = Literal["phase", "action", "gate", "service", "request", "rollback", "other"]

KINDS: tuple[Kind, ...] = get_args(Kind)

_UNIONS: tuple[tuple[Kind, UnionType], ...] = (
    ("phase", e.PhaseEvent),
    ("action", e.ActionEvent),
    ("service", e.ServiceEvent),
    ("request", e.RequestEvent),
    ("rollback", e.RollbackEvent),
)
_KIND_OF: dict[type, Kind] = {one: kind for kind, union in _UNIONS for one in get_args(union)} | {e.GateJudged: "gate"}

_MOST_SCANNED = 2000
"""Records that one look reads at most: a few hundredths of a second."""


def kind_of(event: e.Event) -> Kind:
    """Return to which kind an event belongs."""
    return _KIND_OF.get(type(event), "other")


def actor_of(event: e.Event) -> Actor | None:
    """Return who asked for what an event tells; None where nobody did."""
    if isinstance(event, e.RequestReceived):
        return event.ticket.actor
    actor = getattr(event, "actor", None)
    return actor if isinstance(actor, Actor) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record in words."""

    record: e.Record
    kind: Kind
    phase: int | None
    """The plan's number of the phase that it belongs to, or in which it happened; None outside of any."""
    who: str
    """Who asked; empty where nobody did."""
    words: str
    is_trouble: bool
    since: float | None = None
    """Seconds since the record before; None for the first one, and where it was not looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records are wanted; what is empty or None lets everything through."""

    kind: Kind | None = None
    who: str = ""
    phase: int | None = None
    """The plan's number of it."""
    text: str = ""
    """Somewhere in the words or in the event's type, whatever the case."""

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == Query()

    def takes(self, entry: Entry) -> bool:
        """Tell whether `entry` is wanted."""
        if self.kind is not None and entry.kind != self.kind:
            return False
        if (self.who and entry.who != self.who) or (self.phase is not None and entry.phase != self.phase):
            return False
        text = self.text.casefold()
        return not text or text in entry.words.casefold() or text in type(entry.record.event).__name__.casefold()


class Naming:
    """What the words of a record need from others: titles of actions, numbers of phases, which phase was under way."""

    KINDS = tuple(
        one.__name__
        for one in get_args(e.Event)
        if "actor" in one.__struct_fields__
        or one in {e.RunOpened, e.ActionIntended, e.PhasePassed, e.PhaseDeclined, e.RollbackFinished, e.RequestReceived}
    )
    """The events that it learns from."""

    def __init__(self) -> None:
        self.people: dict[str, None] = {}
        """Everybody who ever asked for something, in the order in which they came."""
        self._newest = 0
        self._runs: list[tuple[int, RunState]] = [(0, RunState())]
        self._phase_of: dict[tuple[int, str], int] = {}
        self._marks: list[tuple[int, int | None]] = [(0, None)]
        """From which record on which phase was under way."""

    @property
    def phases(self) -> tuple[int, ...]:
        """The numbers of the newest run's phases."""
        return tuple(phase.outline.number for phase in self._runs[-1][1].phases)

    def read_on(self, journal: Journal, newest: int) -> None:
        """Learn from what was written since the last time, up to the record `newest`. Raises JournalError."""
        if newest > self._newest:
            for record in journal.records_of(self.KINDS, self._newest):
                if record.seq > newest:
                    break
                self._learn(record)
            self._newest = newest

    def entry(self, record: e.Record, before: float | None = None) -> Entry:
        """Return `record` in words. `before` is when the record before it was written."""
        event = record.event
        run = bisect_right(self._runs, record.seq, key=lambda one: one[0]) - 1
        state = self._runs[run][1]
        index = self._phase(record, run)
        actor = actor_of(event)
        return Entry(
            record=record,
            kind=kind_of(event),
            phase=None if index is None else _number(state, index),
            who="" if actor is None else who(actor),
            words=sentence(event, state),
            is_trouble=is_trouble(event),
            since=None if before is None else record.at - before,
        )

    def _learn(self, record: e.Record) -> None:
        event = record.event
        actor = actor_of(event)
        if actor is not None:
            self.people[who(actor)] = None
        match event:
            case e.RunOpened():
                phases = tuple(PhaseState(outline=one) for one in event.outline.phases)
                self._runs.append((record.seq, RunState(run=event.run, outline=event.outline, phases=phases)))
                self._marks.append((record.seq, None))
            case e.ActionIntended():
                self._learn_action(event)
            case e.PhaseApproved():
                self._marks.append((record.seq, event.phase))
            case e.PhasePassed() | e.PhaseDeclined():
                self._marks.append((record.seq + 1, None))
            case e.RollbackFinished() if self._marks[-1][1] in event.phases:
                self._marks.append((record.seq + 1, None))
            case _:
                pass

    def _learn_action(self, event: e.ActionIntended) -> None:
        since, state = self._runs[-1]
        self._phase_of[len(self._runs) - 1, event.action] = event.phase
        if event.phase < len(state.phases):
            phases = list(state.phases)
            phase = phases[event.phase]
            action = ActionState(title=event.title, id=event.action)
            phases[event.phase] = replace(phase, actions=(*phase.actions, action))
            self._runs[-1] = (since, replace(state, phases=tuple(phases)))

    def _phase(self, record: e.Record, run: int) -> int | None:
        named: int | None = getattr(record.event, "phase", None)
        if named is not None:
            return named
        action: str = getattr(record.event, "action", "")
        if (run, action) in self._phase_of:
            return self._phase_of[run, action]
        mark = bisect_right(self._marks, record.seq, key=lambda one: one[0]) - 1
        return self._marks[mark][1]


def _number(state: RunState, index: int) -> int:
    return state.phases[index].outline.number if 0 <= index < len(state.phases) else index + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one look at the journal gave."""

    query: Query
    total: int
    """Records in the journal."""
    scanned: int
    """Records that were looked at for the query so far."""
    matches: Sequence[int]
    """The `seq` of each record that the query takes, oldest first. More may be added later; nothing else changes."""
    count: int
    """How many of `matches` there were at that moment."""
    first: int = 0
    """Which of the matches the entries begin with."""
    entries: tuple[Entry, ...] = ()
    people: tuple[str, ...] = ()
    """Everybody who ever asked for something."""
    phases: tuple[int, ...] = ()
    """The numbers of the newest run's phases."""

    @property
    def is_whole(self) -> bool:
        """Whether everything was looked at."""
        return self.scanned == self.total

    def entry(self, index: int) -> Entry | None:
        """Return the entry of one match; None when it is not on this page."""
        place = index - self.first
        return self.entries[place] if 0 <= place < len(self.entries) else None

    def index_of(self, seq: int) -> int:
        """Return which match has `seq`, or would stand before its place."""
        return max(0, bisect_right(self.matches, seq, hi=self.count) - 1)


NOTHING = Page(query=Query(), total=0, scanned=0, matches=(), count=0)


@dataclass
class Ledger:
    """A journal that is looked at, a page at a time. For one thread at a time."""

    path: Path
    """Of the journal."""
    _journal: Journal | None = None
    _naming: Naming = field(default_factory=Naming)
    _page: Page = NOTHING
    _found: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Let go of the file; the next look opens it again."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def look(self, query: Query, first: int | None, most: int) -> Page:
        """Return `most` entries from the match `first` on, or the last ones where it is None.

        Where the query does not let everything through, one look reads a part of the journal only: look again until
        the page `is_whole`. Raises JournalError.
        """
        if self._journal is None:
            self._journal = Journal.read_only(self.path)
        journal = self._journal
        total = journal.newest()
        self._naming.read_on(journal, total)
        matches, scanned = self._match(journal, query, total)
        count = len(matches)
        first = max(0, count - most if first is None else min(first, count - most))
        before = self._page
        if query == before.query and (first, count) == (before.first, before.count):
            entries = before.entries
        else:
            entries = tuple(self._entries(journal, matches[first : first + most]))
        self._page = Page(
            query=query,
            total=total,
            scanned=scanned,
            matches=matches,
            count=count,
            first=first,
            entries=entries,
            people=tuple(self._naming.people),
            phases=self._naming.phases,
        )
        return self._page

    def _match(self, journal: Journal, query: Query, total: int) -> tuple[Sequence[int], int]:
        if query.is_open:
            return range(1, total + 1), total
        scanned = self._page.scanned
        if query != self._page.query:
            self._found, scanned = [], 0
        most = min(_MOST_SCANNED, total - scanned)
        # As a whole or not at all: what breaks off at a damaged record may be asked for again.
        self._found += [
            record.seq for record in journal.records(scanned, most) if query.takes(self._naming.entry(record))
        ]
        return self._found, scanned + most

    def _entries(self, journal: Journal, seqs: Sequence[int]) -> Iterator[Entry]:
        if isinstance(seqs, range):
            if seqs:
                yield from self._run_of(journal, seqs[0], len(seqs))
            return
        for seq in seqs:
            yield from self._run_of(journal, seq, 1)

    def _run_of(self, journal: Journal, first: int, count: int) -> Iterator[Entry]:
        """Yield the entries of records that follow each other, each with the time since the one before."""
        if first == 1:
            records = list(journal.records(0, count))
            yield from (self._naming.entry(record) for record in records[:1])
        else:
            records = list(journal.records(first - 2, count + 1))
        for before, record in pairwise(records):
            yield self._naming.entry(record, before.at)


def entries(journal: Journal, query: Query, naming: Naming, after: int, newest: int) -> Iterator[Entry]:
    """Yield the entries above `after` up to `newest` that `query` takes; `naming` learns what it does not know yet.

    Raises JournalError.
    """
    naming.read_on(journal, newest)
    for record in journal.records(after, newest - after):
        entry = naming.entry(record)
        if query.takes(entry):
            yield entry


def json_line(record: e.Record) -> bytes:
    """Return a record as one line of JSON: the event's fields with its `type`, and `seq` and `at` (seconds)."""
    body: dict[str, Any] = msgspec.to_builtins(record.event)
    return escaped(msgspec.json.encode({"seq": record.seq, "at": record.at, **body}).decode()).encode() + b"\n"
