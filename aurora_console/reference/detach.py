"""Starts a program that outlives its starter and is nobody's child: `python detach.py LOG COMMAND...` prints its pid.

This process is the one in between: it ends at once, so the program's parent becomes init (or the nearest subreaper).
"""

from __future__ import annotations

import subprocess
import sys


def main() -> None:
    """Start the program in its own session, with nothing on stdin and its output appended to LOG."""
    log, *command = sys.argv[1:]
    with open(log, "ab") as output:  # noqa: PTH123  pathlib would double the start-up time of this process
        program = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    print(program.pid, flush=True)
    # Not waited for, on purpose.
    program.returncode = 0


if __name__ == "__main__":
    main()
