"""The plan file into a `Plan`, or into everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from aurora_console.plan.consistency import Draft, inconsistencies
from aurora_console.plan.decode import INVALID, Decoder
from aurora_console.plan.locate import Locator
from aurora_console.plan.model import Endpoint, Gate, Limits, Phase, Plan, Service, System, Targets
from aurora_console.plan.problems import Finding, KeyPath, PlanError, Problem, nearest, problem
from aurora_console.plan.reading import read_plan_bytes
from aurora_console.plan.vocabulary import Vocabulary

_TABLES: Final = ("system", "limits", "targets", "services", "endpoints", "gates", "phases")
_SYNTAX_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(path: str | Path, vocabulary: Vocabulary, port_offset: int = 0) -> Plan:
    """Return the plan in the file `path`; its root is the folder in which that file really lies.

    `port_offset` is added to every port at run time. PlanError tells everything that is wrong.
    """
    plan, problems = examine(path, vocabulary, port_offset)
    if plan is None:
        raise PlanError(problems)
    return plan


def load_pinned(path: str | Path, vocabulary: Vocabulary, root: str, plan_path: str, port_offset: int) -> Plan:
    """Return the plan of a run from the copy at `path` that the run pinned when it began.

    It was found consistent then. It is not held against the work tree again: a rollback must be possible whatever has
    become of that. `root` and `plan_path` are the folder and the file that it was pinned from.
    """
    shown = str(path)
    try:
        content = read_plan_bytes(path)
        data = tomllib.loads(content.decode())
        plan, findings = _decode(data, vocabulary, Path(plan_path), content, port_offset, root)
    except (OSError, ValueError) as error:
        raise PlanError((problem(shown, 0, Finding((), f"cannot be read: {error}")),)) from error
    if plan is None:
        raise PlanError(tuple(problem(shown, 0, finding) for finding in findings))
    return plan


def examine(path: str | Path, vocabulary: Vocabulary, port_offset: int = 0) -> tuple[Plan | None, tuple[Problem, ...]]:
    """Return the plan in the file `path` and no problems, or None and its problems in the order of the file."""
    shown = str(path)
    try:
        content = read_plan_bytes(path)
    except OSError as error:
        reason = error.strerror or str(error)
        return None, (problem(shown, 0, Finding((), f"cannot be read: {reason}", "give the path of a plan file")),)
    try:
        text = content.decode()
        data = tomllib.loads(text)
        locator = Locator(text)
        plan, findings = _decode(data, vocabulary, Path(path).resolve(), content, port_offset)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return None, (problem(shown, line, Finding((), "this is not UTF-8 text", "save the file as UTF-8")),)
    except RecursionError:
        return None, (problem(shown, 0, Finding((), "the tables are nested too deeply")),)
    except ValueError as error:  # tomllib's own, and a number with thousands of digits
        return None, (_syntax_problem(shown, text, str(error)),)
    if findings:
        problems = {problem(shown, locator.line(finding.path), finding): None for finding in findings}
        return None, tuple(sorted(problems, key=lambda one: one.line))
    return plan, ()


def read_text(path: str | Path) -> str:
    """Return the plan's text exactly as its bytes say, line ends included; PlanError if that cannot be."""
    try:
        return read_plan_bytes(path).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError((problem(str(path), 0, Finding((), f"cannot be read: {error}")),)) from error


def _syntax_problem(shown: str, text: str, message: str) -> Problem:
    place = _SYNTAX_PLACE.search(message)
    line = 0
    hint = ""
    if place:
        message = message[: place.start()]
        line = int(place.group(1) or text.count("\n") + 1)
        hint = f"column {place.group(2)}" if place.group(2) else "the file ends too early"
    return problem(shown, line, Finding((), f"not TOML: {message}", hint))


