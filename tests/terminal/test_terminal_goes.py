"""The terminal goes, or a signal asks for the end: the screen goes at once, the engine by policy, services stay."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo import wait_until
from tests.terminal.pty_console import PtyConsole, cpu_seconds, has_terminal_open
from tests.terminal.small import SmallSystem, open_cockpit

AT_ONCE = 10.0
"""Seconds within which a screen has to be gone; one is what is promised, the rest is for a busy machine."""
WINDOW = 1.0
"""Seconds over which processor time is measured."""

GOING: dict[str, Callable[[PtyConsole], None]] = {
    "hang-up signal": lambda console: console.signal(signal.SIGHUP),
    "termination signal": lambda console: console.signal(signal.SIGTERM),
    "interrupt signal": lambda console: console.signal(signal.SIGINT),
    "terminal closed": lambda console: console.hang_up(),
    "terminal vanished": lambda console: console.hang_up(),
}
"""Ways to lose a console; the last one is played on a terminal that is not the session's own: no signal tells of it."""


def open_for(system: SmallSystem, way: str) -> PtyConsole:
    return open_cockpit(system, is_controlling=way != "terminal vanished")


def is_screen_gone(console: PtyConsole) -> bool:
    """Tell whether nothing of the console uses its terminal: it let go of it, or it put it back as it was."""
    return console.child.poll() is not None or not has_terminal_open(console.pid) or not console.modes_left_on()


def begin_waiting(system: SmallSystem, console: PtyConsole) -> None:
    """Have the phase that waits run, up to its first action."""
    console.approve("Wait long")
    wait_until(system.begun.exists, "the action runs")


@pytest.mark.parametrize("way", [way for way in GOING if way != "hang-up signal"])
def test_an_idle_console_ends_when_its_terminal_goes(
    small: Callable[[], SmallSystem], way: str, record_property: Callable[[str, object], None]
) -> None:
    """The journal says that it was left, and the worker still is the same process."""
    system = small()
    worker = system.worker_pid()
    with open_for(system, way) as console:
        console.wait_for("Wait long", "a approve")
        began = time.monotonic()
        GOING[way](console)
        console.wait_for_end(AT_ONCE)
        record_property("seconds until the process had ended", time.monotonic() - began)
    assert system.kinds()[-1] == "EngineStopped"
    os.kill(worker, 0)
    assert system.worker_pid() == worker


@pytest.mark.parametrize("way", ["hang-up signal", "termination signal", "terminal vanished"])
def test_in_the_middle_of_an_action_the_screen_goes_and_the_action_ends(
    small: Callable[[], SmallSystem], way: str, record_property: Callable[[str, object], None]
) -> None:
    """Policy `hold`: without a screen and without spinning it waits for the action, begins no other, and ends."""
    system = small()
    with open_for(system, way) as console:
        begin_waiting(system, console)
        began = time.monotonic()
        GOING[way](console)
        wait_until(lambda: is_screen_gone(console), "the screen is gone", AT_ONCE)
        record_property("seconds until the screen was gone", time.monotonic() - began)
        system.wait_for_event("IntegrationPaused")
        used, since = cpu_seconds(console.pid), time.monotonic()
        time.sleep(WINDOW)
        load = (cpu_seconds(console.pid) - used) / (time.monotonic() - since)
        record_property("load while it waits", load)
        assert load < 0.5
        assert console.child.poll() is None, "it must wait for the action"
        assert system.state().phases[2].actions[0].status == "running"
        system.go.touch()
        console.wait_for_end()
    state = system.state()
    assert system.kinds()[-1] == "EngineStopped"
    assert [action.status for action in state.phases[2].actions] == ["done", "pending"]
    assert state.paused is not None
    assert "was left" in state.paused.reason
    os.kill(system.worker_pid(), 0)


def test_policy_continue_finishes_the_phase_first(small: Callable[[str], SmallSystem]) -> None:
    """The phase passes without anybody watching."""
    system = small("continue")
    with open_cockpit(system) as console:
        begin_waiting(system, console)
        console.hang_up()
        wait_until(lambda: is_screen_gone(console), "the screen is gone", AT_ONCE)
        system.go.touch()
        console.wait_for_end()
    assert system.state().phases[2].status == "passed"
    assert system.kinds()[-1] == "EngineStopped"


def test_policy_rollback_undoes_the_phase_and_proves_it(small: Callable[[str], SmallSystem]) -> None:
    """What the open phase did is undone at once; the action under way is ended, not waited for."""
    system = small("rollback")
    with open_cockpit(system) as console:
        begin_waiting(system, console)
        console.hang_up()
        console.wait_for_end()
    state = system.state()
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "restored"
    assert state.phases[2].status == "rolled back"
    assert system.kinds()[-1] == "EngineStopped"
    os.kill(system.worker_pid(), 0)


def test_two_signals_at_once_are_one(small: Callable[[], SmallSystem]) -> None:
    """As when a login session ends: SIGTERM and SIGHUP within microseconds, again and again."""
    system = small()
    with open_cockpit(system) as console:
        console.wait_for("a approve")
        for _ in range(50):
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                if console.child.poll() is None:
                    console.signal(number)
        assert console.wait_for_end(AT_ONCE) == 0
    assert system.kinds()[-1] == "EngineStopped"


def handles(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process has a handler for a signal, as the kernel knows it."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_the_screen_is_there_is_not_lost(
    small: Callable[[], SmallSystem], number: signal.Signals
) -> None:
    """From the first moment at which the console handles it, it ends it."""
    system = small()
    with open_cockpit(system) as console:
        wait_until(lambda: handles(console.pid, number), "the signal is handled")
        console.signal(number)
        assert console.wait_for_end(AT_ONCE) == 0
        assert console.modes_left_on() == set()
    assert system.kinds()[-1] == "EngineStopped"
    os.kill(system.worker_pid(), 0)
