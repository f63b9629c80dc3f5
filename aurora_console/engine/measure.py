"""Measurements that baselines, gates and impact comparisons share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from aurora_console.engine.estimates import quantile
from aurora_console.text import duration

if TYPE_CHECKING:
    from aurora_console.engine.context import Context


@dataclass(frozen=True)
class ResponseTimes:
    """How a number of endpoints answered."""

    seconds: dict[str, tuple[float, ...]]
    """Endpoint -> times of its good answers, in the order in which they came."""
    problems: tuple[str, ...]
    """One for each answer that was not as expected."""
    requests: int
    """Sent in all."""

    def describe(self) -> str:
        """Return one line: how many, and the median and tail of all."""
        together = [value for values in self.seconds.values() for value in values]
        if not together:
            return f"none of {self.requests} requests answered as expected"
        return (
            f"{len(together)} requests to {len(self.seconds)} endpoints · "
            f"p50 {duration(median(together))} · p95 {duration(quantile(together, 0.95))}"
        )


async def response_times(context: Context, names: Sequence[str], requests: int) -> ResponseTimes:
    """Ask each of `names` `requests` times and collect times and problems."""
    answers = await context.client.measure(names, requests)
    return ResponseTimes(
        seconds={
            name: tuple(one.seconds for one in given if one.seconds is not None and not one.problem)
            for name, given in answers.items()
        },
        problems=tuple(f"{one.endpoint} {one.problem}" for given in answers.values() for one in given if one.problem),
        requests=requests * len(names),
    )


def memory(context: Context) -> dict[str, int]:
    """Return the resident bytes of every running service's process tree."""
    return {name: sample.memory for name, sample in context.watcher.look().samples.items()}
