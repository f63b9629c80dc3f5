"""What somebody asks of the engine. Imperative; a request changes nothing until the engine has taken it."""

from __future__ import annotations

from typing import Literal

from aurora_console.state.values import Actor, Value

Scope = Literal["current", "abort", "phase", "services", "code", "all"]


class ApprovePhase(Value, frozen=True, kw_only=True, tag=True):
    """Let a proposed phase run."""

    phase: int
    reason: str = ""


class Pause(Value, frozen=True, kw_only=True, tag=True):
    """Stop after the action that is under way."""

    reason: str = ""


class Resume(Value, frozen=True, kw_only=True, tag=True):
    """Go on after a pause; a failed phase is proposed again."""


class RollBack(Value, frozen=True, kw_only=True, tag=True):
    """Undo what the run did, as far as `scope` reaches."""

    scope: Scope = "current"
    """`current`: by the current phase's strategy, or `all` when no phase is open."""
    reason: str = ""


class FinishRun(Value, frozen=True, kw_only=True, tag=True):
    """End the run; nothing of it can be rolled back afterwards."""

    hand_over: tuple[str, ...] = ()
    """Services that go on running without the console; every other one that the run started is stopped."""
    units: str = ""
    """Folder for the systemd unit files of what is handed over; empty for one in the run's state folder."""
    clean: bool = False
    """Remove the run's own refs as well."""


class StopServices(Value, frozen=True, kw_only=True, tag=True):
    """Stop every service that the run started; everything else stays as it is, and can still be rolled back."""


class StartOne(Value, frozen=True, kw_only=True, tag=True):
    """Start a service that the run has started before, as the plan says."""

    service: str


class StopOne(Value, frozen=True, kw_only=True, tag=True):
    """Stop a service that the run started; it stays off until somebody starts it."""

    service: str


class RestartOne(Value, frozen=True, kw_only=True, tag=True):
    """Stop a service that the run started, and start it again."""

    service: str


OneService = StartOne | StopOne | RestartOne


class UndoRollback(Value, frozen=True, kw_only=True, tag=True):
    """Bring back what the newest rollback took away; refused once a phase was approved after it."""

    reason: str = ""


class JudgeGates(Value, frozen=True, kw_only=True, tag=True):
    """Judge the plan's gates now."""


class LookForForeignChanges(Value, frozen=True, kw_only=True, tag=True):
    """Look soon for what others changed, and for a while after. Leaves no trace in the journal."""


Request = (
    ApprovePhase
    | Pause
    | Resume
    | RollBack
    | StopServices
    | FinishRun
    | OneService
    | UndoRollback
    | JudgeGates
    | LookForForeignChanges
)


class Ticket(Value, frozen=True, kw_only=True):
    """A request with its sender, as it waits for the engine."""

    id: str
    """Unique; events that a request causes name it."""
    actor: Actor
    request: Request
