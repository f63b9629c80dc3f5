"""Is it well? One word for a whole moment, for the cockpit's corner and for `status`."""

from __future__ import annotations

from typing import Literal

from aurora_console.state.live import View
from aurora_console.state.model import PhaseState, RollbackState, RunState

Standing = Literal[
    "engine stopped",
    "engine silent",
    "opening",
    "rolling back",
    "incident",
    "needs you",
    "paused",
    "waiting for you",
    "working",
    "well",
    "finished",
    "not begun",
]

SILENCE = 10.0
"""Seconds without a new moment after which the engine counts as silent; it makes one a second."""


def moment(view: View) -> float:
    """Return the time that a view shows, in seconds since the epoch; 0 when it shows nothing yet."""
    return max(view.live.at, view.recent[-1].at if view.recent else 0.0)


def standing(view: View, wall: float | None = None) -> Standing:
    """Say how things stand, the most urgent first.

    `wall` is the present time in seconds since the epoch, for noticing that the engine has gone silent; None where
    nobody expects an engine to run.
    """
    if view.engine_error:
        return "engine stopped"
    if view.is_past:
        return "opening"
    if wall is not None and view.live.at and wall - view.live.at > SILENCE:
        return "engine silent"
    state = view.state
    if state.outline is None:
        return "not begun"
    if state.finished:
        return "finished"
    if state.is_rolling_back:
        return "rolling back"
    if state.is_undoing_rollback:
        return "working"
    if state.incident is not None:
        return "incident"
    outcome = rollback_outcome(state)
    if outcome is not None and outcome.proof is not None and outcome.proof.verdict != "restored":
        return "needs you"
    if state.paused is not None:
        return "paused"
    if state.open_phase is not None:
        return "needs you" if state.phases[state.open_phase].status == "failed" else "working"
    return "well" if proposed(state) is None else "waiting for you"


def proposed(state: RunState) -> int | None:
    """Return the phase that waits for approval."""
    return next((index for index, phase in enumerate(state.phases) if phase.status == "proposed"), None)


def rollback_outcome(state: RunState) -> RollbackState | None:
    """Return the newest rollback once it is over, until somebody approves a phase after it, or undoes it."""
    rollback = state.rollback
    if rollback is None or rollback.proof is None or rollback.undo is not None:
        return None
    is_past = any(phase.started_at is not None and phase.started_at > rollback.started_at for phase in state.phases)
    return None if is_past else rollback


def shown_phase(state: RunState) -> int | None:
    """Return the phase that matters now: the open or proposed one, else the next, else the last."""
    if not state.phases:
        return None
    for index in (state.current, state.next_phase):
        if index is not None:
            return index
    return len(state.phases) - 1


def elapsed(phase: PhaseState, now: float) -> float | None:
    """Return for how many seconds a phase has run, or ran; None when it has not begun."""
    if phase.started_at is None:
        return None
    return max(0.0, (phase.ended_at if phase.ended_at is not None else now) - phase.started_at)
