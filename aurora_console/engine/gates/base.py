"""What every check is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from aurora_console.engine.context import Context
from aurora_console.state.values import Evidence, Verdict


@dataclass(frozen=True)
class Found:
    """What a check found."""

    verdict: Verdict
    evidence: Evidence


def passed(summary: str, *details: str) -> Found:
    """Return a pass that needs no figures."""
    return Found("pass", Evidence(summary=summary, details=details))


def failed(summary: str, *details: str) -> Found:
    """Return a failure that needs no figures."""
    return Found("fail", Evidence(summary=summary, details=details))


class Check:
    """Something that can be looked at and judged, as often as wanted."""

    kind: ClassVar[str]
    """As the plan writes it."""
    args_type: ClassVar[Any] = bool
    """What the plan's value for this kind is decoded to."""
    runs_in_background: ClassVar[bool] = True
    """False for a check that itself changes something (stops a service, runs a program)."""

    def __init__(self, args: Any) -> None:  # noqa: ANN401  `args_type` says what it is
        self.args = args

    def title(self) -> str:
        """Return what is checked, for a list."""
        return self.kind.replace("-", " ")

    async def judge(self, context: Context, window: int) -> Found:
        """Look and judge.

        `window` counts from 1; each further one asks for that many times the evidence, after an inconclusive verdict.
        """
        raise NotImplementedError
