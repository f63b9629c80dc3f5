"""Services that do not do what they should: each a clear message, and nothing of them is left."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from aurora_console.state import events as e
from aurora_console.state.requests import ApprovePhase
from tests.engine.systems import System, is_free, wait_until

START_ALPHA: dict[str, Any] = {"actions": [{"start": ["alpha"]}]}


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        (("--fail",), {}, ("exit code 1", "before it was ready")),
        (("--wait", "60"), {"ready": {"http": "/health", "timeout": "400ms"}}, ("not ready within", "nothing listens")),
        ((), {"ready": {"log": "never said", "timeout": "400ms"}}, ("its output never said",)),
        ((), {"exec": ["./no-such-program"]}, ("no-such-program",)),
        ((), {"exec": ["{python}", "-S", "no-such-script.py"]}, ("exit code 2",)),
    ],
)
def test_a_service_that_does_not_get_ready_fails_its_phase_in_words(
    system: System, options: tuple[str, ...], settings: dict[str, Any], words: tuple[str, ...]
) -> None:
    """The reason says how it ended or what was missing, nothing runs, and what it wrote is in the hint."""
    if settings.get("exec") == ["./no-such-program"]:
        system.write("no-such-program", "#!/no/such/interpreter\n", 0o755)
    system.open(system.plan(START_ALPHA, services={"alpha": system.service("alpha", *options, **settings)}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    for word in words:
        assert word in state.phases[0].reason
    assert system.marked() == []
    assert is_free(system.ports["alpha"])
    if options == ("--fail",):
        (failed,) = system.events(e.ActionFailed)
        assert "it cannot go on" in failed.hint
    proof = system.roll_back("all").rollback
    assert proof is not None
    assert proof.proof is not None
    assert proof.proof.verdict == "restored"


def test_a_port_that_is_taken_between_approval_and_start(system: System) -> None:
    """The start names the holder; the stranger is never signalled and its answers never count as readiness."""
    services = {"beta": system.service("beta", "--wait", "0.5")}
    system.open(system.plan({"actions": [{"start": ["beta"]}, {"start": ["alpha"]}]}, services=services))
    ticket = system.host.submit(ApprovePhase(phase=0))
    system.until(lambda state: state.services["beta"].status == "starting", "the first one starts")
    stranger = system.start_core(name="alpha")
    system.answer(ticket)
    state = system.state
    assert state.phases[0].status == "failed"
    assert str(stranger.pid) in state.phases[0].reason
    assert stranger.poll() is None
    system.roll_back("all")
    assert stranger.poll() is None


def test_one_that_fails_takes_down_what_was_started_with_it(system: System) -> None:
    """The other one, which is on its way up, is not left half started."""
    services = {"alpha": system.service("alpha", "--fail"), "beta": system.service("beta", "--wait", "30")}
    system.open(system.plan({"actions": [{"start": ["alpha", "beta"]}]}, services=services))
    assert system.approve(0).phases[0].status == "failed"
    assert system.marked() == []


def test_output_without_end_and_of_any_kind_stays_in_its_file(system: System) -> None:
    """Escape sequences and bytes that are no text reach neither journal nor message as they are."""
    script = "import os; os.write(1, b'\\x1b[31mred\\xff\\x07' * 20000); raise SystemExit(9)"
    services = {"alpha": system.service("alpha", exec=["{python}", "-S", "-c", script])}
    system.open(system.plan(START_ALPHA, services=services))
    state = system.approve(0)
    assert "exit code 9" in state.phases[0].reason
    for event in system.events(e.ActionFailed):
        assert "\x1b" not in event.hint
        assert len(event.hint) < 2000


def test_a_service_that_leaves_a_child_behind_is_stopped_with_it(system: System) -> None:
    """A child in a session of its own does not outlive a rollback."""
    services = {"alpha": system.service("alpha", "--child")}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    assert len(system.marked()) == 2
    system.roll_back("all")
    assert system.marked() == []


def test_a_service_that_is_held_still_can_be_stopped(system: System) -> None:
    """SIGSTOP keeps it from hearing anything: it is woken, or killed after its grace."""
    services = {"alpha": system.service("alpha", stop={"grace": "1s"})}
    system.open(system.plan(START_ALPHA, services=services))
    system.approve(0)
    (pid,) = system.marked()
    os.kill(pid, signal.SIGSTOP)
    system.roll_back("all")
    assert system.marked() == []


def test_services_that_come_and_go_all_the_time_do_not_end_the_engine(system: System) -> None:
    """Killed again and again in the middle of looks at them, with restarts under way."""
    restart = {"when": "always", "max": 50, "within": "60s"}
    services = {name: system.service(name, restart=restart) for name in ("alpha", "beta")}
    system.open(system.plan({"actions": [{"start": ["alpha", "beta"]}]}, services=services))
    system.approve(0)
    for _ in range(3):
        for pid in system.marked():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        system.call(_looks(system))
        wait_until(lambda: len(system.marked()) == 2, "both are there again")
    rollback = system.roll_back("all").rollback
    assert rollback is not None
    assert rollback.proof is not None
    assert rollback.proof.verdict == "restored"
    assert system.marked() == []


async def _looks(system: System) -> None:
    for _ in range(20):
        system.context.watcher.look()
