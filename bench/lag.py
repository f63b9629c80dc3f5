"""Lag: by how much the engine's loop is late, beside Textual's own loop in the same process.

Both loops ask every 20 ms to be called. Four services run. Measured for 6 s each: idle; a terminal that is resized
ten times a second; one that is also not read for 5 s, as behind a dead connection; a service that logs 10,000 lines
a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Row, Samples, run_alone
from bench.reference import console, own_state
from bench.terminal import Terminal

DURATION = 6.0
"""Seconds of each situation."""
STALL = 5.0
"""Seconds for which the terminal is not read."""
_SIZES = ((120, 40), (100, 30))
_RESIZES = 10
"""A second."""
_PATIENCE = 120.0
_SERVICES = ("core", "first", "second", "third")

_PLAN = """[system]
name = "bench"

{services}
[[phases]]
title = "Start"
budget = "1m"
rollback = "services"
actions = [{{ start = [{names}] }}]
criteria = [{{ running = [{names}] }}]
"""
_SERVICE = """[services.{name}]
layer = "parallel"
exec = ["{{python}}", "{program}", "{wish}"]
ready = {{ log = "ready", timeout = "10s" }}

"""

Spans = dict[str, list[tuple[float, float]]]
"""Situation -> beginning and end of each time that it was made, monotonic seconds."""


def measure(repetitions: int) -> list[Row]:
    """Measure the lateness of both loops."""
    spans: Spans = {}
    with _system() as (plan, environment, wish):
        results = wish.with_name("lags.json")
        argv = [sys.executable, "-m", "bench.probed_console", str(plan), str(results)]
        root = Path(__file__).parent.parent
        with Terminal(argv, _SIZES[0], cwd=root, environment=environment) as terminal:
            terminal.wait_for_shown("SERVICE", "q leave")
            situations: dict[str, Callable[[], None]] = {
                "idle": lambda: time.sleep(DURATION),
                "resized 10 times a second": lambda: _resize(terminal, DURATION),
                "terminal not read for 5 s": lambda: _stall(terminal),
                "10,000 log lines a second": lambda: _flood(wish),
            }
            time.sleep(2.0)
            for _ in range(repetitions):
                for name, make in situations.items():
                    before = time.monotonic()
                    make()
                    spans.setdefault(name, []).append((before, time.monotonic()))
                    time.sleep(0.5)
        lags: Spans = json.loads(results.read_text())
    return [
        Row(
            figure=f"lag, {situation}: {what}",
            ours=_samples(lags["engine"], found, share),
            peer="Textual's loop beside it",
            theirs=_samples(lags["screen"], found, share),
        )
        for situation, found in spans.items()
        for what, share in (("median", 0.5), ("99 of 100", 0.99), ("worst", 1.0))
    ]


def _samples(lags: list[tuple[float, float]], spans: list[tuple[float, float]], share: float) -> Samples:
    """Return the lateness in ms that `share` of the calls did not exceed, for each span."""
    return Samples(tuple(_quantile(lags, *span, share) * 1000 for span in spans), "ms")


def _quantile(lags: list[tuple[float, float]], start: float, end: float, share: float) -> float:
    # A call that was due within the span counts, though it came after its end: a frozen loop is late, not silent.
    found = sorted(late for at, late in lags if start <= at - late < end)
    return found[min(len(found) - 1, int(share * len(found)))]


def _resize(terminal: Terminal, seconds: float) -> None:
    for number in range(int(seconds * _RESIZES)):
        terminal.resize(*_SIZES[(number + 1) % 2])
        time.sleep(1 / _RESIZES)


def _stall(terminal: Terminal) -> None:
    terminal.stall()
    _resize(terminal, STALL)
    terminal.resume()
    time.sleep(DURATION - STALL)


def _flood(wish: Path) -> None:
    wish.touch()
    try:
        time.sleep(DURATION)
    finally:
        wish.unlink()


@contextmanager
def _system() -> Iterator[tuple[Path, dict[str, str], Path]]:
    """Yield the plan of a system whose four services run, the environment, and the file that makes one of them log."""
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as name:
        base = Path(name)
        root, wish, environment = base / "system", base / "wish", own_state(base)
        root.mkdir()
        plan = root / "aurora.toml"
        program = Path(__file__).with_name("chatter.py")
        services = "".join(
            _SERVICE.format(name=one, program=program, wish=wish if one == _SERVICES[0] else base / "never")
            for one in _SERVICES
        )
        plan.write_text(_PLAN.format(services=services, names=", ".join(f'"{one}"' for one in _SERVICES)))
        who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        for arguments in (["init", "--quiet"], ["add", "-A"], [*who, "commit", "--quiet", "-m", "laid out"]):
            subprocess.run(["git", "-C", str(root), *arguments], check=True)
        _call(environment, "trust", "--yes", str(plan))
        _call(environment, "run", str(plan), "--headless", "--approve", "all")
        try:
            yield plan, environment, wish
        finally:
            _call(environment, "rollback", "all", "--plan", str(plan))


def _call(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        console(*arguments),
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=_PATIENCE,
    )


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
