"""Phases: from their preview to their end, whatever that is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from aurora_console.state import events as e
from aurora_console.state.requests import ApprovePhase, Pause, Resume
from tests.engine.systems import System, is_alive, is_free, wait_until

START_ALPHA = {"actions": [{"start": ["alpha"]}], "criteria": [{"running": ["alpha"]}]}
PAGE = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}


def waiting(path: Path) -> list[str]:
    """Return a program that says it runs and ends once `path` is there."""
    script = (
        "import pathlib, sys, time; path = pathlib.Path(sys.argv[1]); path.with_suffix('.runs').touch()\n"
        "while not path.exists(): time.sleep(0.01)"
    )
    return [sys.executable, "-S", "-c", script, str(path)]


def run_program(command: list[str], **more: Any) -> dict[str, Any]:
    """Return an action that runs a program which changes nothing."""
    return {"run": {"exec": command, "read_only": True}, **more}


def test_a_phase_goes_from_its_preview_to_passed(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is proposed with effects, undo and gates; approved by somebody from somewhere; run, gated, passed."""
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 50000 10.0.0.1 22")
    system.open(system.plan(START_ALPHA, gates=PAGE))
    preview = system.state.phases[0].preview
    assert preview is not None
    assert preview.problems == ()
    assert str(system.ports["alpha"]) in preview.actions[0].effects[0]
    assert preview.actions[0].undo == "stop alpha"
    assert preview.gates == ("alpha runs", "The page answers")
    assert is_free(system.ports["alpha"])
    state = system.approve(0, reason="the maintenance window")
    assert state.phases[0].status == "passed"
    order: list[type] = [type(event) for event in system.journal()]
    wanted: list[type] = [
        e.PhaseProposed,
        e.RequestReceived,
        e.PhaseApproved,
        e.ActionIntended,
        e.ServiceStarting,
        e.ServiceStarted,
        e.ServiceReady,
        e.ActionDone,
        e.PhaseGated,
        e.GateJudged,
        e.PhasePassed,
        e.RequestCarriedOut,
    ]
    places = [order.index(kind) for kind in wanted]
    assert places == sorted(places)
    (approved,) = system.events(e.PhaseApproved)
    assert approved.reason == "the maintenance window"
    assert approved.actor.origin == "10.0.0.7"
    assert approved.actor.user


def test_a_phase_on_a_taken_port_is_refused_and_changes_nothing(system: System) -> None:
    """The refusal names port, pid and program of the holder; there is no intent and no process."""
    stranger = system.start_core(name="alpha")
    system.open(system.plan(START_ALPHA))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    for part in (str(system.ports["alpha"]), str(stranger.pid), "service.py"):
        assert part in answer.reason
    assert system.state.phases[0].status == "proposed"
    assert not system.events(e.ActionIntended)
    assert system.marked() == []
    assert stranger.poll() is None


def test_only_what_is_proposed_can_be_approved(system: System) -> None:
    """A phase further on, one that does not exist, and any while paused are refused with a hint."""
    system.open(system.plan(START_ALPHA, {"actions": [{"start": ["beta"]}]}))
    for phase in (1, 7, -1):
        answer = system.ask(ApprovePhase(phase=phase))
        assert isinstance(answer, e.RequestRefused)
        assert answer.hint
    system.ask(Pause(reason="lunch"))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "lunch" in answer.reason
    system.ask(Resume())
    assert system.approve(0).phases[0].status == "passed"


def test_a_pause_holds_before_the_next_action(system: System, tmp_path: Path) -> None:
    """The action under way comes to its end, the next one does not begin until somebody resumes."""
    end = tmp_path / "end"
    system.open(system.plan({"actions": [run_program(waiting(end)), {"start": ["alpha"]}]}))
    ticket = system.host.submit(ApprovePhase(phase=0))
    wait_until(lambda: end.with_suffix(".runs").exists(), "the program runs")
    system.ask(Pause())
    end.touch()
    state = system.until(lambda state: state.phases[0].actions[0].status == "done", "the first action is done")
    assert state.phases[0].status == "running"
    assert system.state.phases[0].actions[1].status == "pending"
    assert is_free(system.ports["alpha"])
    system.ask(Resume())
    assert isinstance(system.answer(ticket), e.RequestCarriedOut)
    assert system.state.phases[0].status == "passed"


