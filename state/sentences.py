"""An event in the words of the trade: what the cockpit's newest line and the headless output say."""

from __future__ import annotations

from aurora_console.state import events as e
from aurora_console.state import requests as r
from aurora_console.state.model import RunState
from aurora_console.state.values import Actor
from aurora_console.text import clean, duration

_JUDGED = {
    "pass": "pass",
    "fail": "fail",
    "inconclusive": "inconclusive",
    "error": "could not be measured",
}

_VERBS: dict[type[r.OneService], str] = {r.StartOne: "start", r.StopOne: "stop", r.RestartOne: "restart"}


def sentence(event: e.Event, state: RunState) -> str:
    """Return one line about `event`, safe to print. `state`, from after it, lends the names."""
    return clean(_words(event, state))


def is_news(event: e.Event) -> bool:
    """Tell whether an operator wants to see `event` on a line of its own: not what another event says better."""
    if isinstance(event, e.GateJudged):
        return event.verdict != "pass" or event.phase is not None
    quiet = (
        e.RequestReceived,
        e.RequestCarriedOut,
        e.ActionIntended,
        e.ServiceStarting,
        e.ServiceStarted,
        e.ServiceStopping,
        e.SectionRecorded,
        e.PhaseGated,
        e.RescueTaken,
    )
    if isinstance(event, e.StepUndone):
        return event.outcome in {"kept", "failed"}
    if isinstance(event, e.StepRedone):
        return event.outcome != "redone"
    return not isinstance(event, quiet)


def is_trouble(event: e.Event) -> bool:
    """Tell whether `event` says that something went wrong."""
    match event:
        case e.GateJudged():
            return event.verdict != "pass"
        case e.StepUndone():
            return event.outcome == "failed"
        case e.StepRedone():
            return event.outcome == "left"
        case e.RollbackFinished():
            return event.proof.verdict != "restored"
        case e.RollbackUndone():
            return bool(event.left)
        case e.ServiceSighted():
            return event.process is None
        case _:
            trouble = (
                e.RequestRefused,
                e.PhaseFailed,
                e.PhaseOverran,
                e.ActionFailed,
                e.ActionFoundInDoubt,
                e.ServiceFailed,
                e.ServiceExited,
                e.IncidentOpened,
            )
            return isinstance(event, trouble)


def who(actor: Actor) -> str:
    """Name the one who asked: `deploy from 10.0.0.7`, or the console itself."""
    if actor.via == "engine":
        return "the console"
    return f"{actor.user} from {actor.origin}" if actor.origin else actor.user


def phase_name(state: RunState, index: int) -> str:
    """Name a phase by the plan's own number."""
    number = state.phases[index].outline.number if 0 <= index < len(state.phases) else index + 1
    return f"phase {number}"


