"""A verdict from samples, and why.

Each judgement compares an interval, not an estimate, with what is allowed: it passes or fails only when the whole
interval lies on one side, and says otherwise what would decide it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from aurora_console.engine.estimates import (
    SLOPE_LIMIT,
    Interval,
    exceedance_p,
    hodges_lehmann,
    mann_whitney,
    quantile,
    quantile_interval,
    score_size,
    theil_sen,
    wilson,
)
from aurora_console.state.values import Figure, Value, Verdict
from aurora_console.text import size

CONFIDENCE = 0.95
LEAST_SAMPLES = 20
"""Answers a side below which nothing is said of response times."""
LEAST_POINTS = 8
"""Measurements below which nothing is said of growth."""
TAIL = 0.95
"""The quantile that stands for the slow answers."""
LEAST_SLOW = 3
"""Fewer slow answers than this are not held against a service: one or two happen to any."""
MOST_SAMPLES = 5000
"""What would take more samples than this is called too close to tell."""


class Judgement(Value, frozen=True, kw_only=True):
    """A verdict with its reason."""

    verdict: Verdict
    reason: str
    """One line, for a screen."""
    figures: tuple[Figure, ...] = ()
    more: int = 0
    """About how many more samples would decide; 0 when decided, or when no number of samples would."""


def judge_increase(
    baseline: Sequence[float], now: Sequence[float], allowed_fraction: float, floor: float = 0.0
) -> Judgement:
    """Judge whether answers take longer than before, by more than is allowed.

    Samples and `floor` are seconds; `allowed_fraction` is of the baseline's median (0.2 for 20 %), and never less than
    `floor` is allowed. Fails when the shift is proven larger than allowed, or the tail proven slower.
    """
    if unusable := _unusable(baseline) or _unusable(now):
        return unusable
    n, m = len(baseline), len(now)
    if min(n, m) < LEAST_SAMPLES:
        more = LEAST_SAMPLES - min(n, m)
        return Judgement(
            verdict="inconclusive", reason=f"n {n} and {m}; takes {LEAST_SAMPLES} each, {more} more", more=more
        )
    before, after = median(baseline), median(now)
    allowed = max(allowed_fraction * before, floor)
    shift = hodges_lehmann(baseline, now, CONFIDENCE)
    assert shift.lower is not None
    assert shift.upper is not None
    tail, slow = _judge_tail(baseline, now, allowed)

    more, advice = 0, ""
    if shift.lower > allowed or tail.verdict == "fail":
        verdict: Verdict = "fail"
    elif shift.upper <= allowed and tail.verdict == "pass":
        verdict = "pass"
    else:
        verdict = "inconclusive"
        more, advice = _more_answers(shift, allowed, n, m) if shift.upper > allowed else _more_for_tail(slow / m, n, m)

    limit = _seconds(floor) if allowed == floor else f"{100 * allowed_fraction:.3g} %"
    middle = [f"p50 {_seconds(before, after)}, {_change(shift, before)}", f"allowed {limit}"]
    is_tail_alone = tail.verdict == "fail" and shift.lower <= allowed
    parts = [tail.reason, *middle] if is_tail_alone else [*middle, tail.reason]
    parts = [part for part in (*parts, f"n {n} and {m}", advice) if part]
    figures = (
        Figure(name="p50 before", value=before, unit="s"),
        Figure(name="p50 now", value=after, unit="s"),
        Figure(name="shift", value=shift.estimate, unit="s"),
        Figure(name="shift, lower bound", value=shift.lower, unit="s"),
        Figure(name="shift, upper bound", value=shift.upper, unit="s"),
        Figure(name="allowed", value=allowed, unit="s"),
        Figure(name="p (Mann-Whitney)", value=mann_whitney(baseline, now)[1]),
        *tail.figures,
        Figure(name="n before", value=n),
        Figure(name="n now", value=m),
    )
    return Judgement(verdict=verdict, reason=", ".join(parts), figures=figures, more=more)


def judge_rate(errors: int, n: int, allowed: float) -> Judgement:
    """Judge a share of errors among `n` requests against the share `allowed` (0.01 for 1 %)."""
    if n == 0:
        return Judgement(verdict="inconclusive", reason="no requests", more=LEAST_SAMPLES)
    rate = wilson(errors, n, CONFIDENCE)
    assert rate.lower is not None
    assert rate.upper is not None
    more, advice = 0, ""
    if rate.lower > allowed:
        verdict: Verdict = "fail"
    elif rate.upper <= allowed or (errors == 0 and allowed == 0):
        verdict = "pass"
    else:
        verdict = "inconclusive"
        more, advice = _advice(score_size(rate.estimate, allowed, CONFIDENCE) - n)
    reason = (
        f"{errors} of {n} failed, {_percent(rate.estimate)} (95 %: {_percent(rate.lower)} … {_percent(rate.upper)}), "
        f"allowed {_percent(allowed)}"
    )
    figures = (
        Figure(name="error rate", value=rate.estimate),
        Figure(name="error rate, lower bound", value=rate.lower),
        Figure(name="error rate, upper bound", value=rate.upper),
        Figure(name="allowed", value=allowed),
        Figure(name="errors", value=errors),
        Figure(name="n", value=n),
    )
    return Judgement(verdict=verdict, reason=f"{reason}, {advice}" if advice else reason, figures=figures, more=more)


def judge_growth(
    times: Sequence[float],
    values: Sequence[float],
    *,
    allowed_per_hour: float | None = None,
    allowed_total: float | None = None,
) -> Judgement:
    """Judge whether memory grows: the slope of `values` (bytes) over `times` (seconds).

    Exactly one limit is given: bytes an hour, or bytes over the time watched. Raises ValueError otherwise.
    """
    if (allowed_per_hour is None) == (allowed_total is None):
        raise ValueError("give one of allowed_per_hour and allowed_total")
    if unusable := _unusable(times) or _unusable(values):
        return unusable
    n = len(values)
    span = max(times) - min(times) if n else 0.0
    if n < LEAST_POINTS or span <= 0:
        more = max(1, LEAST_POINTS - n)
        return Judgement(
            verdict="inconclusive", reason=f"n {n}; takes {LEAST_POINTS} over some time, {more} more", more=more
        )
    scale = 3600.0 if allowed_per_hour is not None else span
    allowed = allowed_per_hour if allowed_per_hour is not None else allowed_total
    assert allowed is not None
    slope = theil_sen(times, values, CONFIDENCE)
    assert slope.lower is not None
    assert slope.upper is not None
    growth = Interval(slope.estimate * scale, slope.lower * scale, slope.upper * scale)
    assert growth.lower is not None
    assert growth.upper is not None

    more, advice = 0, ""
    if growth.lower > allowed:
        verdict: Verdict = "fail"
    elif growth.upper <= allowed:
        verdict = "pass"
    else:
        verdict = "inconclusive"
        # The slope's interval narrows with n to the 1.5 as time goes on; times the time watched, with its square root.
        power = 2 / 3 if allowed_per_hour is not None else 2.0
        more, advice = _advice(n * (_narrowing(growth, allowed) ** power - 1))
    rate = "/h" if allowed_per_hour is not None else ""
    over = "" if allowed_per_hour is not None else f" in {span:.0f} s"
    reason = (
        f"grows {_signed_size(growth.estimate)}{rate}{over} "
        f"(95 %: {_signed_size(growth.lower)} … {_signed_size(growth.upper)}), allowed {size(allowed)}{rate}, n {n}"
    )
    unit = "B/h" if allowed_per_hour is not None else "B"
    figures = (
        Figure(name="growth", value=growth.estimate, unit=unit),
        Figure(name="growth, lower bound", value=growth.lower, unit=unit),
        Figure(name="growth, upper bound", value=growth.upper, unit=unit),
        Figure(name="allowed", value=allowed, unit=unit),
        Figure(name="watched", value=span, unit="s"),
        Figure(name="n", value=min(n, SLOPE_LIMIT)),
    )
    return Judgement(verdict=verdict, reason=f"{reason}, {advice}" if advice else reason, figures=figures, more=more)


def judge_ceiling(value: float, limit: float, unit: str = "B") -> Judgement:
    """Judge one number against a limit that it may reach; `unit` "B" is shown as a size, any other as it is."""
    if unusable := _unusable((value,)):
        return unusable
    shown, most = (size(value), size(limit)) if unit == "B" else (f"{value:g} {unit}".strip(), f"{limit:g} {unit}")
    return Judgement(
        verdict="pass" if value <= limit else "fail",
        reason=f"{shown} of {most.strip()}",
        figures=(Figure(name="value", value=value, unit=unit), Figure(name="limit", value=limit, unit=unit)),
    )


def _judge_tail(baseline: Sequence[float], now: Sequence[float], allowed: float) -> tuple[Judgement, int]:
    """Judge the slow answers, and count them: a median says nothing of a few answers that take twenty times longer.

    Proven slower when the two 95th percentiles' intervals lie more than `allowed` apart or, where few samples give no
    such interval, when so many answers are slower than the slowest of the baseline plus `allowed` that chance is out
    (Rosenbaum's exact test). Slow answers that prove nothing yet leave the verdict open rather than pass.
    """
    n, m = len(baseline), len(now)
    _, before = quantile_interval(baseline, TAIL, CONFIDENCE)
    after, after_upper = quantile_interval(now, TAIL, CONFIDENCE)
    limit = (max(baseline) if before is None else before) + allowed
    slow = sum(x > limit for x in now)
    beyond = sum(x > max(baseline) + allowed for x in now)
    too_many = max(math.floor((1 - TAIL) * m + 1e-9), LEAST_SLOW)
    proven = (before is not None and after is not None and after > limit) or (
        beyond >= too_many and exceedance_p(beyond, n, m) <= (1 - CONFIDENCE) / 2
    )
    p95, p95_now = quantile(baseline, TAIL), quantile(now, TAIL)
    slow_ones = f"{slow} of {m} slower than {_seconds(limit)}"
    if proven:
        verdict: Verdict = "fail"
        reason = f"tail worse: {slow_ones}"
    elif slow >= too_many:
        verdict, reason = "inconclusive", f"tail in doubt: {slow_ones}"
    else:
        judged = before is not None and after_upper is not None
        verdict, reason = "pass", f"p95 {_seconds(p95, p95_now)}" if judged else "tail not judged"
    figures = (
        Figure(name="p95 before", value=p95, unit="s"),
        Figure(name="p95 now", value=p95_now, unit="s"),
        Figure(name="slow answers", value=slow),
        Figure(name="slow is over", value=limit, unit="s"),
    )
    return Judgement(verdict=verdict, reason=reason, figures=figures), slow


def _more_for_tail(share: float, n: int, m: int) -> tuple[int, str]:
    """Return how many more answers, with the same share of slow ones, the exact test would take."""

    def decides(before: int, after: int) -> bool:
        return exceedance_p(math.floor(share * after), before, after) <= (1 - CONFIDENCE) / 2

    for more in range(10, MOST_SAMPLES, 10):
        if decides(n, m + more):
            return more, f"about {more} more decide"
    each = next((size for size in range(n, MOST_SAMPLES, 10) if decides(size, size)), MOST_SAMPLES)
    return 0, f"takes a baseline of about {each}"


def _more_answers(shift: Interval, allowed: float, n: int, m: int) -> tuple[int, str]:
    """Return how many more answers would decide, the baseline being what it is, and how to say so.

    The interval's width goes with the root of 1/n + 1/m.
    """
    wanted = (1 / n + 1 / m) / _narrowing(shift, allowed) ** 2
    if wanted > 1 / n:
        more, advice = _advice(1 / (wanted - 1 / n) - m)
        if more:
            return more, advice
    each = 2 / wanted if wanted else math.inf
    if each > MOST_SAMPLES:
        return 0, "too close to the limit to tell"
    return 0, f"takes a baseline of about {math.ceil(each)}"


def _narrowing(interval: Interval, limit: float) -> float:
    """Return how many times narrower the interval must get to lie on one side of `limit`."""
    assert interval.lower is not None
    assert interval.upper is not None
    below = interval.estimate <= limit
    half = interval.upper - interval.estimate if below else interval.estimate - interval.lower
    gap = abs(limit - interval.estimate)
    # Beyond a million no number of samples would do, and a square of it must not overflow.
    return min(max(1.0, half / gap), 1e6) if gap > 0 else 1e6


def _advice(more: float) -> tuple[int, str]:
    if more > MOST_SAMPLES:
        return 0, "too close to the limit to tell"
    count = max(1, math.ceil(more))
    return count, f"about {count} more decide"


def _unusable(samples: Sequence[float]) -> Judgement | None:
    bad = sum(not math.isfinite(x) for x in samples)
    return Judgement(verdict="error", reason=f"{bad} of {len(samples)} samples are not numbers") if bad else None


def _seconds(*numbers: float) -> str:
    """Show times in one unit: `3.1 → 3.4 ms`."""
    largest = max(abs(x) for x in numbers)
    unit, scale = ("s", 1.0) if largest >= 1 else ("ms", 1e3) if largest >= 1e-3 else ("µs", 1e6)
    return " → ".join(f"{x * scale:.3g}" if abs(x * scale) < 1000 else f"{x * scale:.0f}" for x in numbers) + f" {unit}"


def _change(shift: Interval, before: float) -> str:
    assert shift.lower is not None
    assert shift.upper is not None
    if before <= 0:
        return f"{_seconds(shift.estimate)} (95 %: {_seconds(shift.lower)} … {_seconds(shift.upper)})"
    middle, lower, upper = (f"{round(100 * x / before):+d}" for x in (shift.estimate, shift.lower, shift.upper))
    return f"{middle} % (95 %: {lower} … {upper} %)"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _signed_size(count: float) -> str:
    return size(count) if count < 0 else f"+{size(count)}"
