"""Values that events carry and screens show. Plain data: no behaviour beyond reading it."""

from __future__ import annotations

from typing import Literal

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The base of everything that is written into the journal."""


class ProcessId(Value, frozen=True, kw_only=True):
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    start_ticks: int
    """Field 22 of `/proc/PID/stat`: clock ticks after boot."""
    boot_id: str
    """`/proc/sys/kernel/random/boot_id` of the boot in which it ran."""


class Actor(Value, frozen=True, kw_only=True):
    """Who asked for something, and from where."""

    user: str
    origin: str = ""
    """Address of the SSH client; empty for a local terminal."""
    via: Literal["console", "command line", "engine"] = "console"


class PortHolder(Value, frozen=True, kw_only=True):
    """The process that listens on a port."""

    port: int
    pid: int | None = None
    """None where the kernel does not tell this user."""
    program: str = ""
    """The command line, shortened; already cleaned for a terminal."""


class Figure(Value, frozen=True, kw_only=True):
    """One number of evidence, with its unit."""

    name: str
    value: float
    unit: str = ""


class Evidence(Value, frozen=True, kw_only=True):
    """Why something is believed: a sentence and the numbers behind it."""

    summary: str
    """One line, for a screen."""
    figures: tuple[Figure, ...] = ()
    details: tuple[str, ...] = ()
    samples: tuple[float, ...] = ()
    """Raw measurements in `unit`, oldest first; empty where there are none."""
    unit: str = ""


Verdict = Literal["pass", "fail", "inconclusive", "error"]


class FileRecord(Value, frozen=True, kw_only=True):
    """What a path held: enough to prove that it holds the same again."""

    path: str
    """Relative to the work tree, `/` between parts."""
    kind: Literal["file", "link"] = "file"
    mode: int
    """Permission bits, as in `stat.S_IMODE`."""
    size: int
    sha256: str
    """Of the content, or of a link's target."""


# What an action leaves behind is recorded as one of these before it happens.


class StopService(Value, frozen=True, kw_only=True, tag=True):
    """Undo of a start."""

    service: str

    def describe(self) -> str:
        """Say what undoing does."""
        return f"stop {self.service}"


class StartService(Value, frozen=True, kw_only=True, tag=True):
    """Undo of a stop."""

    service: str

    def describe(self) -> str:
        """Say what undoing does."""
        return f"start {self.service} again"


class RemoveFile(Value, frozen=True, kw_only=True, tag=True):
    """Undo of a file that was added where there was none."""

    file: FileRecord

    def describe(self) -> str:
        """Say what undoing does."""
        return f"remove {self.file.path}"


class RemoveDirectory(Value, frozen=True, kw_only=True, tag=True):
    """Undo of a directory that was made for added files; only ever removed when empty."""

    path: str

    def describe(self) -> str:
        """Say what undoing does."""
        return f"remove directory {self.path} if empty"


class RunProgram(Value, frozen=True, kw_only=True, tag=True):
    """Undo of a program that the plan ran, as the plan states it."""

    exec: tuple[str, ...]
    timeout: float
    """Seconds."""

    def describe(self) -> str:
        """Say what undoing does."""
        return f"run {' '.join(self.exec)}"


Undo = StopService | StartService | RemoveFile | RemoveDirectory | RunProgram


class ActionPreview(Value, frozen=True, kw_only=True):
    """What an action would do, looked up without doing it."""

    kind: str
    title: str
    effects: tuple[str, ...] = ()
    """What will happen, a line each: programs, files, ports."""
    undo: str = "changes nothing"
    problems: tuple[str, ...] = ()
    """Why it cannot be done as things stand; empty when it can."""


class PhasePreview(Value, frozen=True, kw_only=True):
    """What approving a phase would do."""

    phase: int
    title: str
    actions: tuple[ActionPreview, ...]
    gates: tuple[str, ...]
    """Titles of the gates that will judge it."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that stands in the way."""
        return tuple(problem for action in self.actions for problem in action.problems)


class RollbackPreview(Value, frozen=True, kw_only=True):
    """What a rollback of one scope would do."""

    scope: str
    steps: tuple[str, ...]
    keeps: tuple[str, ...] = ()
    """Foreign changes that stay."""
    seconds: float = 0.0
    """Estimate, from how long services took to stop before and their grace at worst."""


RollbackVerdict = Literal["restored", "partial", "failed"]


class Proof(Value, frozen=True, kw_only=True):
    """What was compared after a rollback, and what came out."""

    verdict: RollbackVerdict
    checks: tuple[str, ...]
    """What is as expected, with counts."""
    differences: tuple[str, ...] = ()
    """What is not; empty when restored."""
    kept: tuple[str, ...] = ()
    """Foreign changes that were left alone."""


class ServiceOutline(Value, frozen=True, kw_only=True):
    """What the screens need to know of a service in the plan."""

    name: str
    layer: str
    port: int | None = None
    """With the offset applied."""
    managed: bool = True
    exec: tuple[str, ...] = ()
    """With its placeholders filled in."""
    needs: tuple[str, ...] = ()
    """Services that have to be ready first."""
    env: tuple[str, ...] = ()
    """Names of the variables that the plan sets for it; their values may be secret and stay in the plan."""
    isolated: bool = False
    stop_signal: str = "SIGTERM"
    stop_grace: float = 5.0
    """Seconds until SIGKILL."""
    recover: tuple[str, ...] = ()
    """What the operator may run when it is gone; the console never does."""
    started_in: int | None = None
    """Number of the phase that starts it; None where none does."""


class PhaseOutline(Value, frozen=True, kw_only=True):
    """What the screens need to know of a phase in the plan."""

    title: str
    number: int
    """As the plan counts; shown to the operator."""
    budget: float | None
    """Seconds; None without one."""
    scope: str
    """How far a rollback of this phase goes."""
    actions: tuple[str, ...]
    criteria: tuple[str, ...]


class PlanOutline(Value, frozen=True, kw_only=True):
    """The plan as pinned by a run."""

    name: str
    root: str
    path: str
    digest: str
    """SHA-256 of the file's bytes."""
    target: str = ""
    target_commit: str = ""
    port_offset: int = 0
    failure_threshold: int
    services: tuple[ServiceOutline, ...]
    gates: dict[str, str]
    """Name -> title of the plan's own gates."""
    phases: tuple[PhaseOutline, ...]
