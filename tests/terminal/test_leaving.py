"""Leaving by key: the terminal is as before, services go on, and what goes on is said."""

from __future__ import annotations

import os
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.small import SmallSystem, open_cockpit


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_q_leaves_and_says_what_goes_on(small: Callable[[], SmallSystem], terminal: str) -> None:
    """Exit code 0, the worker lives, the journal says that the console was left, and no mode is left switched on."""
    system = small()
    with open_cockpit(system, environment={"TERM": terminal}) as console:
        console.wait_for("Wait long", "a approve")
        console.press("q")
        console.wait_for("Leave the console?", "worker on")
        console.press("q")
        assert console.wait_for_end() == 0
        assert console.shows("still running: worker")
        assert console.modes_left_on() == set()
        assert termios.tcgetattr(console.master)[:4] == console.attributes[:4]
    assert system.kinds()[-1] == "EngineStopped"
    os.kill(system.worker_pid(), 0)


def test_a_second_console_says_who_has_control_and_what_to_do(small: Callable[[], SmallSystem]) -> None:
    """It opens no screen and changes nothing; the first one goes on undisturbed."""
    system = small()
    with open_cockpit(system) as first:
        first.wait_for("found running again")
        before = [kind for kind in system.kinds() if kind != "GateJudged"]
        with open_cockpit(system, columns=300) as second:
            assert second.wait_for_end() == 2
            assert second.shows("Another console is in control", f"process {first.pid}", "aurora-console status")
            assert not second.modes_left_on()
        assert [kind for kind in system.kinds() if kind != "GateJudged"] == before
        first.press("?")
        first.wait_for("KEYS")


def test_without_a_terminal_it_says_so(small: Callable[[], SmallSystem]) -> None:
    """Exit code 2, and nothing is journaled."""
    system = small()
    before = system.kinds()
    refused = system.run("run")
    assert refused.returncode == 2
    assert "needs a terminal" in refused.stderr
    assert "--headless" in refused.stderr
    assert system.kinds() == before


def test_standard_error_elsewhere_is_refused(small: Callable[[], SmallSystem], tmp_path: Path) -> None:
    """The screen is drawn there: a redirected one would show an empty terminal that takes keys."""
    system = small()
    with open_cockpit(system, redirect_error=tmp_path / "errors") as console:
        assert console.wait_for_end() == 2
    assert "standard error" in (tmp_path / "errors").read_text()
