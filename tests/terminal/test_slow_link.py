"""The cockpit over a connection with 300 ms each way and 20 kB/s: slow to see, and otherwise as ever."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.demo import wait_until
from tests.terminal.slow_link import SlowConsole
from tests.terminal.small import SmallSystem

WATCHED = 8.0
"""Seconds for which the bytes of an idle cockpit are counted."""


def open_far_away(system: SmallSystem) -> SlowConsole:
    """Return a cockpit on `system`, far away, at 120x40."""
    arguments = ("run", "--port-offset", str(system.offset))
    return SlowConsole(arguments, system.directory, columns=120, lines=40)


def test_approving_and_rolling_back_work_by_keys(
    small: Callable[[], SmallSystem], record_property: Callable[[str, object], None]
) -> None:
    """Each screen comes, late, and each key is obeyed."""
    system = small()
    began = time.monotonic()
    with open_far_away(system) as console:
        console.wait_for("a approve")
        record_property("seconds until the cockpit was painted", time.monotonic() - began)
        record_property("bytes of the first picture", len(console.raw))
        console.approve("Wait long")
        wait_until(system.begun.exists, "the phase runs")
        console.wait_for("Wait for it", "R roll back")
        pressed = time.monotonic()
        console.press("R")
        console.wait_for("RESTORED")
        record_property("seconds from R to its proof on the screen", time.monotonic() - pressed)
        console.press("q")
        console.wait_for("Leave the console?")
        console.press("q")
        assert console.wait_for_end() == 0


def test_keys_typed_ahead_are_not_lost(small: Callable[[], SmallSystem]) -> None:
    """Typed in one go, before anything of it can be seen: open, give a reason, approve; then help, and the way out."""
    system = small()
    with open_far_away(system) as console:
        console.wait_for("a approve")
        console.press("a\tahead of it\r")
        wait_until(system.begun.exists, "the phase runs")
        assert _was_said(system, "ahead of it")
        system.go.touch()
        console.press("?q")  # Esc and a key at once would be taken for alt
        for key in "45671gg":
            console.press(key)
        console.press("qq")
        assert console.wait_for_end() == 0


def test_an_idle_cockpit_sends_little(
    small: Callable[[], SmallSystem], record_property: Callable[[str, object], None]
) -> None:
    """Far less than the connection carries, so that a key's answer is not behind a queue."""
    system = small()
    with open_far_away(system) as console:
        console.wait_for("a approve", "CPU 2 min", "found running again")
        before, began = len(console.raw), time.monotonic()
        time.sleep(WATCHED)  # a rate is what is measured
        rate = (len(console.raw) - before) / (time.monotonic() - began)
        record_property("bytes per minute, idle at 120x40", round(rate * 60))
        assert rate < console.rate / 10


def _was_said(system: SmallSystem, words: str) -> bool:
    done = system.run("journal", "--json")
    return done.returncode == 0 and words in done.stdout
