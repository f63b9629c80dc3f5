"""Requests from anywhere: taken once, answered always; and what a console finds that comes after another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from aurora_console.engine.host import EngineHost
from aurora_console.errors import AuroraError
from aurora_console.session import ask, open_pinned
from aurora_console.state import events as e
from aurora_console.state.actor import current_actor
from aurora_console.state.folder import ControlHeldError
from aurora_console.state.inbox import Inbox
from aurora_console.state.requests import (
    ApprovePhase,
    FinishRun,
    Pause,
    Request,
    Resume,
    RollBack,
    StopServices,
    Ticket,
)
from tests.engine.systems import System, git, is_alive, is_free, refs, wait_until

START_ALPHA = {"actions": [{"start": ["alpha"]}]}
START_BETA = {"actions": [{"start": ["beta"]}]}
FOUNDATION = {"actions": [{"backup-branch": True}, {"snapshot": True}]}


def leave_ticket(system: System, request: Request) -> str:
    """Leave a request in the inbox, as another process does."""
    ticket = Ticket(id=uuid.uuid4().hex, actor=current_actor("command line"), request=request)
    with Inbox.open(system.folder.inbox) as inbox:
        inbox.put(ticket)
        inbox.put(ticket)
    return ticket.id


def test_a_request_of_another_process_is_carried_out_once(system: System) -> None:
    """Left twice, it is received once, answered once, and gone from the inbox."""
    system.open(system.plan(START_ALPHA))
    ticket = leave_ticket(system, ApprovePhase(phase=0, reason="from elsewhere"))
    assert isinstance(system.answer(ticket), e.RequestCarriedOut)
    assert system.state.phases[0].status == "passed"
    assert len(system.events(e.RequestReceived)) == 1
    assert system.events(e.RequestReceived)[0].ticket.actor.via == "command line"

    def is_empty() -> bool:
        with Inbox.open(system.folder.inbox) as inbox:
            return inbox.peek() == []

    wait_until(is_empty, "the inbox is empty")


def test_a_rollback_asked_for_elsewhere_is_done_by_the_console_in_control(system: System) -> None:
    """The process that asks gets the state with the proof; it neither takes control nor acts itself."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    session = open_pinned(system.root / "aurora.toml")
    assert session is not None
    state = ask(session, RollBack(scope="all"))
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "restored"
    assert len(system.events(e.EngineStarted)) == 1
    assert is_free(system.ports["alpha"])


def test_a_refusal_reaches_the_one_who_asked_with_its_hint(system: System) -> None:
    """The error that the other process raises has reason and hint."""
    system.open(system.plan(START_ALPHA))
    session = open_pinned(system.root / "aurora.toml")
    assert session is not None
    with pytest.raises(AuroraError) as raised:
        ask(session, ApprovePhase(phase=5))
    assert "does not wait for approval" in raised.value.message
    assert raised.value.hint


def test_without_a_console_the_process_that_asks_does_it_itself(system: System) -> None:
    """It takes control, finds the services again, rolls back, and lets control go."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    system.leave()
    assert len(system.marked()) == 1
    session = open_pinned(system.root / "aurora.toml")
    assert session is not None
    state = ask(session, RollBack(scope="all"))
    assert state.rollback is not None
    assert state.rollback.proof is not None
    assert state.rollback.proof.verdict == "restored"
    assert system.marked() == []


def test_what_was_left_for_a_console_that_ended_is_refused_by_the_next(system: System) -> None:
    """Yesterday's approval is not carried out today; it is answered, once."""
    system.open(system.plan(START_ALPHA))
    system.leave()
    ticket = leave_ticket(system, ApprovePhase(phase=0))
    system.open()
    answer = system.answer(ticket)
    assert isinstance(answer, e.RequestRefused)
    assert "has ended" in answer.reason
    assert system.state.phases[0].status == "proposed"
    system.leave()
    system.open()
    assert len([one for one in system.events(e.RequestRefused) if one.ticket == ticket]) == 1


