"""What the newest state does not tell any more: earlier verdicts of each gate, and earlier rollbacks.

Read from the journal without taking control.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.journal import Journal
from aurora_console.state.values import Actor, Proof, Value, Verdict

KEPT = 200
"""Verdicts of a gate, and rollbacks, that are kept one by one; the newest ones."""


class PastVerdict(Value, frozen=True, kw_only=True):
    """One judgement of a gate."""

    at: float
    """Seconds since the epoch."""
    verdict: Verdict
    summary: str
    phase: int | None = None
    """The phase at whose end it was judged; None in the background, after a rollback, or when asked for."""


class PastRollback(Value, frozen=True, kw_only=True):
    """One rollback of the run."""

    id: str
    at: float
    """When it began, seconds since the epoch."""
    scope: str
    actor: Actor
    reason: str = ""
    phase: int | None = None
    rescue: str = ""
    """Ref under which what it replaced was put aside."""
    proof: Proof | None = None
    """None where it never came to its end."""
    seconds: float | None = None
    was_undone: bool = False


@dataclass
class History:
    """What has been read so far."""

    seq: int = 0
    """Of the newest record in it."""
    verdicts: dict[str, tuple[PastVerdict, ...]] = field(default_factory=dict)
    """Gate -> its newest verdicts, oldest first."""
    counts: dict[str, dict[Verdict, int]] = field(default_factory=dict)
    """Gate -> how often it came to each verdict."""
    rollbacks: tuple[PastRollback, ...] = ()
    """Oldest first."""

    def with_more(self, records: Iterable[e.Record]) -> History:
        """Return the history after more records; this one stays as it is."""
        after = History(self.seq, dict(self.verdicts), {gate: dict(one) for gate, one in self.counts.items()})
        after.rollbacks = self.rollbacks
        for record in records:
            after._take(record)
        return after

    def read_on(self, journal: Path) -> History:
        """Return the history as the journal has it now. Reads the whole journal once. Raises JournalError."""
        with Journal.read_only(journal) as opened:
            return self.with_more(opened.records(self.seq))

    def _take(self, record: e.Record) -> None:
        self.seq = record.seq
        match record.event:
            case e.RunOpened():
                self.verdicts, self.counts, self.rollbacks = {}, {}, ()
            case e.GateJudged() as judged:
                self._judged(judged, record.at)
            case e.RollbackStarted() as started:
                self._started(started, record.at)
            case e.RescueTaken() as taken:
                self._amend(rescue=taken.ref)
            case e.RollbackFinished() as finished:
                self._amend(proof=finished.proof, seconds=finished.seconds)
            case e.RollbackUndone():
                self._amend(was_undone=True)

    def _judged(self, event: e.GateJudged, at: float) -> None:
        past = PastVerdict(at=at, verdict=event.verdict, summary=event.evidence.summary, phase=event.phase)
        self.verdicts[event.gate] = (*self.verdicts.get(event.gate, ())[-KEPT + 1 :], past)
        counts = self.counts.setdefault(event.gate, {})
        counts[event.verdict] = counts.get(event.verdict, 0) + 1

    def _started(self, event: e.RollbackStarted, at: float) -> None:
        past = PastRollback(
            id=event.rollback, at=at, scope=event.scope, actor=event.actor, reason=event.reason, phase=event.phase
        )
        self.rollbacks = (*self.rollbacks[-KEPT + 1 :], past)

    def _amend(self, **changes: object) -> None:
        if self.rollbacks:
            self.rollbacks = (*self.rollbacks[:-1], replace(self.rollbacks[-1], **changes))
