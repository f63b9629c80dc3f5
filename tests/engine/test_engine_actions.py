"""Every action: what it says it does, what it does, how it is seen to be done, and how it is undone."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from aurora_console.engine.context import ActionError
from aurora_console.state import events as e
from aurora_console.state.requests import ApprovePhase
from aurora_console.state.values import RemoveDirectory, RemoveFile, RunProgram
from tests.engine.systems import System, git, is_free, refs

PYTHON = [sys.executable, "-S", "-c"]


def done(system: System, *actions: dict[str, Any], **tables: Any) -> None:
    """Open a run and have these actions done, in a phase each."""
    system.open(system.plan(*({"actions": [one]} for one in actions), **tables))
    for number in range(len(actions)):
        state = system.approve(number)
        assert state.phases[number].status == "passed", state.phases[number].reason


def evidence(system: System, phase: int = 0) -> str:
    """Return what the first action of a phase says it has done."""
    found = system.state.phases[phase].actions[0].evidence
    assert found is not None
    return found.summary


def apply_again(system: System, kind: str, args: object = True) -> None:
    """Do an action that was done before once more."""
    system.call(system.action(kind, args).apply(system.context))


def test_the_backup_branch_marks_where_the_run_began(system: System) -> None:
    """It is made where HEAD is, HEAD stays, and doing it again changes nothing."""
    head = git(system.root, "symbolic-ref", "HEAD")
    done(system, {"backup-branch": True})
    before = refs(system.root)
    assert before["refs/heads/pre-peak-integration-backup"] == git(system.root, "rev-parse", "HEAD")
    apply_again(system, "backup-branch")
    assert refs(system.root) == before
    assert git(system.root, "symbolic-ref", "HEAD") == head


def test_a_backup_branch_of_somebody_else_is_never_moved(system: System) -> None:
    """The approval is refused and says how to name another."""
    git(system.root, "branch", "pre-peak-integration-backup", "peak")
    before = refs(system.root)
    system.open(system.plan({"actions": [{"backup-branch": True}]}))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "backup_branch" in answer.reason
    now = refs(system.root)
    assert now["refs/heads/pre-peak-integration-backup"] == before["refs/heads/pre-peak-integration-backup"]
    assert not system.events(e.ActionIntended)


def test_the_snapshot_holds_work_tree_and_index_and_is_taken_once(system: System) -> None:
    """Untracked and staged content is under its ref, secrets are not, and a second time makes no second one."""
    system.open(system.plan({"actions": [{"snapshot": True}]}))
    system.write("untracked.txt", "u\n")
    system.write("staged.txt", "s\n")
    system.write(".env", "TOKEN=hidden\n")
    git(system.root, "add", "staged.txt")
    status = git(system.root, "status", "--porcelain")
    assert system.approve(0).phases[0].status == "passed"
    snapshot = system.state.snapshot
    assert snapshot is not None
    names = git(system.root, "ls-tree", "-r", "--name-only", snapshot.ref).splitlines()
    assert {"untracked.txt", "staged.txt", "core.txt"} <= set(names)
    assert ".env" not in names
    assert "staged.txt" in git(system.root, "ls-tree", "-r", "--name-only", f"{snapshot.ref}^2").splitlines()
    assert git(system.root, "status", "--porcelain") == status
    apply_again(system, "snapshot")
    assert system.state.snapshot == snapshot


def test_backed_up_files_are_copies_of_the_same_bytes(system: System) -> None:
    """They lie outside the work tree, for this user alone."""
    done(system, {"backup-files": ["core.txt", "templates/**"]})
    copy = system.folder.snapshot(system.state.run) / "backup"
    assert (copy / "core.txt").read_text() == "the core\n"
    assert (copy / "templates/page.html").read_bytes() == (system.root / "templates/page.html").read_bytes()
    assert stat.S_IMODE((copy / "core.txt").stat().st_mode) == 0o600
    assert not copy.is_relative_to(system.root)
    assert "2 files" in evidence(system)


def test_what_works_is_written_down(system: System) -> None:
    """Endpoints, services, processes, ports and baseline stand in one file with real figures."""
    done(system, {"record-endpoints": True}, {"list-services": True}, {"baseline": {"requests": 20}})
    path = system.folder.snapshot(system.state.run) / "AURORA_CURRENT_WORKING_STATE.json"
    document = json.loads(path.read_text())
    assert [one["name"] for one in document["endpoints"]] == ["page"]
    assert document["services"] == ["core"]
    assert document["ports"] == {"core": system.ports["core"]}
    assert len(document["baseline"]["response_seconds"]["page"]) == 20
    assert document["baseline"]["memory_bytes"]["core"] > 1_000_000
    assert len(system.state.baseline_response["page"]) == 20
    assert "1 endpoints" in evidence(system, 2)


@pytest.mark.parametrize("action", [{"record-endpoints": True}, {"baseline": {"requests": 3}}])
def test_nothing_is_recorded_of_a_system_that_does_not_work(system: System, action: dict[str, Any]) -> None:
    """An endpoint that answers 500 fails the action, with the endpoint and the status in the reason."""
    system.mood("core", "500")
    system.open(system.plan({"actions": [action]}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert "page" in state.phases[0].reason
    assert "500" in state.phases[0].reason
    assert state.recorded == {}
    assert state.baseline_response == {}


def test_files_are_brought_in_exactly_and_only_where_there_are_none(system: System) -> None:
    """Bytes, exec bit and link are the target's; what is there stays; the undo of each is durable before."""
    system.write("extra/new.txt", "mine\n")
    system.open(system.plan({"actions": [{"import-files": {"paths": ["extra/**"]}}]}))
    preview = system.state.phases[0].preview
    assert preview is not None
    told = " ".join(preview.actions[0].effects)
    assert "adds 3 files" in told
    assert "extra/new.txt" in told
    assert system.approve(0).phases[0].status == "passed"
    assert (system.root / "extra/new.txt").read_text() == "mine\n"
    assert (system.root / "extra/deep/more.txt").read_text() == "more\n"
    assert stat.S_IMODE((system.root / "extra/tool.sh").stat().st_mode) == 0o755
    assert (system.root / "extra/link").readlink() == Path("new.txt")
    (intended,) = system.events(e.ActionIntended)
    removed = [one.file.path for one in intended.undo if isinstance(one, RemoveFile)]
    assert sorted(removed) == ["extra/deep/more.txt", "extra/link", "extra/tool.sh"]
    assert [one.path for one in intended.undo if isinstance(one, RemoveDirectory)] == ["extra/deep"]


