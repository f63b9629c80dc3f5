import typing

import pytest

from aurora_console.state import events as e
from aurora_console.state import requests as r
from aurora_console.state.fold import fold
from aurora_console.state.sentences import is_news, is_trouble, sentence
from aurora_console.state.values import Actor, Evidence, ProcessId, Proof
from tests.visual import scenarios

ACTOR = Actor(user="deploy", origin="10.0.0.7")
PROCESS = ProcessId(pid=4242, start_ticks=1, boot_id="b")
EVIDENCE = Evidence(summary="5 of 5")
STATE = fold(scenarios.running().recent, fold([e.Record(0, 0.0, e.RunOpened(run="r", outline=scenarios.outline()))]))

SENTENCES: list[tuple[e.Event, str]] = [
    (
        e.EngineStarted(process=PROCESS, actor=ACTOR, version="0.1.0"),
        "deploy from 10.0.0.7 took control, console 0.1.0",
    ),
    (e.EngineStopped(reason="the operator left"), "console left: the operator left"),
    (e.RunOpened(run="r", outline=scenarios.outline()), "integration of aurora opened, 10 phases"),
    (e.RunFinished(actor=ACTOR, handed_over=("learn",)), "finished by deploy from 10.0.0.7, handed over learn"),
    (
        e.RequestReceived(ticket=r.Ticket(id="1", actor=ACTOR, request=r.ApprovePhase(phase=3))),
        "deploy from 10.0.0.7 asked to approve phase 4",
    ),
    (
        e.RequestRefused(ticket="1", reason="nothing is paused", hint="p pauses"),
        "refused: nothing is paused · p pauses",
    ),
    (e.RequestCarriedOut(ticket="7"), "the request was carried out"),
    (
        e.PhaseProposed(phase=3, preview=scenarios.preview(3)),
        "phase 4 waits for approval: Activate First Parallel System",
    ),
    (e.PhaseApproved(phase=3, actor=ACTOR, reason="change 7"), "phase 4 approved by deploy from 10.0.0.7: change 7"),
    (e.PhaseGated(phase=3), "phase 4 is done, its gates are judged"),
    (e.PhasePassed(phase=3), "phase 4 passed"),
    (e.PhaseFailed(phase=3, reason="chat"), "phase 4 failed: chat"),
    (e.PhaseDeclined(phase=3, reason="no gain"), "phase 4 declined and undone: no gain"),
    (e.PhaseOverran(phase=3, budget=1200), "phase 4 takes longer than its 20:00"),
    (e.ActionIntended(action="x", phase=3, index=0, kind="start", title="start learn"), "start learn begins"),
    (e.ActionDone(action="x", evidence=EVIDENCE), "x: 5 of 5"),
    (e.ActionFailed(action="x", reason="port taken", hint="free it"), "x failed: port taken · free it"),
    (e.ActionFoundInDoubt(action="x"), "x is in doubt: a console ended while it ran"),
    (
        e.GateJudged(gate="chat", title="Chat still works", verdict="fail", evidence=EVIDENCE),
        "Chat still works: fail, 5 of 5",
    ),
    (e.ServiceStarting(service="learn", token="t", exec=("x",), log="l"), "learn starting"),
    (e.ServiceStarted(service="learn", process=PROCESS), "learn runs, pid 4242"),
    (e.ServiceReady(service="learn", seconds=0.41, how="http"), "learn ready in 0.4 s"),
    (e.ServiceFailed(service="learn", reason="exited at once"), "learn failed: exited at once"),
    (e.ServiceExited(service="learn", code=-9, restart_in=2.0), "learn ended by signal 9, starts again in 2.0 s"),
    (e.ServiceStopping(service="learn"), "learn stopping"),
    (e.ServiceStopped(service="learn", seconds=5.1, killed=True), "learn stopped in 5.1 s, killed"),
    (e.ServiceAdopted(service="learn", process=PROCESS), "learn found running again, pid 4242"),
    (e.ServiceSighted(service="core", process=None), "core is gone"),
    (
        e.SnapshotTaken(id="s", ref="r", commit="c", branch="main", head="h", folder="f", files=42, protected=3),
        "snapshot of 42 files taken, 3 protected",
    ),
    (e.BackupBranchCreated(name="backup", commit="0123456789"), "branch backup marks 0123456"),
    (e.SectionRecorded(section="services", path="p", summary="4"), "services recorded: 4"),
    (
        e.RollbackStarted(rollback="b", scope="phase", phase=3, actor=ACTOR),
        "rollback of phase 4 by deploy from 10.0.0.7",
    ),
    (
        e.RescueTaken(rollback="b", ref="refs/aurora/rescue/b", commit="c"),
        "what is replaced is kept under refs/aurora/rescue/b",
    ),
    (
        e.StepUndone(action="x", index=0, outcome="kept", note="notes.md was changed since"),
        "kept: notes.md was changed since",
    ),
    (
        e.RollbackFinished(rollback="b", proof=Proof(verdict="restored", checks=()), seconds=0.7, phases=(3,)),
        "rollback restored in 0.7 s",
    ),
    (e.RollbackUndoStarted(rollback="b", actor=ACTOR), "undo of the rollback by deploy from 10.0.0.7"),
    (e.StepRedone(action="x", index=0, outcome="redone", note="learn runs again"), "redone: learn runs again"),
    (e.RollbackUndone(rollback="b", seconds=0.9), "the rollback was undone in 0.9 s, all of it is back"),
    (
        e.RequestReceived(ticket=r.Ticket(id="1", actor=ACTOR, request=r.UndoRollback())),
        "deploy from 10.0.0.7 asked to undo the rollback",
    ),
    (
        e.IntegrationPaused(reason="3 failures", actor=Actor(user="deploy", via="engine")),
        "paused by the console: 3 failures",
    ),
    (e.IntegrationResumed(actor=ACTOR), "resumed by deploy from 10.0.0.7"),
    (e.IncidentOpened(what="chat answers 500", suspect="start learn"), "incident: chat answers 500"),
    (e.IncidentClosed(), "incident over, all is well again"),
]
BASELINE = e.BaselineMeasured(response={"chat": (0.1,)}, memory={"core": 1, "learn": 2})


