"""A terminal that stops reading, as behind a frozen connection: the screen waits, nothing else does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.demo import wait_until
from tests.terminal.pty_console import PtyConsole
from tests.terminal.small import SmallSystem, open_cockpit

AT_ONCE = 10.0
"""Seconds within which a screen has to be gone; one is what is promised, the rest is for a busy machine."""
STALL = 5.0
"""Seconds."""


def test_engine_and_other_shells_go_on_while_the_terminal_reads_nothing(
    small: Callable[[], SmallSystem], record_property: Callable[[str, object], None]
) -> None:
    """Health checks go on, a rollback of everything is done and proven; then the screen catches up, keys included."""
    system = small()
    with open_cockpit(system) as console:
        console.wait_for("a approve", "worker")
        console.fill_up()
        stalled = time.monotonic()
        judged = system.kinds().count("GateJudged")
        console.press("?")
        undone = system.run("rollback", "all")
        record_property("seconds that the rollback took", time.monotonic() - stalled)
        assert undone.returncode == 0, undone.stderr
        assert undone.stdout.startswith("restored")
        assert system.state().services["worker"].status == "off"
        time.sleep(max(0.0, stalled + STALL - time.monotonic()))  # the length of the stall is what is tested
        assert system.kinds().count("GateJudged") >= judged + 4, "one a second, and one for the proof"
        assert console.child.poll() is None
        console.go_on()
        console.wait_for("KEYS")
        console.press("\x1b")
        console.wait_for("RESTORED")
        console.press("q")
        console.wait_for("Leave the console?")
        console.press("q")
        assert console.wait_for_end() == 0
        assert console.modes_left_on() == set()


GOING: dict[str, Callable[[PtyConsole], None]] = {
    "hang-up signal": lambda console: console.signal(signal.SIGHUP),
    "termination signal": lambda console: console.signal(signal.SIGTERM),
    "terminal closed": lambda console: console.hang_up(),
}


@pytest.mark.parametrize("way", GOING)
def test_a_stalled_console_ends_when_it_is_told(
    small: Callable[[], SmallSystem], way: str, record_property: Callable[[str, object], None]
) -> None:
    """Though a thread of it is stuck in a system call on the terminal."""
    system = small()
    with open_cockpit(system) as console:
        console.wait_for("a approve")
        console.fill_up()
        began = time.monotonic()
        GOING[way](console)
        console.wait_for_end(AT_ONCE)
        record_property("seconds until the process had ended", time.monotonic() - began)
    assert system.kinds()[-1] == "EngineStopped"
    os.kill(system.worker_pid(), 0)


def test_a_terminal_that_was_only_slow_is_given_back_as_it_was(small: Callable[[], SmallSystem]) -> None:
    """Asked to end while stuck, the console waits for its action; a terminal that reads again meanwhile is restored."""
    system = small()
    with open_cockpit(system) as console:
        console.approve("Wait long")
        wait_until(system.begun.exists, "the action runs")
        console.fill_up()
        console.signal(signal.SIGTERM)
        system.wait_for_event("IntegrationPaused")
        console.go_on()
        wait_until(lambda: console.modes_left_on() == set(), "the terminal is as before", AT_ONCE)
        system.go.touch()
        console.wait_for_end()
