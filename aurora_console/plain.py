"""The cockpit's twin in plain lines, for screen readers, pipes and the simplest terminals: words in, words out."""

from __future__ import annotations

import os
import select
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from aurora_console.engine.host import EngineHost
from aurora_console.errors import ExitCode
from aurora_console.following import Following
from aurora_console.session import open_session
from aurora_console.state import requests as r
from aurora_console.state.events import IncidentOpened, PhaseProposed, Record, RequestCarriedOut, RequestRefused
from aurora_console.state.sentences import is_news, phase_name, sentence
from aurora_console.state.standing import proposed
from aurora_console.status import lines
from aurora_console.text import clean

PROGRESS_PERIOD = 10.0
"""Seconds between two lines about the same action."""
HELP = (
    "approve [REASON]    let the phase run that waits; `preview` says what it does",
    "preview             say once more what the phase that waits would do, and how it is undone",
    "rollback [SCOPE]    undo at once: current, phase, services, code or all; current when you name none",
    "undo                undo the newest rollback",
    "pause [REASON]      begin nothing more after the action under way",
    "resume              go on",
    "status              say how everything stands",
    "wait                take no further command until nothing is under way",
    "quit                leave; services go on running",
)


def run_plain(plan: Path, port_offset: int) -> ExitCode:
    """Run `plan`, told in lines and asked by lines, until `quit` or the end of the input."""
    echo = _echo if _speaks_unicode() else _echo_ascii
    run = Plain(open_session(plan, port_offset), echo=echo)
    code = run.run()
    run.say_farewell(plan)
    return code


