from __future__ import annotations

import math
import random
import warnings
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aurora_console.engine.estimates import (
    exceedance_p,
    hodges_lehmann,
    mann_whitney,
    quantile_interval,
    score_size,
    theil_sen,
    wilson,
)
from aurora_console.engine.judge import LEAST_SAMPLES, judge_ceiling, judge_growth, judge_increase, judge_rate

# Whole numbers make ties, which is where the formulas are hard.
numbers = st.one_of(st.integers(-20, 20).map(float), st.floats(-1e6, 1e6, allow_subnormal=False))
sides = st.lists(numbers, min_size=1, max_size=40)
latencies = st.lists(st.floats(0.001, 2.0), min_size=LEAST_SAMPLES, max_size=80)


def answers(n: int, middle: float = 0.003, *, seed: int = 1) -> list[float]:
    """Return `n` plausible response times in seconds around `middle`."""
    draw = random.Random(seed)
    return [middle * math.exp(draw.gauss(0, 0.15)) for _ in range(n)]


@given(sides, sides)
def test_mann_whitney_equals_scipys(a: list[float], b: list[float]) -> None:
    """U and p are those of scipy, ties and all."""
    expected = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
    u, p = mann_whitney(a, b)
    assert u == pytest.approx(float(expected.statistic), abs=1e-9)
    assert p == pytest.approx(float(expected.pvalue), abs=1e-9)


@given(sides, sides)
def test_the_shift_is_selected_as_if_all_differences_were_sorted(a: list[float], b: list[float]) -> None:
    """Estimate and bounds are the order statistics of the sorted differences, exactly."""
    differences = sorted(y - x for x in a for y in b)
    shift = hodges_lehmann(a, b)
    assert shift.estimate == median(differences)
    n, m = len(a), len(b)
    z = float(stats.norm.ppf(0.975))
    cut = math.floor(n * m / 2 - z * math.sqrt(n * m * (n + m + 1) / 12))
    if cut < 1:
        assert shift.lower is shift.upper is None
    else:
        assert (shift.lower, shift.upper) == (differences[cut - 1], differences[-cut])


@given(sides, sides)
def test_the_shift_turns_round_with_its_sides(a: list[float], b: list[float]) -> None:
    """Exchanging the sides changes the sign and nothing else."""
    one, other = hodges_lehmann(a, b), hodges_lehmann(b, a)
    assert one.estimate == -other.estimate
    if one.lower is not None:
        assert other.upper == -one.lower


def test_the_shifts_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Over 400 skewed pairs with a known shift, about 95 % of the intervals hold it."""
    held = 0
    for seed in range(400):
        draw = random.Random(seed)
        before = [draw.expovariate(1) for _ in range(30)]
        now = [draw.expovariate(1) + 0.5 for _ in range(30)]
        shift = hodges_lehmann(before, now)
        assert shift.lower is not None
        assert shift.upper is not None
        held += shift.lower <= 0.5 <= shift.upper
    assert 365 <= held <= 395


@given(st.lists(numbers, min_size=1, max_size=120), st.sampled_from([0.5, 0.9, 0.95]))
def test_quantile_bounds_equal_scipys(samples: list[float], q: float) -> None:
    """Bounds are scipy's order statistics, and None where scipy has none."""
    expected: Any = stats.quantile_test(samples, q=0.0, p=q).confidence_interval(confidence_level=0.95)
    for ours, theirs in zip(quantile_interval(samples, q), (float(expected.low), float(expected.high)), strict=True):
        assert ours == (None if math.isnan(theirs) else theirs)


def test_the_upper_bound_of_p95_takes_72_samples() -> None:
    """71 samples leave the 95th percentile open upwards, 72 do not."""
    assert quantile_interval(answers(71), 0.95)[1] is None
    assert quantile_interval(answers(72), 0.95)[1] == max(answers(72))


