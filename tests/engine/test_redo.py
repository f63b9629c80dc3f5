"""Undoing a rollback: what it took away comes back, what others put there since stays, and nothing is claimed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from aurora_console.state import events as e
from aurora_console.state.requests import JudgeGates, LookForForeignChanges, Resume, UndoRollback
from tests.engine.systems import System, git, is_free

GATES = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}
NEW = "extra/new.txt"
LINK = "extra/link"
TOOL = "extra/tool.sh"


def _rolled_back(system: System, *more: dict[str, object], scope: str = "all") -> None:
    """Let phase 2 add files and start two services, then roll back."""
    system.open(
        system.plan(
            {"actions": [{"snapshot": True}]},
            {
                "actions": [{"import-files": {"paths": ["extra/**"]}}, {"start": ["alpha", "beta"]}, *more],
                "rollback": "all",
            },
            {"actions": [{"exchange": {"from": "alpha", "to": "beta"}}], "rollback": "all"},
            gates=GATES,
        )
    )
    system.approve(0)
    system.approve(1)
    assert system.state.phases[1].status == "passed", system.state.phases[1].reason
    system.roll_back(scope)
    assert not (system.root / "extra").exists()
    assert is_free(system.ports["alpha"])


def _undo(system: System) -> e.RollbackUndone:
    answer = system.ask(UndoRollback())
    assert isinstance(answer, e.RequestCarriedOut), answer
    (undone,) = system.events(e.RollbackUndone)
    return undone


def test_files_and_services_come_back_as_they_were(system: System) -> None:
    """Bytes, modes and links; services ready; the phase passed as before; and all of it can be rolled back again."""
    _rolled_back(system)
    undone = _undo(system)
    assert undone.left == ()
    assert (system.root / NEW).read_bytes() == b"new\n"
    assert str((system.root / LINK).readlink()) == "new.txt"
    assert (system.root / TOOL).stat().st_mode & 0o777 == 0o755
    state = system.state
    assert [state.services[name].status for name in ("alpha", "beta")] == ["ready", "ready"]
    assert [phase.status for phase in state.phases[:2]] == ["passed", "passed"]
    assert state.paused is None
    assert state.gates["page"].verdict == "pass"
    system.until(lambda state: state.phases[2].status == "proposed", "the next phase is proposed")
    system.roll_back("all")
    assert system.state.rollback is not None
    assert system.state.rollback.proof is not None
    assert system.state.rollback.proof.verdict == "restored"
    assert not (system.root / "extra").exists()
    assert is_free(system.ports["alpha"])


def test_what_somebody_put_there_since_stays(system: System) -> None:
    """It is named, the phase is open again as not whole, and a later rollback leaves the file alone."""
    _rolled_back(system)
    system.write(NEW, "of a colleague\n")
    undone = _undo(system)
    assert [NEW in one for one in undone.left] == [True]
    assert undone.incomplete == (1,)
    assert (system.root / NEW).read_text() == "of a colleague\n"
    assert (system.root / TOOL).exists()
    state = system.state
    assert state.phases[1].status == "failed"
    assert state.paused is not None
    assert "open again" in state.paused.reason
    system.roll_back("all")
    assert (system.root / NEW).read_text() == "of a colleague\n"
    assert not (system.root / TOOL).exists()


def test_what_a_program_did_is_not_claimed_to_be_back(system: System) -> None:
    """Nobody can take back what the program of an undo did: that is told."""
    command = [sys.executable, "-S", "-c", "pass"]
    run: dict[str, object] = {"run": {"exec": command, "undo": command}}
    _rolled_back(system, run)
    undone = _undo(system)
    assert len(undone.left) == 1
    assert "cannot be taken back" in undone.left[0]
    assert system.state.phases[1].status == "failed"
    assert system.state.services["alpha"].status == "ready"


def test_it_is_offered_once_and_only_before_the_next_approval(system: System) -> None:
    """A phase approved since may build on what is gone; and what was undone is not undone twice."""
    _rolled_back(system)
    _undo(system)
    assert isinstance(system.ask(UndoRollback()), e.RequestRefused)
    system.roll_back("all")
    system.approve(1)
    refused = system.ask(UndoRollback())
    assert isinstance(refused, e.RequestRefused)
    assert "approved since" in refused.reason


def test_a_rollback_ends_an_undo_that_takes_long(system: System) -> None:
    """A service that does not get ready holds nothing up: what was brought back goes again."""
    _rolled_back(system)
    system.mood("alpha", "sick")
    ticket = system.host.submit(UndoRollback())
    system.until(lambda state: state.services["alpha"].status == "starting", "alpha starts")
    system.roll_back("all")
    assert isinstance(system.answer(ticket), e.RequestRefused)
    assert not (system.root / "extra").exists()
    assert system.marked() == []


def test_killed_in_the_middle_it_is_told_and_can_be_rolled_back(system: System) -> None:
    """The intent was on disk before anything came back, so the next console names the rest and takes all of it back."""
    _rolled_back(system)
    system.leave()
    command = [sys.executable, "-m", "aurora_console", "rollback", "--undo", "-p", str(system.root / "aurora.toml")]
    environment = os.environ | {"AURORA_CONSOLE_FAULT": "redo.done:5"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert system.root.joinpath("extra").exists()
    system.open(wait=False)
    state = system.until(lambda state: state.paused is not None, "the new console has settled it")
    (undone,) = system.events(e.RollbackUndone)
    assert any("start alpha: the console ended" in one for one in undone.left)
    assert state.phases[1].status == "failed"
    assert state.paused is not None
    assert "open again" in state.paused.reason
    system.roll_back("all")
    assert not system.root.joinpath("extra").exists()
    assert system.state.pending_undo == ()


def test_the_command_line_undoes_a_rollback(system: System) -> None:
    """It says what came back, and exits 0 when all of it did."""
    _rolled_back(system)
    system.leave()
    command = [sys.executable, "-m", "aurora_console", "rollback", "--undo", "-p", str(system.root / "aurora.toml")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"brought back {NEW}" in said.stdout
    assert "alpha runs again" in said.stdout
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode != 0
    assert "no rollback to undo" in again.stderr


def test_gates_are_judged_when_asked_for(system: System) -> None:
    """One verdict more of each gate of the plan, and none while they are judged already."""
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}, gates=GATES))
    before = len(system.events(e.GateJudged))
    assert isinstance(system.ask(JudgeGates()), e.RequestCarriedOut)
    judged = system.events(e.GateJudged)[before:]
    assert [(one.gate, one.verdict, one.phase) for one in judged] == [("page", "pass", None)]


def test_what_others_changed_is_found_while_somebody_looks(system: System) -> None:
    """A colleague's commit and an edited file are told; what the run itself added is not; nothing is journaled."""
    _rolled_back_but_up(system)
    system.write("templates/page.html", "<p>hotfix</p>\n")
    git(system.root, "commit", "--quiet", "-am", "hotfix")
    system.write("notes.txt", "by hand\n")
    system.host.submit(LookForForeignChanges())
    system.until(lambda _: system.host.view().live.foreign, "it was looked for")
    foreign = "\n".join(system.host.view().live.foreign)
    assert "“hotfix” by Somebody Else" in foreign
    assert "notes.txt added by somebody else" in foreign
    assert "extra/" not in foreign
    assert not [
        one for one in system.events(e.RequestReceived) if isinstance(one.ticket.request, LookForForeignChanges)
    ]


