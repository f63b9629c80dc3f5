"""TOML values into typed values, with everything that is wrong told at once.

msgspec stops at its first error and knows no units. So this walks the types itself: units and names are understood by
the markers in the annotations (`plan.vocabulary`), and every name that the plan uses is noted to be looked up later.
"""

from __future__ import annotations

import datetime as dt
import math
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from aurora_console.plan.model import Step
from aurora_console.plan.problems import Finding, KeyPath, closest, nearest
from aurora_console.plan.units import UNITS, Duration
from aurora_console.plan.vocabulary import Command, Vocabulary

INVALID: Final[Any] = object()
"""Stands for a value that could not be decoded; why is among the findings."""

_STEP_OPTIONS: Final = frozenset({"title", "timeout", "on_fail"})
_NAMES: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    list: "a list",
    dict: "a table",
    dt.datetime: "a date and time",
    dt.date: "a date",
    dt.time: "a time",
}


class Mention(NamedTuple):
    """A value that speaks of something else: a service, a file, a program."""

    kind: str
    """`service`, `endpoint`, `gate`, `file`, `target-file`, `template`, `command` or `phase-number`."""
    path: KeyPath
    value: Any
    """Text; for a command its arguments, for a phase its number."""


class Decoder:
    """Decodes the tables of one plan and keeps what it finds."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.findings: list[Finding] = []
        self.mentions: list[Mention] = []
        self._vocabulary = vocabulary

    def decode(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  any annotation, any TOML value
        """Return `value` as the type `wanted`, or INVALID after noting why not."""
        if get_origin(wanted) is Annotated:
            base, *markers = get_args(wanted)
            return self._annotated(base, markers, value, path)
        origin = get_origin(wanted) or wanted
        if origin is Union or origin is UnionType:
            return self._union(wanted, value, path)
        if origin is tuple or origin is list:
            return self._sequence(wanted, value, path)
        if origin is dict:
            return self._mapping(wanted, value, path)
        if origin is Literal:
            return self._literal(wanted, value, path)
        if origin is Any:
            return self._anything(value, path)
        if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
            return self._struct(origin, value, path)
        return self._leaf(wanted, value, path)

    def _wrong(self, path: KeyPath, message: str, hint: str = "") -> Any:  # noqa: ANN401  INVALID stands for any type
        self.findings.append(Finding(path, message, hint))
        return INVALID

    def _unexpected(self, path: KeyPath, expected: str, value: object) -> Any:  # noqa: ANN401  as _wrong
        return self._wrong(path, f"expected {expected}, found {_NAMES.get(type(value), 'something else')}")

    def _annotated(self, base: Any, markers: list[Any], value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        extra: dict[str, str] = {}
        for marker in markers:
            extra.update(getattr(marker, "extra", None) or {})
        if "unit" in extra:
            value = self._quantity(extra["unit"], value, path)
        elif "steps" in extra:
            return self._step(extra["steps"], value, path)
        else:
            value = self.decode(base, value, path)
        if value is INVALID:
            return INVALID
        if "mention" in extra:
            self.mentions.append(Mention(extra["mention"], path, value))
        try:
            return msgspec.convert(value, Annotated[base, *markers]) if _constrains(markers) else value
        except msgspec.ValidationError as error:
            # "Expected `int` >= 1" says "must be >= 1" to somebody who knows no Python.
            return self._wrong(path, "must be " + str(error).split("` ", 1)[-1].split(" - at ", maxsplit=1)[0])

    def _quantity(self, unit: str, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        parse, name, hint = UNITS[unit]
        if not isinstance(value, str):
            return self._wrong(path, f"expected {name} with its unit in quotes, found {_NAMES[type(value)]}", hint)
        try:
            return parse(value)
        except ValueError:
            return self._wrong(path, f"'{value}' is not {name}", hint)

    def _union(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        members = [member for member in get_args(wanted) if member is not type(None)]
        before = len(self.findings), len(self.mentions)
        for member in members:
            del self.findings[before[0] :], self.mentions[before[1] :]
            decoded = self.decode(member, value, path)
            if decoded is not INVALID and len(self.findings) == before[0]:
                return decoded
        return INVALID

    def _sequence(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        if not isinstance(value, list):
            return self._unexpected(path, "a list in [ ]", value)
        item = (get_args(wanted) or (Any,))[0]
        decoded = [self.decode(item, one, (*path, index)) for index, one in enumerate(value)]
        kept = [one for one in decoded if one is not INVALID]
        return (get_origin(wanted) or wanted)(kept)

    def _mapping(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        if not isinstance(value, dict):
            return self._unexpected(path, "a table", value)
        item = (get_args(wanted) or (str, Any))[1]
        decoded = {key: self.decode(item, one, (*path, key)) for key, one in value.items()}
        return {key: one for key, one in decoded.items() if one is not INVALID}

    def _literal(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        choices = get_args(wanted)
        # 1 == True, so the type counts as well.
        if any(value == choice and type(value) is type(choice) for choice in choices):
            return value
        listed = ", ".join(f'"{choice}"' if isinstance(choice, str) else str(choice) for choice in choices)
        found = f"'{value}'" if isinstance(value, str) else _NAMES[type(value)]
        return self._wrong(path, f"{found} is not one of {listed}")

    def _anything(self, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        """Take what JSON can say."""
        if isinstance(value, dict | list):
            for key, one in value.items() if isinstance(value, dict) else enumerate(value):
                self._anything(one, (*path, key))
        elif isinstance(value, dt.date | dt.time):
            return self._wrong(path, f"{_NAMES[type(value)]} cannot be sent as JSON", "write it as text in quotes")
        elif isinstance(value, float) and not math.isfinite(value):
            return self._wrong(path, f"{value} cannot be sent as JSON")
        return value

    def _leaf(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        if wanted is float and isinstance(value, float) and not math.isfinite(value):
            return self._wrong(path, f"expected a number, found {value}")
        try:
            return msgspec.convert(value, wanted)
        except msgspec.ValidationError:
            return self._unexpected(path, _NAMES.get(wanted, "something else"), value)

    def _struct(self, wanted: type[msgspec.Struct], value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        if not isinstance(value, dict):
            return self._unexpected(path, "a table in { }", value)
        fields = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
        unknown = value.keys() - fields.keys()
        for key in unknown:
            self._wrong((*path, key), "unknown key", nearest(key, fields))
        misspelt = {closest(key, fields) for key in unknown}
        given: dict[str, Any] = {}
        complete = True
        for key, field in fields.items():
            decoded = INVALID
            if key in value:
                is_command = key == "exec" and field.type == tuple[str, ...]
                decoded = self.decode(Command if is_command else field.type, value[key], (*path, key))
            elif field.required and key not in misspelt:
                self._wrong(path, f"'{key}' is missing")
            if decoded is not INVALID:
                given[field.name] = decoded
            complete = complete and (decoded is not INVALID or not field.required)
        if not complete:
            return INVALID
        try:
            return wanted(**given)
        except (ValueError, TypeError) as error:  # what a __post_init__ says
            return self._wrong(path, str(error))

    def _step(self, family: str, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        """Decode a table with one kind, and optionally a title, a timeout and `on_fail`."""
        word = family.removesuffix("s")
        if not isinstance(value, dict):
            return self._unexpected(path, f"a table with one {word}, such as {{ {word} = … }}", value)
        kinds = self._vocabulary.actions if family == "actions" else self._vocabulary.checks
        others = self._vocabulary.checks if family == "actions" else self._vocabulary.actions
        options = {"title": str, "timeout": Duration, "on_fail": Literal["pause", "rollback", "decline"]}
        given: dict[str, Any] = {}
        named = [key for key in value if key not in options]
        for key in named:
            if key in kinds:
                continue
            other = "a check, not an action" if family == "actions" else "an action, not a check"
            meant = closest(key, options) if closest(key, kinds) is None else None
            hint = f"'{key}' is {other}" if key in others else nearest(key, [meant] if meant else kinds)
            self._wrong((*path, key), f"unknown {word} '{key}'", hint)
        known = [key for key in named if key in kinds]
        if not named:
            self._wrong(path, f"says no {word}", "known: " + ", ".join(sorted(kinds)))
        elif len(known) > 1:
            self._wrong(path, f"says more than one {word}: {', '.join(known)}", "give each a table of its own")
        for key, wanted in options.items():
            if key in value:
                given[key] = self.decode(wanted, value[key], (*path, key))
        decoded = [self._arguments(kinds[key], value[key], (*path, key)) for key in known]
        if len(named) != 1 or not decoded or decoded[0] is INVALID or INVALID in given.values():
            return INVALID
        return Step(kind=known[0], args=decoded[0], **given)

    def _arguments(self, wanted: Any, value: Any, path: KeyPath) -> Any:  # noqa: ANN401  as decode
        if wanted is bool and value is not True:
            return self._wrong(path, "takes no arguments", "write `= true`, or leave it out")
        if value is True and isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            required = [field.encode_name for field in msgspec.structs.fields(wanted) if field.required]
            if required:
                return self._wrong(path, f"needs arguments: {', '.join(required)}")
            return wanted()
        return self.decode(wanted, value, path)


def _constrains(markers: list[Any]) -> bool:
    limits = ("gt", "ge", "lt", "le", "multiple_of", "pattern", "min_length", "max_length")
    return any(getattr(marker, limit, None) is not None for marker in markers for limit in limits)