@given(st.lists(st.tuples(st.integers(0, 30).map(float), numbers), min_size=2, max_size=40))
def test_theil_sen_equals_scipys(points: list[tuple[float, float]]) -> None:
    """Slope and bounds are scipy's, with ties in time and value."""
    times, values = [x for x, _ in points], [y for _, y in points]
    if len(set(times)) < 2:
        with pytest.raises(ValueError, match="two different times"):
            theil_sen(times, values)
        return
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where ties make the variance negative, scipy gives no bounds
        expected = stats.theilslopes(values, times, alpha=0.95)
    slope = theil_sen(times, values)
    for ours, theirs in zip(slope, (expected[0], expected[2], expected[3]), strict=True):
        if not math.isnan(theirs):
            assert ours == pytest.approx(float(theirs), rel=1e-9, abs=1e-9)


@given(st.integers(1, 2000), st.floats(0, 1))
def test_wilson_equals_scipys(n: int, share: float) -> None:
    """The score interval is scipy's."""
    k = round(share * n)
    expected = stats.binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(k, n) == pytest.approx((k / n, float(expected.low), float(expected.high)), abs=1e-9)


@given(st.integers(0, 12), st.integers(12, 60), st.integers(12, 60))
def test_the_exceedance_probability_is_fishers(above: int, n: int, m: int) -> None:
    """That all of the largest come from one side is the extreme table of Fisher's exact test."""
    expected = stats.fisher_exact(np.array([[above, m - above], [0, n]]), alternative="greater")[1]
    assert exceedance_p(above, n, m) == pytest.approx(float(expected), abs=1e-9)


def test_score_size_is_where_wilsons_interval_leaves_the_limit() -> None:
    """With no error, 1 % is excluded from 381 requests on."""
    n = math.ceil(score_size(0.0, 0.01))
    assert n == 381
    upper, upper_before = wilson(0, n).upper, wilson(0, n - 1).upper
    assert upper is not None
    assert upper_before is not None
    assert upper <= 0.01 < upper_before


def test_thousands_of_samples_are_thinned_and_keep_their_shape() -> None:
    """Above the bound the estimate is that of evenly taken samples."""
    many = [i / 1000 for i in range(9000)]
    shift = hodges_lehmann(many, [x + 1 for x in many])
    assert shift.estimate == pytest.approx(1.0, abs=0.01)
    slope = theil_sen(many, [3 * x for x in many])
    assert slope.estimate == pytest.approx(3.0)


def test_the_same_service_passes_and_says_why() -> None:
    """Two series of one service pass, with medians, interval, limit and n in one line."""
    judgement = judge_increase(answers(100), answers(100, seed=2), 0.2)
    assert judgement.verdict == "pass"
    assert "p50 " in judgement.reason
    assert "(95 %: " in judgement.reason
    assert "allowed 20 %" in judgement.reason
    assert "p95 " in judgement.reason
    assert "n 100 and 100" in judgement.reason
    assert judgement.more == 0


def test_half_as_slow_again_fails() -> None:
    """A shift well above the limit is proven."""
    assert judge_increase(answers(60), answers(60, 0.0045, seed=2), 0.2).verdict == "fail"


def test_the_floor_allows_what_nobody_notices() -> None:
    """A fast service may gain the floor, whatever that is in per cent."""
    judgement = judge_increase(answers(60), answers(60, 0.0045, seed=2), 0.2, floor=0.010)
    assert judgement.verdict == "pass"
    assert "allowed 10 ms" in judgement.reason


def test_near_the_limit_it_says_how_many_more_would_decide() -> None:
    """Of the comparisons left open, half are decided by twice as many as they asked for."""
    left_open = decided = 0
    for seed in range(40):
        before, after = answers(400), answers(1500, 0.0034, seed=100 + seed)
        judgement = judge_increase(before, after[:20], 0.2)
        if judgement.verdict == "inconclusive" and judgement.more:
            assert f"about {judgement.more} more decide" in judgement.reason
            left_open += 1
            decided += judge_increase(before, after[: 20 + judgement.more * 2], 0.2).verdict != "inconclusive"
    assert left_open >= 5
    assert decided >= 0.5 * left_open


def test_a_small_baseline_is_named_as_what_is_missing() -> None:
    """Where the baseline's own spread leaves it open, no number of new answers is promised."""
    draw = random.Random(5)
    before = [draw.uniform(0.001, 0.1) for _ in range(20)]
    judgement = judge_increase(before, before, 0.2)
    assert judgement.verdict == "inconclusive"
    assert judgement.more == 0
    assert "takes a baseline of about" in judgement.reason


