"""The typed language that programs are written in: integers, strings, and lists of either.

A value that grows past the bounds below, or a call that has no meaning (a division by zero, the first item of nothing),
is undefined; the search drops such candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LARGEST_INT = 10**9
LONGEST_STRING = 200
LONGEST_LIST = 50

Value = Any
"""An int, a str, or a tuple of ints or of strs."""


class Type(StrEnum):
    """What a value is."""

    INT = "int"
    STR = "str"
    INTS = "ints"
    STRS = "strs"


class UndefinedError(ArithmeticError):
    """The call has no value."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One function of the language."""

    name: str
    takes: tuple[Type, ...]
    gives: Type
    apply: Callable[..., Value]
    says: str
    """What it does in words; `{0}` and `{1}` stand for the arguments."""
    commutes: bool = False
    """True when the order of the two arguments does not matter, so that one order need not be tried."""


@dataclass(frozen=True, slots=True)
class Input:
    """The program's input."""

    def __str__(self) -> str:
        return "x"


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the program."""

    value: Value

    def __str__(self) -> str:
        return show(self.value)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator applied to arguments."""

    operator: Operator
    arguments: tuple[Expression, ...]

    def __str__(self) -> str:
        return f"{self.operator.name}({', '.join(str(a) for a in self.arguments)})"


Expression = Input | Constant | Call


def show(value: Value) -> str:
    """Write a value the way examples are written: `3`, `"ab"`, `[1, 2]`."""
    if isinstance(value, tuple):
        return f"[{', '.join(show(item) for item in value)}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def is_within_bounds(value: Value) -> bool:
    """Tell whether a value is small enough to go on with."""
    if isinstance(value, int):
        return -LARGEST_INT <= value <= LARGEST_INT
    if isinstance(value, str):
        return len(value) <= LONGEST_STRING
    return len(value) <= LONGEST_LIST and all(is_within_bounds(item) for item in value)


def evaluate(expression: Expression, value: Value) -> Value:
    """Run a program on one input; raises UndefinedError where it has no value."""
    if isinstance(expression, Input):
        return value
    if isinstance(expression, Constant):
        return expression.value
    arguments = [evaluate(argument, value) for argument in expression.arguments]
    try:
        result = expression.operator.apply(*arguments)
    except (ArithmeticError, IndexError, ValueError) as error:
        raise UndefinedError(f"{expression} has no value for {show(value)}") from error
    if not is_within_bounds(result):
        raise UndefinedError(f"{expression} grows out of bounds for {show(value)}")
    return result


def explain(expression: Expression, value: Value) -> list[str]:
    """Tell, innermost call first, what the program does to one input."""
    steps = [f"the input x is {show(value)}"]
    told: set[str] = set()

    def tell(part: Expression) -> None:
        if not isinstance(part, Call) or str(part) in told:
            return
        for argument in part.arguments:
            tell(argument)
        told.add(str(part))
        words = part.operator.says.format(*(str(argument) for argument in part.arguments))
        steps.append(f"{part} is {words}: {show(evaluate(part, value))}")

    tell(expression)
    if not isinstance(expression, Call):
        steps.append(f"the answer is {expression}: {show(evaluate(expression, value))}")
    return steps


def _multiply(a: int, b: int) -> int:
    return a * b


def _power(base: int, exponent: int) -> int:
    if not 0 <= exponent <= 30 or abs(base) > 1000:
        raise UndefinedError
    return int(base**exponent)


def _repeat(text: str, times: int) -> str:
    if not 0 <= times <= LONGEST_STRING:
        raise UndefinedError
    return text * times


def _take(items: Value, count: int) -> Value:
    if not 0 <= count <= len(items):
        raise UndefinedError
    return items[:count]


def _drop(items: Value, count: int) -> Value:
    if not 0 <= count <= len(items):
        raise UndefinedError
    return items[count:]


def _range(count: int) -> tuple[int, ...]:
    if not 0 <= count <= LONGEST_LIST:
        raise UndefinedError
    return tuple(range(1, count + 1))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise UndefinedError
    return int(text)


def _capitals(text: str) -> str:
    return "".join(word[0] for word in text.split())


def _running(items: tuple[int, ...]) -> tuple[int, ...]:
    totals: list[int] = []
    for item in items:
        totals.append(item + (totals[-1] if totals else 0))
    return tuple(totals)


_I, _S, _L, _W = Type.INT, Type.STR, Type.INTS, Type.STRS

