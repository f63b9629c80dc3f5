"""Bottom-up enumerative search with observational equivalence.

All programs of cost 1 are built, then all of cost 2 from those, and so on. Two programs that give the same outputs on
every example are the same program as far as the task can tell, so only the first one found is kept; that is what keeps
the number of programs small (Udupa et al., TRANSIT, PLDI 2013).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from threading import Event

from aurora_synthesis.language import (
    CONSTANTS,
    OPERATORS,
    Call,
    Constant,
    Expression,
    Input,
    Operator,
    Type,
    Value,
    explain,
    is_within_bounds,
)
from aurora_synthesis.task import Task

Outputs = tuple[Value, ...]
Bank = dict[tuple[Type, int], list[tuple[Expression, Outputs]]]

LARGEST_COST = 40
_LOOK_EVERY = 128
"""Candidates between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a search gives up."""

    seconds: float = 2.0
    nodes: int = 300_000
    """Candidates built, kept or not; bounds the memory too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search came to."""

    program: Expression | None
    """None when no program was found."""
    steps: list[str]
    """What the program does to the first example; empty without a program."""
    milliseconds: float
    nodes: int
    reason: str
    """Why there is no program; empty when there is one."""

    @property
    def solved(self) -> bool:
        """Tell whether a program was found."""
        return self.program is not None


class _GivenUpError(Exception):
    """A limit was reached, or nobody waits for the answer any more."""


class _Search:
    """One search under way."""

    def __init__(self, task: Task, limits: Limits, costs: Mapping[str, int], cancelled: Event) -> None:
        self.task = task
        self.limits = limits
        self.cancelled = cancelled
        self.operators = [(operator, costs.get(operator.name, 1)) for operator in OPERATORS]
        self.deadline = time.monotonic() + limits.seconds
        self.nodes = 0
        self.bank: Bank = {}
        self.seen: set[tuple[Type, Outputs]] = set()

    def run(self) -> Expression | None:
        """Return the cheapest program, or None when the whole language up to LARGEST_COST has none."""
        for cost in range(1, LARGEST_COST + 1):
            for kind, expression, outputs in self._candidates(cost):
                if kind is self.task.gives and outputs == self.task.outputs:
                    return expression
                key = (kind, outputs)
                if key not in self.seen:
                    self.seen.add(key)
                    self.bank.setdefault((kind, cost), []).append((expression, outputs))
        return None

    def _candidates(self, cost: int) -> Iterator[tuple[Type, Expression, Outputs]]:
        if cost == 1:
            yield self.task.takes, Input(), self.task.inputs
            width = len(self.task.inputs)
            suggested = self.task.constants()
            for kind, value in (*suggested, *((k, v) for k, values in CONSTANTS.items() for v in values)):
                # A single example is no reason to answer with a constant.
                if width > 1 or (value,) != self.task.outputs:
                    yield kind, Constant(value), (value,) * width
        for operator, price in self.operators:
            for first, *rest in self._arguments(operator, cost - price):
                self._count()
                try:
                    if rest:
                        outputs = tuple(map(operator.apply, first[1], rest[0][1]))
                    else:
                        outputs = tuple(map(operator.apply, first[1]))
                except (ArithmeticError, IndexError, ValueError):
                    continue
                if all(map(is_within_bounds, outputs)):
                    yield operator.gives, Call(operator, (first[0], *(term[0] for term in rest))), outputs

    def _arguments(self, operator: Operator, cost: int) -> Iterator[tuple[tuple[Expression, Outputs], ...]]:
        """Yield every choice of arguments that cost `cost` together."""
        if len(operator.takes) == 1:
            yield from ((term,) for term in self.bank.get((operator.takes[0], cost), ()))
            return
        left_kind, right_kind = operator.takes
        for left_cost in range(1, cost):
            if operator.commutes and left_cost < cost - left_cost:
                continue
            left = self.bank.get((left_kind, left_cost), ())
            yield from product(left, self.bank.get((right_kind, cost - left_cost), ()))

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            raise _GivenUpError(f"not found within {self.limits.nodes} candidates")
        if self.nodes % _LOOK_EVERY:
            return
        if self.cancelled.is_set():
            raise _GivenUpError("given up: the service is stopping")
        if time.monotonic() > self.deadline:
            raise _GivenUpError(f"not found within {self.limits.seconds:g} s")


def search(
    task: Task,
    limits: Limits | None = None,
    costs: Mapping[str, int] | None = None,
    cancelled: Event | None = None,
) -> Answer:
    """Look for the cheapest program that does what the task asks.

    `costs` gives operators another cost than 1, a whole number from 1 up; cheap ones are tried first. The same task
    with the same costs finds the same program after the same number of candidates; only the clock may end it earlier.
    """
    started = time.monotonic()
    run = _Search(task, limits or Limits(), costs or {}, cancelled or Event())
    reason = ""
    program = None
    try:
        program = run.run()
        if program is None:
            reason = f"not found: no program up to cost {LARGEST_COST} does this"
    except _GivenUpError as given_up:
        reason = str(given_up)
    steps = explain(program, task.inputs[0]) if program is not None else []
    return Answer(program, steps, (time.monotonic() - started) * 1000, run.nodes, reason)
