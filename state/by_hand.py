"""What stands in the way of starting or stopping one service by hand: the engine refuses by it, screens tell before."""

from __future__ import annotations

from typing import NamedTuple

from aurora_console.state.model import RunState, ServiceState
from aurora_console.state.requests import OneService, RestartOne, StartOne, StopOne
from aurora_console.state.values import ServiceOutline, StopService


class Refusal(NamedTuple):
    """Why something is not done, and what to do instead."""

    reason: str
    hint: str


def refusal(state: RunState, request: OneService) -> Refusal | None:
    """Return why `request` cannot be carried out now; None when it can."""
    name = request.service
    service = state.services.get(name)
    if service is None:
        return Refusal(f"there is no service {name}", f"services: {', '.join(state.services) or 'none'}")
    if not service.managed:
        return Refusal(f"{name} runs without the console", "it has `managed = false`: start and stop it yourself")
    if not is_ours(state, name):
        return Refusal(f"this run has not started {name}", _who_starts(state, name))
    if _is_phase_acting(state):
        return Refusal("a phase is under way", "pause it (p) and let its action end, or roll it back (R)")
    match request:
        case StartOne():
            return _against_start(state, service)
        case StopOne():
            return Refusal(f"{name} is off already", "") if service.status == "off" else None
        case RestartOne():
            return _missing_need(state, name)


def is_ours(state: RunState, name: str) -> bool:
    """Tell whether the run started `name` and would stop it in a rollback: so a start by hand is undone too."""
    return any(isinstance(one.undo, StopService) and one.undo.service == name for one in state.pending_undo)


def service_outline(state: RunState, name: str) -> ServiceOutline | None:
    """Return what is kept of a service's plan."""
    services = state.outline.services if state.outline is not None else ()
    return next((one for one in services if one.name == name), None)


def dependants(state: RunState, name: str) -> tuple[str, ...]:
    """Return the services that need `name`, directly or not, in the plan's order."""
    services = state.outline.services if state.outline is not None else ()
    found = {name}
    while more := {one.name for one in services if found & set(one.needs)} - found:
        found |= more
    return tuple(one.name for one in services if one.name in found - {name})


def _against_start(state: RunState, service: ServiceState) -> Refusal | None:
    if service.is_up:
        return Refusal(f"{service.name} is {service.status} already", "")
    return _missing_need(state, service.name)


def _missing_need(state: RunState, name: str) -> Refusal | None:
    outline = service_outline(state, name)
    for need in outline.needs if outline is not None else ():
        if state.services[need].status not in {"ready", "watched"}:
            return Refusal(f"{name} needs {need}, which is {state.services[need].status}", f"start {need} first")
    return None


def _who_starts(state: RunState, name: str) -> str:
    outline = service_outline(state, name)
    if outline is None or outline.started_in is None:
        return "no phase of the plan starts it"
    return f"phase {outline.started_in} starts it: approve that phase"


def _is_phase_acting(state: RunState) -> bool:
    index = state.open_phase
    if index is None or state.phases[index].status == "failed":
        return False
    return state.paused is None or any(one.status == "running" for one in state.phases[index].actions)