def _decode(
    data: dict[str, Any],
    vocabulary: Vocabulary,
    path: Path,
    content: bytes,
    port_offset: int,
    pinned_root: str | None = None,
) -> tuple[Plan | None, list[Finding]]:
    """Return the plan, None where there are findings, and the findings."""
    decoder = Decoder(vocabulary)
    findings = decoder.findings
    findings += _first_look(data)
    data = _completed(data)

    def table(name: str, wanted: Any, default: Any) -> Any:  # noqa: ANN401  each table has its own type
        decoded = decoder.decode(wanted, data[name], (name,)) if name in data else INVALID
        return default if decoded is INVALID else decoded

    system: System | None = table("system", System, None)
    limits: Limits = table("limits", Limits, Limits())
    targets: Targets = table("targets", Targets, Targets())
    services: dict[str, Service] = table("services", dict[str, Service], {})
    endpoints: dict[str, Endpoint] = table("endpoints", dict[str, Endpoint], {})
    gates: dict[str, Gate] = table("gates", dict[str, Gate], {})
    phases: tuple[Phase, ...] = table("phases", tuple[Phase, ...], ())
    names = {
        kind: frozenset(tables if isinstance(tables := data.get(f"{kind}s"), dict) else ())
        for kind in ("service", "endpoint", "gate")
    }
    root = pinned_root or str(path.parent)
    if pinned_root is None:
        broken = frozenset(finding.path for finding in findings)
        mentions = tuple(decoder.mentions)
        draft = Draft(root, port_offset, system, services, endpoints, gates, names, mentions, broken)
        findings += inconsistencies(draft)
    if findings or system is None:
        return None, findings
    plan = Plan(
        path=str(path),
        root=root,
        digest=hashlib.sha256(content).hexdigest(),
        system=system,
        limits=limits,
        targets=targets,
        services=services,
        endpoints=endpoints,
        gates=gates,
        phases=phases,
        port_offset=port_offset,
    )
    return plan, findings


def _first_look(data: dict[str, Any]) -> list[Finding]:
    """Find what the types of the tables cannot say."""
    findings = [Finding((key,), "unknown key", nearest(key, _TABLES)) for key in data if key not in _TABLES]
    findings += [Finding(where, "holds a NUL character", "take it out") for where in _with_nul(data, ())]
    if "system" not in data:
        findings.append(Finding((), "the table [system] is missing", 'give it, with at least name = "…"'))
    if not data.get("phases"):
        findings.append(Finding(("phases",), "there is no phase", "give [[phases]] with a title and actions"))
    elif isinstance(data["phases"], list):
        findings += [
            Finding(("phases", index, "actions"), "the phase has no action", "give it one, or take the phase out")
            for index, phase in enumerate(data["phases"])
            if isinstance(phase, dict) and phase.get("actions") == []
        ]
    return findings


def _with_nul(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """Yield where a key or a text holds a NUL character, which no file, argument or variable can."""
    if isinstance(value, str) and "\0" in value:
        yield path
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str) and "\0" in key:
                yield (*path, key)
            yield from _with_nul(one, (*path, key))


def _completed(data: dict[str, Any]) -> dict[str, Any]:
    """Return `data` with each phase numbered and each gate's `on_fail` where it belongs, beside its check."""
    completed = dict(data)
    phases, gates = data.get("phases"), data.get("gates")
    if isinstance(phases, list):
        completed["phases"] = [
            {"number": index + 1, **phase} if isinstance(phase, dict) else phase for index, phase in enumerate(phases)
        ]
    if isinstance(gates, dict):
        completed["gates"] = {name: _with_on_fail_inside(gate) for name, gate in gates.items()}
    return completed


def _with_on_fail_inside(gate: Any) -> Any:  # noqa: ANN401  any TOML value
    if not (isinstance(gate, dict) and "on_fail" in gate and isinstance(gate.get("check"), dict)):
        return gate
    rest = {key: value for key, value in gate.items() if key != "on_fail"}
    return {**rest, "check": {**gate["check"], "on_fail": gate["on_fail"]}}
