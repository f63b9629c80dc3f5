"""Subcommands while the console in control is stopped, or while something else lies in the plan's place."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from aurora_console.engine.supervise.identity import identify, is_stopped
from tests.demo import wait_until
from tests.terminal.small import SmallSystem

PATIENCE = 60.0
"""Seconds."""


def said_by(process: subprocess.Popen[str]) -> str:
    """Return the first lines that it writes to standard error, which it must do while it waits."""
    assert process.stderr is not None
    return process.stderr.readline() + process.stderr.readline()


def stop(process: subprocess.Popen[str]) -> None:
    """Stop it, and wait until it is."""
    process.send_signal(signal.SIGSTOP)
    found = identify(process.pid)
    assert found is not None
    wait_until(lambda: is_stopped(found), "it is stopped")


@pytest.fixture
def stopped(small: Callable[[], SmallSystem]) -> tuple[SmallSystem, subprocess.Popen[str]]:
    """Return a system, and its console that is stopped in the middle of the third phase."""
    system = small()
    run = system.start("run", "--headless", "--json", "--approve", "all", "--port-offset", str(system.offset))
    wait_until(lambda: system.begun.exists() or run.poll() is not None, "the action runs")
    stop(run)
    return system, run


def test_a_command_says_who_is_stopped_and_takes_over_when_it_dies(
    stopped: tuple[SmallSystem, subprocess.Popen[str]],
) -> None:
    """Status says it too; the rollback is done by the process that asked for it."""
    system, run = stopped
    assert f"`kill -CONT {run.pid}`" in system.run("status").stdout
    asked = system.start("rollback", "all")
    words = said_by(asked)
    assert f"(pid {run.pid}) has control and is stopped" in words
    assert f"`kill -9 {run.pid}`" in words
    run.kill()
    system.go.touch()
    out, errors = asked.communicate(timeout=PATIENCE)
    run.communicate(timeout=PATIENCE)
    assert asked.returncode == 0, out + errors
    assert "restored" in out
    assert "RequestRefused" not in system.kinds()


def test_a_command_is_answered_by_a_console_that_wakes(stopped: tuple[SmallSystem, subprocess.Popen[str]]) -> None:
    """Nothing is asked twice."""
    system, run = stopped
    asked = system.start("rollback", "all")
    assert "is stopped" in said_by(asked)
    run.send_signal(signal.SIGCONT)
    system.go.touch()
    out, errors = asked.communicate(timeout=PATIENCE)
    run.communicate(timeout=PATIENCE)
    assert asked.returncode == 0, out + errors
    assert system.kinds().count("RollbackStarted") == 1


def test_a_pipe_in_the_plans_place_holds_nobody_up(small: Callable[[], SmallSystem]) -> None:
    """With a run under way, whose plan is pinned."""
    system = small()
    system.plan.unlink()
    os.mkfifo(system.plan)
    done = system.headless("--approve", "all")
    assert done.returncode == 4, done.stderr
    assert "has changed" in done.stderr
    assert system.run("rollback", "all").returncode in {0, 1}
