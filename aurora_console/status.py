"""How a run stands, in lines or as JSON, read from the journal and held against the processes that really run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from aurora_console.engine.supervise import identity
from aurora_console.state.folder import ControlLock, StateFolder
from aurora_console.state.model import PhaseState, RunState, ServiceState
from aurora_console.state.scopes import rollback_preview
from aurora_console.state.sentences import who
from aurora_console.text import clean, duration, escaped


def as_json(state: RunState, folder: StateFolder) -> str:
    """Return the state as one JSON object, with `controlled` (a console has control) and `folder` beside it."""
    document = msgspec.to_builtins(state)
    document["controlled"] = ControlLock.is_held_by_any(folder.lock)
    document["folder"] = str(folder.path)
    return escaped(msgspec.json.encode(document).decode())


def lines(state: RunState, folder: StateFolder) -> Iterator[str]:
    """Yield the state for people, the most urgent first; safe to print."""
    return map(clean, _lines(state, folder))


def _lines(state: RunState, folder: StateFolder) -> Iterator[str]:
    if state.outline is None:
        yield "no run has been begun here"
        return
    is_controlled = ControlLock.is_held_by_any(folder.lock)
    yield f"{state.outline.name} · run {state.run}{' · finished' if state.finished else ''}"
    yield from _control(state, is_controlled)
    if state.incident is not None:
        yield f"INCIDENT: {state.incident.what} · suspect: {state.incident.suspect}"
    if state.paused is not None:
        yield f"PAUSED: {state.paused.reason}"
    if state.rollback is not None and state.rollback.proof is not None:
        proof = state.rollback.proof
        differs = f": {proof.differences[0]}" if proof.differences else ""
        yield f"last rollback ({state.rollback.scope}): {proof.verdict}{clean(differs, 200)}"
    if not is_controlled:
        yield from _in_doubt(state)
    yield ""
    for phase in state.phases:
        yield _phase(phase)
    yield ""
    for service in state.services.values():
        yield _service(service)
    yield ""
    if not state.finished:
        preview = rollback_preview(state, state.scope_of_r())
        yield f"rollback would: {', '.join(preview.steps) or 'find nothing to undo'} (about {preview.seconds:.1f} s)"
    yield f"journal, logs, snapshots: {folder.path}"


def _control(state: RunState, is_controlled: bool) -> Iterator[str]:
    control = state.control
    if is_controlled and control is not None:
        pid = control.process.pid
        yield f"controlled by {who(control.actor)}, pid {pid}"
        if identity.is_stopped(control.process):
            yield f"STOPPED: pid {pid} is stopped and does nothing; `kill -CONT {pid}` wakes it"
    elif control is not None:
        yield f"the console with pid {control.process.pid} ended without leaving; the next one takes over"
    else:
        yield "no console is open"


def _in_doubt(state: RunState) -> Iterator[str]:
    """Name what was begun and has no result."""
    for phase in state.phases:
        for action in phase.actions:
            if action.status in {"running", "in doubt"}:
                yield f"IN DOUBT: {action.title} was begun, and nobody knows how it ended"
    if state.is_rolling_back:
        yield "IN DOUBT: a rollback was begun and has no proof; the next console takes it up again"


def _phase(phase: PhaseState) -> str:
    took = ""
    is_over = phase.status in {"passed", "failed", "declined"}
    if is_over and phase.started_at is not None and phase.ended_at is not None:
        took = f"  {duration(phase.ended_at - phase.started_at)}"
    why = f"  {phase.reason}" if phase.status in {"failed", "declined"} else ""
    return f"  {phase.outline.number:>2}  {clean(phase.outline.title):<34} {phase.status}{took}{why}"


def _service(service: ServiceState) -> str:
    process = service.process
    stands: str = service.status
    if process is not None and service.is_up and not identity.is_running(process):
        stands = "gone, and no console has noticed yet"
    port = f"port {service.port}" if service.port is not None else ""
    pid = f"pid {process.pid}" if process is not None else ""
    return f"  {service.name:<16} {stands:<9} {port:<11} {pid:<12} {clean(service.note, 60)}".rstrip()
