"""Time as a dependency, so that tests decide what time it is."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two kinds of time: one to measure with, one to show."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never jump; durations are measured with this."""
        ...

    def wall(self) -> float:
        """Return seconds since the epoch; only for showing and for the journal."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def monotonic(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    def wall(self) -> float:
        """Return `time.time()`."""
        return time.time()
