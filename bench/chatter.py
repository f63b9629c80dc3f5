"""A service that only writes its log: 10,000 lines a second for as long as the file named by `argv[1]` is there."""

from __future__ import annotations

import sys
import time
from pathlib import Path

PERIOD = 0.05
"""Seconds."""
LINES = 500
"""In one period."""


def main() -> None:
    wish = Path(sys.argv[1])
    print("ready", flush=True)
    number, due = 0, time.monotonic()
    while True:
        due = max(due + PERIOD, time.monotonic())
        if wish.exists():
            lines = (f"{number + one} a line of a log, about as long as such lines are\n" for one in range(LINES))
            sys.stdout.writelines(lines)
            sys.stdout.flush()
            number += LINES
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
