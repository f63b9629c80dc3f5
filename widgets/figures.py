"""Figures in a form that keeps its width, so that nothing jumps."""

from __future__ import annotations

import time


def clock(at: float) -> str:
    """Return a time of day, `03:12:44`, in the operator's time zone. `at` in seconds since the epoch."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def age(seconds: float) -> str:
    """Return how old something is in one unit, which changes seldom: `42 s`, `12 m`, `3 h`, `3 d`."""
    whole = max(0, int(seconds))
    for limit, length, unit in ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h")):
        if whole < limit:
            return f"{whole // length} {unit}"
    return f"{whole // 86400} d"


def minutes(seconds: float) -> str:
    """Return an elapsed time as `0:42`, `12:41`, `1:02:10`: what is counted while it is looked at."""
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def percent(fraction: float) -> str:
    """Return `12 %`."""
    return f"{fraction * 100:.0f} %"


def milliseconds(seconds: float) -> str:
    """Return how long an answer took: `3.1 ms`, `41 ms`, `2100 ms`."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"
