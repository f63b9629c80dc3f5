"""The state of a run: what the journal adds up to. `fold.apply` makes it; screens draw it."""

from __future__ import annotations

from typing import Literal

from aurora_console.state.values import (
    Actor,
    Evidence,
    PhaseOutline,
    PhasePreview,
    PlanOutline,
    ProcessId,
    Proof,
    Undo,
    Value,
    Verdict,
)

PhaseStatus = Literal["pending", "proposed", "running", "gating", "passed", "failed", "declined", "rolled back"]
ActionStatus = Literal["pending", "running", "done", "failed", "in doubt"]
ServiceStatus = Literal["off", "starting", "ready", "stopping", "failed", "exited", "watched", "gone"]


class ActionState(Value, frozen=True, kw_only=True):
    """One action of a phase."""

    title: str
    status: ActionStatus = "pending"
    id: str = ""
    """Empty until it is first run."""
    evidence: Evidence | None = None
    reason: str = ""
    """Why it failed."""
    started_at: float | None = None
    ended_at: float | None = None


class GateState(Value, frozen=True, kw_only=True):
    """The newest verdict of a gate."""

    title: str
    verdict: Verdict | None = None
    """None until it is first judged."""
    evidence: Evidence | None = None
    at: float | None = None


class PhaseState(Value, frozen=True, kw_only=True):
    """One phase of the plan and how it stands."""

    outline: PhaseOutline
    status: PhaseStatus = "pending"
    attempt: int = 0
    """How often it was approved."""
    preview: PhasePreview | None = None
    approved_by: Actor | None = None
    reason: str = ""
    """Why it failed or was declined, or what the approver said."""
    verdict: Verdict | None = None
    """Of a phase that failed: `inconclusive` or `error` where a person has to look."""
    started_at: float | None = None
    ended_at: float | None = None
    overran: bool = False
    actions: tuple[ActionState, ...] = ()
    criteria: tuple[GateState, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something of it has begun and is neither passed nor undone."""
        return self.status in {"running", "gating", "failed"}


class ServiceState(Value, frozen=True, kw_only=True):
    """One service and how it stands."""

    name: str
    layer: str
    port: int | None
    managed: bool
    status: ServiceStatus = "off"
    token: str = ""
    """Of the newest start by this run; empty for a service that it never started."""
    process: ProcessId | None = None
    log: str = ""
    since: float | None = None
    """When it took its present status."""
    started_at: float | None = None
    ready_seconds: float | None = None
    stop_seconds: float | None = None
    """How long its newest stop took."""
    was_killed: bool = False
    """Whether that took SIGKILL."""
    restarts: int = 0
    note: str = ""
    """Why it failed, or with which code it exited."""

    @property
    def is_up(self) -> bool:
        """Whether a process of it should be alive."""
        return self.status in {"starting", "ready", "stopping", "watched"}


class PendingUndo(Value, frozen=True, kw_only=True):
    """Something that the run did and that has not been undone."""

    action: str
    phase: int
    index: int
    """Within the action."""
    undo: Undo


class RecordState(Value, frozen=True, kw_only=True):
    """Something that was written down."""

    path: str
    summary: str


class SnapshotState(Value, frozen=True, kw_only=True):
    """Where a rollback goes back to."""

    id: str
    ref: str
    commit: str
    branch: str | None
    head: str
    folder: str
    files: int
    protected: int


class UndoneStep(Value, frozen=True, kw_only=True):
    """What came of one undo."""

    pending: PendingUndo
    outcome: Literal["undone", "was undone", "kept", "failed"]
    note: str = ""


class PhaseBefore(Value, frozen=True, kw_only=True):
    """How a phase stood before a rollback."""

    phase: int
    status: PhaseStatus
    ended_at: float | None = None


class RollbackUndoState(Value, frozen=True, kw_only=True):
    """The undo of a rollback, under way or over."""

    actor: Actor
    started_at: float
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What came of each step so far."""
    left: tuple[str, ...] = ()
    """What could not be brought back."""
    seconds: float | None = None
    """None while it is under way."""


class RollbackState(Value, frozen=True, kw_only=True):
    """A rollback, under way or over."""

    id: str
    scope: str
    phase: int | None
    actor: Actor
    started_at: float
    steps: tuple[str, ...] = ()
    done: int = 0
    """Undo records dealt with so far."""
    pending: tuple[PendingUndo, ...] = ()
    """All that could have been undone when it began, oldest first."""
    results: tuple[UndoneStep, ...] = ()
    """What came of each undo, in the order in which they were dealt with."""
    before: tuple[PhaseBefore, ...] = ()
    """How the phases stood of which something was undone."""
    rescue: str = ""
    rescues: tuple[str, ...] = ()
    """All refs under which something was put aside: more than one where a rollback was interrupted."""
    proof: Proof | None = None
    """None while it is under way."""
    seconds: float | None = None
    undo: RollbackUndoState | None = None
    """None unless it was itself undone."""


class PauseState(Value, frozen=True, kw_only=True):
    """Why nothing more is begun."""

    reason: str
    actor: Actor
    since: float


class IncidentState(Value, frozen=True, kw_only=True):
    """Something that worked does not work any more."""

    what: str
    """The worst of it."""
    suspect: str
    since: float
    also: tuple[str, ...] = ()
    """What else is wrong, the worst first."""


class ControlState(Value, frozen=True, kw_only=True):
    """The console that holds control."""

    process: ProcessId
    actor: Actor
    since: float


class RunState(Value, frozen=True, kw_only=True):
    """Everything that is known of a run."""

    seq: int = 0
    """Of the newest event in it."""
    run: str = ""
    """Empty before one is opened."""
    outline: PlanOutline | None = None
    control: ControlState | None = None
    """None while no console is in control."""
    phases: tuple[PhaseState, ...] = ()
    services: dict[str, ServiceState] = {}
    gates: dict[str, GateState] = {}
    """The plan's own gates, by name."""
    snapshot: SnapshotState | None = None
    backup_branch: str = ""
    backup_branch_was_there: bool = False
    """Whether it is somebody else's, who made it before the run."""
    recorded: dict[str, RecordState] = {}
    """By section."""
    baseline_response: dict[str, tuple[float, ...]] = {}
    """Endpoint -> seconds."""
    baseline_memory: dict[str, int] = {}
    """Service -> bytes."""
    pending_undo: tuple[PendingUndo, ...] = ()
    """Oldest first."""
    failures: tuple[str, ...] = ()
    """Distinct failures since the last resume; the breaker counts these."""
    paused: PauseState | None = None
    incident: IncidentState | None = None
    rollback: RollbackState | None = None
    """The newest one."""
    last_change: str = ""
    """The newest thing that the run changed, for naming a suspect."""
    last_change_at: float | None = None
    finished: bool = False
    units: str = ""
    """Folder with the unit files of what was handed over; empty when nothing was."""

    @property
    def current(self) -> int | None:
        """Return the phase that is open or proposed; None when all are passed or none is proposed yet."""
        for index, phase in enumerate(self.phases):
            if phase.is_open or phase.status == "proposed":
                return index
        return None

    @property
    def next_phase(self) -> int | None:
        """Return the first phase that is neither passed nor declined; None when there is none."""
        for index, phase in enumerate(self.phases):
            if phase.status not in {"passed", "declined"}:
                return index
        return None

    @property
    def is_complete(self) -> bool:
        """Whether every phase passed or was declined."""
        return bool(self.phases) and self.next_phase is None

    @property
    def is_rolling_back(self) -> bool:
        """Whether a rollback is under way."""
        return self.rollback is not None and self.rollback.proof is None

    @property
    def is_undoing_rollback(self) -> bool:
        """Whether a rollback is being undone."""
        undo = None if self.rollback is None else self.rollback.undo
        return undo is not None and undo.seconds is None

    def scope_of_r(self) -> str:
        """Return how far `R` goes now: the open phase's strategy, or `all` when no phase is open."""
        for phase in self.phases:
            if phase.is_open:
                return phase.outline.scope
        return "all"

    @property
    def open_phase(self) -> int | None:
        """Return the phase that has begun and has neither passed nor been undone."""
        return next((index for index, phase in enumerate(self.phases) if phase.is_open), None)
