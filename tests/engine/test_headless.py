"""The twin without a screen: what it prints, when it stops, and what it tells the shell."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from aurora_console.state import events as e
from tests.engine.systems import System, is_free, wait_until

START_ALPHA = {"actions": [{"start": ["alpha"]}]}
START_BETA = {"actions": [{"start": ["beta"]}]}


def ready(system: System, *phases: dict[str, Any], **tables: Any) -> None:
    """Write the plan and trust it."""
    system.plan(*phases, **tables)
    system.trust()


def headless(system: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the plan without a screen, to its end."""
    return system.run("run", "--headless", "--json", *arguments)


def told(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the events that it printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_all_phases_approved_end_0_and_every_event_is_a_line_with_its_type(system: System) -> None:
    """The lines are the journal's records in order, from the first to the last that it waited for."""
    ready(system, START_ALPHA, START_BETA)
    done = headless(system, "--approve", "all")
    assert done.returncode == 0, done.stderr
    lines = told(done)
    assert all(one["type"] and isinstance(one["seq"], int) and isinstance(one["at"], float) for one in lines)
    types = [type(event).__name__ for event in system.journal()]
    assert [one["type"] for one in lines] == types[: len(lines)]
    assert types.count("PhasePassed") == 2
    assert len(system.marked()) == 2


def test_it_stops_after_the_phase_that_is_named(system: System) -> None:
    """The second phase is not begun; run again without a limit it goes on from there."""
    ready(system, START_ALPHA, START_BETA)
    assert headless(system, "--approve", "all", "--until", "1").returncode == 0
    assert is_free(system.ports["beta"])
    before = system.marked()
    assert headless(system, "--approve", "all").returncode == 0
    assert not is_free(system.ports["beta"])
    assert set(before) < set(system.marked())


def test_a_failed_gate_ends_1_and_again_while_it_is_paused(system: System) -> None:
    """The reason is on standard error; nothing is tried again before somebody resumes."""
    ready(system, {**START_ALPHA, "criteria": [{"branch": "none"}]})
    done = headless(system, "--approve", "all")
    assert done.returncode == 1
    assert "branch none exists" in done.stderr
    assert headless(system, "--approve", "all").returncode == 1
    assert len(system.events(e.PhaseApproved)) == 1


def test_what_is_rolled_back_by_the_plan_ends_3(system: System) -> None:
    """It is not tried again."""
    ready(system, {**START_ALPHA, "criteria": [{"branch": "none", "on_fail": "rollback"}]})
    done = headless(system, "--approve", "all")
    assert done.returncode == 3, done.stderr
    assert len(system.events(e.PhaseApproved)) == 1
    assert is_free(system.ports["alpha"])


def test_what_is_rolled_back_from_elsewhere_ends_3(system: System) -> None:
    """Somebody asks for it in another terminal while a phase runs."""
    slow = {"run": {"exec": [sys.executable, "-S", "-c", "import time; time.sleep(60)"], "read_only": True}}
    ready(system, {"actions": [{"start": ["alpha"]}, {**slow, "timeout": "50s"}]})
    child = system.command("run", "--headless", "--approve", "all")
    wait_until(lambda: system.folder.journal.exists() and len(system.events(e.ActionIntended)) == 2, "the program runs")
    rollback = system.run("rollback", "all")
    assert rollback.returncode == 0, rollback.stderr
    assert rollback.stdout.startswith("restored in ")
    child.communicate(timeout=30)
    assert child.returncode == 3


def test_a_phase_that_is_declined_is_passed_over(system: System) -> None:
    """Its changes are undone, and the run goes on to its end with 0."""
    ready(system, {**START_ALPHA, "criteria": [{"branch": "none", "on_fail": "decline"}]}, START_BETA)
    done = headless(system, "--approve", "all")
    assert done.returncode == 0, done.stderr
    types = [one["type"] for one in told(done)]
    assert "PhaseDeclined" in types
    assert "PhasePassed" in types


@pytest.mark.parametrize("approve", ["ask", "none"])
def test_without_anybody_to_ask_it_ends_4(system: System, approve: str) -> None:
    """It says which phase waits, and nothing was begun."""
    ready(system, START_ALPHA)
    done = headless(system, "--approve", approve)
    assert done.returncode == 4
    assert "waits for approval" in done.stderr
    assert not system.events(e.PhaseApproved)


def test_what_cannot_be_told_ends_4(system: System) -> None:
    """An inconclusive criterion needs a person."""
    ready(system, {**START_ALPHA, "criteria": [{"protected": True}]})
    done = headless(system, "--approve", "all")
    assert done.returncode == 4
    assert "no snapshot yet" in done.stderr


def test_a_plan_that_is_not_trusted_ends_4_and_runs_nothing(system: System) -> None:
    """It says how to trust it; there is no run."""
    system.plan(START_ALPHA)
    done = headless(system, "--approve", "all")
    assert done.returncode == 4
    assert "aurora-console trust" in done.stderr
    assert done.stdout == ""
    assert not system.folder.journal.exists()


def test_a_plan_that_changed_while_its_run_is_open_ends_4(system: System) -> None:
    """Trusted or not, the run keeps the plan that it was begun with; the message says what to do."""
    ready(system, START_ALPHA, START_BETA)
    assert headless(system, "--approve", "all", "--until", "1").returncode == 0
    ready(system, START_ALPHA)
    done = headless(system, "--approve", "all")
    assert done.returncode == 4
    assert "changed since this run began" in done.stderr
    assert "aurora-console finish" in done.stderr
    assert system.run("rollback", "all").returncode == 0
    assert system.run("finish", "--stop").returncode == 0
    assert headless(system, "--approve", "all").returncode == 0


def test_a_taken_port_needs_a_person(system: System) -> None:
    """The message names the holder; the phase was not begun."""
    ready(system, START_ALPHA)
    stranger = system.start_core(name="alpha")
    done = headless(system, "--approve", "all")
    assert done.returncode == 4
    assert str(stranger.pid) in done.stderr
    assert not system.events(e.PhaseApproved)


def test_what_an_earlier_console_left_is_not_taken_for_this_ones(system: System) -> None:
    """A rollback of yesterday does not end today's run with 3."""
    ready(system, START_ALPHA)
    assert headless(system, "--approve", "all").returncode == 0
    assert system.run("rollback", "all").returncode == 0
    assert headless(system, "--approve", "all").returncode == 0
    assert len(system.events(e.PhasePassed)) == 2


def test_the_command_line_does_without_a_console_what_it_does_with_one(system: System) -> None:
    """Approve, pause, resume, roll back and finish, each by a process of its own, each with its code."""
    ready(system, START_ALPHA, {**START_BETA, "criteria": [{"branch": "none"}]})
    assert headless(system, "--approve", "none").returncode == 4
    approved = system.run("approve", "1", "-m", "by hand")
    assert (approved.returncode, approved.stdout) == (0, "phase 1 passed\n")
    assert system.run("pause").returncode == 0
    refused = system.run("approve")
    assert refused.returncode == 2
    assert system.run("resume").returncode == 0
    failed = system.run("approve")
    assert failed.returncode == 1, failed.stderr
    assert "phase 2 failed" in failed.stdout
    status = system.run("status")
    assert "PAUSED: phase 2 failed" in status.stdout
    assert "alpha" in status.stdout
    preview = system.run("rollback", "--preview")
    assert "stop beta" in preview.stdout
    assert system.run("rollback", "all").returncode == 0
    assert system.run("finish", "--clean", "--stop").returncode == 0
    assert "finished" in system.run("status").stdout


def test_a_pipe_that_nobody_reads_ends_it_in_order(system: System) -> None:
    """As with `| head -1`: no traceback, and the engine lets go of control."""
    ready(system, START_ALPHA)
    child = system.command("run", "--headless", "--approve", "all", "--json")
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    _, complaint = child.communicate(timeout=30)
    assert child.returncode == 128 + signal.SIGPIPE
    assert "Traceback" not in complaint
    assert "BrokenPipe" not in complaint
    wait_until(lambda: len(system.events(e.EngineStopped)) == 1, "it has left")
