"""A program on a pseudo terminal of its own: what it writes is taken with the time at which it came."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

PATIENCE = 60.0
"""Seconds that something which must come may take."""
_LEAVING = 5.0
"""Seconds between SIGTERM and SIGKILL."""
_BYTECODE = tempfile.TemporaryDirectory(prefix="aurora-bench-bytecode-")
_AS_INSTALLED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": _BYTECODE.name}
"""Every program finds its modules compiled, as it does once installed, whatever the shell's environment says."""


class BenchError(Exception):
    """Something that was to be measured did not happen."""


class Terminal:
    """Runs `argv` with a terminal of `size` (columns, rows) as its controlling one; ends it on leaving."""

    def __init__(
        self,
        argv: Sequence[str],
        size: tuple[int, int],
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._size = size
        self._chunks: list[tuple[float, bytes]] = []
        self._may_read = threading.Event()
        self._may_read.set()
        self._master, slave = pty.openpty()
        self.resize(*size)
        self.started = time.monotonic()
        """Seconds, monotonic: just before the program was executed."""
        # `setsid --ctty` execs, so this pid becomes the program's.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv],
            cwd=cwd,
            env={
                **os.environ,
                **_AS_INSTALLED,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(environment or {}),
            },
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._may_read.set()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_LEAVING)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join()
        os.close(self._master)

    @property
    def written(self) -> int:
        """Bytes that the program has written so far, as far as they were read."""
        return sum(len(data) for _, data in list(self._chunks))

    def resize(self, columns: int, rows: int) -> None:
        """Change the terminal's size; the kernel tells the program."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self._master, keys.encode())

    def stall(self) -> None:
        """Stop reading, as a client behind a dead connection does."""
        self._may_read.clear()

    def resume(self) -> None:
        """Read on."""
        self._may_read.set()

    def wait_for_shown(self, *wanted: str) -> None:
        """Wait until all of `wanted` are on the screen."""
        self.wait_for(lambda: all(one in "\n".join(self.screen()) for one in wanted), f"it shows {wanted}")

    def wait_for(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait until `condition` holds. Raises BenchError with the screen's content when it does not come true."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline or (self.process.poll() is not None and not condition()):
                raise BenchError(f"waited in vain until {what}; the screen says:\n" + "\n".join(self.screen()))
            time.sleep(0.02)

    def wait_until_quiet(self, seconds: float) -> None:
        """Wait until nothing was written for `seconds`."""
        self.wait_for(
            lambda: self._chunks and time.monotonic() - self._chunks[-1][0] > seconds, f"it is quiet for {seconds} s"
        )

    def screen(self) -> list[str]:
        """Return the lines that the terminal shows."""
        screen = pyte.Screen(*self._size)
        pyte.ByteStream(screen).feed(self._everything())
        return list(screen.display)

    def seconds_until_shown(self, *wanted: str) -> float:
        """Return the seconds from the program's start to the frame in which all of `wanted` are on the screen.

        Replayed from what was read, so that looking costs the program nothing. Raises BenchError when there is none.
        """
        screen = pyte.Screen(*self._size)
        stream = pyte.ByteStream(screen)
        for at, data in list(self._chunks):
            stream.feed(data)
            shown = "\n".join(screen.display)
            if all(one in shown for one in wanted):
                return at - self.started
        raise BenchError(f"{wanted} never came; the screen says:\n" + "\n".join(screen.display))

    def _everything(self) -> bytes:
        return b"".join(data for _, data in list(self._chunks))

    def _read(self) -> None:
        while True:
            self._may_read.wait()
            # Looks up now and then, so that it notices when it is not to read.
            if not select.select([self._master], [], [], 0.05)[0] or not self._may_read.is_set():
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:  # EIO: the last writer is gone
                return
            if not data:
                return
            self._chunks.append((time.monotonic(), data))