def test_requests_that_wait_when_the_console_is_left_are_answered(system: System) -> None:
    """However many are asked at the last moment, each gets an answer."""
    system.open(system.plan(START_ALPHA))
    tickets = [system.host.submit(Pause(reason=str(number))) for number in range(20)]
    system.host.stop(0.0)
    tickets += [system.host.submit(Resume()) for _ in range(5)]
    system.leave()
    answers = {one.ticket for one in system.answers()}
    received = {one.ticket.id for one in system.events(e.RequestReceived)}
    assert received <= answers
    assert set(tickets[:20]) <= answers


def test_an_inbox_that_breaks_does_not_end_the_engine(system: System) -> None:
    """It is told once, and what is asked at the console goes on being done."""
    system.open(system.plan(START_ALPHA))
    with Inbox.open(system.folder.inbox) as inbox:
        inbox._connection.execute("DROP TABLE tickets")
    wait_until(lambda: any(not one.ticket for one in system.events(e.RequestRefused)), "it is told")
    assert system.approve(0).is_complete


def test_a_second_console_is_refused_with_who_has_control(system: System) -> None:
    """Its error names process and user, and what can be done without control; nothing is written."""
    system.open(system.plan(START_ALPHA))
    seq = system.state.seq
    second = EngineHost(system.load(), system.folder, current_actor("console"))
    second.start()
    second.join(10)
    assert isinstance(second.error, ControlHeldError)
    assert current_actor("console").user in str(second.error)
    assert "`rollback`" in second.error.hint
    assert system.state.seq == seq


def test_stopping_all_services_leaves_the_rest_to_be_rolled_back(system: System) -> None:
    """Services stop, the core does not, and a rollback of everything is still complete."""
    system.open(system.plan(FOUNDATION, START_ALPHA, START_BETA))
    for phase in range(3):
        system.approve(phase)
    assert isinstance(system.ask(StopServices()), e.RequestCarriedOut)
    assert system.marked() == []
    assert system.core.poll() is None
    rollback = system.roll_back("all").rollback
    assert rollback is not None
    assert rollback.proof is not None
    assert rollback.proof.verdict == "restored"


