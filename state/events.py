"""Facts, past tense, in the order in which they happened. The journal holds nothing else."""

from __future__ import annotations

from typing import Literal

import msgspec

from aurora_console.state.requests import Ticket
from aurora_console.state.values import (
    Actor,
    Evidence,
    PhasePreview,
    PlanOutline,
    ProcessId,
    Proof,
    Undo,
    Value,
    Verdict,
)


class EngineStarted(Value, frozen=True, kw_only=True, tag=True):
    """A console took control."""

    process: ProcessId
    actor: Actor
    version: str


class EngineStopped(Value, frozen=True, kw_only=True, tag=True):
    """The console in control left; services go on."""

    reason: str


class RunOpened(Value, frozen=True, kw_only=True, tag=True):
    """An integration began with this plan."""

    run: str
    outline: PlanOutline


class RunFinished(Value, frozen=True, kw_only=True, tag=True):
    """The integration ended."""

    actor: Actor
    handed_over: tuple[str, ...] = ()
    units: str = ""
    """Folder with the unit files that were written."""
    removed_refs: tuple[str, ...] = ()


class RequestReceived(Value, frozen=True, kw_only=True, tag=True):
    """The engine took a request."""

    ticket: Ticket


class RequestRefused(Value, frozen=True, kw_only=True, tag=True):
    """The engine would not do what a request asked."""

    ticket: str
    reason: str
    hint: str = ""


class RequestCarriedOut(Value, frozen=True, kw_only=True, tag=True):
    """What a request asked for is over: a phase at its end, a rollback with its proof."""

    ticket: str


class PhaseProposed(Value, frozen=True, kw_only=True, tag=True):
    """A phase waits for approval."""

    phase: int
    """Position in the plan, from 0."""
    preview: PhasePreview


class PhaseApproved(Value, frozen=True, kw_only=True, tag=True):
    """Somebody let a phase run."""

    phase: int
    actor: Actor
    reason: str = ""


class PhaseGated(Value, frozen=True, kw_only=True, tag=True):
    """A phase's actions are done; its gates are being judged."""

    phase: int


class PhasePassed(Value, frozen=True, kw_only=True, tag=True):
    """Every gate of a phase passed."""

    phase: int


class PhaseFailed(Value, frozen=True, kw_only=True, tag=True):
    """An action or gate of a phase failed."""

    phase: int
    reason: str
    verdict: Verdict = "fail"
    """`inconclusive` and `error` where a person has to look."""


class PhaseDeclined(Value, frozen=True, kw_only=True, tag=True):
    """A phase's improvement was not proven; its changes were undone and the run goes on without it."""

    phase: int
    reason: str


class PhaseOverran(Value, frozen=True, kw_only=True, tag=True):
    """A phase takes longer than its budget."""

    phase: int
    budget: float
    """Seconds."""


class ActionIntended(Value, frozen=True, kw_only=True, tag=True):
    """An action is about to have its effect. Durable before that, with its undo."""

    action: str
    """Unique within the run."""
    phase: int
    index: int
    kind: str
    title: str
    undo: tuple[Undo, ...] = ()


class ActionDone(Value, frozen=True, kw_only=True, tag=True):
    """An action had its effect, and was seen to have it."""

    action: str
    evidence: Evidence


class ActionFailed(Value, frozen=True, kw_only=True, tag=True):
    """An action did not have its effect."""

    action: str
    reason: str
    hint: str = ""


class ActionFoundInDoubt(Value, frozen=True, kw_only=True, tag=True):
    """A console ended between an action's intent and its result."""

    action: str


class GateJudged(Value, frozen=True, kw_only=True, tag=True):
    """A gate came to a verdict."""

    gate: str
    """The plan's name for it, or `PHASE.INDEX` for a criterion."""
    title: str
    verdict: Verdict
    evidence: Evidence
    phase: int | None = None
    """The phase at whose end it was judged; None in the background or after a rollback."""


class ServiceStarting(Value, frozen=True, kw_only=True, tag=True):
    """A program is about to be started. Durable before that."""

    service: str
    token: str
    """In the environment of everything that it starts, by which they are known as ours."""
    exec: tuple[str, ...]
    log: str
    port: int | None = None


class ServiceStarted(Value, frozen=True, kw_only=True, tag=True):
    """A program runs; it need not be ready."""

    service: str
    process: ProcessId


class ServiceReady(Value, frozen=True, kw_only=True, tag=True):
    """A service answered as its plan asks."""

    service: str
    seconds: float
    how: str


class ServiceFailed(Value, frozen=True, kw_only=True, tag=True):
    """A service could not be started, or did not get ready."""

    service: str
    reason: str


class ServiceExited(Value, frozen=True, kw_only=True, tag=True):
    """A service ended by itself."""

    service: str
    code: int | None
    """Exit code, negative for a signal; None where nobody could collect it."""
    restart_in: float | None = None
    """Seconds; None when it is not started again."""


class ServiceStopping(Value, frozen=True, kw_only=True, tag=True):
    """A service is about to be stopped. Durable before that."""

    service: str


class ServiceStopped(Value, frozen=True, kw_only=True, tag=True):
    """Nothing of a service is left running."""

    service: str
    seconds: float
    killed: bool = False
    """It did not end within its grace."""


class ServiceAdopted(Value, frozen=True, kw_only=True, tag=True):
    """A running service of an earlier console was found again."""

    service: str
    process: ProcessId


class ServiceSighted(Value, frozen=True, kw_only=True, tag=True):
    """A service that is only watched was found by its port, or was found gone."""

    service: str
    process: ProcessId | None
    program: str = ""
    started_at: float | None = None
    """When its process was started, seconds since the epoch; None when it is gone."""


