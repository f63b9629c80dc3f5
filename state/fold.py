"""`apply(state, record) -> state`: the only way in which the state ever changes. Pure and total over `events.Event`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.model import (
    ActionState,
    ActionStatus,
    ControlState,
    GateState,
    IncidentState,
    PauseState,
    PendingUndo,
    PhaseState,
    RecordState,
    RunState,
    ServiceState,
    SnapshotState,
)
from aurora_console.state.rollbacks import apply_rollback, none_proposed
from aurora_console.state.values import Evidence

_T = TypeVar("_T")


def fold(records: Iterable[e.Record], state: RunState | None = None) -> RunState:
    """Return the state after `records`, starting from `state` or from nothing."""
    state = state or RunState()
    for record in records:
        state = apply(state, record)
    return state


def apply(state: RunState, record: e.Record) -> RunState:
    """Return the state after one more record."""
    event = record.event
    if isinstance(event, e.LifecycleEvent):
        state = _lifecycle(state, event, record.at)
    elif isinstance(event, e.PhaseEvent):
        state = _phase(state, event, record.at)
    elif isinstance(event, e.ActionEvent):
        state = _action(state, event, record.at)
    elif isinstance(event, e.GateJudged):
        state = _gate(state, event, record.at)
    elif isinstance(event, e.ServiceEvent):
        state = _service(state, event, record.at)
    elif isinstance(event, e.RecordingEvent):
        state = _recorded(state, event)
    elif isinstance(event, e.RollbackEvent):
        state = apply_rollback(state, event, record.at)
    elif isinstance(event, e.AttentionEvent):
        state = _attention(state, event, record.at)
    # what a request leads to has events of its own
    return replace(state, seq=record.seq)


def _lifecycle(state: RunState, event: e.LifecycleEvent, at: float) -> RunState:
    match event:
        case e.EngineStarted():
            return replace(state, control=ControlState(process=event.process, actor=event.actor, since=at))
        case e.EngineStopped():
            return replace(state, control=None)
        case e.RunOpened():
            outline = event.outline
            return RunState(
                run=event.run,
                outline=outline,
                control=state.control,
                phases=tuple(
                    PhaseState(
                        outline=phase,
                        actions=tuple(ActionState(title=title) for title in phase.actions),
                        criteria=tuple(GateState(title=title) for title in phase.criteria),
                    )
                    for phase in outline.phases
                ),
                services={
                    one.name: ServiceState(name=one.name, layer=one.layer, port=one.port, managed=one.managed)
                    for one in outline.services
                },
                gates={name: GateState(title=title) for name, title in outline.gates.items()},
            )
        case e.RunFinished():
            return replace(state, finished=True, units=event.units, paused=None, incident=None, pending_undo=())


def _phase(state: RunState, event: e.PhaseEvent, at: float) -> RunState:
    if isinstance(event, e.PhaseProposed):
        state = replace(state, phases=none_proposed(state.phases))
    phase = state.phases[event.phase]
    match event:
        case e.PhaseProposed():
            phase = replace(phase, status="proposed", preview=event.preview)
        case e.PhaseApproved():
            phase = PhaseState(
                outline=phase.outline,
                status="running",
                attempt=phase.attempt + 1,
                preview=phase.preview,
                approved_by=event.actor,
                reason=event.reason,
                started_at=at,
                actions=tuple(ActionState(title=action.title) for action in phase.actions),
                criteria=tuple(GateState(title=gate.title) for gate in phase.criteria),
            )
        case e.PhaseGated():
            phase = replace(phase, status="gating")
        case e.PhasePassed():
            phase = replace(phase, status="passed", ended_at=at)
        case e.PhaseFailed():
            phase = replace(phase, status="failed", reason=event.reason, verdict=event.verdict, ended_at=at)
        case e.PhaseDeclined():
            phase = replace(phase, status="declined", reason=event.reason, ended_at=at)
        case e.PhaseOverran():
            phase = replace(phase, overran=True)
    return _with_phase(state, event.phase, phase)


def _action(state: RunState, event: e.ActionEvent, at: float) -> RunState:
    if isinstance(event, e.ActionIntended):
        action = ActionState(title=event.title, status="running", id=event.action, started_at=at)
        phase = state.phases[event.phase]
        state = _with_phase(state, event.phase, replace(phase, actions=_put(phase.actions, event.index, action)))
        added = tuple(
            PendingUndo(action=event.action, phase=event.phase, index=index, undo=undo)
            for index, undo in enumerate(event.undo)
        )
        if added:
            state = replace(state, last_change=event.title, last_change_at=at)
        return replace(state, pending_undo=state.pending_undo + added)
    match event:
        case e.ActionDone():
            return _end_action(state, event.action, "done", at, evidence=event.evidence)
        case e.ActionFailed():
            state = _end_action(state, event.action, "failed", at, reason=event.reason)
            return _count_failure(state, f"action {_action_title(state, event.action)}")
        case e.ActionFoundInDoubt():
            return _end_action(state, event.action, "in doubt", at)


def _end_action(
    state: RunState, id_: str, status: ActionStatus, at: float, *, evidence: Evidence | None = None, reason: str = ""
) -> RunState:
    for position, phase in enumerate(state.phases):
        for index, action in enumerate(phase.actions):
            if action.id == id_:
                ended = replace(action, status=status, ended_at=at, evidence=evidence, reason=reason)
                return _with_phase(state, position, replace(phase, actions=_put(phase.actions, index, ended)))
    return state


def _action_title(state: RunState, id_: str) -> str:
    return next((action.title for phase in state.phases for action in phase.actions if action.id == id_), id_)


def _gate(state: RunState, event: e.GateJudged, at: float) -> RunState:
    judged = GateState(title=event.title, verdict=event.verdict, evidence=event.evidence, at=at)
    if event.gate in state.gates:
        state = replace(state, gates={**state.gates, event.gate: judged})
    else:
        position, _, index = event.gate.partition(".")
        phase = state.phases[int(position)]
        criteria = _put(phase.criteria, int(index), judged)
        state = _with_phase(state, int(position), replace(phase, criteria=criteria))
    return _count_failure(state, f"gate {event.title}") if event.verdict == "fail" else state


def _service(state: RunState, event: e.ServiceEvent, at: float) -> RunState:
    before = state.services.get(event.service)
    if before is None:
        return state
    service = replace(_run_change(before, event, at), since=at)
    has_failed = service.status == "failed" or (isinstance(event, e.ServiceExited) and event.restart_in is None)
    if has_failed:
        state = _count_failure(state, f"service {event.service}")
    return replace(state, services={**state.services, event.service: service})


def _run_change(service: ServiceState, event: e.ServiceEvent, at: float) -> ServiceState:
    match event:
        case e.ServiceStarting():
            is_restart = service.status in {"exited", "failed"}
            return replace(
                service,
                status="starting",
                token=event.token,
                process=None,
                log=event.log,
                note="",
                ready_seconds=None,
                restarts=service.restarts + 1 if is_restart else 0,
            )
        case e.ServiceStarted():
            return replace(service, status="starting", process=event.process, started_at=at)
        case e.ServiceAdopted():
            status = "starting" if service.ready_seconds is None else "ready"
            return replace(service, status=status, process=event.process)
        case e.ServiceReady():
            return replace(service, status="ready", ready_seconds=event.seconds)
        case e.ServiceFailed():
            return replace(service, status="failed", note=event.reason)
        case e.ServiceExited():
            note = "exited" if event.code is None else f"exit code {event.code}"
            return replace(service, status="exited", process=None, note=note)
        case e.ServiceStopping():
            return replace(service, status="stopping")
        case e.ServiceStopped():
            return replace(
                service,
                status="off",
                process=None,
                stop_seconds=event.seconds,
                was_killed=event.killed,
                started_at=None,
            )
        case e.ServiceSighted():
            is_gone = event.process is None and not event.program
            return replace(
                service,
                status="gone" if is_gone else "watched",
                process=event.process,
                started_at=service.started_at if is_gone else event.started_at,
                note="" if is_gone else event.program,
            )


def _recorded(state: RunState, event: e.RecordingEvent) -> RunState:
    match event:
        case e.SnapshotTaken():
            taken = SnapshotState(
                id=event.id,
                ref=event.ref,
                commit=event.commit,
                branch=event.branch,
                head=event.head,
                folder=event.folder,
                files=event.files,
                protected=event.protected,
            )
            return replace(state, snapshot=taken)
        case e.BackupBranchCreated():
            return replace(state, backup_branch=event.name, backup_branch_was_there=event.was_there)
        case e.SectionRecorded():
            return replace(
                state, recorded={**state.recorded, event.section: RecordState(path=event.path, summary=event.summary)}
            )
        case e.BaselineMeasured():
            return replace(state, baseline_response=event.response, baseline_memory=event.memory)


def _attention(state: RunState, event: e.AttentionEvent, at: float) -> RunState:
    match event:
        case e.IntegrationPaused():
            return replace(state, paused=PauseState(reason=event.reason, actor=event.actor, since=at))
        case e.IntegrationResumed():
            return replace(state, paused=None, failures=())
        case e.IncidentOpened():
            since = state.incident.since if state.incident is not None else at
            incident = IncidentState(what=event.what, suspect=event.suspect, since=since, also=event.also)
            return replace(state, incident=incident)
        case e.IncidentClosed():
            return replace(state, incident=None)


def _count_failure(state: RunState, name: str) -> RunState:
    return state if name in state.failures else replace(state, failures=(*state.failures, name))


def _with_phase(state: RunState, index: int, phase: PhaseState) -> RunState:
    return replace(state, phases=_put(state.phases, index, phase))


def _put(items: tuple[_T, ...], index: int, item: _T) -> tuple[_T, ...]:
    return (*items[:index], item, *items[index + 1 :])
