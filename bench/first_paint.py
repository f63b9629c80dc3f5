"""First paint: from the execution of the program to its first whole frame, on a terminal of 120 by 40.

The cockpit opens on the reference system, whose core runs and whose plan is trusted: taken up again where it stood, or
for the first time, with no state on disk. Peers: a Textual app with one line of text, and one with about as many panes
as the cockpit. What each writes is replayed through a terminal emulator afterwards, to find the moment at which
everything that belongs to the frame, phases and services included, was on the screen.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from bench.figures import Row, interleaved, run_alone
from bench.reference import Reference, reference_system
from bench.terminal import Terminal

SIZE = (120, 40)
WANTED = 1.5
"""Most that first paint may take, as a ratio to the bare app."""
_FRAME = ("PHASES", "Snapshot", "SERVICE", "core", "? help", "q leave")
_PEERS = Path(__file__).parent / "peers"


def peer(name: str) -> list[str]:
    """Return the command line of a peer."""
    return [sys.executable, str(_PEERS / f"{name}.py")]


def measure(repetitions: int) -> list[Row]:
    """Measure first paint of the cockpit and of its peers."""
    with reference_system() as again, reference_system() as fresh:
        found = interleaved(
            repetitions,
            {
                "again": lambda: _cockpit(again),
                "fresh": lambda: _cockpit_anew(fresh),
                "line": lambda: _bare("bare_static"),
                "panes": lambda: _bare("bare_panes"),
            },
            "s",
        )
    rows = []
    for name, title in (("line", "Textual app with one line"), ("panes", "Textual app with as many panes")):
        ours, theirs = found["again"], found[name]
        is_met = ours.median / theirs.median <= WANTED
        wanted = f"ratio <= {WANTED}"
        rows.append(Row(figure="first paint", ours=ours, peer=title, theirs=theirs, wanted=wanted, is_met=is_met))
    title = "Textual app with one line"
    rows.append(Row(figure="first paint, first time", ours=found["fresh"], peer=title, theirs=found["line"]))
    return rows


def _cockpit(reference: Reference) -> float:
    with Terminal(reference.cockpit(), SIZE, environment=reference.environment) as terminal:
        return _first_frame(terminal, *_FRAME)


def _cockpit_anew(reference: Reference) -> float:
    for folder in reference.state_home.glob("aurora-console/*-*"):  # what is trusted lies beside it, and stays
        shutil.rmtree(folder)
    return _cockpit(reference)


def _bare(name: str) -> float:
    with Terminal(peer(name), SIZE) as terminal:
        return _first_frame(terminal, "here it is")


def _first_frame(terminal: Terminal, *wanted: str) -> float:
    terminal.wait_until_quiet(0.5)
    terminal.wait_for_shown(*wanted)
    return terminal.seconds_until_shown(*wanted)


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
