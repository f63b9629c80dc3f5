"""A terminal behind a slow connection: every byte comes late, in both directions, and only so many a second."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from tests.terminal.pty_console import PtyConsole

TICK = 0.02
"""Seconds between looks at what is due."""


@dataclass
class SlowConsole(PtyConsole):
    """A console whose terminal is far away.

    What it writes waits in the kernel's buffer, as behind a full connection: the console notices.
    """

    latency: float = 0.3
    """Seconds that a byte is under way, in each direction."""
    rate: float = 20_000.0
    """Bytes a second from the console to the terminal."""
    _keys: deque[tuple[float, bytes]] = field(default_factory=deque)

    def press(self, keys: str) -> None:
        """Type `keys`; they arrive later."""
        self._keys.append((time.monotonic() + self.latency, keys.encode()))

    def _read(self) -> None:
        under_way: deque[tuple[float, bytes]] = deque()
        credit, before = 0.0, time.monotonic()
        while not self._is_over.is_set():
            now = time.monotonic()
            credit, before = min(self.rate / 10, credit + (now - before) * self.rate), now
            while self._keys and self._keys[0][0] <= now:
                os.write(self.master, self._keys.popleft()[1])
            while under_way and under_way[0][0] <= now:
                self._show(under_way.popleft()[1])
            is_readable = bool(select.select([self.master], [], [], TICK)[0])
            if not is_readable or credit < 1:
                threading.Event().wait(TICK if is_readable else 0)
                continue
            try:
                data = os.read(self.master, int(credit))
            except OSError:  # nobody has the terminal open any more
                break
            if not data:
                break
            credit -= len(data)
            under_way.append((time.monotonic() + self.latency, data))
        for _, data in under_way:
            self._show(data)

    def _show(self, data: bytes) -> None:
        with self._lock:
            self.raw += data
            self._stream.feed(data)