def test_what_lies_on_the_limit_is_too_close_to_tell() -> None:
    """No number of samples is promised where none would do."""
    judgement = judge_increase(answers(60), [1.2 * x for x in answers(60)], 0.2)
    assert judgement.verdict == "inconclusive"
    assert judgement.more == 0
    assert "too close to the limit to tell" in judgement.reason


@pytest.mark.parametrize("n", [0, 1, 19])
def test_fewer_than_twenty_say_nothing(n: int) -> None:
    """Either side below twenty is inconclusive, with the number missing."""
    judgement = judge_increase(answers(n), answers(100), 0.2)
    assert judgement.verdict == "inconclusive"
    assert judgement.more == 20 - n


def test_four_answers_of_sixty_twenty_times_slower_do_not_pass() -> None:
    """Too few to prove it at 60, too many to wave through."""
    judgement = judge_increase(answers(60), [*answers(56, seed=2), *[0.06] * 4], 0.2)
    assert judgement.verdict == "inconclusive"
    assert "tail in doubt: 4 of 60 slower than" in judgement.reason


@pytest.mark.parametrize("n", [120, 200, 1000])
def test_a_slow_twentieth_fails_once_there_are_enough(n: int) -> None:
    """5 % of answers twenty times slower fail although the median has not moved."""
    slow = n // 20
    judgement = judge_increase(answers(n), [*answers(n - slow, seed=2), *[0.06] * slow], 0.2)
    assert judgement.verdict == "fail"
    assert "tail worse: " in judgement.reason


def test_a_baseline_with_the_same_slow_answers_is_no_reason_to_fail() -> None:
    """A tail that was there before is not held against what came."""
    judgement = judge_increase([*answers(180), *[0.06] * 20], [*answers(180, seed=2), *[0.06] * 20], 0.2)
    assert judgement.verdict == "pass"


def test_one_slow_answer_is_not_held_against_a_service() -> None:
    """One slow answer in sixty passes, and the tail is said to be unjudged."""
    judgement = judge_increase(answers(60), [*answers(59, seed=2), 0.06], 0.2)
    assert judgement.verdict == "pass"
    assert "tail not judged" in judgement.reason


def test_the_same_service_seldom_fails() -> None:
    """Of 300 comparisons of a heavy-tailed service with itself, nothing allowed, at most a few in a hundred fail."""
    failed = 0
    for seed in range(300):
        draw = random.Random(seed)
        before, now = ([0.003 * math.exp(draw.gauss(0, 0.8)) for _ in range(80)] for _ in range(2))
        failed += judge_increase(before, now, 0.0).verdict == "fail"
    assert failed <= 15


@settings(max_examples=60)
@given(latencies, latencies, st.floats(0, 1), st.floats(0, 0.1), st.floats(0, 0.1))
def test_allowing_more_never_makes_it_worse(
    before: list[float], now: list[float], fraction: float, floor: float, extra: float
) -> None:
    """A pass stays a pass, and what is no fail never becomes one, when more is allowed."""
    order = {"fail": 0, "inconclusive": 1, "pass": 2}
    strict = judge_increase(before, now, fraction, floor)
    loose = judge_increase(before, now, fraction, floor + extra)
    assert order[loose.verdict] >= order[strict.verdict]
    assert "\n" not in strict.reason


