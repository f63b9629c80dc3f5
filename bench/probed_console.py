"""The cockpit as it is, with a probe in each of its two loops: `python -m bench.probed_console PLAN RESULTS`.

A probe asks to be called every 20 ms and notes by how much its loop was late. When the cockpit has ended, RESULTS
holds all of it as JSON: loop -> pairs of the monotonic time and the lateness, both in seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from aurora_console import app
from aurora_console.engine.host import EngineHost
from aurora_console.session import Session
from aurora_console.terminal import run_cockpit

PERIOD = 0.02
"""Seconds."""


@dataclass
class Probe:
    """Measures the lateness of one loop."""

    seen: list[tuple[float, float]] = field(default_factory=list)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start; on that loop's own thread."""
        loop.call_later(PERIOD, self._tick, loop, time.monotonic() + PERIOD)

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = time.monotonic()
        self.seen.append((now, max(0.0, now - due)))
        self.begin(loop)


ENGINE, SCREEN = Probe(), Probe()


class ProbedApp(app.AuroraApp):
    """The app with a probe in its loop."""

    def on_mount(self) -> None:
        """Start the probe; Textual calls the base's handler by itself."""
        SCREEN.begin(asyncio.get_running_loop())


def _probed_host(session: Session, via_command_line: bool = False) -> EngineHost:
    host = _plain_host(session, via_command_line)
    loop = host._loop  # noqa: SLF001  nobody but a probe has a use for it
    loop.call_soon_threadsafe(ENGINE.begin, loop)
    return host


_plain_host = Session.host

if __name__ == "__main__":
    # Put in from outside, so that all else is as it always is.
    Session.host = _probed_host  # type: ignore[method-assign, assignment]
    app.AuroraApp = ProbedApp  # type: ignore[misc]
    code = run_cockpit(Path(sys.argv[1]), 0)
    Path(sys.argv[2]).write_text(json.dumps({"engine": ENGINE.seen, "screen": SCREEN.seen}))
    sys.exit(code)
