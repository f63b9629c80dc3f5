"""Sentence to task, result to sentence."""

from __future__ import annotations

import json
import re
from typing import Any

from aurora_x.service import BadRequestError

_DECODER = json.JSONDecoder()
_START = re.compile(r'[-\d"\[]')
_TURNS_INTO = re.compile(r"\s*(?:->|=>|→|(?:in)?to\b|becomes\b|gives\b|yields\b|is turned into\b)\s*")
_NAMES = {"int": "a number", "str": "a text", "ints": "a list of numbers", "strs": "a list of texts"}


def translate(sentence: str) -> dict[str, Any]:
    """Return the task in a sentence such as `turn 1 into 2 and 5 into 6`; raises BadRequestError."""
    examples: list[dict[str, Any]] = []
    position = 0
    while start := _START.search(sentence, position):
        given = _value(sentence, start.start())
        link = _TURNS_INTO.match(sentence, given[1]) if given else None
        wanted = _value(sentence, link.end()) if link else None
        if given and wanted:
            examples.append({"input": given[0], "output": wanted[0]})
        position = wanted[1] if wanted else given[1] if given else start.end()
    if not examples:
        raise BadRequestError('there is no example in the sentence; say for instance "turn 1 into 2 and 5 into 6"')
    return {
        "takes": _common_type([example["input"] for example in examples]),
        "gives": _common_type([example["output"] for example in examples]),
        "examples": examples,
    }


def describe(task: dict[str, Any], result: dict[str, Any]) -> str:
    """Tell in a sentence what came of a task; raises BadRequestError."""
    try:
        examples = [f"{_show(e['input'])} to {_show(e['output'])}" for e in task["examples"]]
        wanted = f"a program from {_NAMES[task['takes']]} to {_NAMES[task['gives']]}"
        if not result["solved"]:
            return f"I looked for {wanted} that takes {', '.join(examples)}, and have none: {result['reason']}."
        steps = "; ".join(result["steps"])
        return f"{result['program']} is {wanted} that takes {', '.join(examples)}: {steps}."
    except (KeyError, TypeError) as error:
        raise BadRequestError(f"the task or the result lacks {error}") from error


def _value(sentence: str, here: int) -> tuple[Any, int] | None:
    try:
        return _DECODER.raw_decode(sentence, here)
    except (ValueError, RecursionError):
        return None


def _show(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _common_type(values: list[Any]) -> str:
    types = {_type(value) for value in values}
    if len(types) != 1:
        raise BadRequestError(f"the examples mix {' and '.join(sorted(_NAMES[name] for name in types))}")
    return types.pop()


def _type(value: Any) -> str:
    if isinstance(value, list):
        kinds = {_type(item) for item in value}
        if kinds <= {"int"}:
            return "ints"
        if kinds == {"str"}:
            return "strs"
    elif isinstance(value, int) and not isinstance(value, bool):
        return "int"
    elif isinstance(value, str):
        return "str"
    raise BadRequestError(f"{_show(value)} is neither an integer, a text, nor a list of one of them")
