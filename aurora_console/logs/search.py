"""Looking for a regular expression in logs: in a process of its own, which a deadline ends.

Python's matcher holds the interpreter lock and may take for ever over one line; nothing of the console waits for it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from aurora_console.logs import index

_PROGRAM = Path(__file__).with_name("matching.py")
PATIENCE = 4.0
"""Seconds in which a search says how far it came."""
_GRACE = 1.5
"""Seconds beyond these after which it is ended."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for, and where."""

    pattern: str
    """As Python's `re` has it; upper and lower case are told apart only where the pattern has an upper-case letter."""
    start: int
    """The place from which to look."""
    direction: int
    """1: lines that begin there or after; -1: lines that end there or before, the nearest first."""
    inverse: bool = False
    """Look for lines that do not match."""
    limit: int = 200
    """Lines found after which to stop."""
    parts: tuple[index.Part, ...] = ()
    """Files to read."""
    lines: tuple[tuple[int, str], ...] | None = None
    """Lines with their places, in the order in which to look at them, instead of files."""
    seconds: float = PATIENCE


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    hits: tuple[tuple[int, int], ...] = ()
    """Places and ends of lines, the nearest first."""
    reached: int = 0
    """The place up to which it has looked."""
    is_whole: bool = False
    """Whether there was nothing more to look at."""
    problem: str = ""
    """Why it came to nothing; empty where it came to an end."""


class Search:
    """One search. `find` may be called in a thread, `give_up` from any."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._process: subprocess.Popen[bytes] | None = None
        self._is_given_up = False

    def find(self) -> Found:
        """Look, for at most a few seconds."""
        query = self._query
        if self._is_given_up:
            return Found(problem="given up")
        with subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            self._process = process
            try:
                answer, _ = process.communicate(msgspec.json.encode(query), timeout=query.seconds + _GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                return Found(problem=f"this expression takes too long: given up after {query.seconds + _GRACE:.0f} s")
        if process.returncode != 0:
            return Found(problem="given up" if self._is_given_up else "the search failed")
        return msgspec.json.decode(answer, type=Found)

    def give_up(self) -> None:
        """End it; `find` returns soon."""
        self._is_given_up = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
