"""The cockpit in a terminal, and what becomes of it when the terminal goes: the engine's life is not the terminal's."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from aurora_console.config import Config, ThemeName
from aurora_console.errors import AuroraError, ExitCode
from aurora_console.late_engine import LateEngine, late_engine
from aurora_console.state.folder import ControlHeldError, ControlLock

if TYPE_CHECKING:
    from aurora_console.plan.trust import Disclosure  # slow to import

PATIENCE = 0.7
"""Seconds that the screen has to end by itself when the process is asked to end."""
AGAIN = 0.1
"""Seconds between two attempts to end a screen that has lost its terminal."""
PROMPT = 0.2
"""Seconds in which an idle engine ends; what takes longer is told."""
LATEST_START = 2.0
"""Seconds after which the engine starts though no frame was shown."""
SWITCH = 0.001
"""Seconds after which a thread gives the interpreter up to another that waits for it."""
NUDGE = signal.SIGURG
"""A signal that is ignored unless it is handled, and that nobody else uses here: it only ends a system call."""
RESTORE = b"\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
"""Takes back what the toolkit switches on: pasting, wrapping, mouse, keyboard, screen, cursor and focus modes."""


def run_cockpit(plan: Path, port_offset: int, config: Config | None = None) -> int:
    """Open the cockpit on `plan` and return the exit code; when the terminal goes, the engine ends as the plan says.

    Raises AuroraError when the terminal cannot show it, when the plan is not fit, and when another console has control.
    """
    from aurora_console.app import AuroraApp  # noqa: PLC0415  the toolkit is slow to import; a wrong call is told first

    if not os.isatty(2):
        raise AuroraError(
            "the cockpit is drawn on standard error, and that is redirected", "leave descriptor 2 to the terminal"
        )
    config = config or Config()
    # Engine and screen share the interpreter: at Python's own 5 ms, each would wait so long again and again.
    sys.setswitchinterval(SWITCH)
    host, folder = late_engine(plan, port_offset, lambda disclosure: _ask_trust(disclosure, config.theme.name))
    if folder is not None and ControlLock.is_held_by_any(folder.lock):
        raise ControlHeldError(folder.lock, ControlLock.holder(folder.lock))
    app = AuroraApp(host, config=config, when_shown=host.start)
    host.on_fault = app.leave_from_outside
    latest = threading.Timer(LATEST_START, host.start)  # a terminal that nobody reads may never show a frame
    latest.daemon = True
    latest.start()
    with TerminalWatch(leave=app.leave_from_outside) as watch:
        try:
            app.run()
        finally:
            watch.ended.set()
            _end(host, plan)
    if isinstance(host.error, AuroraError):
        return host.error.exit_code
    return ExitCode.DONE if host.error is None and not app.return_code else 1


def _ask_trust(disclosure: Disclosure, theme: ThemeName) -> bool:
    from aurora_console.trust_prompt import TrustPrompt  # noqa: PLC0415  the toolkit is slow to import

    return bool(TrustPrompt(disclosure, theme).run())


def _end(host: LateEngine, plan: Path) -> None:
    """Have the engine end by the plan's policy, however long that takes, and tell what goes on."""
    if not host.stop(deadline=PROMPT):
        _say("waiting for what is under way to end, as the plan's on_disconnect says; ctrl+c does not cut it off")
        host.stop(deadline=None)
    if host.error is not None:
        _say(host.view().engine_error)
        return
    running = [one.name for one in host.view().state.services.values() if one.managed and one.is_up]
    if running:
        _say(f"left; still running: {', '.join(running)}")
        _say(f"  come back: aurora-console run {plan} · undo: aurora-console rollback -p {plan}")


def _say(words: str) -> None:
    try:
        print(f"aurora-console: {words}", file=sys.stderr, flush=True)
    except OSError:  # the terminal went a moment ago, and nobody reads this
        return


@dataclass
class TerminalWatch:
    """Ends the screen within a second when the terminal hangs up or the process is asked to end.

    The toolkit handles neither: a vanished terminal leaves it spinning, and a thread that writes to a stalled one
    never returns from the system call. So descriptors 0 to 2 are pointed at /dev/null, and threads are nudged.
    It goes on watching after the screen has ended, so that what is told then cannot hang on the terminal either.
    """

    leave: Callable[[], None]
    """Ask the screen to end; called on this object's own thread, again and again until it has."""
    ended: threading.Event = field(default_factory=threading.Event)
    """To be set when the screen has ended."""
    is_asked: bool = False
    """Whether a signal asks the process to end. A hang-up signal is no more than that: the terminal may live on."""
    is_lost: bool = False
    """Whether the terminal is gone, or given up since the screen would not end."""

    def __enter__(self) -> TerminalWatch:
        """Take over the signals; on the main thread. They stay taken over: nothing may cut the engine's end short."""
        self._attributes = termios.tcgetattr(0)
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._rope, False)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # A handler, if only one that does nothing, is what makes the signal end a system call.
        signal.signal(NUDGE, lambda *_: None)
        threading.Thread(target=self._watch, name="terminal watch", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take note that the screen has ended."""
        self.ended.set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # An assignment and a write: a second signal may interrupt the first one here, and a lock would hang for ever.
        self.is_asked = True
        try:
            os.write(self._rope, b"!")
        except BlockingIOError:
            return  # a full pipe rings as well

    def _watch(self) -> None:
        self._wait(lambda: self.is_asked or self.is_lost)
        if self.is_lost or not self._ends_by_itself():
            self._give_up_terminal()
        self._wait(lambda: self.is_lost)
        self._give_up_terminal()

    def _wait(self, is_over: Callable[[], bool]) -> None:
        """Wait for a signal, or for the terminal to hang up."""
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        poll.register(0, 0)  # a hang-up is told unasked
        while not is_over():
            for descriptor, _ in poll.poll():
                if descriptor == self._bell:
                    os.read(self._bell, 512)
                else:
                    self.is_lost = True

    def _ends_by_itself(self) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not self.ended.is_set():
            if self.is_lost or time.monotonic() > deadline:
                return False
            self.leave()
            self.ended.wait(AGAIN)
        return True

    def _give_up_terminal(self) -> None:
        """Never touch the terminal again; get every thread that hangs on it away from it."""
        terminal = None if self.is_lost else os.dup(0)
        self.is_lost = True
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        while not self.ended.is_set():
            self.leave()
            self._nudge()
            self.ended.wait(AGAIN)
        if terminal is not None:
            self._restore(terminal)
        while True:
            self._nudge()
            time.sleep(AGAIN)

    def _restore(self, terminal: int) -> None:
        """Give a terminal that was only slow back as it was; one that is stuck holds up nothing but this thread."""
        # Else the kernel would stop the whole process where a shell has taken the terminal back meanwhile.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            termios.tcsetattr(terminal, termios.TCSANOW, self._attributes)
            os.write(terminal, RESTORE)
        except (OSError, termios.error):
            return  # it is gone after all

    def _nudge(self) -> None:
        """Make the threads that use the terminal try their system call anew, on what the descriptors are now."""
        for thread in threading.enumerate():
            uses_terminal = thread is threading.main_thread() or thread.name.startswith("textual-")
            if uses_terminal and thread.ident is not None:
                try:
                    signal.pthread_kill(thread.ident, NUDGE)
                except ProcessLookupError:
                    continue  # it has just ended
