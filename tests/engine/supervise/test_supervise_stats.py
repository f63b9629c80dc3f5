from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aurora_console.clock import SystemClock
from aurora_console.engine.supervise.breaker import RestartBudget
from aurora_console.engine.supervise.stats import TreeSampler, scan
from aurora_console.plan.model import Restart

Until = Callable[[Callable[[], object]], None]

BUSY_FAMILY = """
    import os, signal, threading
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
    held = bytearray(50 * 1024 ** 2)
    for index in range(0, len(held), 4096):
        held[index] = 1
    files = [open("/dev/null") for _ in range(40)]
    threading.Thread(target=signal.pause, daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()
"""


def test_a_sample_counts_all_processes_of_a_service(services: Any, until: Until, clock: SystemClock) -> None:
    """Memory, descriptors and threads of the leader and the processor time of a child elsewhere."""
    child, launch = services.start(BUSY_FAMILY)
    until(lambda: launch.log.read_text() == "ready\n")
    sampler = TreeSampler()

    first = sampler.sample(child.process, launch.token, clock)
    until(lambda: sampler.sample(child.process, launch.token, clock).cpu > 0)

    assert first.cpu == 0
    assert first.processes == 2
    assert first.threads == 3
    assert first.rss > 50 * 1024**2
    assert first.descriptors >= 46


def test_one_scan_serves_many_services(services: Any, until: Until, clock: SystemClock) -> None:
    """Each finds its own processes in it, by token or, where there is none, by descent."""
    started = [services.start(BUSY_FAMILY) for _ in range(2)]
    until(lambda: all(launch.log.read_text() == "ready\n" for _, launch in started))
    seen = scan(clock)
    for child, launch in started:
        ours = TreeSampler().sample_from(seen, child.process, launch.token)
        watched = TreeSampler().sample_from(seen, child.process, None)
        assert ours.processes == watched.processes == 2


def test_a_service_that_has_gone_uses_nothing(services: Any, clock: SystemClock) -> None:
    """And the figures never go below zero."""
    child, launch = services.start("sum(range(10**6))")
    sampler = TreeSampler()
    sampler.sample(child.process, launch.token, clock)
    child.popen.wait(20)
    last = sampler.sample(child.process, launch.token, clock)
    assert (last.cpu, last.rss, last.processes, last.descriptors) == (0.0, 0, 0, 0)


def test_restarts_slow_down_and_then_end() -> None:
    """More than `max` within the period is the end of attempts; nothing more is spent then."""
    budget = RestartBudget(Restart(when="failure", max=4, within=60))
    assert [budget.next_delay(now) for now in (0, 1, 2, 3, 4, 5)] == [0.5, 1, 2, 4, None, None]
    assert budget.next_delay(60) == 4  # the first has left the period


def test_the_delay_is_bounded_and_falls_again_after_quiet_times() -> None:
    """At most half a minute, and the shortest again after a period without failures."""
    budget = RestartBudget(Restart(when="always", max=100, within=1000))
    assert [budget.next_delay(now) for now in range(9)][-3:] == [30, 30, 30]
    assert budget.next_delay(5000) == 0.5
    budget.next_delay(5001)
    budget.reset()
    assert budget.next_delay(5002) == 0.5


def test_what_calls_for_a_restart_is_the_plans_choice() -> None:
    """An exit that nobody saw counts as a failure."""
    never, failure, always = (RestartBudget(Restart(when=when)) for when in ("never", "failure", "always"))
    assert [never.applies(1), failure.applies(1), always.applies(1)] == [False, True, True]
    assert [failure.applies(0), always.applies(0)] == [False, True]
    assert [failure.applies(None), failure.applies(-9)] == [True, True]
