"""Incidents and supervision: what fails by itself is noticed, named with its suspect, and closed when all is well."""

from __future__ import annotations

import os
import signal

import pytest

from aurora_console.engine import watch
from aurora_console.state import events as e
from aurora_console.state.requests import Resume
from tests.engine.systems import System, is_alive, is_free, wait_until

PAGE = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}
START_ALPHA = {"actions": [{"start": ["alpha"]}]}
QUICK = {"health_interval": "200ms", "action_timeout": "2s"}


def pid_of(system: System, service: str) -> int:
    """Return a service's process number."""
    process = system.state.services[service].process
    assert process is not None
    return process.pid


def test_a_gate_that_fails_in_the_background_opens_an_incident_and_pauses(system: System) -> None:
    """It says what, since when, and what changed last and how long before; it closes when the gate passes again."""
    system.open(system.plan(START_ALPHA, START_ALPHA, gates=PAGE, limits=QUICK))
    system.approve(0)
    system.mood("core", "500")
    state = system.until(lambda state: state.incident, "there is an incident")
    assert state.incident is not None
    assert "The page answers" in state.incident.what
    assert "500" in state.incident.what
    assert state.incident.suspect.startswith("start alpha, ")
    assert state.incident.suspect.endswith(" before")
    state = system.until(lambda state: state.paused, "it pauses")
    assert state.paused is not None
    assert "The page answers" in state.paused.reason
    system.mood("core", "")
    system.until(lambda state: state.incident is None, "the incident is over")
    assert system.state.paused is not None
    system.ask(Resume())
    assert system.approve(1).is_complete


def test_an_incident_does_not_close_while_the_gate_cannot_be_measured(system: System) -> None:
    """First it answers 500, then not at all and the gate has no verdict: that is not well."""
    gate = {"check": {"endpoints": ["page"], "timeout": "300ms"}, "title": "The page answers"}
    system.open(system.plan(START_ALPHA, gates={"page": gate}, limits=QUICK))
    system.mood("core", "500")
    system.until(lambda state: state.incident, "there is an incident")
    system.mood("core", "never")
    system.until(lambda state: state.gates["page"].verdict == "error", "the gate has no verdict")
    looks = len(system.events(e.GateJudged))
    wait_until(lambda: len(system.events(e.GateJudged)) > looks, "it is looked at again")
    assert system.state.incident is not None
    system.mood("core", "")
    system.until(lambda state: state.incident is None, "the incident is over")


