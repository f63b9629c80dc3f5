"""Understanding what a person types into the chat."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

HELP = (
    'Give me examples and I look for the program: 1->2, 5->6 or "ab"->"ba" or [3,1,2]->[1,2,3]. '
    'Ask "status" for how I am, "explain" for the steps of the last program I found.'
)
NOT_UNDERSTOOD = 'I do not understand that. Examples such as 1->2, 5->6 I do; "help" lists the rest.'

_ARROW = re.compile(r"\s*(?:->|=>|→)\s*")
_COMMA = re.compile(r"\s*(?:[,;]|and\b)?\s*")
_START = re.compile(r'[-\d"\'\[]')
_QUOTED = re.compile(r"'([^']*)'")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message asks for."""

    intent: str
    """`help`, `status`, `explain`, `synthesize` or `unknown`."""
    examples: tuple[dict[str, Any], ...] = ()
    """The examples of a `synthesize` or `explain`, as POST /api/synthesize takes them."""


def understand(message: str) -> Understood:
    """Tell what a message asks for."""
    examples = find_examples(message)
    words = set(re.findall(r"[a-z]+", message.lower()))
    if examples:
        return Understood("explain" if words & {"explain", "why"} else "synthesize", examples)
    if words & {"help", "hello", "hi", "commands"}:
        return Understood("help")
    if words & {"status", "health", "uptime"} or message.lower().strip(" ?!.") == "how are you":
        return Understood("status")
    if words & {"explain", "why", "steps"}:
        return Understood("explain")
    return Understood("unknown")


def find_examples(message: str) -> tuple[dict[str, Any], ...]:
    """Return the first run of `input -> output` pairs in the message; empty when there is none."""
    position = 0
    while start := _START.search(message, position):
        examples: list[dict[str, Any]] = []
        here = start.start()
        while pair := _pair(message, here):
            example, here = pair
            examples.append(example)
            here = _end(_COMMA.match(message, here), here)
        if examples:
            return tuple(examples)
        position = start.end()
    return ()


def _pair(message: str, here: int) -> tuple[dict[str, Any], int] | None:
    given = _value(message, here)
    arrow = _ARROW.match(message, given[1]) if given else None
    wanted = _value(message, arrow.end()) if arrow else None
    if given is None or wanted is None:
        return None
    return {"input": given[0], "output": wanted[0]}, wanted[1]


def _value(message: str, here: int) -> tuple[Any, int] | None:
    if quoted := _QUOTED.match(message, here):
        return quoted[1], quoted.end()
    try:
        return _DECODER.raw_decode(message, here)
    except (ValueError, RecursionError):
        return None


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
