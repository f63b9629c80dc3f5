"""Going back: each scope undoes what it says, what others did stays and is told, and it is proven."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aurora_console.state import events as e
from aurora_console.state.requests import ApprovePhase, RollBack
from aurora_console.state.values import Proof, RunProgram
from tests.engine.systems import System, git, is_free, refs, wait_until

IMPORT = {"import-files": {"paths": ["extra/**"]}}
FOUNDATION = {"actions": [{"backup-branch": True}, {"snapshot": True}], "rollback": "abort"}
GROWTH = {"actions": [IMPORT, {"start": ["alpha"]}]}
MORE = {"actions": [{"start": ["beta"]}]}
PAGE = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}


def grown(system: System, *more: dict[str, Any]) -> None:
    """Open a run and bring it through a snapshot, files and a service."""
    system.open(system.plan(FOUNDATION, GROWTH, *more, gates=PAGE))
    for phase in range(2 + len(more)):
        assert system.approve(phase).phases[phase].status == "passed"


def proof_of(system: System, scope: str = "all") -> Proof:
    """Roll back and return what was proven."""
    rollback = system.roll_back(scope).rollback
    assert rollback is not None
    assert rollback.proof is not None
    return rollback.proof


def test_all_brings_everything_back_and_proves_it(system: System) -> None:
    """Files, folders, services and ports are as before by plain looks, and the proof counts each kind."""
    status = git(system.root, "status", "--porcelain")
    grown(system, MORE)
    assert (system.root / "extra/deep/more.txt").exists()
    proof = proof_of(system)
    assert proof.verdict == "restored"
    assert proof.differences == ()
    assert not (system.root / "extra").exists()
    assert git(system.root, "status", "--porcelain") == status
    assert system.marked() == []
    assert all(is_free(system.ports[name]) for name in ("alpha", "beta"))
    told = " · ".join(proof.checks)
    for part in ("files equal", "refs equal", "HEAD on main", "index equal", "ports as before", "1 of 1 gates pass"):
        assert part in told
    assert system.state.pending_undo == ()


@pytest.mark.parametrize(
    ("scope", "files_stay", "alpha_stays", "beta_stays"),
    [
        ("phase", True, True, False),
        ("services", True, False, False),
        ("code", False, True, True),
        ("abort", True, True, True),
    ],
)
def test_each_scope_undoes_only_what_it_says(
    system: System, scope: str, files_stay: bool, alpha_stays: bool, beta_stays: bool
) -> None:
    """The newest phase, every service, every file, or (with no phase open) nothing."""
    grown(system, MORE)
    assert proof_of(system, scope).verdict == "restored"
    assert (system.root / "extra/new.txt").exists() == files_stay
    assert is_free(system.ports["alpha"]) != alpha_stays
    assert is_free(system.ports["beta"]) != beta_stays


def test_r_on_a_phase_that_should_have_changed_nothing_undoes_it_all_the_same(system: System) -> None:
    """`abort` is no promise to leave services running that the phase has started."""
    phase = {"actions": [{"start": ["alpha"]}], "criteria": [{"branch": "none"}], "rollback": "abort"}
    system.open(system.plan(phase))
    assert system.approve(0).phases[0].status == "failed"
    assert proof_of(system, "current").verdict == "restored"
    assert is_free(system.ports["alpha"])


def test_what_others_did_meanwhile_stays_and_is_told(system: System) -> None:
    """A commit, an edit, a new file, a branch and a staged change by somebody else are there after `all`."""
    grown(system)
    system.write("theirs.txt", "a hotfix\n")
    git(system.root, "add", "theirs.txt")
    git(system.root, "commit", "--quiet", "-m", "hotfix")
    git(system.root, "branch", "their-branch")
    system.write("core.txt", "edited by a person\n")
    system.write("notes.txt", "new\n")
    system.write("staged.txt", "staged\n")
    git(system.root, "add", "staged.txt")
    before = (
        refs(system.root),
        git(system.root, "rev-parse", "HEAD"),
        git(system.root, "diff", "--cached", "--name-only"),
    )
    proof = proof_of(system)
    assert proof.verdict == "restored"
    after = (
        refs(system.root),
        git(system.root, "rev-parse", "HEAD"),
        git(system.root, "diff", "--cached", "--name-only"),
    )
    rescued = {name: sha for name, sha in after[0].items() if not name.startswith("refs/aurora/rescue/")}
    assert rescued == before[0]
    assert after[1:] == before[1:]
    assert (system.root / "core.txt").read_text() == "edited by a person\n"
    told = " · ".join(proof.kept)
    for part in ("theirs.txt", "hotfix", "their-branch", "core.txt", "notes.txt", "index"):
        assert part in told


def test_an_edit_of_an_imported_file_is_kept_and_the_verdict_is_partial(system: System) -> None:
    """Theirs wins on the same path; everything else is undone."""
    grown(system)
    system.write("extra/new.txt", "edited by a person\n")
    proof = proof_of(system)
    assert proof.verdict == "partial"
    assert any("extra/new.txt" in line for line in proof.differences)
    assert (system.root / "extra/new.txt").read_text() == "edited by a person\n"
    assert not (system.root / "extra/deep").exists()
    assert is_free(system.ports["alpha"])


def test_an_imported_file_that_somebody_tracks_is_kept(system: System) -> None:
    """Whoever has added it to git has made it theirs, unchanged as it is."""
    grown(system)
    git(system.root, "add", "extra/tool.sh")
    git(system.root, "commit", "--quiet", "-m", "ours now")
    proof = proof_of(system)
    assert proof.verdict == "partial"
    assert any("extra/tool.sh" in line and "tracked" in line for line in proof.differences)
    assert (system.root / "extra/tool.sh").exists()


def test_a_merge_with_conflicts_is_left_as_it_is_and_hinders_nothing(system: System) -> None:
    """Somebody is amid a merge: the run's files and services go all the same, the conflict stays as it was."""
    grown(system)
    system.write("core.txt", "edited by a person\n")
    git(system.root, "commit", "--quiet", "core.txt", "-m", "hotfix")
    git(system.root, "checkout", "--quiet", "-b", "theirs", "HEAD~1")
    system.write("core.txt", "edited by another\n")
    git(system.root, "commit", "--quiet", "core.txt", "-m", "another hotfix")
    git(system.root, "checkout", "--quiet", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(system.root, "merge", "theirs")
    conflict, index = (system.root / "core.txt").read_bytes(), (system.root / ".git/index").read_bytes()
    assert b"<<<<<<<" in conflict
    proof = proof_of(system)
    assert proof.verdict == "restored", proof
    assert "the index was changed by somebody else" in proof.kept
    assert not (system.root / "extra").exists()
    assert is_free(system.ports["alpha"])
    assert (system.root / "core.txt").read_bytes() == conflict
    assert (system.root / ".git/index").read_bytes() == index
    assert (system.root / ".git/MERGE_HEAD").exists()
    (rescue,) = [name for name in refs(system.root) if name.startswith("refs/aurora/rescue/")]
    assert git(system.root, "show", f"{rescue}:core.txt").encode() == conflict.strip()
    assert git(system.root, "show", f"{rescue}:extra/new.txt") == "new"
    kept = system.folder.snapshot(system.state.run) / f"rescue-{rescue.rpartition('/')[2]}.index"
    assert kept.read_bytes() == index
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_rescue_ref_holds_the_work_tree_of_before(system: System) -> None:
    """What a rollback removes can be had back with git alone."""
    grown(system)
    system.write("notes.txt", "a person's\n")
    proof_of(system)
    (rescue,) = [name for name in refs(system.root) if name.startswith("refs/aurora/rescue/")]
    assert git(system.root, "show", f"{rescue}:extra/new.txt") == "new"
    assert git(system.root, "show", f"{rescue}:notes.txt") == "a person's"
    taken = [type(event) for event in system.journal()]
    assert taken.index(e.RescueTaken) < max(place for place, kind in enumerate(taken) if kind is e.StepUndone)


def test_a_failing_undo_is_told_the_rest_goes_on_and_a_second_rollback_tries_again(
    system: System, tmp_path: Path
) -> None:
    """The verdict is failed and names the step; once it can be done, it is done and the verdict is restored."""
    ready = tmp_path / "ready"
    undo = [
        sys.executable,
        "-S",
        "-c",
        "import pathlib, sys; sys.exit(not pathlib.Path(sys.argv[1]).exists())",
        str(ready),
    ]
    program = {"run": {"exec": [sys.executable, "-S", "-c", ""], "undo": undo}}
    system.open(system.plan(FOUNDATION, {"actions": [{"start": ["alpha"]}, program, IMPORT]}, gates=PAGE))
    system.approve(0)
    system.approve(1)
    proof = proof_of(system)
    assert proof.verdict == "failed"
    assert any("exit code 1" in line for line in proof.differences)
    assert is_free(system.ports["alpha"])
    assert not (system.root / "extra").exists()
    assert [type(one.undo) for one in system.state.pending_undo] == [RunProgram]
    ready.touch()
    assert proof_of(system).verdict == "restored"
    assert not system.state.pending_undo


def test_a_rollback_in_the_middle_of_an_action_gives_that_up(system: System, tmp_path: Path) -> None:
    """The action ends as failed, its request is answered, and what it had done is undone."""
    runs = tmp_path / "runs"
    script = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"
    program = {"run": {"exec": [sys.executable, "-S", "-c", script, str(runs)], "read_only": True}, "timeout": "50s"}
    system.open(system.plan(FOUNDATION, {"actions": [IMPORT, {"start": ["alpha"]}, program]}, gates=PAGE))
    system.approve(0)
    system.until(lambda state: state.phases[1].status == "proposed", "it is proposed")
    ticket = system.host.submit(ApprovePhase(phase=1))
    wait_until(runs.exists, "the program runs")
    assert proof_of(system, "current").verdict == "restored"
    answer = system.answer(ticket)
    assert isinstance(answer, e.RequestRefused)
    assert "rollback" in answer.reason
    assert any(event.reason == "a rollback was asked for" for event in system.events(e.ActionFailed))
    assert not (system.root / "extra").exists()
    assert system.marked() == []


def test_a_rollback_while_files_are_brought_in_leaves_none(system: System) -> None:
    """The thread that writes is waited for: no file appears behind the rollback's back."""
    git(system.root, "checkout", "--quiet", "peak")
    for number in range(400):
        system.write(f"many/{number:04}.txt", f"{number}\n")
    system.commit("many files")
    git(system.root, "checkout", "--quiet", "main")
    system.open(system.plan({"actions": [{"import-files": {"paths": ["many/**"]}}]}))
    system.host.submit(ApprovePhase(phase=0))
    wait_until((system.root / "many").exists, "the first file is there")
    assert proof_of(system).verdict == "restored"
    assert not (system.root / "many").exists()


def test_a_rollback_while_gates_are_judged(system: System) -> None:
    """A gate that hangs does not keep an operator from going back."""
    system.open(system.plan(GROWTH, gates=PAGE))
    system.mood("core", "never")
    ticket = system.host.submit(ApprovePhase(phase=0))
    system.until(lambda state: state.phases[0].status == "gating", "gates are judged")
    system.mood("core", "")
    assert proof_of(system, "current").verdict == "restored"
    assert isinstance(system.answer(ticket), e.RequestRefused)


def test_rolling_back_twice_is_harmless(system: System) -> None:
    """The second one finds nothing to undo and proves the same."""
    grown(system)
    assert proof_of(system).verdict == "restored"
    assert proof_of(system).verdict == "restored"
    (first, second) = system.events(e.RollbackStarted)
    assert first.steps
    assert second.steps == ()


def test_a_gate_that_fails_after_it_makes_the_verdict_partial(system: System) -> None:
    """All is undone, yet the system is not well: that is said."""
    grown(system)
    system.mood("core", "500")
    proof = proof_of(system)
    assert proof.verdict == "partial"
    assert any("The page answers" in line and "500" in line for line in proof.differences)


def test_a_name_that_is_no_text_does_not_break_the_proof(system: System) -> None:
    """A file of somebody else whose name is not UTF-8 is told, cleaned."""
    grown(system)
    Path(system.root / b"odd-\xff".decode(errors="surrogateescape")).write_text("x")
    proof = proof_of(system)
    assert proof.verdict == "restored"
    assert any("odd-" in line for line in proof.kept)


def test_a_snapshot_that_is_lost_makes_a_partial_proof_and_no_fault(system: System) -> None:
    """What the run did is undone without it; that it could not be compared is said."""
    grown(system)
    snapshot = system.state.snapshot
    assert snapshot is not None
    for path in Path(snapshot.folder).iterdir():
        if path.is_file():
            path.unlink()
    proof = proof_of(system)
    assert proof.verdict == "partial"
    assert any("could not compare" in line for line in proof.differences)
    assert not (system.root / "extra").exists()


def test_another_request_during_a_rollback_is_refused(system: System) -> None:
    """It has to come to its proof first; the one who asks is told so."""
    services = {"alpha": system.service("alpha", "--deaf", stop={"grace": "1s"})}
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}, services=services))
    system.approve(0)
    first = system.host.submit(RollBack(scope="all"))
    system.until(lambda state: state.is_rolling_back, "it rolls back")
    answer = system.ask(RollBack(scope="all"))
    assert isinstance(answer, e.RequestRefused)
    assert isinstance(system.answer(first), e.RequestCarriedOut)
    assert system.state.services["alpha"].was_killed
