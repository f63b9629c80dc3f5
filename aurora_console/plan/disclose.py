"""What a plan would do to the machine, in words, before anybody trusts it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from aurora_console.plan.model import Plan, Step
from aurora_console.plan.placeholders import fill
from aurora_console.text import clean

_PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9_@%+=:,./{}-]+")
_WHOLE_LINE: Final = 1_000_000
"""Characters: what asks for trust is never cut short."""


def visible(text: str) -> str:
    """Return `text` as one line for a terminal, with what cannot be seen written out as escapes, not left out.

    Who decides about a command must see all of it: an argument could hide the better part of itself in a terminal's
    title sequence.
    """
    if not text.isprintable() or not text.isascii():
        text = "".join(one if clean(one) == one else one.encode("unicode_escape").decode() for one in text)
    return clean(text, _WHOLE_LINE)


def what_runs(plan: Plan) -> list[str]:
    """Return a line for everything that `plan` would run, listen on, ask or write, cleaned for a terminal.

    {python} and {data} stay as they are: the console's interpreter, and a folder of the service outside the work tree.
    """
    return [visible(line) for line in _lines(plan)]


def _lines(plan: Plan) -> Iterator[str]:
    yield f"in      {plan.root}"
    for name, service in plan.services.items():
        doing = "runs   " if service.managed else "watches"
        command = _command(service.exec, plan, name) or "what holds its port"
        yield f"{doing} {name}: {command}"
        for key, value in service.env.items():
            yield f"sets    {name}: {key}={_filled(value, plan, name)}"
        if service.port is not None and service.managed:
            yield f"listens {name}: 127.0.0.1:{plan.port(name)}"
        if service.recover:
            yield f"offers  {name}: {_command(service.recover, plan, name)}"
    for name, endpoint in plan.endpoints.items():
        request = endpoint.request
        body = "" if request.json is None else " " + _json(request.json)
        yield f"asks    {name}: {request.method} 127.0.0.1:{plan.port(endpoint.service)}{request.path}{body}"
    for name, gate in plan.gates.items():
        yield f"gate    {name}: {_step(gate.check, plan)}"
    for phase in plan.phases:
        for step in phase.actions:
            yield f"phase {phase.number} does {_step(step, plan)}"
        for step in phase.criteria:
            yield f"phase {phase.number} asks {_step(step, plan)}"
    yield f"writes  git branch {plan.system.backup_branch} and refs/aurora/*"


def _step(step: Step, plan: Plan) -> str:
    """Say everything about a step: whatever its vocabulary runs stands among its arguments."""
    if step.args is True:
        return step.kind
    args = msgspec.to_builtins(step.args)
    if isinstance(args, str):
        return f"{step.kind} {args}"
    if isinstance(args, list | tuple):
        return f"{step.kind} {', '.join(str(one) for one in args)}"
    if not isinstance(args, dict):
        return f"{step.kind} {args}"
    told = {
        key: _command(value, plan, None) if key == "exec" else value if isinstance(value, str) else _json(value)
        for key, value in args.items()
    }
    return f"{step.kind} " + ", ".join(f"{key}: {value}" for key, value in told.items())


def _command(arguments: Sequence[str], plan: Plan, service: str | None) -> str:
    filled = [_filled(argument, plan, service) for argument in arguments]
    return " ".join(word if _PLAIN_WORD.fullmatch(word) else shlex.quote(word) for word in filled)


def _filled(text: str, plan: Plan, service: str | None) -> str:
    return fill(text, plan, service, "{python}", "{data}")


def _json(value: Any) -> str:  # noqa: ANN401  anything that TOML can say
    return json.dumps(value, ensure_ascii=False, default=str)