@dataclass
class Plain(Following):
    """One run in plain lines. At the end of a piped input it waits until nothing is under way, and leaves."""

    _typed: bytes = b""
    """The beginning of a line that has no end yet."""
    _lines: deque[str] = field(default_factory=deque)
    _has_ended: bool = False
    """Whether the input is at its end."""
    _has_begun: bool = False
    _is_waiting: bool = False
    _unanswered: set[str] = field(default_factory=set)
    _told_progress: tuple[str, float] = ("", 0.0)

    def tell(self, record: Record) -> None:
        """Say what happened, and of a phase that waits what it would do."""
        event = record.event
        if isinstance(event, RequestCarriedOut | RequestRefused):
            self._unanswered.discard(event.ticket)
        if is_news(event):
            self.say(sentence(event, self._state))
        if isinstance(event, PhaseProposed):
            self._preview(event.phase)
        elif isinstance(event, IncidentOpened):
            self.say(f"  suspect: {clean(event.suspect) or 'unknown'}; `rollback` undoes, `status` says what that is")

    def decide(self, host: EngineHost) -> ExitCode | None:
        """Read what was typed and obey it, line by line."""
        if not self._is_in_control:
            return None
        if not self._has_begun:
            self._begin()
        self._read()
        self._tell_progress(host)
        while self._lines and self._is_ready():
            if self._obey(host, self._lines.popleft()):
                return ExitCode.DONE
        return None

    def say_farewell(self, plan: Path) -> None:
        """Say what goes on."""
        running = [one.name for one in self._state.services.values() if one.managed and one.is_up]
        if running:
            self.say(f"left; still running: {', '.join(running)}. Come back: aurora-console run --plain {plan}")
        else:
            self.say("left; no service of this run is up")

    def _begin(self) -> None:
        self._has_begun = True
        self.say("commands: approve, preview, rollback, undo, pause, resume, status, wait, quit; `help` explains them")
        waiting = proposed(self._state)
        if waiting is not None:
            self.say(f"{phase_name(self._state, waiting)} waits for approval: {self._title(waiting)}")
            self._preview(waiting)

    def _is_ready(self) -> bool:
        """Whether the next line may be taken: something is to be decided, or under way and nobody waits for it."""
        state = self._state
        is_settled = (
            not self._unanswered
            and not state.is_rolling_back
            and not state.is_undoing_rollback
            and (proposed(state) is not None or state.paused is not None or state.is_complete or bool(state.finished))
        )
        if is_settled:
            self._is_waiting = False
        is_under_way = state.open_phase is not None or state.is_rolling_back or bool(self._unanswered)
        return is_settled or (is_under_way and not self._is_waiting)

    def _read(self) -> None:
        """Take in what is there, without waiting."""
        while not self._has_ended and select.select([0], [], [], 0)[0]:
            try:
                data = os.read(0, 4096)
            except OSError:  # the terminal is gone, which the engine's policy has an answer to
                data = b""
            *whole, self._typed = (self._typed + data).split(b"\n")
            self._lines += [line.decode(errors="replace").strip() for line in whole]
            if not data:
                self._has_ended = True
                rest = [self._typed.decode(errors="replace").strip()] if self._typed else []
                self._lines += [*rest, "quit"] if os.isatty(0) else [*rest, "wait", "quit"]

    def _obey(self, host: EngineHost, line: str) -> bool:
        """Do what a line asks; return whether it was the last one."""
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        match word.lower():
            case "":
                pass
            case "quit" | "exit" | "q":
                return True
            case "wait":
                self._is_waiting = True
            case "help" | "?":
                for one in HELP:
                    self.say(one)
            case "status":
                for one in lines(self._state, self.session.folder):
                    self.say(one)
            case _:
                self._ask(host, word.lower(), rest)
        return False

    def _ask(self, host: EngineHost, word: str, rest: str) -> None:
        """Do what concerns the integration."""
        waiting = proposed(self._state)
        match word:
            case "preview" | "approve" if waiting is None:
                self.say("no phase waits for approval")
            case "preview":
                assert waiting is not None
                self._preview(waiting)
            case "approve":
                assert waiting is not None
                self._submit(host, r.ApprovePhase(phase=waiting, reason=rest))
            case "rollback":
                scope = next((one for one in get_args(r.Scope) if one == (rest or "current")), None)
                if scope is None:
                    self.say(f"there is no scope '{clean(rest, 40)}'; there are {', '.join(get_args(r.Scope))}")
                else:
                    self._submit(host, r.RollBack(scope=scope))
            case "undo":
                self._submit(host, r.UndoRollback(reason=rest))
            case "pause":
                self._submit(host, r.Pause(reason=rest))
            case "resume":
                self._submit(host, r.Resume())
            case _:
                self.say(f"there is no command '{clean(word, 40)}'; `help` lists them")

    def _submit(self, host: EngineHost, request: r.Request) -> None:
        self._unanswered.add(host.submit(request))

    def _preview(self, phase: int) -> None:
        for line in self._preview_lines(phase):
            self.say(clean(line))

    def _preview_lines(self, phase: int) -> Iterator[str]:
        preview = self._state.phases[phase].preview
        if preview is None:
            return
        for problem in preview.problems:
            yield f"  CANNOT BE DONE as things stand: {problem}"
        for number, action in enumerate(preview.actions, start=1):
            yield f"  {number}. {action.title}"
            for effect in action.effects:
                yield f"     {effect}"
            yield f"     undo: {action.undo}"
        yield f"  judged by: {'; '.join(preview.gates) or 'nothing'}"

    def _title(self, phase: int) -> str:
        return clean(self._state.phases[phase].outline.title)

    def _tell_progress(self, host: EngineHost) -> None:
        """Say now and then how far a long action has come."""
        progress, now = host.view().live.progress, time.monotonic()
        action, since = self._told_progress
        if progress is None:
            return
        if progress.action != action:
            self._told_progress = (progress.action, now)
        elif now - since >= PROGRESS_PERIOD:
            self._told_progress = (action, now)
            self.say(f"  {clean(progress.text)}")


def _speaks_unicode() -> bool:
    from aurora_console.widgets.glyphs import speaks_unicode  # noqa: PLC0415  slow to import

    return speaks_unicode(os.environ)


def _echo(line: str) -> None:
    print(line, flush=True)


def _echo_ascii(line: str) -> None:
    from aurora_console.widgets.glyphs import in_ascii  # noqa: PLC0415  as above

    print(in_ascii(line), flush=True)
