"""The plan: what should happen, typed. See the README for the file that it is read from.

Actions and checks are open sets (`engine.actions` and `engine.gates` register them), so the model holds each as its
kind and its arguments, already decoded by the type that the kind's vocabulary names.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from aurora_console.plan.vocabulary import (
    Command,
    Duration,
    FileGlob,
    Fraction,
    Port,
    ServiceName,
    Size,
    Template,
)

Layer = Literal["core", "parallel", "coordination", "meta"]
Scope = Literal["abort", "phase", "services", "code", "all"]


Positive = msgspec.Meta(gt=0)
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[Fraction, msgspec.Meta(le=1)]
"""A fraction that cannot be more than all."""


PhaseNumber = Annotated[int, msgspec.Meta(ge=1, extra={"mention": "phase-number"})]


class PlanPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every table in the file: an unknown key is an error."""


class System(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is being grown."""

    name: str
    target: str | None = None
    """Git ref that holds what is to be brought in."""
    protect: tuple[FileGlob, ...] = ()
    """Globs of files that no phase may change."""
    backup_branch: str = "pre-peak-integration-backup"
    on_disconnect: Literal["hold", "continue", "rollback"] = "hold"
    """What a running phase does when the terminal goes: stop after the action, go on, or roll back."""


class Limits(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Circuit breakers."""

    max_parallel: AtLeastOne = 10
    """Starts under way at once."""
    action_timeout: Annotated[Duration, Positive] = 30.0
    """Seconds that an action may take unless it states its own."""
    failure_threshold: AtLeastOne = 3
    """Distinct failures that pause the integration."""
    health_interval: Annotated[Duration, Positive] = 60.0
    """Seconds between background runs of the plan's gates."""


class Targets(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What gates judge against, relative to the baseline."""

    response_time_increase: Fraction = 0.2
    """Fraction."""
    response_time_floor: Duration = 0.005
    """Seconds below which a difference is noise, whatever its fraction."""
    memory: Size = 4 * 1024**3
    """Bytes."""
    concurrent_requests: AtLeastOne = 10
    error_rate: Share = 0.01
    """Fraction."""
    test_pass_rate: Share = 1.0
    """Fraction."""


class Ready(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a service shows that it is ready; exactly one of `http`, `tcp` and `log` is given."""

    http: str | None = None
    """Path that answers 2xx."""
    tcp: bool = False
    log: str | None = None
    """Text that appears in its output."""
    timeout: Annotated[Duration, Positive] = 10.0
    """Seconds."""


class Restart(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a service that ends by itself is started again."""

    when: Literal["never", "failure", "always"] = "never"
    max: AtLeastOne = 5
    within: Annotated[Duration, Positive] = 60.0
    """Seconds; more than `max` restarts within this time end the attempts."""


class Stop(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a service is asked to end."""

    signal: Literal["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] = "SIGTERM"
    grace: Duration = 5.0
    """Seconds until SIGKILL."""


class Service(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One supervised program, or one that is only watched."""

    layer: Layer
    exec: Command = ()
    """Argument list; may hold the placeholders {python} {port} {port:NAME} {root} {data}."""
    port: Port | None = None
    needs: tuple[ServiceName, ...] = ()
    ready: Ready = Ready(tcp=True)
    managed: bool = True
    """False: it runs already; it is found by its port, watched, and never signalled."""
    recover: tuple[Template, ...] = ()
    """Command offered to the operator when an unmanaged service is gone; never run by the console."""
    restart: Restart = Restart()
    stop: Stop = Stop()
    isolate: bool = False
    """Own home, data and temporary folders, and resource limits."""
    memory: Annotated[Size, Positive] | None = None
    """Bytes of address space when isolated."""
    env: dict[str, Template] = {}


class Request(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One HTTP request; exactly one of `get`, `post` gives the path."""

    get: str | None = None
    post: str | None = None
    json: Any = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "POST" if self.post is not None else "GET"

    @property
    def path(self) -> str:
        """The path and query."""
        return self.post or self.get or "/"


class Expect(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an answer must be."""

    status: Annotated[int, msgspec.Meta(ge=100, le=599)] = 200
    json_has: tuple[str, ...] = ()
    """Keys that the JSON object has."""
    json: dict[str, Any] = {}
    """Keys and the values that they have."""
    body_has: str | None = None


class Endpoint(PlanPart, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something the system answers today, and must go on answering."""

    service: ServiceName
    request: Request
    safe: bool = False
    """True: may be repeated on a live system. An endpoint that is not is asked once a gate and never measured."""
    expect: Expect = Expect()


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An action or a check, by its kind."""

    kind: str
    args: Any
    """Decoded by the vocabulary: for an action the type its class names, for a check likewise."""
    title: str = ""
    timeout: Annotated[Duration, Positive] | None = None
    """Seconds; None for the plan's `action_timeout`."""
    on_fail: Literal["pause", "rollback", "decline"] = "pause"
    """For criteria: what a failure leads to."""


Action = Annotated[Step, msgspec.Meta(extra={"steps": "actions"})]
Check = Annotated[Step, msgspec.Meta(extra={"steps": "checks"})]


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """A check that runs after every phase and in the background."""

    title: str
    check: Check


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A step that the operator approves."""

    title: str
    number: PhaseNumber
    """Its place in the file, counted from 1, unless the file numbers it."""
    actions: tuple[Action, ...]
    criteria: tuple[Check, ...] = ()
    budget: Annotated[Duration, Positive] | None = None
    """Seconds."""
    on_overrun: Literal["warn", "pause"] = "warn"
    rollback: Scope = "phase"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole plan."""

    path: str
    root: str
    """The work tree: the folder of the file."""
    digest: str
    """SHA-256 of the file's bytes, in hex."""
    system: System
    limits: Limits
    targets: Targets
    services: dict[str, Service]
    endpoints: dict[str, Endpoint]
    gates: dict[str, Gate]
    phases: tuple[Phase, ...]
    port_offset: int = 0
    """Added to every port at run time; does not change what was trusted."""

    def port(self, service: str) -> int | None:
        """Return the port that `service` uses in this run."""
        port = self.services[service].port
        return None if port is None else port + self.port_offset