def test_a_failed_phase_is_proposed_again_and_does_nothing_twice(system: System) -> None:
    """The second attempt leaves alone what the first one did: same process, same files, one undo for each."""
    tries = [sys.executable, "-S", "-c", "import pathlib; assert pathlib.Path('go').exists()"]
    actions = [{"import-files": {"paths": ["extra/**"]}}, {"start": ["alpha"]}, run_program(tries)]
    system.open(system.plan({"actions": actions}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert state.paused is not None
    assert "exit code 1" in state.paused.reason
    first, undo = state.services["alpha"].process, state.pending_undo
    system.write("go", "")
    system.ask(Resume())
    state = system.approve(0)
    assert state.phases[0].status == "passed"
    assert state.phases[0].attempt == 2
    assert state.services["alpha"].process == first
    assert state.pending_undo == undo
    assert len(system.events(e.ServiceStarting)) == 1


@pytest.mark.parametrize("on_overrun", ["warn", "pause"])
def test_a_phase_over_its_budget_is_told(system: System, tmp_path: Path, on_overrun: str) -> None:
    """It warns and goes on, or pauses with the reason, as the plan says."""
    end = tmp_path / "end"
    phase = {"actions": [run_program(waiting(end))], "budget": "100ms", "on_overrun": on_overrun}
    system.open(system.plan(phase))
    ticket = system.host.submit(ApprovePhase(phase=0))
    state = system.until(lambda state: state.phases[0].overran, "the budget is over")
    if on_overrun == "pause":
        state = system.until(lambda state: state.paused, "it pauses")
        assert state.paused is not None
        assert "budget" in state.paused.reason
    end.touch()
    system.until(lambda state: state.phases[0].actions[0].status == "done", "the action is done")
    if on_overrun == "pause":
        system.ask(Resume())
    system.answer(ticket)
    assert system.state.phases[0].status == "passed"


def test_an_action_over_its_time_ends_with_all_that_it_started(system: System, tmp_path: Path) -> None:
    """The program that hangs and the child that it put into a session of its own are gone."""
    pids = tmp_path / "pids"
    script = (
        "import os, pathlib, subprocess, sys, time\n"
        "command = [sys.executable, '-S', '-c', 'import time; time.sleep(60)']\n"
        "child = subprocess.Popen(command, start_new_session=True)\n"
        "pathlib.Path(sys.argv[1]).write_text(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(60)"
    )
    hangs = run_program([sys.executable, "-S", "-c", script, str(pids)], timeout="800ms")
    system.open(system.plan({"actions": [hangs]}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert "not done within 0.8 s" in state.phases[0].reason
    assert [pid for pid in pids.read_text().split() if is_alive(int(pid))] == []


def test_a_start_over_its_time_leaves_nothing_running(system: System) -> None:
    """A service that is not ready when its action's time is up is stopped."""
    services = {"alpha": system.service("alpha", "--wait", "30")}
    system.open(system.plan({"actions": [{"start": ["alpha"], "timeout": "500ms"}]}, services=services))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert state.services["alpha"].status == "off"
    assert system.marked() == []


def test_as_many_distinct_failures_as_the_limit_pause_with_their_names(system: System) -> None:
    """Three criteria fail: the reason for the pause counts and names them."""
    criteria = [{"branch": name} for name in ("one", "two", "three")]
    system.open(
        system.plan({"actions": [{"list-services": True}], "criteria": criteria}, limits={"failure_threshold": 3})
    )
    state = system.approve(0)
    assert state.paused is not None
    assert state.paused.reason.startswith("3 distinct failures: ")
    assert "branch one exists" in state.paused.reason
    assert "branch three exists" in state.paused.reason
    system.ask(Resume())
    assert system.state.failures == ()


@pytest.mark.parametrize(("limit", "at_once"), [(1, 1), (2, 2)])
def test_no_more_starts_are_under_way_than_the_plan_allows(system: System, limit: int, at_once: int) -> None:
    """Between a start and its readiness there are never more services than `max_parallel`."""
    services = {name: system.service(name, "--wait", "0.3") for name in ("alpha", "beta")}
    phase = {"actions": [{"start": ["alpha", "beta"]}]}
    system.open(system.plan(phase, services=services, limits={"max_parallel": limit}))
    assert system.approve(0).phases[0].status == "passed"
    most, under_way = 0, set[str]()
    for event in system.journal():
        if isinstance(event, e.ServiceStarting):
            under_way.add(event.service)
        elif isinstance(event, e.ServiceReady):
            under_way.discard(event.service)
        most = max(most, len(under_way))
    assert most == at_once


def test_a_criterion_that_rolls_back_does_so(system: System) -> None:
    """The phase fails, what it did is undone and proven, and nobody had to ask."""
    system.open(
        system.plan({"actions": [{"start": ["alpha"]}], "criteria": [{"branch": "none", "on_fail": "rollback"}]})
    )
    state = system.approve(0)
    (finished,) = system.events(e.RollbackFinished)
    assert finished.phases == (0,)
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "restored"
    assert state.rollback.actor.via == "engine"
    assert is_free(system.ports["alpha"])


def test_an_inconclusive_criterion_does_not_roll_back(system: System) -> None:
    """What could not be told is no reason to undo: it pauses and needs a person."""
    criterion = {"protected": True, "on_fail": "rollback"}
    system.open(system.plan({"actions": [{"start": ["alpha"]}], "criteria": [criterion]}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert state.phases[0].verdict == "inconclusive"
    assert state.paused is not None
    assert not system.events(e.RollbackStarted)


def test_an_improvement_that_is_not_proven_is_declined_and_the_run_goes_on(system: System) -> None:
    """Its changes are undone, its phase is declined, and the next one is proposed without a pause."""
    first = {"actions": [{"start": ["alpha"]}], "criteria": [{"branch": "none", "on_fail": "decline"}]}
    system.open(system.plan(first, {"actions": [{"start": ["beta"]}]}))
    state = system.approve(0)
    assert state.phases[0].status == "declined"
    assert state.paused is None
    assert is_free(system.ports["alpha"])
    assert system.approve(1).is_complete


def test_a_fault_in_an_action_fails_it_and_not_the_engine(system: System) -> None:
    """A folder where a file is to be written makes the action fail with words; the engine takes further requests."""
    system.open(system.plan({"actions": [{"inventory": True}]}))
    folder = system.folder.snapshot(system.state.run)
    (folder / "inventory.json").mkdir(parents=True)
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert "IsADirectoryError" in state.phases[0].reason
    (folder / "inventory.json").rmdir()
    system.ask(Resume())
    assert system.approve(0).phases[0].status == "passed"


@pytest.mark.parametrize("policy", ["hold", "continue", "rollback"])
def test_a_console_that_is_left_in_a_phase_ends_as_the_plan_says(system: System, tmp_path: Path, policy: str) -> None:
    """Hold ends after the action, continue at the phase's end, rollback undone; each request is answered."""
    end = tmp_path / "end"
    actions = [{"start": ["alpha"]}, run_program(waiting(end)), {"start": ["beta"]}]
    system.open(system.plan({"actions": actions}, system={"on_disconnect": policy}))
    ticket = system.host.submit(ApprovePhase(phase=0))
    wait_until(lambda: end.with_suffix(".runs").exists(), "the program runs")
    assert not system.host.stop(0.0)
    if policy != "rollback":
        end.touch()
    system.leave()
    assert ticket in [one.ticket for one in system.answers()]
    state = system.state
    assert system.host.error is None
    if policy == "hold":
        assert [action.status for action in state.phases[0].actions] == ["done", "done", "pending"]
        assert state.paused is not None
        assert not is_free(system.ports["alpha"])
    elif policy == "continue":
        assert state.phases[0].status == "passed"
        assert not is_free(system.ports["beta"])
    else:
        assert state.phases[0].status == "rolled back"
        assert is_free(system.ports["alpha"])


def test_a_paused_phase_does_not_keep_a_console_from_being_left(system: System, tmp_path: Path) -> None:
    """With `continue`, a phase that waits for somebody to resume is held: nobody is there any more to do that."""
    end = tmp_path / "end"
    plan = system.plan(
        {"actions": [run_program(waiting(end)), {"start": ["alpha"]}]}, system={"on_disconnect": "continue"}
    )
    system.open(plan)
    system.host.submit(ApprovePhase(phase=0))
    wait_until(lambda: end.with_suffix(".runs").exists(), "the program runs")
    system.ask(Pause())
    end.touch()
    system.leave()
    assert system.host.error is None
    assert system.state.control is None
    assert os.path.lexists(system.folder.lock)
