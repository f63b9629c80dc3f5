"""After `kill -9`: the next console finds everything again, starts nothing twice, and goes on or back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aurora_console.state import events as e
from aurora_console.state.requests import Resume
from tests.engine.systems import System, is_alive, is_free, wait_until

FOUNDATION = {"actions": [{"snapshot": True}]}
START_BOTH = {"actions": [{"import-files": {"paths": ["extra/**"]}}, {"start": ["alpha"]}, {"start": ["beta"]}]}


def event(type_: str, /, **fields: object) -> Callable[[dict[str, Any]], bool]:
    """Return whether an event is of one type and has these fields."""
    return lambda told: told["type"] == type_ and all(told.get(name) == value for name, value in fields.items())


def ready(system: System, *phases: dict[str, Any], **tables: Any) -> None:
    """Write the plan and trust it."""
    system.plan(*phases, **tables)
    system.trust()


def all_is_undone(system: System) -> None:
    """Roll everything back and see with plain looks that it is undone."""
    rollback = system.roll_back("all").rollback
    assert rollback is not None
    assert rollback.proof is not None
    assert rollback.proof.verdict == "restored", rollback.proof
    assert system.marked() == []
    assert not (system.root / "extra").exists()


def test_services_are_found_again_and_an_action_without_a_result_is_in_doubt(system: System) -> None:
    """Killed while the second service gets ready: the first one runs on as the same process; nothing starts twice."""
    services = {"beta": system.service("beta", "--wait", "1")}
    ready(system, FOUNDATION, START_BOTH, services=services)
    system.kill_at(event("ServiceStarted", service="beta"))
    running = system.marked()
    assert len(running) == 2
    system.open(wait=False)
    state = system.until(lambda state: state.paused, "the phase is settled")
    assert [action.status for action in state.phases[1].actions] == ["done", "done", "in doubt"]
    assert state.phases[1].verdict == "inconclusive"
    assert state.paused is not None
    assert "in doubt" in state.paused.reason
    state = system.until(lambda state: state.services["beta"].status == "ready", "the second one gets ready after all")
    assert system.marked() == running
    assert state.services["alpha"].process in [one.process for one in system.events(e.ServiceAdopted)]
    system.ask(Resume())
    assert system.approve(1).phases[1].status == "passed"
    assert system.marked() == running
    all_is_undone(system)


@pytest.mark.parametrize(
    "moment",
    [
        event("ActionIntended", kind="import-files"),
        event("ActionDone", action="1.1.0"),
        event("ServiceStarting", service="alpha"),
        event("ServiceReady", service="beta"),
        event("PhaseGated", phase=1),
    ],
)
def test_everything_can_be_undone_wherever_a_console_was_killed(
    system: System, moment: Callable[[dict[str, Any]], bool]
) -> None:
    """Before and after an effect, between actions and while gates are judged."""
    ready(system, FOUNDATION, {**START_BOTH, "criteria": [{"running": ["alpha"]}]})
    system.kill_at(moment)
    system.open(wait=False)
    all_is_undone(system)


def test_killed_in_the_middle_of_the_gate_that_stops_a_service(system: System) -> None:
    """The stop that was begun is brought to its end; a further attempt starts the service, and the gate passes."""
    services = {"alpha": system.service("alpha", "--deaf", stop={"grace": "1500ms"})}
    phase = {"actions": [{"start": ["alpha"]}], "criteria": [{"stops-cleanly": ["alpha"]}]}
    ready(system, phase, services=services)
    system.kill_at(event("ServiceStopping", service="alpha"))
    assert len(system.marked()) == 1
    system.open(wait=False)
    state = system.until(lambda state: state.phases[0].status == "failed", "the phase is settled")
    assert state.phases[0].verdict == "inconclusive"
    assert state.services["alpha"].status == "off"
    assert system.marked() == []
    assert state.incident is None
    all_is_undone(system)


def test_killed_while_the_gate_starts_the_service_again(system: System) -> None:
    """The second instance is found by its mark and becomes the service; there is never a third."""
    services = {"alpha": system.service("alpha", "--wait", "0.5")}
    phase = {"actions": [{"start": ["alpha"]}], "criteria": [{"stops-cleanly": ["alpha"]}]}
    ready(system, phase, services=services)
    seen = []

    def second_start(told: dict[str, Any]) -> bool:
        seen.append(told["type"])
        return seen.count("ServiceStarted") == 2

    system.kill_at(second_start)
    running = system.marked()
    system.open(wait=False)
    state = system.until(lambda state: state.services["alpha"].status == "ready", "it gets ready")
    assert system.marked() == running
    assert state.services["alpha"].process is not None
    assert state.services["alpha"].process.pid == running[0]
    all_is_undone(system)


def test_a_service_that_did_not_get_ready_without_its_console_is_cleared_away(system: System) -> None:
    """Nothing of it is left to hold the port against the next attempt."""
    ready_in = {"http": "/health", "timeout": "1s"}
    services = {"alpha": system.service("alpha", "--wait", "60", ready=ready_in)}
    ready(system, {"actions": [{"start": ["alpha"]}]}, services=services)
    system.kill_at(event("ServiceStarted", service="alpha"))
    assert len(system.marked()) == 1
    system.open(wait=False)
    system.until(lambda state: state.services["alpha"].status == "failed", "it is given up")
    assert system.marked() == []
    all_is_undone(system)


def test_a_rollback_does_not_wait_for_a_service_that_is_on_its_way_up(system: System) -> None:
    """What another console had begun to start can be undone at once, not only when its time is up."""
    services = {"alpha": system.service("alpha", "--wait", "600", ready={"http": "/health", "timeout": "600s"})}
    limits = {"action_timeout": "700s"}
    ready(system, {"actions": [{"start": ["alpha"]}]}, services=services, limits=limits)
    system.kill_at(event("ServiceStarted", service="alpha"))
    system.open(wait=False)
    all_is_undone(system)


def test_a_crashed_service_that_waited_for_its_restart_is_started_by_the_next_console(system: System) -> None:
    """The restart that the plan wants is not lost with the console that was to do it."""
    services = {"alpha": system.service("alpha", restart={"when": "failure"})}
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}, services=services))
    system.approve(0)
    process = system.state.services["alpha"].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    system.until(lambda state: state.services["alpha"].status == "exited", "its end is noticed")
    system.leave()
    assert system.marked() == []
    system.open()
    state = system.until(lambda state: state.services["alpha"].status == "ready", "it is started again")
    assert state.incident is None


def test_a_service_that_died_while_no_console_looked_is_an_incident(system: System) -> None:
    """It is not taken for one that somebody stopped."""
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}))
    system.approve(0)
    system.leave()
    (pid,) = system.marked()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "it is gone")
    system.open(wait=False)
    state = system.until(lambda state: state.incident, "there is an incident")
    assert state.services["alpha"].status == "exited"


def test_a_rollback_that_was_killed_is_taken_up_to_the_same_end(system: System, tmp_path: Path) -> None:
    """What was kept before the kill is in the proof after it, and every phase that was undone says so."""
    runs = tmp_path / "runs"
    script = (
        "import pathlib, sys, time; path = pathlib.Path(sys.argv[1])\n"
        "if not path.exists(): path.touch(); time.sleep(60)"
    )
    slow = {"run": {"exec": [sys.executable, "-S", "-c", ""], "undo": [sys.executable, "-S", "-c", script, str(runs)]}}
    ready(system, FOUNDATION, {"actions": [slow]}, {"actions": [{"import-files": {"paths": ["extra/**"]}}]})
    assert system.run("run", "--headless", "--approve", "all").returncode == 0
    system.write("extra/new.txt", "edited by a person\n")
    child = system.command("rollback", "all")
    wait_until(runs.exists, "the slow step runs")
    child.kill()
    child.wait()
    system.open(wait=False)
    state = system.until(lambda state: state.rollback and state.rollback.proof, "it is proven")
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "partial"
    assert any("extra/new.txt" in line for line in state.rollback.proof.differences)
    (finished,) = system.events(e.RollbackFinished)
    assert finished.phases == (1, 2)
    assert (system.root / "extra/new.txt").read_text() == "edited by a person\n"


def test_a_rollback_of_one_phase_that_was_killed_does_not_go_on_to_another(system: System) -> None:
    """Its last step done and its proof not: the phase before it is left alone."""
    gates = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}
    ready(system, {"actions": [{"start": ["alpha"]}]}, {"actions": [{"start": ["beta"]}]}, gates=gates)
    assert system.run("run", "--headless", "--approve", "all").returncode == 0
    system.mood("core", "slow 3")  # so that the proof takes its time
    child = system.command("rollback", "phase")
    wait_until(lambda: system.events(e.StepUndone), "the step is done")
    child.kill()
    child.wait()
    system.mood("core", "")
    assert not system.events(e.RollbackFinished)
    system.open(wait=False)
    system.until(lambda state: state.rollback and state.rollback.proof, "it is proven")
    assert not is_free(system.ports["alpha"])
    assert is_free(system.ports["beta"])
    assert system.state.phases[0].status == "passed"
    assert {one.phases for one in system.events(e.RollbackFinished)} == {(1,)}


def test_a_console_that_begins_with_a_pause_stays_paused(system: System) -> None:
    """It neither proposes nor goes on before somebody resumes."""
    system.open(system.plan({"actions": [{"start": ["alpha"]}], "criteria": [{"branch": "none"}]}))
    system.approve(0)
    system.leave()
    system.open(wait=False)
    system.until(lambda state: state.control, "it is in control")
    system.call(_a_moment())
    assert system.state.paused is not None
    assert system.state.phases[0].status == "failed"
    system.ask(Resume())
    system.until(lambda state: state.phases[0].status == "proposed", "it is proposed again")


async def _a_moment() -> None:
    """Let the engine's loop come round."""
    import asyncio  # noqa: PLC0415  only here

    for _ in range(20):
        await asyncio.sleep(0)


