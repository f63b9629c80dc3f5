"""The run in plain lines: commands in, sentences out, on anything that can carry text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.demo import wait_until
from tests.terminal.pty_console import PtyConsole
from tests.terminal.small import SmallSystem

PATIENCE = 60.0
"""Seconds."""


@contextmanager
def plain(system: SmallSystem, output: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run the plan in plain lines, with a pipe in and a file out."""
    with output.open("w") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "aurora_console", "run", "--plain", "--port-offset", str(system.offset)],
            cwd=system.directory,
            env=os.environ | {"TERM": "dumb", "LANG": "C.UTF-8"} | environment,
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    assert child.stdin is not None
    try:
        yield child
    finally:
        system.go.touch()
        child.stdin.close()
        if child.poll() is None:
            child.kill()
        child.wait()


def type_in(child: subprocess.Popen[str], line: str) -> None:
    """Send a line."""
    assert child.stdin is not None
    child.stdin.write(f"{line}\n")
    child.stdin.flush()


def test_a_phase_is_approved_and_rolled_back_by_lines(small: Callable[[], SmallSystem], tmp_path: Path) -> None:
    """What it would do is said before; commands are taken while it runs; not one escape sequence."""
    system, output = small(), tmp_path / "output"
    with plain(system, output) as child:
        wait_until(lambda: "phase 3 waits for approval" in output.read_text(), "it waits")
        assert "1. Wait for it" in output.read_text()
        assert "undo: " in output.read_text()
        type_in(child, "approve change 12")
        wait_until(system.begun.exists, "the phase runs")
        type_in(child, "approve")
        type_in(child, "pause lunch")
        type_in(child, "frobnicate")
        wait_until(lambda: ": lunch" in output.read_text(), "it is paused")
        type_in(child, "status")
        wait_until(lambda: "PAUSED: lunch" in output.read_text(), "the status is said")
        type_in(child, "rollback")
        wait_until(lambda: "rollback restored" in output.read_text(), "it is rolled back")
        type_in(child, "quit")
        assert child.wait(PATIENCE) == 0
    said = output.read_text()
    assert "change 12" in said
    assert "no phase waits for approval" in said
    assert "no command 'frobnicate'" in said
    assert "left; still running: worker" in said
    assert all(character.isprintable() or character == "\n" for character in said)
    os.kill(system.worker_pid(), 0)


def test_a_piped_input_is_taken_in_order_and_to_its_end(small: Callable[[], SmallSystem], tmp_path: Path) -> None:
    """`wait` waits; the end of the input waits too, then leaves."""
    system, output = small(), tmp_path / "output"
    system.go.touch()
    with plain(system, output, LANG="C", LC_ALL="C") as child:
        assert child.stdin is not None
        child.stdin.write("approve\nwait\nstatus\nrollback all")
        child.stdin.close()
        assert child.wait(PATIENCE) == 0
    said = output.read_text()
    assert said.isascii()
    assert said.index("phase 3 passed") < said.index("3  Wait long") < said.index("rollback restored")
    assert said.rstrip().endswith("left; no service of this run is up")


@pytest.mark.parametrize("line", ["help", "?"])
def test_help_lists_the_commands(small: Callable[[], SmallSystem], tmp_path: Path, line: str) -> None:
    """Each with a sentence."""
    system, output = small(), tmp_path / "output"
    with plain(system, output) as child:
        type_in(child, line)
        type_in(child, "quit")
        assert child.wait(PATIENCE) == 0
    for word in ("approve [REASON]", "rollback [SCOPE]", "pause", "resume", "status", "quit"):
        assert word in output.read_text()


def test_a_terminal_gets_no_escape_sequences_either(small: Callable[[], SmallSystem]) -> None:
    """Though it could show them."""
    system = small()
    arguments = ("run", "--plain", "--port-offset", str(system.offset))
    with PtyConsole(arguments, system.directory) as console:
        console.wait_for("waits for approval")
        console.press("status\r")
        console.wait_for("controlled by")
        console.press("quit\r")
        assert console.wait_for_end() == 0
        assert b"\x1b" not in console.raw


def test_two_ways_to_run_at_once_are_refused(small: Callable[[], SmallSystem]) -> None:
    """With what to do."""
    done = small().run("run", "--plain", "--headless")
    assert done.returncode == 2
    assert "give one of them" in done.stderr
