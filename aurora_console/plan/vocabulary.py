"""What a plan may say beyond its fixed tables: kinds of actions and checks, and what their arguments refer to.

An argument's type says what the argument is. `ServiceName` instead of `str` lets the plan's check name a service that
does not exist; `Duration` instead of `float` lets the file say "30s". So an action or a check gets all of that by
annotating its fields:

    class Monitor(msgspec.Struct, frozen=True, kw_only=True):
        services: tuple[ServiceName, ...]
        seconds: Duration = 5.0

Where a name is a Python keyword: `source: ServiceName = msgspec.field(name="from")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from aurora_console.plan.units import Duration, Fraction, Size

__all__ = [
    "Command",
    "Duration",
    "EndpointName",
    "FileGlob",
    "Fraction",
    "GateName",
    "Port",
    "ServiceName",
    "Size",
    "TargetGlob",
    "Template",
    "Vocabulary",
]

ServiceName = Annotated[str, msgspec.Meta(extra={"mention": "service"})]
"""The name of a table under `[services]`."""

EndpointName = Annotated[str, msgspec.Meta(extra={"mention": "endpoint"})]
"""The name of a table under `[endpoints]`."""

GateName = Annotated[str, msgspec.Meta(extra={"mention": "gate"})]
"""The name of a table under `[gates]`."""

FileGlob = Annotated[str, msgspec.Meta(extra={"mention": "file"})]
"""A glob, relative to the root, that matches at least one file there when the plan is loaded."""

TargetGlob = Annotated[str, msgspec.Meta(extra={"mention": "target-file"})]
"""A glob, relative to the root, of files that the target has and the plan brings in."""

Template = Annotated[str, msgspec.Meta(extra={"mention": "template"})]
"""Text that may hold placeholders: {python} {port} {port:NAME} {root} {data}."""

Command = Annotated[tuple[Template, ...], msgspec.Meta(extra={"mention": "command"})]
"""An argument list whose program exists. A field that the file calls `exec` is one without saying so."""

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


@dataclass(frozen=True)
class Vocabulary:
    """The kinds of actions and checks that a plan may use.

    Each kind stands beside the type of its arguments: a msgspec Struct, `tuple[str, ...]` (or of one of the names
    above), `str` or one of those names, or `bool` for a kind without arguments, written `kind = true`. A Struct whose
    fields all have defaults may be written `kind = true` too.
    """

    actions: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