def test_a_health_probe_that_fails_has_the_gates_look_at_once(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although the next look is an hour away."""
    monkeypatch.setattr(watch, "PROBE_PERIOD", 0.2)
    system.open(system.plan(START_ALPHA, gates=PAGE))
    system.mood("core", "500 sick")
    system.until(lambda state: state.incident, "there is an incident")


def test_a_crashed_service_is_started_again_without_an_incident(system: System) -> None:
    """After its delay it is another process, and ready; nothing of the old one is left."""
    services = {"alpha": system.service("alpha", "--child", restart={"when": "failure"})}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    first = system.marked()
    assert len(first) == 2
    before = pid_of(system, "alpha")
    os.kill(before, signal.SIGKILL)
    system.until(lambda state: state.services["alpha"].restarts == 1, "it is started again")
    state = system.until(lambda state: state.services["alpha"].status == "ready", "it is ready again")
    assert state.incident is None
    assert pid_of(system, "alpha") != before
    assert not set(first) & set(system.marked())
    (exited,) = system.events(e.ServiceExited)
    assert exited.code == -signal.SIGKILL
    assert exited.restart_in is not None


def test_a_service_that_goes_on_crashing_ends_as_an_incident(system: System) -> None:
    """Once its budget is spent, whether it crashed when ready or at its start, it stays down and that is told."""
    services = {"alpha": system.service("alpha", restart={"when": "failure", "max": 2, "within": "60s"})}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    system.mood("alpha", "crash-at-start")
    os.kill(pid_of(system, "alpha"), signal.SIGKILL)
    state = system.until(lambda state: state.incident, "there is an incident")
    assert state.incident is not None
    assert "alpha" in state.incident.what
    assert len(system.events(e.ServiceStarting)) == 3
    assert state.services["alpha"].status == "exited"
    assert system.marked() == []


def test_a_service_without_a_policy_that_ends_is_an_incident(system: System) -> None:
    """Its exit code is named, it is not started again, and the incident ends when an operator's rollback stops it."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    os.kill(pid_of(system, "alpha"), signal.SIGKILL)
    state = system.until(lambda state: state.incident, "there is an incident")
    assert state.incident is not None
    assert "alpha ended with SIGKILL" in state.incident.what
    assert len(system.events(e.ServiceStarting)) == 1
    assert system.roll_back("all").services["alpha"].status == "off"
    system.until(lambda state: state.incident is None, "the incident is over")


def test_the_core_that_goes_is_an_incident_until_it_is_back(system: System) -> None:
    """It is only watched: the console neither starts nor signals it."""
    system.open(system.plan(START_ALPHA, limits=QUICK))
    assert system.state.services["core"].status == "watched"
    system.core.kill()
    system.core.wait()
    state = system.until(lambda state: state.incident, "there is an incident")
    assert state.incident is not None
    assert "core is gone" in state.incident.what
    assert is_free(system.ports["core"])
    again = system.start_core()
    state = system.until(lambda state: state.incident is None, "the incident is over")
    assert pid_of(system, "core") == again.pid
    assert state.services["core"].status == "watched"


def test_the_core_comes_first_in_an_incident_that_began_with_another(system: System) -> None:
    """Both are named, the protected core before the rest; the time is that of the beginning; what is back goes."""
    system.open(system.plan(START_ALPHA, limits=QUICK))
    system.approve(0)
    os.kill(pid_of(system, "alpha"), signal.SIGKILL)
    first = system.until(lambda state: state.incident, "there is an incident").incident
    assert first is not None
    system.core.kill()
    system.core.wait()
    state = system.until(lambda state: state.incident and state.incident.also, "the core's death is taken in")
    assert state.incident is not None
    assert state.incident.what == "core is gone"
    assert state.incident.also == (first.what,)
    assert state.incident.since == first.since
    system.start_core()
    state = system.until(lambda state: state.incident and not state.incident.also, "the core is not named any more")
    assert state.incident is not None
    assert state.incident.what == first.what


def test_the_core_survives_everything_that_the_console_can_do(system: System) -> None:
    """Phases, a rollback of everything, and the console's end: its process is the same all along."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    system.roll_back("all")
    system.leave()
    assert system.core.poll() is None


def test_a_core_that_never_was_there_is_no_incident(system: System) -> None:
    """It is shown as gone; nothing that worked has failed."""
    system.core.kill()
    system.core.wait()
    system.open(system.plan(START_ALPHA))
    system.until(lambda state: state.services["core"].status == "gone", "it is looked for")
    assert system.state.incident is None
    assert system.approve(0).is_complete


def test_a_service_that_goes_into_the_background_is_followed_there(system: System) -> None:
    """Its first process ends well; the one that goes on is the service, until it ends, too."""
    services = {"alpha": system.service("alpha", "--daemon")}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    wait_until(lambda: system.events(e.ServiceAdopted), "it is followed")
    (daemon,) = system.marked()
    assert pid_of(system, "alpha") == daemon
    assert system.judge("running", ["alpha"]).verdict == "pass"
    os.kill(daemon, signal.SIGKILL)
    system.until(lambda state: state.services["alpha"].status == "exited", "its end is noticed")


def test_starting_a_service_that_has_just_died_starts_one(system: System) -> None:
    """The watcher of the old process does not take the new one down with it."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    before = pid_of(system, "alpha")

    async def kill_and_start() -> None:
        os.kill(before, signal.SIGKILL)
        while is_alive(before):  # the engine's loop stands still: its watcher cannot have noticed yet
            pass
        await system.context.supervisor.start("alpha")

    system.call(kill_and_start())
    after = pid_of(system, "alpha")
    assert after != before
    system.call(system.context.supervisor.stop("alpha"))
    assert [event.service for event in system.events(e.ServiceExited)] == []
    assert not is_alive(after)


def test_the_log_of_a_running_service_is_trimmed(system: System) -> None:
    """What it writes goes on at the new start of the same file."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    log = system.folder.logs("alpha") / "output.log"
    with log.open("ab") as file:
        file.truncate(65 * 1024**2)
    watch._trim(log)
    assert log.stat().st_size == 0
    assert log.with_name("output.log.1").exists()
    wait_until(lambda: is_alive(pid_of(system, "alpha")), "it runs on", patience=1.0)
