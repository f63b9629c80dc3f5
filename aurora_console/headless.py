"""The cockpit's twin without a screen: approves as it was told to, prints every event, ends with an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from aurora_console.engine.host import EngineHost
from aurora_console.errors import AuroraError, ExitCode
from aurora_console.session import POLL, Session
from aurora_console.state.events import EngineStarted, Record, RequestCarriedOut, RequestRefused
from aurora_console.state.fold import fold
from aurora_console.state.journal import Journal
from aurora_console.state.model import RunState
from aurora_console.state.requests import ApprovePhase
from aurora_console.state.sentences import is_news, sentence

Approval = Literal["all", "ask", "none"]
LEAVING = 60.0
"""Seconds that the engine has to end in when the work is done."""


@dataclass
class Headless:
    """One run without a screen."""

    session: Session
    approve: Approval
    until: int | None = None
    """Number of the phase after which it stops; None for the last."""
    as_json: bool = False
    echo: Callable[[str], None] = print
    _state: RunState = field(default_factory=RunState)
    _asked: str = ""
    """Ticket of the approval that waits for its answer."""
    _refusal: str = ""
    _is_in_control: bool = False
    """Whether the state is that of this process's own engine yet, and not what an earlier one left."""

    def run(self) -> ExitCode:
        """Run until there is nothing more to do, or until a person is needed."""
        host = self.session.host(via_command_line=True)
        before = self._last_seq()
        host.start()
        try:
            return self._follow(host, before)
        finally:
            host.stop(LEAVING)

    def _last_seq(self) -> int:
        if not self.session.folder.journal.exists():
            return 0
        with Journal.read_only(self.session.folder.journal) as journal:
            self._state = journal.state()
        return self._state.seq

    def _follow(self, host: EngineHost, after: int) -> ExitCode:
        while host.is_running and not self.session.folder.journal.exists():
            host.join(POLL)
        if self.session.folder.journal.exists():
            with Journal.read_only(self.session.folder.journal) as journal:
                while host.is_running:
                    for record in journal.records(after):
                        after = record.seq
                        self._tell(record)
                    code = self._decide(host)
                    if code is not None:
                        return code
                    host.join(POLL)
        self._complain(host.view().engine_error or "the engine ended")
        return host.error.exit_code if isinstance(host.error, AuroraError) else ExitCode.USAGE

    def _tell(self, record: Record) -> None:
        self._state = fold((record,), self._state)
        event = record.event
        if isinstance(event, EngineStarted):
            self._is_in_control = True
        elif isinstance(event, RequestCarriedOut | RequestRefused) and event.ticket and event.ticket == self._asked:
            self._asked = ""
            # A phase that was given up in the middle was approved: what comes of it is in the state.
            current = self._state.current
            was_given_up = current is None or self._state.phases[current].status != "proposed"
            if isinstance(event, RequestRefused) and not was_given_up:
                self._refusal = event.reason
        if self.as_json:
            self.echo(as_json(record))
        elif is_news(record.event):
            self.echo(sentence(record.event, self._state))

    def _decide(self, host: EngineHost) -> ExitCode | None:
        """Do what is to be done next, or return the code to end with; None to wait."""
        state = self._state
        if self._refusal:
            return self._stop_for(self._refusal)
        if state.is_rolling_back or not self._is_in_control:
            return None
        if state.paused is not None:
            return self._paused()
        if self._asked:
            return None
        if self._was_rolled_back_here():
            return ExitCode.ROLLED_BACK
        if state.is_complete or self._is_past_until():
            return ExitCode.DONE
        current = state.current
        if current is None or state.phases[current].status != "proposed":
            return None
        return self._approve(host, current)

    def _approve(self, host: EngineHost, phase: int) -> ExitCode | None:
        title = self._state.phases[phase].outline.title
        if self.approve == "none" or (self.approve == "ask" and not self._confirm(phase)):
            return self._stop_for(f"phase {self._state.phases[phase].outline.number} ({title}) waits for approval")
        self._asked = host.submit(ApprovePhase(phase=phase))
        return None

    def _confirm(self, phase: int) -> bool:
        if not sys.stdin.isatty():
            return False
        preview = self._state.phases[phase].preview
        for action in preview.actions if preview else ():
            self.echo(f"  {action.title}")
            for line in (*action.effects, f"undo: {action.undo}"):
                self.echo(f"      {line}")
        try:
            return input("approve this phase? [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:
            return False

    def _is_past_until(self) -> bool:
        if self.until is None:
            return False
        wanted = [phase for phase in self._state.phases if phase.outline.number <= self.until]
        return all(phase.status in {"passed", "declined"} for phase in wanted)

    def _was_rolled_back_here(self) -> bool:
        """Whether something was rolled back since this began, a phase that was declined left aside: it goes on then."""
        rollback, control = self._state.rollback, self._state.control
        if rollback is None or control is None or rollback.started_at < control.since:
            return False
        return rollback.phase is None or self._state.phases[rollback.phase].status != "declined"

    def _paused(self) -> ExitCode:
        assert self._state.paused is not None
        reason = self._state.paused.reason
        doubtful = any(
            phase.status == "failed" and (phase.verdict in {"inconclusive", "error"}) for phase in self._state.phases
        )
        self._complain(f"paused: {reason}")
        return ExitCode.NEEDS_OPERATOR if doubtful else ExitCode.GATE_FAILED

    def _stop_for(self, reason: str) -> ExitCode:
        self._complain(f"needs you: {reason}")
        return ExitCode.NEEDS_OPERATOR

    def _complain(self, words: str) -> None:
        print(f"aurora-console: {words}", file=sys.stderr)


def as_json(record: Record) -> str:
    """Return a record as one line of JSON: the event's fields with its `type`, and `seq` and `at` (seconds)."""
    body: dict[str, Any] = msgspec.to_builtins(record.event)
    return msgspec.json.encode({"seq": record.seq, "at": record.at, **body}).decode()