def test_an_action_that_cannot_be_looked_at_is_in_doubt_and_keeps_no_console_from_opening(system: System) -> None:
    """The repository has gone since: the next console opens, says so, and can still stop what runs."""
    slow = {"run": {"exec": [sys.executable, "-S", "-c", "import time; time.sleep(60)"], "read_only": True}}
    ready(system, {"actions": [{"start": ["alpha"]}, {"import-files": {"paths": ["extra/**"]}}, slow]})
    system.kill_at(event("ActionIntended", kind="import-files"))
    (system.root / ".git").rename(system.root.parent / "moved.git")
    system.open(wait=False)
    state = system.until(lambda state: state.paused, "the phase is settled")
    assert state.phases[0].status == "failed"
    system.roll_back("services")
    assert system.marked() == []


def test_the_program_of_an_action_does_not_outlive_its_console_past_a_rollback(system: System, tmp_path: Path) -> None:
    """It would go on changing things; it is ended before its undo runs, and nothing of it is left."""
    begun, found = tmp_path / "begun", tmp_path / "found"
    program = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(3600)"
    undo = (
        "import pathlib, sys; begun, found = map(pathlib.Path, sys.argv[1:]); "
        "stat = pathlib.Path('/proc', begun.read_text(), 'stat'); "
        "is_gone = not stat.exists() or stat.read_text().rpartition(')')[2].split()[0] == 'Z'; "
        "found.write_text('gone' if is_gone else 'runs')"
    )
    run = {
        "exec": ["{python}", "-S", "-c", program, str(begun)],
        "undo": ["{python}", "-S", "-c", undo, str(begun), str(found)],
    }
    system.plan({"actions": [{"run": run}]})
    system.trust()
    console = system.command("run", "--headless", "--approve", "all", "--json")
    wait_until(lambda: begun.exists() and begun.read_text(), "the program runs")
    console.kill()
    console.wait()
    assert system.marked() == [int(begun.read_text())]
    rollback = system.run("rollback", "all")
    assert rollback.returncode == 0, rollback.stdout + rollback.stderr
    assert rollback.stdout.startswith("restored"), rollback.stdout
    assert found.read_text() == "gone"
    assert system.marked() == []