@settings(max_examples=60)
@given(latencies, latencies, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(before: list[float], now: list[float], draw: random.Random) -> None:
    """A verdict depends on what was measured, not on when."""
    shuffled = draw.sample(now, len(now))
    assert judge_increase(before, shuffled, 0.2) == judge_increase(before, now, 0.2)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_no_number_is_an_error_not_a_verdict(bad: float) -> None:
    """A measurement that failed never counts as evidence."""
    samples = [*answers(30), bad]
    assert judge_increase(samples, answers(30), 0.2).verdict == "error"
    assert judge_growth([float(i) for i in range(31)], samples, allowed_total=1).verdict == "error"
    assert judge_ceiling(bad, 1).verdict == "error"


@pytest.mark.parametrize(
    ("errors", "n", "allowed", "verdict"),
    [
        (0, 0, 0.01, "inconclusive"),
        (0, 100, 0.01, "inconclusive"),
        (0, 381, 0.01, "pass"),
        (50, 100, 0.01, "fail"),
        (1, 100, 0.01, "inconclusive"),
        (0, 20, 0.0, "pass"),
        (1, 20, 0.0, "fail"),
    ],
)
def test_an_error_rate_is_judged_by_its_interval(errors: int, n: int, allowed: float, verdict: str) -> None:
    """No error in a hundred does not prove one per cent."""
    assert judge_rate(errors, n, allowed).verdict == verdict


def test_a_rate_says_how_many_more_requests_decide() -> None:
    """The number named is enough when no further error comes."""
    judgement = judge_rate(0, 100, 0.01)
    assert judgement.more == 281
    assert judge_rate(0, 100 + judgement.more, 0.01).verdict == "pass"


def test_a_leak_is_found_and_a_flat_line_is_not_one() -> None:
    """A steady climb over the limit fails, noise around a level passes."""
    draw = random.Random(7)
    times = [float(i) for i in range(60)]
    flat = [64e6 + draw.gauss(0, 1e5) for _ in times]
    leak = [x + 1e6 * t for x, t in zip(flat, times, strict=True)]
    assert judge_growth(times, flat, allowed_per_hour=64 * 1024**2).verdict == "pass"
    assert judge_growth(times, flat, allowed_total=64 * 1024**2).verdict == "pass"
    assert judge_growth(times, leak, allowed_per_hour=64 * 1024**2).verdict == "fail"
    failed = judge_growth(times, leak, allowed_total=16 * 1024**2)
    assert failed.verdict == "fail"
    assert "in 59 s" in failed.reason
    assert judge_growth(times, [64e6 for _ in times], allowed_total=0).verdict == "pass"


def test_growth_in_noise_says_how_many_more_measurements_decide() -> None:
    """Of the slopes left open, most are decided by watching half as long again as they asked for."""
    left_open = decided = 0
    for seed in range(40):
        draw = random.Random(seed)
        values = [64e6 + draw.gauss(0, 2e6) for _ in range(2000)]
        times = [float(i) for i in range(2000)]
        judgement = judge_growth(times[:12], values[:12], allowed_per_hour=256 * 1024**2)
        if judgement.verdict == "inconclusive" and judgement.more:
            left_open += 1
            n = 12 + judgement.more * 3 // 2
            decided += judge_growth(times[:n], values[:n], allowed_per_hour=256 * 1024**2).verdict != "inconclusive"
    assert left_open >= 20
    assert decided >= 0.6 * left_open


def test_growth_needs_points_and_time() -> None:
    """Few points, or points of one moment, are inconclusive; two limits are a mistake of the caller."""
    assert judge_growth([0.0, 1.0], [1.0, 2.0], allowed_total=1).verdict == "inconclusive"
    assert judge_growth([1.0] * 10, [1.0] * 10, allowed_total=1).verdict == "inconclusive"
    assert judge_growth([], [], allowed_total=1).verdict == "inconclusive"
    with pytest.raises(ValueError, match="give one"):
        judge_growth([], [])


def test_a_ceiling_may_be_reached_not_passed() -> None:
    """The limit itself passes; sizes read as in the plan."""
    reached = judge_ceiling(4 * 1024**3, 4 * 1024**3)
    assert (reached.verdict, reached.reason) == ("pass", "4.0 G of 4.0 G")
    assert judge_ceiling(4 * 1024**3 + 1, 4 * 1024**3).verdict == "fail"
    assert judge_ceiling(12, 10, "requests").reason == "12 requests of 10 requests"


def test_a_limit_next_to_nothing_is_judged_like_any_other() -> None:
    """A limit that no number of samples could tell from zero is too close to tell, not an overflow."""
    times = [0.001 * k for k in range(1, 41)]
    judged = judge_increase(times, times, 0.0, 1e-300)
    assert judged.verdict == "inconclusive"