class SnapshotTaken(Value, frozen=True, kw_only=True, tag=True):
    """The state to which a rollback goes back is on disk, and was read back."""

    id: str
    ref: str
    commit: str
    branch: str | None
    """The operator's branch; None with a detached HEAD."""
    head: str
    folder: str
    files: int
    protected: int


class BackupBranchCreated(Value, frozen=True, kw_only=True, tag=True):
    """The branch that the plan names marks where the run began."""

    name: str
    commit: str
    was_there: bool = False
    """Somebody had made it before, at the same commit: then it is theirs, and is never removed."""


class SectionRecorded(Value, frozen=True, kw_only=True, tag=True):
    """A section of the working state was written down."""

    section: str
    path: str
    summary: str


class BaselineMeasured(Value, frozen=True, kw_only=True, tag=True):
    """What the gates compare with."""

    response: dict[str, tuple[float, ...]]
    """Endpoint -> seconds."""
    memory: dict[str, int]
    """Service -> bytes."""


class RollbackStarted(Value, frozen=True, kw_only=True, tag=True):
    """A rollback is about to undo. Durable before that."""

    rollback: str
    scope: str
    phase: int | None
    actor: Actor
    reason: str = ""
    steps: tuple[str, ...] = ()


class RescueTaken(Value, frozen=True, kw_only=True, tag=True):
    """What a rollback replaces was put aside first."""

    rollback: str
    ref: str
    commit: str


class StepUndone(Value, frozen=True, kw_only=True, tag=True):
    """One undo was carried out, or was not needed, or was not possible."""

    action: str
    index: int
    outcome: Literal["undone", "was undone", "kept", "failed"]
    note: str = ""


class RollbackFinished(Value, frozen=True, kw_only=True, tag=True):
    """A rollback is over, and this is the proof."""

    rollback: str
    proof: Proof
    seconds: float
    phases: tuple[int, ...]
    """Phases of which something was undone."""


class RollbackUndoStarted(Value, frozen=True, kw_only=True, tag=True):
    """A rollback is about to be undone. Durable before that; from here on what it had undone is to be undone again."""

    rollback: str
    actor: Actor
    reason: str = ""
    steps: tuple[str, ...] = ()


class StepRedone(Value, frozen=True, kw_only=True, tag=True):
    """One thing that a rollback had taken away was looked at, and brought back where that was possible."""

    action: str
    index: int
    outcome: Literal["redone", "was there", "left"]
    """`was there`: somebody else put it there, so it is theirs; `left`: it could not be brought back."""
    note: str = ""


class RollbackUndone(Value, frozen=True, kw_only=True, tag=True):
    """The undo of a rollback is over."""

    rollback: str
    seconds: float
    left: tuple[str, ...] = ()
    """What could not be brought back, with the reason."""
    incomplete: tuple[int, ...] = ()
    """Phases of which something is missing: they count as failed."""


class IntegrationPaused(Value, frozen=True, kw_only=True, tag=True):
    """Nothing more is begun until somebody resumes."""

    reason: str
    actor: Actor


class IntegrationResumed(Value, frozen=True, kw_only=True, tag=True):
    """The integration goes on; the failure count starts anew."""

    actor: Actor


class IncidentOpened(Value, frozen=True, kw_only=True, tag=True):
    """Something that worked does not work any more; or, while an incident lasts, what is worst in it has changed."""

    what: str
    suspect: str
    """What changed last before it."""
    also: tuple[str, ...] = ()
    """What else is wrong, the worst first."""


class IncidentClosed(Value, frozen=True, kw_only=True, tag=True):
    """All is well again."""


LifecycleEvent = EngineStarted | EngineStopped | RunOpened | RunFinished
RequestEvent = RequestReceived | RequestRefused | RequestCarriedOut
PhaseEvent = PhaseProposed | PhaseApproved | PhaseGated | PhasePassed | PhaseFailed | PhaseDeclined | PhaseOverran
ActionEvent = ActionIntended | ActionDone | ActionFailed | ActionFoundInDoubt
ServiceEvent = (
    ServiceStarting
    | ServiceStarted
    | ServiceReady
    | ServiceFailed
    | ServiceExited
    | ServiceStopping
    | ServiceStopped
    | ServiceAdopted
    | ServiceSighted
)
RecordingEvent = SnapshotTaken | BackupBranchCreated | SectionRecorded | BaselineMeasured
RollbackEvent = (
    RollbackStarted | RescueTaken | StepUndone | RollbackFinished | RollbackUndoStarted | StepRedone | RollbackUndone
)
AttentionEvent = IntegrationPaused | IntegrationResumed | IncidentOpened | IncidentClosed

Event = (
    LifecycleEvent
    | RequestEvent
    | PhaseEvent
    | ActionEvent
    | GateJudged
    | ServiceEvent
    | RecordingEvent
    | RollbackEvent
    | AttentionEvent
)

DURABLE = (
    RunOpened,
    RequestReceived,
    PhaseApproved,
    PhasePassed,
    PhaseFailed,
    PhaseDeclined,
    ActionIntended,
    ActionDone,
    ActionFailed,
    ServiceStarting,
    ServiceStarted,
    ServiceStopping,
    ServiceStopped,
    SnapshotTaken,
    BackupBranchCreated,
    BaselineMeasured,
    RollbackStarted,
    StepUndone,
    RollbackFinished,
    RollbackUndoStarted,
    StepRedone,
    RollbackUndone,
    IntegrationPaused,
    RunFinished,
)
"""Intents, approvals and results: on the disk before anything follows from them."""


class Record(msgspec.Struct, frozen=True):
    """An event with its place in the journal."""

    seq: int
    at: float
    """Seconds since the epoch."""
    event: Event