def test_a_finished_run_has_stopped_its_services_and_takes_nothing_more(system: System) -> None:
    """Every service of it is off; a later request is refused; the next console begins a new run."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    assert isinstance(system.ask(FinishRun()), e.RequestCarriedOut)
    assert system.state.finished
    assert system.marked() == []
    answer = system.ask(RollBack(scope="all"))
    assert isinstance(answer, e.RequestRefused)
    first = system.state.run
    system.leave()
    system.open()
    assert system.state.run != first
    assert system.state.phases[0].status == "proposed"


def test_a_service_that_is_handed_over_runs_on_and_has_a_unit_file(system: System, tmp_path: Path) -> None:
    """The unit runs the same command in the same folder and environment; the other service is stopped."""
    environment = {"GREETING": 'say "hi" for $5, 100%', "WHERE": "{root}"}
    services = {"alpha": system.service("alpha", env=environment, isolate=True)}
    system.open(system.plan(START_ALPHA, START_BETA, services=services))
    system.approve(0)
    system.approve(1)
    process = system.state.services["alpha"].process
    assert process is not None
    units = tmp_path / "units"
    assert isinstance(system.ask(FinishRun(hand_over=("alpha",), units=str(units))), e.RequestCarriedOut)
    assert is_alive(process.pid)
    assert is_free(system.ports["beta"])
    (unit,) = units.iterdir()
    assert unit.stat().st_mode & 0o077 == 0
    read = _read_unit(unit)
    assert read["WorkingDirectory"] == [str(system.root)]
    assert str(system.ports["alpha"]) in read["ExecStart"][0]
    assert 'GREETING=say \\"hi\\" for $5, 100%%' in read["Environment"][-2]
    assert f"WHERE={system.root}" in read["Environment"][-1]
    assert any("HOME=" in one for one in read["Environment"])
    if shutil.which("systemd-analyze"):
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--user", str(unit)],
            env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert verified.returncode == 0, verified.stderr


def _read_unit(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        key, is_set, value = line.partition("=")
        if is_set and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def test_nothing_is_stopped_when_a_unit_file_cannot_be_written(system: System, tmp_path: Path) -> None:
    """The request is refused with the folder; the run goes on as it was."""
    (tmp_path / "units").write_text("a file")
    system.open(system.plan(START_ALPHA, START_BETA))
    system.approve(0)
    system.approve(1)
    answer = system.ask(FinishRun(hand_over=("alpha",), units=str(tmp_path / "units" / "here")))
    assert isinstance(answer, e.RequestRefused)
    assert "units" in answer.reason
    assert len(system.marked()) == 2
    assert not system.state.finished


def test_clean_removes_our_refs_and_only_ours(system: System) -> None:
    """Snapshot, rescue and backup branch go; every other ref is as it was, and HEAD too."""
    git(system.root, "branch", "theirs")
    git(system.root, "tag", "v1")
    system.open(system.plan(FOUNDATION, START_ALPHA))
    before = refs(system.root)
    system.approve(0)
    system.roll_back("all")
    assert any(name.startswith("refs/aurora/") for name in refs(system.root))
    assert isinstance(system.ask(FinishRun(clean=True)), e.RequestCarriedOut)
    assert refs(system.root) == before
    (finished,) = system.events(e.RunFinished)
    assert "refs/heads/pre-peak-integration-backup" in finished.removed_refs


def test_clean_leaves_a_branch_that_was_there_before(system: System) -> None:
    """At the very commit that the run begins with, but made by somebody else."""
    system.open(system.plan(FOUNDATION))
    git(system.root, "branch", "pre-peak-integration-backup")
    system.approve(0)
    system.ask(FinishRun(clean=True))
    assert "refs/heads/pre-peak-integration-backup" in refs(system.root)


def test_clean_leaves_a_branch_that_somebody_has_moved(system: System) -> None:
    """It is at another commit, so it is somebody's work now."""
    system.open(system.plan(FOUNDATION))
    system.approve(0)
    git(system.root, "branch", "--force", "pre-peak-integration-backup", "peak")
    system.ask(FinishRun(clean=True))
    assert "refs/heads/pre-peak-integration-backup" in refs(system.root)


@pytest.mark.parametrize("becomes", ["broken", "deleted"])
def test_a_rollback_works_whatever_has_become_of_the_plan_file(system: System, becomes: str) -> None:
    """The run goes by the plan that it pinned."""
    system.open(system.plan(START_ALPHA))
    system.approve(0)
    system.leave()
    path = system.root / "aurora.toml"
    if becomes == "broken":
        path.write_text("this is [no plan")
    else:
        path.unlink()
    session = open_pinned(path)
    assert session is not None
    rollback = ask(session, RollBack(scope="all")).rollback
    assert rollback is not None
    assert rollback.proof is not None
    assert rollback.proof.verdict == "restored"
    assert system.marked() == []


def test_secrets_of_a_services_environment_are_nowhere_but_in_the_service(system: System) -> None:
    """The service has it; journal, previews, screens' state and our files but the pinned plan and unit have not."""
    secret = "s3cr3t-" + uuid.uuid4().hex
    services = {"alpha": system.service("alpha", env={"TOKEN": secret})}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    log = (system.folder.logs("alpha") / "output.log").read_text()
    assert "TOKEN is set" in log
    assert secret not in repr(system.journal())
    assert secret not in repr(system.host.view())
    plans = system.folder.plans
    holding = [
        path
        for path in system.folder.path.rglob("*")
        if path.is_file() and not path.is_relative_to(plans) and secret.encode() in path.read_bytes()
    ]
    assert holding == []
    status = subprocess.run(
        [sys.executable, "-m", "aurora_console", "status", "--json"],
        cwd=system.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "alpha" in status.stdout
    assert secret not in status.stdout
