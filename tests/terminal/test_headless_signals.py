"""A run without a screen that is asked to end: it ends by the plan's policy, and what was begun has its record."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.demo import wait_until
from tests.terminal.small import SmallSystem

PATIENCE = 30.0
"""Seconds."""


def begin_waiting(system: SmallSystem) -> subprocess.Popen[str]:
    """Start a run without a screen and wait until the third phase's first action runs."""
    offset = ("--port-offset", str(system.offset))
    run = system.start("run", "--headless", "--json", "--approve", "all", *offset)
    wait_until(lambda: system.begun.exists() or run.poll() is not None, "the action runs")
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_action_under_way_ends_before_the_process_does(
    small: Callable[[], SmallSystem], number: signal.Signals
) -> None:
    """However often it is asked; the exit code is that of a process ended by the signal, and services go on."""
    system = small()
    run = begin_waiting(system)
    for _ in range(3):
        run.send_signal(number)
        system.wait_for_event("IntegrationPaused")
    assert run.poll() is None
    system.go.touch()
    _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode == 128 + number, errors
    assert "Traceback" not in errors
    assert system.kinds()[-1] == "EngineStopped"
    assert [action.status for action in system.state().phases[2].actions] == ["done", "pending"]
    os.kill(system.worker_pid(), 0)


def test_policy_rollback_holds_without_a_screen_too(small: Callable[[str], SmallSystem]) -> None:
    """The phase is undone and proven before the process ends."""
    system = small("rollback")
    run = begin_waiting(system)
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=PATIENCE)
    assert run.returncode == 128 + signal.SIGTERM, errors
    state = system.state()
    assert state.phases[2].status == "rolled back"
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "restored"
    assert system.kinds()[-1] == "EngineStopped"
