"""The cockpit's twin without a screen: approves as it was told to, prints every event, ends with an exit code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from aurora_console.engine.host import EngineHost
from aurora_console.errors import ExitCode
from aurora_console.following import Following
from aurora_console.state.events import Record, RequestCarriedOut, RequestRefused
from aurora_console.state.ledger import json_line
from aurora_console.state.requests import ApprovePhase
from aurora_console.state.sentences import is_news, sentence
from aurora_console.text import clean

Approval = Literal["all", "ask", "none"]


@dataclass
class Headless(Following):
    """One run without a screen."""

    approve: Approval
    until: int | None = None
    """Number of the phase after which it stops; None for the last."""
    as_json: bool = False
    _asked: str = ""
    """Ticket of the approval that waits for its answer."""
    _refusal: str = ""

    def tell(self, record: Record) -> None:
        """Print an event; take note of what was answered."""
        event = record.event
        if isinstance(event, RequestCarriedOut | RequestRefused) and event.ticket and event.ticket == self._asked:
            self._asked = ""
            # A phase that was given up in the middle was approved: what comes of it is in the state.
            current = self._state.current
            was_given_up = current is None or self._state.phases[current].status != "proposed"
            if isinstance(event, RequestRefused) and not was_given_up:
                self._refusal = event.reason
        if self.as_json:
            self.say(json_line(record).decode().rstrip("\n"))
        elif is_news(record.event):
            self.say(sentence(record.event, self._state))

    def decide(self, host: EngineHost) -> ExitCode | None:
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
            self.say(clean(f"  {action.title}"))
            for line in (*action.effects, f"undo: {action.undo}"):
                self.say(clean(f"      {line}"))
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
        self.complain(f"paused: {reason}")
        return ExitCode.NEEDS_OPERATOR if doubtful else ExitCode.GATE_FAILED

    def _stop_for(self, reason: str) -> ExitCode:
        self.complain(f"needs you: {reason}")
        return ExitCode.NEEDS_OPERATOR
