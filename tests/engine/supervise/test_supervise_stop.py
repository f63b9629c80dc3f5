from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from aurora_console.clock import SystemClock
from aurora_console.engine.supervise.identity import identify, is_running, members
from aurora_console.engine.supervise.procfs import read_stat
from aurora_console.engine.supervise.stop import describe_exit, exit_code, stop
from aurora_console.errors import AuroraError

Until = Callable[[Callable[[], object]], None]

OBEYS = """
    import signal
    print("ready", flush=True)
    signal.pause()
"""

IGNORES_SIGTERM = """
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        signal.pause()
"""

IGNORES_AND_SPEWS = """
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        print("dying is not for me " * 40, flush=True)
"""

STUBBORN_GRANDCHILD_ELSEWHERE = """
    import os, signal
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        while True:
            signal.pause()
    signal.pause()
"""

OBEDIENT_GRANDCHILD_ELSEWHERE = """
    import os, signal, sys
    def leave(*_):
        print("asked", flush=True)
        os._exit(0)
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, leave)
        print("ready", flush=True)
        while True:
            signal.pause()
"""


@pytest.fixture
def ready(services: Any, until: Until) -> Callable[[str], tuple[Any, Any]]:
    """Start a script and wait until it says that it is ready."""

    def start(script: str) -> tuple[Any, Any]:
        child, launch = services.start(script)
        until(lambda: b"ready" in launch.log.read_bytes())
        return child, launch

    return start


async def test_a_service_that_obeys_is_asked_once_and_not_killed(ready: Any, clock: SystemClock) -> None:
    """One SIGTERM to its group is all it takes."""
    child, launch = ready(OBEYS)
    report = await stop(child.process, launch.token, "SIGTERM", 20, clock)
    assert report.sent == (f"SIGTERM to group {child.process.pid}",)
    assert not report.killed
    assert report.leftovers == ()
    assert exit_code(child.popen) == -signal.SIGTERM


@pytest.mark.parametrize("script", [IGNORES_SIGTERM, IGNORES_AND_SPEWS], ids=["silent", "spewing"])
async def test_a_service_that_ignores_the_signal_is_killed_after_its_grace(
    ready: Any, clock: SystemClock, script: str
) -> None:
    """Grace is given, then SIGKILL; nothing is left."""
    child, launch = ready(script)
    report = await stop(child.process, launch.token, "SIGTERM", 0.3, clock)
    assert report.killed
    assert report.sent[0].startswith("SIGTERM")
    assert report.sent[-1].startswith("SIGKILL")
    assert report.seconds >= 0.3
    assert report.leftovers == ()
    assert members(child.process, launch.token) == []


async def test_a_grandchild_in_another_session_is_ended_too(ready: Any, clock: SystemClock) -> None:
    """It is asked once the leader has gone, and killed when it does not obey."""
    child, launch = ready(STUBBORN_GRANDCHILD_ELSEWHERE)
    [grandchild] = members(child.process, launch.token)[1:]
    report = await stop(child.process, launch.token, "SIGTERM", 0.5, clock)
    assert report.sent == (
        f"SIGTERM to group {child.process.pid}",
        f"SIGTERM to {grandchild.pid}",
        f"SIGKILL to {grandchild.pid}",
    )
    assert not is_running(grandchild)
    assert report.leftovers == ()


async def test_what_a_vanished_leader_left_is_asked_and_obeys(ready: Any, clock: SystemClock) -> None:
    """The leader ended by itself long ago; its grandchild gets the polite signal, not SIGKILL."""
    child, launch = ready(OBEDIENT_GRANDCHILD_ELSEWHERE)
    child.popen.wait(20)
    report = await stop(child.process, launch.token, "SIGTERM", 20, clock)
    assert not report.killed
    assert len(report.sent) == 1
    assert launch.log.read_text().endswith("asked\n")
    assert members(child.process, launch.token) == []


async def test_a_service_known_by_its_token_alone_is_ended(ready: Any, clock: SystemClock) -> None:
    """The console was killed before it could record whom it had started."""
    child, launch = ready(OBEYS)
    report = await stop(None, launch.token, "SIGINT", 20, clock)
    assert report.sent == (f"SIGINT to {child.process.pid}",)
    assert members(None, launch.token) == []


async def test_a_suspended_service_is_woken_so_that_it_can_obey(ready: Any, until: Until, clock: SystemClock) -> None:
    """A stopped process does not hear SIGTERM."""
    child, launch = ready(OBEYS)
    os.kill(child.process.pid, signal.SIGSTOP)
    until(lambda: getattr(read_stat(child.process.pid), "state", "") == "T")
    report = await stop(child.process, launch.token, "SIGTERM", 20, clock)
    assert not report.killed
    assert report.sent[-1] == f"SIGCONT to group {child.process.pid}"


async def test_a_stranger_with_the_same_number_is_never_signalled(ready: Any, clock: SystemClock) -> None:
    """The recorded process is long gone and its number used again."""
    child, _ = ready(OBEYS)
    recorded = msgspec.structs.replace(child.process, start_ticks=child.process.start_ticks - 1)
    report = await stop(recorded, "a token that nobody has", "SIGTERM", 0.2, clock)
    assert report.sent == ()
    assert is_running(child.process)


async def test_a_neighbour_is_left_alone(ready: Any, clock: SystemClock) -> None:
    """Two services started alike differ by their session and token."""
    one, launch = ready(OBEYS)
    other, _ = ready(OBEYS)
    await stop(one.process, launch.token, "SIGTERM", 20, clock)
    assert is_running(other.process)


async def test_stopping_again_does_nothing(ready: Any, clock: SystemClock) -> None:
    """Recovery may ask for a stop that has already happened."""
    child, launch = ready(OBEYS)
    await stop(child.process, launch.token, "SIGTERM", 20, clock)
    report = await stop(child.process, launch.token, "SIGTERM", 20, clock)
    assert report.sent == ()
    assert not report.killed


async def test_processes_that_come_up_while_it_is_stopped_are_ended(ready: Any, clock: SystemClock) -> None:
    """A service that starts new sessions as it dies does not get away."""
    child, launch = ready("""
        import os, signal
        def spread(*_):
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    while True:
                        signal.pause()
            os._exit(0)
        signal.signal(signal.SIGTERM, spread)
        print("ready", flush=True)
        while True:
            signal.pause()
    """)
    report = await stop(child.process, launch.token, "SIGTERM", 0.4, clock)
    assert report.killed
    assert report.leftovers == ()
    assert members(child.process, launch.token) == []


def test_the_console_does_not_stop_its_own_session() -> None:
    """A wrong record must not end the console or the operator's shell."""
    code = (
        "import asyncio, os; from aurora_console.engine.supervise import stop, identity; "
        "from aurora_console.clock import SystemClock; "
        "asyncio.run(stop.stop(identity.identify(os.getpid()), 'none', 'SIGTERM', 1, SystemClock()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, start_new_session=True, check=False
    )
    assert "console's own session" in run.stderr
    assert run.returncode == 1


async def test_an_unknown_signal_is_named(clock: SystemClock) -> None:
    """It is refused before anything is looked for."""
    with pytest.raises(AuroraError, match="no signal SIGNOTHING"):
        await stop(identify(os.getppid()), "none", "SIGNOTHING", 1, clock)


def test_ways_of_ending_are_named() -> None:
    """Signals by name, codes by number."""
    assert describe_exit(3) == "exit code 3"
    assert describe_exit(-9) == "SIGKILL"
    assert describe_exit(None) == "an unknown exit code"