def test_looking_while_there_is_no_snapshot_holds_nothing_up(system: System) -> None:
    """There is nothing to compare with, and the engine goes on."""
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}))
    system.host.submit(LookForForeignChanges())
    system.approve(0)
    system.host.submit(LookForForeignChanges())
    system.roll_back("all")
    assert system.host.view().live.foreign == ()
    assert is_free(system.ports["alpha"])


def _rolled_back_but_up(system: System) -> None:
    system.open(
        system.plan(
            {"actions": [{"snapshot": True}]}, {"actions": [{"import-files": {"paths": ["extra/**"]}}]}, gates=GATES
        )
    )
    system.approve(0)
    system.approve(1)


def test_a_rollback_of_a_failed_phase_that_is_undone_leaves_it_failed(system: System) -> None:
    """It does not begin again by itself: it waits until somebody resumes."""
    system.open(
        system.plan(
            {"actions": [{"snapshot": True}]},
            {
                "actions": [{"start": ["alpha"]}],
                "criteria": [{"endpoints": ["page"]}],
                "rollback": "services",
            },
        )
    )
    system.approve(0)
    system.mood("core", "wrong")
    system.approve(1)
    assert system.state.phases[1].status == "failed"
    system.mood("core", "")
    system.roll_back("current")
    _undo(system)
    assert system.state.phases[1].status == "failed"
    assert system.state.services["alpha"].status == "ready"
    assert system.state.paused is not None
    system.ask(Resume())
    system.until(lambda state: state.phases[1].status == "proposed", "it is proposed again")