def test_every_kind_of_event_has_its_sentence() -> None:
    """None was forgotten, here or there."""
    told = {type(event) for event in (*(event for event, _ in SENTENCES), BASELINE)}
    assert told == set(typing.get_args(e.Event))
    assert sentence(BASELINE, STATE) == "baseline of 1 endpoint, 2 services"


@pytest.mark.parametrize(("event", "said"), SENTENCES, ids=[type(event).__name__ for event, _ in SENTENCES])
def test_an_event_reads_as_a_sentence(event: e.Event, said: str) -> None:
    """In the words of the trade, with the plan's own numbers."""
    assert sentence(event, STATE) == said


def test_an_action_is_named_by_its_title() -> None:
    """Where the state still knows it."""
    action = STATE.phases[3].actions[0]
    assert sentence(e.ActionDone(action=action.id, evidence=EVIDENCE), STATE) == "import aurora_x/learn: 5 of 5"


def test_a_sentence_is_safe_to_print() -> None:
    """Escape sequences of a plan's names are gone."""
    assert sentence(e.ServiceFailed(service="\x1b[2Jx", reason="a\nb"), STATE) == "x failed: a b"


def test_background_gates_that_pass_are_no_news() -> None:
    """Five of them a minute would drown the rest; failing ones are."""
    passing = e.GateJudged(gate="chat", title="Chat", verdict="pass", evidence=EVIDENCE)
    failing = e.GateJudged(gate="chat", title="Chat", verdict="fail", evidence=EVIDENCE)
    assert not is_news(passing)
    assert is_news(failing)
    assert is_trouble(failing)
    assert not is_trouble(passing)
