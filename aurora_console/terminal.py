"""The cockpit in a terminal, and what becomes of it when the terminal goes: the engine's life is not the terminal's."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from aurora_console.errors import AuroraError, ExitCode
from aurora_console.plan.trust import Disclosure
from aurora_console.session import open_session

LOOK = 0.2
"""Seconds between looks whether the terminal is still there."""
PATIENCE = 0.7
"""Seconds that the screen has to end by itself once the terminal is gone."""
NUDGE = signal.SIGURG
"""A signal that is ignored unless it is handled, and that nobody else uses here: it only ends a system call."""


def run_cockpit(plan: Path, port_offset: int) -> int:
    """Open the cockpit on `plan` and return the exit code; when the terminal goes, the engine ends as the plan says."""
    from aurora_console.app import AuroraApp  # noqa: PLC0415  the toolkit is slow to import; a wrong plan is told first

    session = open_session(plan, port_offset, _ask_trust)
    host = session.host()
    app = AuroraApp(host)
    host.start()
    watch = TerminalWatch(leave=app.leave_from_outside)
    with watch:
        try:
            app.run()
        finally:
            watch.ended.set()
    if not watch.is_lost and host.view().state.open_phase is not None:
        print("waiting for the action under way to end; services go on running", file=sys.stderr)
    host.stop(deadline=None)
    if host.error is not None and not watch.is_lost:
        print(f"aurora-console: {host.view().engine_error}", file=sys.stderr)
    if host.error is not None:
        return getattr(host.error, "exit_code", ExitCode.USAGE) if isinstance(host.error, AuroraError) else 1
    return ExitCode.DONE


def _ask_trust(disclosure: Disclosure) -> bool:
    from aurora_console.trust_prompt import TrustPrompt  # noqa: PLC0415  the toolkit is slow to import

    return bool(TrustPrompt(disclosure).run())


@dataclass
class TerminalWatch:
    """Ends the screen within a second when the terminal hangs up or the process is asked to end.

    The toolkit handles neither: a vanished terminal leaves it spinning, and a thread that writes to a stalled one
    never returns from the system call. So descriptors 0 to 2 are pointed at /dev/null, and threads are nudged.
    """

    leave: Callable[[], None]
    """Ask the screen to end; called on this object's own thread."""
    ended: threading.Event = field(default_factory=threading.Event)
    """To be set when the screen has ended."""
    is_lost: bool = False
    """Whether the terminal is gone."""
    _asked: threading.Event = field(default_factory=threading.Event)
    _old: dict[int, object] = field(default_factory=dict)

    def __enter__(self) -> TerminalWatch:
        """Take over the signals; on the main thread."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._old[number] = signal.signal(number, self._on_signal)
        # A handler, if only one that does nothing, is what makes the signal end a system call.
        self._old[NUDGE] = signal.signal(NUDGE, lambda *_: None)
        threading.Thread(target=self._watch, name="terminal watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching. Signals stay ours: while the engine ends, a hang-up must not kill it."""
        self.ended.set()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self.is_lost = True
        self._asked.set()

    def _watch(self) -> None:
        while not self.ended.is_set():
            if self._asked.wait(LOOK) or self._has_hung_up():
                self._end()
                return

    def _has_hung_up(self) -> bool:
        poll = select.poll()
        poll.register(0, 0)
        self.is_lost = any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
        return self.is_lost

    def _end(self) -> None:
        self.leave()
        if not self.is_lost and self.ended.wait(PATIENCE):
            return
        self.is_lost = True
        self._let_go()
        while not self.ended.wait(0.1):
            self._nudge()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        self._nudge()

    def _nudge(self) -> None:
        for thread in threading.enumerate():
            if thread.ident is not None and thread is not threading.current_thread() and thread.name != "engine":
                signal.pthread_kill(thread.ident, NUDGE)
