"""Placeholders in commands and environments: {python} {port} {port:NAME} {root} {data}.

Only a word in lower case in braces is a placeholder, so `${HOME}`, JSON and awk programs stay as they are. `{{word}}`
stands for `{word}` itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aurora_console.errors import AuroraError
from aurora_console.plan.model import Plan

PLACEHOLDERS: Final = ("python", "port", "root", "data")
_PLACEHOLDER: Final = re.compile(r"\{\{([a-z_]+(?::[^{}]*)?)\}\}|\{([a-z_]+)(:[^{}]*)?\}")


def placeholders(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the word of each placeholder in `text`, and what stands behind its colon (None without one)."""
    for found in _PLACEHOLDER.finditer(text):
        if found.group(2):
            yield found.group(2), found.group(3)[1:] if found.group(3) else None


def fill(text: str, plan: Plan, service: str | None, python: str, data: str) -> str:
    """Return `text` with its placeholders replaced, in one pass.

    `service` is the service whose command or environment this is, None for a step; `python` the interpreter, `data`
    the data folder of that service or step. AuroraError for a placeholder that has no value here.
    """

    def value(found: re.Match[str]) -> str:
        literal, word, argument = found.groups()
        if literal is not None:
            return f"{{{literal}}}"
        if argument is None and word in {"python", "root", "data"}:
            return {"python": python, "root": plan.root, "data": data}[word]
        name = service if argument is None else argument[1:]
        port = plan.port(name) if word == "port" and name in plan.services else None
        if port is None:
            raise AuroraError(f"the placeholder {found.group()} has no value here", "run `aurora-console check`")
        return str(port)

    return _PLACEHOLDER.sub(value, text)
