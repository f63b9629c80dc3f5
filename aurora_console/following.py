"""What every run without a cockpit does: it follows its own engine's journal, tells it by lines, and ends in time."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from aurora_console.engine.host import EngineHost
from aurora_console.errors import AuroraError, ExitCode
from aurora_console.session import POLL, Session
from aurora_console.state.events import EngineStarted, Record
from aurora_console.state.fold import fold
from aurora_console.state.journal import Journal
from aurora_console.state.model import RunState
from aurora_console.text import clean_lines

LEAVING = 60.0
"""Seconds that the engine has to end in when the work is done."""


@dataclass
class Following:
    """One run. A subclass says how a record is told, and what is to be done next."""

    session: Session
    echo: Callable[[str], None] = field(default=print, kw_only=True)
    _state: RunState = field(default_factory=RunState, kw_only=True)
    _is_in_control: bool = field(default=False, kw_only=True)
    """Whether the state is that of this process's own engine yet, and not what an earlier one left."""

    def run(self) -> ExitCode:
        """Run until `decide` returns a code, or the engine ends."""
        host = self.session.host(via_command_line=True)
        before = self._last_seq()
        with _ended_by_signals():
            host.start()
            try:
                return self._follow(host, before)
            finally:
                host.stop(LEAVING)

    def tell(self, record: Record) -> None:
        """Tell a record, which is in the state already."""
        raise NotImplementedError

    def decide(self, host: EngineHost) -> ExitCode | None:
        """Do what is to be done next, or return the code to end with; None to wait. Several times a second."""
        raise NotImplementedError

    def say(self, words: str) -> None:
        """Print; when nobody reads it any more, end as a program does that is cut off by `head`."""
        try:
            self.echo(words)
        except BrokenPipeError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())  # what is held back for it would only fail once more
            os.close(nowhere)
            raise SystemExit(128 + signal.SIGPIPE) from error

    def complain(self, words: str) -> None:
        """Say what does not belong into the output."""
        print(f"aurora-console: {clean_lines(words)}", file=sys.stderr)

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
                        self._state = fold((record,), self._state)
                        self._is_in_control |= isinstance(record.event, EngineStarted)
                        self.tell(record)
                    code = self.decide(host)
                    if code is not None:
                        return code
                    host.join(POLL)
        self.complain(host.view().engine_error or "the engine ended")
        return host.error.exit_code if isinstance(host.error, AuroraError) else ExitCode.USAGE


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Have the first signal that asks for the end raise SystemExit with 128 and its number; later ones do nothing.

    So the engine ends by the plan's policy, and impatience does not cut an effect off from its record.
    """
    numbers = [one for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) != signal.SIG_IGN]

    def end(number: int, _frame: FrameType | None) -> None:
        for one in numbers:
            # Not SIG_IGN: a service that were started from here on would inherit that.
            signal.signal(one, lambda *_: None)
        raise SystemExit(128 + number)

    old = {one: signal.signal(one, end) for one in numbers}
    try:
        yield
    finally:
        for one, handler in old.items():
            signal.signal(one, handler)
