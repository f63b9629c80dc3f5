"""Idle: what an open cockpit writes to its terminal, and takes of a processor, while four services run.

Every phase of the reference plan has passed; two such systems, one cockpit of 120 by 40 and one of 80 by 24, and
the peers run side by side through the same windows of 30 s, in which the background gates run too. Processor time
is utime + stime of the whole process (and of children that it waited for) from /proc, as a share of one core.
Peers: a Textual app with a label that tells the time once a second; htop and btop at their own pace, where they are
installed.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Row, Samples, run_alone
from bench.first_paint import peer
from bench.reference import reference_system
from bench.terminal import Terminal

WINDOW = 30.0
"""Seconds."""
SETTLING = 5.0
"""Seconds after the last one has started, before the first window."""
LARGE = (120, 40)
SMALL = (80, 24)
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class _Idler:
    """One program that idles on a terminal."""

    terminal: Terminal
    bytes_per_second: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Percent of one core."""

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used so far (proc(5), fields 14 to 17 of stat)."""
        stat = Path(f"/proc/{self.terminal.process.pid}/stat").read_text()
        return sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[11:15]) / _TICKS


def measure(repetitions: int) -> list[Row]:
    """Measure bytes and processor time of idle programs."""
    with ExitStack() as stack:
        idlers = _start(stack)
        time.sleep(SETTLING)
        for _ in range(repetitions):
            _watch(idlers.values())
        return _rows(idlers)


def _start(stack: ExitStack) -> dict[str, _Idler]:
    idlers = {}
    for title, size in (("120x40", LARGE), ("80x24", SMALL)):
        reference = stack.enter_context(reference_system())
        reference.bring_in_everything()
        cockpit = Terminal(reference.cockpit(), size, environment=reference.environment)
        idlers[f"cockpit {title}"] = _Idler(stack.enter_context(cockpit))
        idlers[f"clock {title}"] = _Idler(stack.enter_context(Terminal(peer("bare_clock"), size)))
        for name in ("htop", "btop"):
            if shutil.which(name) is None:
                print(f"{name} is not installed, so the idle cockpit is not compared with it", file=sys.stderr)
                continue
            idlers[f"{name} {title}"] = _Idler(stack.enter_context(Terminal([name], size)))
    for name, idler in idlers.items():
        if name.startswith("cockpit"):
            idler.terminal.wait_for_shown("SERVICE", "q leave")
    return idlers


def _watch(idlers: Iterable[_Idler]) -> None:
    idlers = list(idlers)
    before = [(idler.terminal.written, idler.cpu_seconds(), time.monotonic()) for idler in idlers]
    time.sleep(WINDOW)
    for idler, (written, cpu, at) in zip(idlers, before, strict=True):
        seconds = time.monotonic() - at
        idler.bytes_per_second.append((idler.terminal.written - written) / seconds)
        idler.cpu.append((idler.cpu_seconds() - cpu) / seconds * 100)


def _rows(idlers: dict[str, _Idler]) -> list[Row]:
    rows = []
    for title in ("120x40", "80x24"):
        ours = idlers[f"cockpit {title}"]
        for name, what in (("clock", "Textual app with a clock"), ("htop", "htop"), ("btop", "btop")):
            theirs = idlers.get(f"{name} {title}")
            if theirs is not None:
                rows += [
                    Row(
                        figure=f"idle, {title}: written",
                        ours=Samples(tuple(ours.bytes_per_second), "B/s"),
                        peer=what,
                        theirs=Samples(tuple(theirs.bytes_per_second), "B/s"),
                    ),
                    Row(
                        figure=f"idle, {title}: processor",
                        ours=Samples(tuple(ours.cpu), "%"),
                        peer=what,
                        theirs=Samples(tuple(theirs.cpu), "%"),
                    ),
                ]
    return sorted(rows, key=lambda row: row.figure)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
