"""A task: examples whose values have been checked and typed."""

from __future__ import annotations

from dataclasses import dataclass

from aurora_synthesis.language import Type, Value, is_within_bounds, show

MOST_EXAMPLES = 20


class TaskError(ValueError):
    """The examples do not make a task; the message tells the sender why."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a program is asked to do."""

    takes: Type
    gives: Type
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]

    def __str__(self) -> str:
        return ", ".join(f"{show(i)} -> {show(o)}" for i, o in zip(self.inputs, self.outputs, strict=True))

    def constants(self) -> tuple[tuple[Type, Value], ...]:
        """Return the constants that the examples themselves suggest: an answer that never changes, a common ending."""
        if len(self.outputs) == 1:
            return ()
        if len(set(self.outputs)) == 1:
            return ((self.gives, self.outputs[0]),)
        if self.gives is not Type.STR:
            return ()
        start = _common_start(self.outputs)
        end = _common_start(tuple(text[::-1] for text in self.outputs))[::-1]
        return tuple((Type.STR, text) for text in dict.fromkeys((start, end)) if text)


def read_task(examples: object) -> Task:
    """Make a task of `[{"input": .., "output": ..}, ..]`; raises TaskError."""
    if not isinstance(examples, list) or not examples:
        raise TaskError("examples must be a list of at least one example")
    if len(examples) > MOST_EXAMPLES:
        raise TaskError(f"at most {MOST_EXAMPLES} examples, not {len(examples)}")
    for number, example in enumerate(examples, 1):
        if not isinstance(example, dict) or not {"input", "output"} <= example.keys():
            raise TaskError(f'example {number} must have an "input" and an "output"')
    inputs = tuple(_value(example["input"], f"the input of example {n}") for n, example in enumerate(examples, 1))
    outputs = tuple(_value(example["output"], f"the output of example {n}") for n, example in enumerate(examples, 1))
    known: dict[Value, Value] = {}
    for given, wanted in zip(inputs, outputs, strict=True):
        if known.setdefault(given, wanted) != wanted:
            raise TaskError(f"the examples contradict each other: {show(given)} gives two answers")
    return Task(_common_type(inputs, "inputs"), _common_type(outputs, "outputs"), inputs, outputs)


def _common_start(texts: tuple[str, ...]) -> str:
    # What the first and the last in order have in common, all between them have too.
    first, last = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _value(raw: object, where: str) -> Value:
    value = tuple(raw) if isinstance(raw, list) else raw
    items = value if isinstance(value, tuple) else (value,)
    if any(isinstance(item, bool) or not isinstance(item, int | str) for item in items):
        raise TaskError(f"{where} must be an integer, a string, or a list of either")
    if len({type(item) for item in items}) > 1:
        raise TaskError(f"{where} mixes integers and strings in one list")
    if not is_within_bounds(value):
        raise TaskError(f"{where} is too large")
    return value


def _common_type(values: tuple[Value, ...], what: str) -> Type:
    kinds = {_type(value) for value in values}
    # A list without items may be a list of either kind.
    known = kinds - {None}
    if not known:
        return Type.INTS
    if len(known) > 1 or (None in kinds and not known <= {Type.INTS, Type.STRS}):
        raise TaskError(f"the {what} must all be of one type")
    return next(kind for kind in known if kind is not None)


def _type(value: Value) -> Type | None:
    if isinstance(value, int):
        return Type.INT
    if isinstance(value, str):
        return Type.STR
    if not value:
        return None
    return Type.INTS if isinstance(value[0], int) else Type.STRS
