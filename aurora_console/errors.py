"""The root of every error that a user is meant to read."""

from __future__ import annotations

import traceback
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells the shell; the README lists the same table."""

    DONE = 0
    GATE_FAILED = 1
    USAGE = 2
    ROLLED_BACK = 3
    NEEDS_OPERATOR = 4


class AuroraError(Exception):
    """Something a user can understand and act on.

    `message` says what happened and where, `hint` what to do about it.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


def describe_fault(error: BaseException) -> str:
    """Return what to tell of `error`: an AuroraError's own words, anything else's type and message."""
    if isinstance(error, AuroraError):
        return str(error)
    return "".join(traceback.format_exception_only(error)).strip()


class NeedsOperatorError(AuroraError):
    """Only a person can decide: an untrusted plan, something in doubt, evidence that stays inconclusive."""

    exit_code = ExitCode.NEEDS_OPERATOR