def plural(count: int, noun: str) -> str:
    """Return `1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _words(event: e.Event, state: RunState) -> str:
    if isinstance(event, e.LifecycleEvent):
        return _lifecycle(event)
    if isinstance(event, e.RequestEvent):
        return _request(event, state)
    if isinstance(event, e.PhaseEvent):
        return _phase(event, state)
    if isinstance(event, e.ActionEvent):
        return _action(event, state)
    if isinstance(event, e.ServiceEvent):
        return _service(event)
    if isinstance(event, e.RecordingEvent):
        return _recorded(event)
    if isinstance(event, e.RollbackEvent):
        return _rollback(event, state)
    if isinstance(event, e.AttentionEvent):
        return _attention(event)
    return f"{event.title}: {_JUDGED[event.verdict]}, {event.evidence.summary}"


def _lifecycle(event: e.LifecycleEvent) -> str:
    match event:
        case e.EngineStarted():
            return f"{who(event.actor)} took control, console {event.version}"
        case e.EngineStopped():
            return f"console left: {event.reason}"
        case e.RunOpened():
            return f"integration of {event.outline.name} opened, {plural(len(event.outline.phases), 'phase')}"
        case e.RunFinished():
            handed = f", handed over {', '.join(event.handed_over)}" if event.handed_over else ""
            return f"finished by {who(event.actor)}{handed}"


def _request(event: e.RequestEvent, state: RunState) -> str:
    if isinstance(event, e.RequestRefused):
        return f"refused: {event.reason}" + (f" · {event.hint}" if event.hint else "")
    if isinstance(event, e.RequestCarriedOut):
        return "the request was carried out"
    return f"{who(event.ticket.actor)} asked to {_asked(event.ticket.request, state)}"


_PLAIN: dict[type[r.Request], str] = {
    r.UndoRollback: "undo the rollback",
    r.JudgeGates: "judge the gates",
    r.LookForForeignChanges: "look for what others changed",
}


def _asked(request: r.Request, state: RunState) -> str:
    match request:
        case r.ApprovePhase():
            return f"approve {phase_name(state, request.phase)}"
        case r.Pause():
            return "pause"
        case r.Resume():
            return "resume"
        case r.RollBack():
            return f"roll back {request.scope}"
        case r.UndoRollback() | r.JudgeGates() | r.LookForForeignChanges():
            return _PLAIN[type(request)]
        case r.StopServices():
            return "stop every service of the run"
        case r.FinishRun():
            return "finish"
        case r.StartOne() | r.StopOne() | r.RestartOne():
            return f"{_VERBS[type(request)]} {request.service}"


def _phase(event: e.PhaseEvent, state: RunState) -> str:
    name = phase_name(state, event.phase)
    match event:
        case e.PhaseProposed():
            return f"{name} waits for approval: {event.preview.title}"
        case e.PhaseApproved():
            return f"{name} approved by {who(event.actor)}" + (f": {event.reason}" if event.reason else "")
        case e.PhaseGated():
            return f"{name} is done, its gates are judged"
        case e.PhasePassed():
            return f"{name} passed"
        case e.PhaseFailed():
            ended = {"inconclusive": "is inconclusive", "error": "could not be judged"}.get(event.verdict, "failed")
            return f"{name} {ended}: {event.reason}"
        case e.PhaseDeclined():
            return f"{name} declined and undone: {event.reason}"
        case e.PhaseOverran():
            return f"{name} takes longer than its {duration(event.budget)}"


def _action(event: e.ActionEvent, state: RunState) -> str:
    if isinstance(event, e.ActionIntended):
        return f"{event.title} begins"
    titles = (action.title for phase in state.phases for action in phase.actions if action.id == event.action)
    title = next(titles, event.action)
    match event:
        case e.ActionDone():
            return f"{title}: {event.evidence.summary}"
        case e.ActionFailed():
            return f"{title} failed: {event.reason}" + (f" · {event.hint}" if event.hint else "")
        case e.ActionFoundInDoubt():
            return f"{title} is in doubt: a console ended while it ran"


def _service(event: e.ServiceEvent) -> str:
    name = event.service
    match event:
        case e.ServiceStarting():
            return f"{name} starting"
        case e.ServiceStarted():
            return f"{name} runs, pid {event.process.pid}"
        case e.ServiceReady():
            return f"{name} ready in {duration(event.seconds)}"
        case e.ServiceFailed():
            return f"{name} failed: {event.reason}"
        case e.ServiceExited():
            again = "" if event.restart_in is None else f", starts again in {duration(event.restart_in)}"
            return f"{name} {_ending(event.code)}{again}"
        case e.ServiceStopping():
            return f"{name} stopping"
        case e.ServiceStopped():
            return f"{name} stopped in {duration(event.seconds)}" + (", killed" if event.killed else "")
        case e.ServiceAdopted():
            return f"{name} found running again, pid {event.process.pid}"
        case e.ServiceSighted():
            return f"{name} is gone" if event.process is None else f"{name} watched, pid {event.process.pid}"


def _ending(code: int | None) -> str:
    if code is None:
        return "ended"
    return f"ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _recorded(event: e.RecordingEvent) -> str:
    match event:
        case e.SnapshotTaken():
            return f"snapshot of {plural(event.files, 'file')} taken, {event.protected} protected"
        case e.BackupBranchCreated():
            return f"branch {event.name} marks {event.commit[:7]}"
        case e.SectionRecorded():
            return f"{event.section} recorded: {event.summary}"
        case e.BaselineMeasured():
            return f"baseline of {plural(len(event.response), 'endpoint')}, {plural(len(event.memory), 'service')}"


def _rollback(event: e.RollbackEvent, state: RunState) -> str:
    match event:
        case e.RollbackStarted():
            reach = (
                phase_name(state, event.phase) if event.scope == "phase" and event.phase is not None else event.scope
            )
            return f"rollback of {reach} by {who(event.actor)}" + (f": {event.reason}" if event.reason else "")
        case e.RescueTaken():
            return f"what is replaced is kept under {event.ref}"
        case e.StepUndone():
            return f"{event.outcome}: {event.note or event.action}"
        case e.RollbackFinished():
            return f"rollback {event.proof.verdict} in {duration(event.seconds)}"
        case e.RollbackUndoStarted():
            return f"undo of the rollback by {who(event.actor)}" + (f": {event.reason}" if event.reason else "")
        case e.StepRedone():
            return f"{event.outcome}: {event.note or event.action}"
        case e.RollbackUndone():
            left = f", not brought back: {'; '.join(event.left)}" if event.left else ", all of it is back"
            return f"the rollback was undone in {duration(event.seconds)}{left}"


def _attention(event: e.AttentionEvent) -> str:
    match event:
        case e.IntegrationPaused():
            return f"paused by {who(event.actor)}: {event.reason}" if event.reason else f"paused by {who(event.actor)}"
        case e.IntegrationResumed():
            return f"resumed by {who(event.actor)}"
        case e.IncidentOpened():
            return f"incident: {event.what}"
        case e.IncidentClosed():
            return "incident over, all is well again"