def test_protected_and_tracked_files_are_not_brought_in(system: System) -> None:
    """A protected path refuses the approval; a tracked file that somebody has deleted stays deleted."""
    git(system.root, "checkout", "--quiet", "peak")
    system.write("templates/other.html", "x\n")
    system.commit("a new template")
    git(system.root, "checkout", "--quiet", "main")
    system.open(system.plan({"actions": [{"import-files": {"paths": ["templates/**", "service.py"]}}]}))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "templates/other.html is protected" in answer.reason
    assert not (system.root / "templates/other.html").exists()
    (system.root / "service.py").unlink()
    preview = system.call(system.action("import-files", {"paths": ("service.py",)}).preview(system.context))
    assert preview.effects[0].startswith("leaves 1 that are there already")


def test_a_name_that_is_not_utf_8_is_refused_before_anything_is_done(system: System) -> None:
    """The journal could not say how to undo it."""
    git(system.root, "checkout", "--quiet", "peak")
    Path(system.root / b"extra/odd-\xff".decode(errors="surrogateescape")).write_text("x")
    system.commit("an odd name")
    git(system.root, "checkout", "--quiet", "main")
    system.open(system.plan({"actions": [{"import-files": {"paths": ["extra/**"]}}]}))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "UTF-8" in answer.reason
    assert not (system.root / "extra").exists()


def test_a_program_has_to_say_how_it_is_undone(system: System) -> None:
    """Without `read_only` and `undo` the approval is refused, and it does not run."""
    system.open(system.plan({"actions": [{"run": {"exec": [*PYTHON, "open('made', 'w')"]}}]}))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "undo" in answer.reason
    assert not (system.root / "made").exists()


def test_a_programs_undo_is_durable_before_it_runs_and_is_run_by_a_rollback(system: System) -> None:
    """The intent that the program itself finds in the journal has the undo; a rollback runs it."""
    undo = [*PYTHON, "import os; os.unlink('made')"]
    looks = "import sqlite3, sys; rows = sqlite3.connect(sys.argv[1]).execute('select body from events').fetchall(); "
    looks += "open('made', 'w').write(str(any(b'RunProgram' in row[0] for row in rows)))"
    system.load_folder()
    program = {"exec": [*PYTHON, looks, str(system.folder.journal)], "undo": undo}
    done(system, {"run": program})
    assert (system.root / "made").read_text() == "True"
    (intended,) = system.events(e.ActionIntended)
    assert isinstance(intended.undo[0], RunProgram)
    system.roll_back("all")
    assert not (system.root / "made").exists()


def test_a_program_that_fails_tells_its_exit_and_its_last_words(system: System) -> None:
    """The reason has the exit code, the hint the end of what it wrote."""
    system.open(
        system.plan({"actions": [{"run": {"exec": [*PYTHON, "import sys; sys.exit('no room')"], "read_only": True}}]})
    )
    assert "exit code 1" in system.approve(0).phases[0].reason
    (failed,) = system.events(e.ActionFailed)
    assert "no room" in failed.hint


def test_starting_and_stopping_undo_each_other(system: System) -> None:
    """A stop's undo starts the service again; started services are stopped once, the newest first."""
    done(system, {"start": ["alpha", "beta"]}, {"stop": ["alpha"]})
    assert system.status_of("alpha") == "off"
    system.roll_back("phase")
    assert system.status_of("alpha") == "ready"
    system.roll_back("all")
    assert system.marked() == []


def test_starting_what_runs_already_starts_nothing(system: System) -> None:
    """The same process goes on, and there is nothing more to undo."""
    done(system, {"start": ["alpha"]}, {"start": ["alpha"]})
    assert len(system.events(e.ServiceStarting)) == 1
    assert len(system.state.pending_undo) == 1


