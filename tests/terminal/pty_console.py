"""A console in a real pseudo-terminal: keys go in, what is visible and which bytes came can be looked at."""

from __future__ import annotations

import fcntl
import itertools
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte
import pytest

from tests.demo import PATIENCE, wait_until

_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0) if sys.argv[1] == 'controlling' else None;"
    "os.execv(sys.argv[2], sys.argv[2:])"
)
"""Run in a new session between the fork and the console: makes descriptor 0 its controlling terminal."""


_USUAL = {"7", "25"}
"""Private modes that are on in any terminal: line wrap and the cursor."""


class _Screen(pyte.Screen):
    """What is visible; leaving the alternate screen, which pyte does not know, shows an empty one."""

    def reset_mode(self, *modes: int, **how: bool) -> None:
        """Switch modes off."""
        super().reset_mode(*modes, **how)
        if 1049 in modes and how.get("private"):
            self.erase_in_display(2)
            self.cursor_position()


@dataclass
class PtyConsole:
    """`aurora-console` in a terminal of its own: started when the context is entered, killed when it is left.

    A thread reads what the console writes, as a terminal does; `stall` makes it stop.
    """

    arguments: tuple[str, ...]
    cwd: Path
    columns: int = 80
    lines: int = 24
    is_controlling: bool = True
    """False: the terminal is not the session's own, so the kernel sends no SIGHUP when it goes."""
    environment: Mapping[str, str] = field(default_factory=dict)
    redirect_error: Path | None = None
    """A file that takes descriptor 2 away from the terminal."""
    raw: bytearray = field(default_factory=bytearray)
    """Every byte that the console has written."""
    _reading: threading.Event = field(default_factory=threading.Event)
    _is_stalled: threading.Event = field(default_factory=threading.Event)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Start it."""
        self._screen = _Screen(self.columns, self.lines)
        self._stream = pyte.ByteStream(self._screen)
        self.master, slave = pty.openpty()
        self._set_size(self.lines)
        self.attributes = termios.tcgetattr(slave)
        self._reading.set()
        how = "controlling" if self.is_controlling else "borrowed"
        program = [sys.executable, "-m", "aurora_console", *self.arguments]
        error = slave if self.redirect_error is None else os.open(self.redirect_error, os.O_WRONLY | os.O_CREAT)
        self.child = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, how, *program],
            cwd=self.cwd,
            env=self._environment(),
            stdin=slave,
            stdout=slave,
            stderr=error,
            start_new_session=True,
        )
        os.close(slave)
        if error != slave:
            os.close(error)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it if it still runs."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        if error is not None:
            print(f"--- the terminal at that moment ---\n{self.text}")
        self.hang_up()

    @property
    def pid(self) -> int:
        """The console's process."""
        return self.child.pid

    @property
    def text(self) -> str:
        """What is visible now, line by line."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def shows(self, *words: str) -> bool:
        """Tell whether all these words are visible at once."""
        text = self.text
        return all(word in text for word in words)

    def wait_for(self, *words: str, patience: float = PATIENCE) -> None:
        """Wait until all these words are visible at once; fail at once when the console ends before that."""

        def is_decided() -> bool:
            return self.shows(*words) or self.child.poll() is not None

        wait_until(is_decided, f"the terminal shows {words}", patience)
        if not self.shows(*words):  # the console has ended: its last words may still be on their way
            self._reader.join(2.0)
        if not self.shows(*words):
            pytest.fail(f"the console ended with {self.child.returncode} and never showed {words}:\n{self.text}")

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self.master, keys.encode())

    def approve(self, title: str) -> None:
        """Approve the phase of this title, once it waits for that."""
        self.wait_for(f" · {title}", "a approve")
        self.press("a")
        self.wait_for("Approve phase", title)
        self.press("\r")

    def stall(self) -> None:
        """Stop reading, as a terminal behind a frozen connection does."""
        self._is_stalled.set()

    def go_on(self) -> None:
        """Read again."""
        self._is_stalled.clear()

    def fill_up(self) -> None:
        """Stop reading, and have the console repaint until it cannot write any more."""
        self.stall()
        lines = itertools.cycle((self.lines - 1, self.lines))

        def repaints_in_vain() -> bool:
            self._set_size(next(lines))
            return _is_stuck_writing(self.pid)

        wait_until(repaints_in_vain, "the console is stuck writing")
        self._set_size(self.lines)

    def hang_up(self) -> None:
        """Close the terminal's side, as a terminal window or `sshd` does."""
        self._is_over.set()
        self._is_stalled.clear()
        self._reader.join()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def signal(self, number: signal.Signals) -> None:
        """Send the console a signal."""
        self.child.send_signal(number)

    def wait_for_end(self, patience: float = PATIENCE) -> int:
        """Wait until the console has ended and everything it wrote was read; return its exit code."""
        code = self.child.wait(patience)
        if self.master >= 0 and not self._is_stalled.is_set():
            self._reader.join(5.0)
        return code

    def modes_left_on(self) -> set[str]:
        """Return the private modes, such as 1049 for the alternate screen, that were switched on and not off again."""
        on: set[str] = set()
        for part in bytes(self.raw).split(b"\x1b[?")[1:]:
            digits = part[: len(part) - len(part.lstrip(b"0123456789;"))]
            action = part[len(digits) : len(digits) + 1]
            numbers = digits.decode().split(";")
            on = on | set(numbers) if action == b"h" else on - set(numbers) if action == b"l" else on
        return on - _USUAL

    def _set_size(self, lines: int) -> None:
        """Tell the console that its terminal has so many lines; the kernel signals it."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, self.columns, 0, 0))

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
        return own | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | dict(self.environment)

    def _read(self) -> None:
        while not self._is_over.is_set():
            if self._is_stalled.is_set():
                time.sleep(0.01)
                continue
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # EIO: nobody has the terminal open any more
                return
            if not data:
                return
            with self._lock:
                self.raw += data
                self._stream.feed(data)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used, all threads together; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def has_terminal_open(pid: int) -> bool:
    """Tell whether a process holds any terminal open; a console whose screen is gone does not."""
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        return False
    for link in links:
        try:
            target = str(link.readlink())
        except OSError:  # closed meanwhile
            continue
        if target.startswith(("/dev/pts/", "/dev/tty")):
            return True
    return False


def _is_stuck_writing(pid: int) -> bool:
    """Tell whether a thread of the process waits in the kernel for the terminal to take more."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            number, first = (task / "syscall").read_text().split()[:2]
        except (OSError, ValueError):  # ended, or it runs
            continue
        if number == "1" and int(first, 16) in {1, 2}:
            return True
    return False
