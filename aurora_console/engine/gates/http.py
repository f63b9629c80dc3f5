"""Checks that ask endpoints: do they answer as before, and as fast."""

from __future__ import annotations

import asyncio

import msgspec

from aurora_console.engine import judge, measure
from aurora_console.engine.context import Context
from aurora_console.engine.gates.base import Check, Found
from aurora_console.plan.model import Targets
from aurora_console.plan.vocabulary import EndpointName
from aurora_console.state.values import Evidence, Figure
from aurora_console.text import duration

REQUESTS = 40
"""Requests to each endpoint in the first window of a response-time check."""


class Endpoints(Check):
    """Endpoints answer as the plan expects."""

    kind = "endpoints"
    args_type = tuple[EndpointName, ...]

    def title(self) -> str:
        return f"{', '.join(self.args)} {'answers' if len(self.args) == 1 else 'answer'}"

    async def judge(self, context: Context, window: int) -> Found:
        # At once: a service that never answers costs one time limit, not one for each endpoint.
        answers = await asyncio.gather(*(context.client.ask(name) for name in self.args))
        problems = [f"{one.endpoint} {one.problem}" for one in answers if one.problem]
        times = tuple(one.seconds for one in answers if one.seconds is not None)
        good = len(answers) - len(problems)
        summary = f"{good} of {len(answers)}"
        if problems:
            summary += f" · {problems[0]}"
        elif times:
            summary += f" · slowest {duration(max(times))}"
        evidence = Evidence(
            summary=summary,
            figures=(Figure(name="as expected", value=good), Figure(name="asked", value=len(answers))),
            details=tuple(problems),
            samples=times,
            unit="s",
        )
        return Found("fail" if problems else "pass", evidence)


class ResponseTimeArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which endpoints are timed; each has to be safe to repeat."""

    endpoints: tuple[EndpointName, ...]


class ResponseTime(Check):
    """Endpoints answer as fast as in the baseline, within the plan's targets."""

    kind = "response-time"
    args_type = ResponseTimeArgs

    def title(self) -> str:
        return "response times"

    async def judge(self, context: Context, window: int) -> Found:
        targets, baseline = context.plan.targets, context.state.baseline_response
        names = [name for name in self.args.endpoints if context.plan.endpoints[name].safe]
        missing = [name for name in names if name not in baseline]
        if missing or not names:
            return Found(
                "inconclusive", Evidence(summary=f"no baseline yet for {', '.join(missing) or 'any endpoint'}")
            )
        now = await measure.response_times(context, names, REQUESTS * window)
        rate = judge.judge_rate(len(now.problems), now.requests, targets.error_rate)
        if rate.verdict == "fail":
            evidence = Evidence(summary=f"errors: {rate.reason}", figures=rate.figures, details=now.problems[:5])
            return Found("fail", evidence)
        judged = {
            name: judge.judge_increase(
                baseline[name], now.seconds[name], targets.response_time_increase, targets.response_time_floor
            )
            for name in names
        }
        worst = max(judged, key=lambda name: _SEVERITY.index(judged[name].verdict))
        verdict, summary = judged[worst].verdict, _summary(names, judged, worst)
        if now.problems and verdict == "pass" and rate.verdict != "pass":
            verdict, summary = "inconclusive", f"errors: {rate.reason}"
        return Found(
            verdict,
            Evidence(
                summary=summary,
                figures=tuple(
                    msgspec.structs.replace(figure, name=f"{name} {figure.name}")
                    for name in names
                    for figure in judged[name].figures
                ),
                details=(
                    *(f"{name}: {judged[name].reason}" for name in names),
                    f"errors: {rate.reason}",
                    *now.problems[:5],
                    _in_force(targets),
                ),
                samples=now.seconds[worst],
                unit="s",
            ),
        )


def _in_force(targets: Targets) -> str:
    slower = f"{targets.response_time_increase:.0%} or {duration(targets.response_time_floor)}"
    return (
        f"in force: at most {slower} slower, whichever is more; "
        f"fails once more than {targets.error_rate:.0%} errors are proven"
    )


_SEVERITY = ("pass", "inconclusive", "error", "fail")


def _summary(names: list[str], judged: dict[str, judge.Judgement], worst: str) -> str:
    if judged[worst].verdict != "pass":
        return f"{worst}: {judged[worst].reason}"
    shifts = {name: figure.value for name in names for figure in judged[name].figures if figure.name == "shift"}
    largest = max(shifts, key=lambda name: shifts[name])
    return f"{len(names)} of {len(names)} · largest shift {shifts[largest] * 1000:+.1f} ms ({largest})"


class ConcurrentArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked at the same time."""

    endpoint: EndpointName


class Concurrent(Check):
    """An endpoint answers more requests at once than the plan's target."""

    kind = "concurrent"
    args_type = ConcurrentArgs

    def title(self) -> str:
        return f"{self.args.endpoint} under concurrent requests"

    async def judge(self, context: Context, window: int) -> Found:
        count = context.plan.targets.concurrent_requests + 1
        answers = await asyncio.gather(*(context.client.ask(self.args.endpoint) for _ in range(count)))
        problems = [one.problem for one in answers if one.problem]
        times = tuple(one.seconds for one in answers if one.seconds is not None)
        summary = f"{count - len(problems)} of {count} at once"
        if times:
            summary += f" · slowest {duration(max(times))}"
        evidence = Evidence(
            summary=summary,
            figures=(Figure(name="as expected", value=count - len(problems)), Figure(name="at once", value=count)),
            details=tuple(problems[:5]),
            samples=times,
            unit="s",
        )
        return Found("fail" if problems else "pass", evidence)