def test_a_service_that_is_not_ours_is_never_stopped(system: System) -> None:
    """`managed = false` means that no signal ever comes from the console: the approval is refused."""
    system.open(system.plan({"actions": [{"stop": ["core"]}]}))
    answer = system.ask(ApprovePhase(phase=0))
    assert isinstance(answer, e.RequestRefused)
    assert "never stopped" in answer.reason
    assert system.core.poll() is None


def test_a_service_that_is_not_ours_is_never_started(system: System) -> None:
    """Where it is not there, the action fails and says who has to start it; no second instance comes up."""
    system.core.kill()
    system.core.wait()
    system.open(system.plan({"actions": [{"start": ["core"]}]}))
    assert "runs without the console" in system.approve(0).phases[0].reason
    assert is_free(system.ports["core"])


def test_a_service_that_needs_another_waits_for_it(system: System) -> None:
    """Started together, the needed one is ready first; stopped together, it is stopped last."""
    services = {"alpha": system.service("alpha", needs=["beta"])}
    done(system, {"start": ["alpha", "beta"]}, {"stop": ["alpha", "beta"]}, services=services)
    assert [event.service for event in system.events(e.ServiceReady)] == ["beta", "alpha"]
    assert [event.service for event in system.events(e.ServiceStopped)] == ["alpha", "beta"]


def test_a_service_whose_need_is_not_met_is_not_started(system: System) -> None:
    """The reason names what it needs."""
    services = {"alpha": system.service("alpha", needs=["beta"])}
    system.open(system.plan({"actions": [{"start": ["alpha"]}]}, services=services))
    assert "needs beta" in system.approve(0).phases[0].reason
    system.roll_back("all")
    assert system.state.services["alpha"].status == "off"


def test_messages_really_go_from_one_service_to_another(system: System) -> None:
    """Marked messages come back unchanged, with their times; one that does not come back is a failure."""
    exchange = {"exchange": {"from": "core", "to": "alpha", "count": 3}}
    done(system, {"start": ["alpha"]}, exchange)
    assert "3 of 3 came back" in evidence(system, 1)
    found = system.state.phases[1].actions[0].evidence
    assert found is not None
    assert len(found.samples) == 3
    system.mood("alpha", "forgetful")
    action = system.action("exchange", _exchange("core", "alpha"))
    with pytest.raises(ActionError, match="did not bring back"):
        system.call(action.apply(system.context))


def _exchange(source: str, target: str) -> dict[str, Any]:
    return {"source": source, "target": target, "count": 1}


def test_resources_are_watched_and_one_that_dies_meanwhile_is_told(system: System) -> None:
    """The evidence has processor, memory and descriptors; a service that is gone fails the action."""
    done(system, {"start": ["alpha"]}, {"monitor": {"services": ["core", "alpha"], "seconds": "300ms"}})
    found = system.state.phases[1].actions[0].evidence
    assert found is not None
    figures = {one.name: one.value for one in found.figures}
    assert figures["alpha memory"] > 1_000_000
    assert figures["core descriptors"] > 0
    system.call(system.context.supervisor.stop("alpha"))
    action = system.action("monitor", {"services": ("alpha",), "seconds": 0.3})
    with pytest.raises(ActionError, match="does not run any more"):
        system.call(action.apply(system.context))


def test_the_impact_is_measured_against_the_baseline(system: System) -> None:
    """Without a baseline it fails and says so; with one it tells the change; a broken endpoint fails it."""
    done(system, {"baseline": {"requests": 25}}, {"impact": {"requests": 25}})
    assert "against the baseline, largest change" in evidence(system, 1)
    system.mood("core", "500")
    with pytest.raises(ActionError, match="does not answer as expected"):
        system.call(system.action("impact", {"requests": 2}).apply(system.context))


def test_an_impact_without_a_baseline_is_no_impact(system: System) -> None:
    """The phase fails and names the action that is missing."""
    system.open(system.plan({"actions": [{"impact": {"requests": 2}}]}))
    assert "no baseline" in system.approve(0).phases[0].reason


def test_the_inventory_is_taken_in_a_process_of_its_own(system: System) -> None:
    """Each view is recorded with a summary of what is there and what the target has more."""
    views = ("components", "overlap", "integration-points", "dependencies")
    done(system, *({"inventory": {"show": view}} for view in views))
    assert set(system.state.recorded) == {"inventory", "overlap", "integration-points", "dependencies"}
    assert "4 only in the target" in evidence(system, 1)


def test_the_evidence_of_isolation_says_what_is_in_force(system: System) -> None:
    """Read back from the process: its limits, its folders, and what is not isolated."""
    services = {"alpha": system.service("alpha", isolate=True, memory="1GB")}
    done(system, {"start": ["alpha"]}, services=services)
    found = system.state.phases[0].actions[0].evidence
    process = system.state.services["alpha"].process
    assert found is not None
    assert process is not None
    told = " ".join(found.details)
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert str(1024**3) in limits
    assert "1.0 G of address space" in told
    assert "not isolated: network" in told
