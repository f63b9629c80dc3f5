"""Named points at which a test can have this process killed, as `kill -9` or a power cut would.

`AURORA_CONSOLE_FAULT=name:3` kills the process with SIGKILL the third time it passes the point `name`. Without the
variable a point costs one comparison.
"""

from __future__ import annotations

import os
import signal

_WANTED, _, _COUNT = os.environ.get("AURORA_CONSOLE_FAULT", "").partition(":")
_left = int(_COUNT or "1")


def crash_point(name: str) -> None:
    """End this process with SIGKILL if the environment asks for a crash at `name`."""
    global _left  # noqa: PLW0603  one counter a process is what a crash point is
    if name != _WANTED:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