OPERATORS: tuple[Operator, ...] = (
    Operator("add", (_I, _I), _I, lambda a, b: a + b, "{0} plus {1}", commutes=True),
    Operator("sub", (_I, _I), _I, lambda a, b: a - b, "{0} minus {1}"),
    Operator("mul", (_I, _I), _I, _multiply, "{0} times {1}", commutes=True),
    Operator("div", (_I, _I), _I, lambda a, b: a // b, "{0} divided by {1}, rounded down"),
    Operator("mod", (_I, _I), _I, lambda a, b: a % b, "what is left of {0} after division by {1}"),
    Operator("pow", (_I, _I), _I, _power, "{0} to the power {1}"),
    Operator("abs", (_I,), _I, abs, "{0} without its sign"),
    Operator("larger", (_I, _I), _I, max, "the larger of {0} and {1}", commutes=True),
    Operator("smaller", (_I, _I), _I, min, "the smaller of {0} and {1}", commutes=True),
    Operator("digits", (_I,), _S, str, "{0} written in digits"),
    Operator("upto", (_I,), _L, _range, "the numbers from 1 to {0}"),
    Operator("upper", (_S,), _S, str.upper, "{0} in capitals"),
    Operator("lower", (_S,), _S, str.lower, "{0} in small letters"),
    Operator("title", (_S,), _S, str.title, "{0} with every word's first letter a capital"),
    Operator("strip", (_S,), _S, str.strip, "{0} without the blanks around it"),
    Operator("mirror", (_S,), _S, lambda s: s[::-1], "{0} backwards"),
    Operator("join", (_S, _S), _S, lambda a, b: a + b, "{0} followed by {1}"),
    Operator("repeat", (_S, _I), _S, _repeat, "{0} repeated {1} times"),
    Operator("prefix", (_S, _I), _S, _take, "the first {1} letters of {0}"),
    Operator("suffix", (_S, _I), _S, _drop, "{0} without its first {1} letters"),
    Operator("letter", (_S, _I), _S, lambda s, i: s[i], "the letter of {0} at {1}, counted from 0"),
    Operator("size", (_S,), _I, len, "the number of letters in {0}"),
    Operator("number", (_S,), _I, _number, "the number that {0} spells"),
    Operator("words", (_S,), _W, lambda s: tuple(s.split()), "the words of {0}"),
    Operator("initials", (_S,), _S, _capitals, "the first letter of every word of {0}"),
    Operator("sum", (_L,), _I, sum, "the sum of {0}"),
    Operator("largest", (_L,), _I, max, "the largest of {0}"),
    Operator("smallest", (_L,), _I, min, "the smallest of {0}"),
    Operator("count", (_L,), _I, len, "how many numbers {0} has"),
    Operator("item", (_L, _I), _I, lambda items, i: items[i], "the number of {0} at {1}, counted from 0"),
    Operator("sorted", (_L,), _L, lambda items: tuple(sorted(items)), "{0} in order"),
    Operator("reversed", (_L,), _L, lambda items: items[::-1], "{0} backwards"),
    Operator("take", (_L, _I), _L, _take, "the first {1} of {0}"),
    Operator("drop", (_L, _I), _L, _drop, "{0} without the first {1}"),
    Operator("append", (_L, _I), _L, lambda items, n: (*items, n), "{0} and then {1}"),
    Operator("concat", (_L, _L), _L, lambda a, b: a + b, "{0} followed by {1}"),
    Operator("distinct", (_L,), _L, lambda items: tuple(dict.fromkeys(items)), "{0}, each number once"),
    Operator("evens", (_L,), _L, lambda items: tuple(i for i in items if i % 2 == 0), "the even numbers of {0}"),
    Operator("odds", (_L,), _L, lambda items: tuple(i for i in items if i % 2), "the odd numbers of {0}"),
    Operator("positives", (_L,), _L, lambda items: tuple(i for i in items if i > 0), "the numbers of {0} above 0"),
    Operator("each_add", (_L, _I), _L, lambda items, n: tuple(i + n for i in items), "{0} with {1} added to each"),
    Operator("each_mul", (_L, _I), _L, lambda items, n: tuple(i * n for i in items), "{0} with each times {1}"),
    Operator("running", (_L,), _L, _running, "the running totals of {0}"),
    Operator("word_count", (_W,), _I, len, "how many words {0} has"),
    Operator("word", (_W, _I), _S, lambda items, i: items[i], "the word of {0} at {1}, counted from 0"),
    Operator("turned", (_W,), _W, lambda items: items[::-1], "{0} backwards"),
    Operator("in_order", (_W,), _W, lambda items: tuple(sorted(items)), "{0} in the order of the alphabet"),
    Operator("glue", (_W, _S), _S, lambda items, s: s.join(items), "{0} put together with {1} between"),
    Operator("lengths", (_W,), _L, lambda items: tuple(len(i) for i in items), "the lengths of {0}"),
)

CONSTANTS: dict[Type, tuple[Value, ...]] = {
    Type.INT: (0, 1, 2, 3, 10, -1),
    Type.STR: (" ", "-"),
    Type.INTS: (),
    Type.STRS: (),
}
