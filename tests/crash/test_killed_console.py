"""A console is killed in the middle: the next one finds its services, knows what is in doubt, and can go back."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.demo import Demo, marked_processes
from tests.terminal.small import SmallSystem

KILLED = -signal.SIGKILL


def run_until_killed(demo: Demo, fault: str) -> None:
    """Run the plan without a screen until `fault` kills the console; its services then run without one."""
    killed = demo.headless("--approve", "all", fault=fault)
    assert killed.returncode == KILLED, killed.stderr


def assert_restored(demo: Demo, rollback: subprocess.CompletedProcess[str], before: dict[str, object]) -> None:
    assert rollback.returncode == 0, rollback.stdout + rollback.stderr
    assert rollback.stdout.startswith("restored"), rollback.stdout
    assert demo.fingerprint() == before
    assert not list((demo.directory / ".git").rglob("*.lock"))


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


@pytest.mark.parametrize(
    "fault",
    [
        "journal.ActionIntended:1",  # phase 1: a branch is about to be made
        "journal.ActionIntended:4",  # phase 1: requests are about to be sent
        "journal.SnapshotTaken:1",  # phase 1: taken, and no result yet
        "journal.ActionIntended:8",  # phase 2: the second inventory
        "journal.ServiceStarting:1",  # phase 4: files are in, no process yet
        "journal.ServiceStarted:1",  # phase 4: a process that is not ready
        "journal.ServiceStopping:1",  # phase 4: a gate has the service stopped
        "journal.ServiceStarted:3",  # phase 5: two services run
    ],
)
def test_another_terminal_takes_everything_back(demo: Demo, fault: str) -> None:
    """Plain git, /proc and sha256 find tree, index, refs, processes and ports as before; nothing is left over."""
    demo.hasten()
    before = demo.fingerprint()
    run_until_killed(demo, fault)
    assert_restored(demo, demo.run("rollback", "all"), before)


def test_the_next_console_adopts_names_the_doubt_and_goes_on(demo: Demo) -> None:
    """Killed while it watched resources: the same process is found again, and nothing is started a second time."""
    demo.hasten()
    before = demo.fingerprint()
    run_until_killed(demo, "journal.ActionIntended:13")
    learn = demo.state().services["learn"].process
    assert learn is not None
    doubt = "IN DOUBT: Monitor resource usage"
    assert doubt in demo.run("status").stdout

    next_one = demo.headless("--approve", "all")
    assert next_one.returncode == 4, next_one.stderr
    events = demo.events(next_one)
    adopted = [event for event in events if event["type"] == "ServiceAdopted"]
    assert [event["process"]["pid"] for event in adopted] == [learn.pid]
    assert "ServiceStarting" not in kinds(events)
    assert "ActionFoundInDoubt" in kinds(events)
    assert doubt in demo.run("status").stdout

    assert demo.run("resume").returncode == 0
    rest = demo.headless("--approve", "all", "--until", "4")
    assert rest.returncode == 0, rest.stderr
    events = demo.events(rest)
    first_stop = kinds(events).index("ServiceStopping")
    assert "ServiceStarting" not in kinds(events)[:first_stop], "learn runs: only the gate may start it anew"
    assert kinds(events).count("PhasePassed") == 1
    assert_restored(demo, demo.run("rollback", "all"), before)


@pytest.mark.parametrize("fault", ["journal.RollbackStarted", "journal.ServiceStopping", "journal.StepUndone"])
def test_a_rollback_that_is_killed_is_taken_up_by_the_next_console(
    small: Callable[[], SmallSystem], fault: str
) -> None:
    """Its end is proven like any other's; the status tells meanwhile that it has none."""
    system = small()
    assert marked_processes(system.xdg) == [system.worker_pid()]
    killed = system.run("rollback", "all", fault=fault)
    assert killed.returncode == KILLED, killed.stderr
    assert "IN DOUBT: a rollback" in system.run("status").stdout

    next_one = system.headless("--approve", "none")
    assert next_one.returncode == 3, next_one.stderr
    proofs = [event["proof"] for event in system.events(next_one) if event["type"] == "RollbackFinished"]
    assert [proof["verdict"] for proof in proofs] == ["restored"]
    assert not marked_processes(system.xdg)


@pytest.mark.parametrize("fault", ["journal.RollbackStarted", "journal.StepUndone"])
def test_asking_again_for_a_rollback_that_was_killed_ends_it(small: Callable[[], SmallSystem], fault: str) -> None:
    """The process that is asked takes it up, and its proof is the answer."""
    system = small()
    assert system.run("rollback", "all", fault=fault).returncode == KILLED
    again = system.run("rollback", "all")
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stdout.startswith("restored")
    assert not marked_processes(system.xdg)
    assert "IN DOUBT" not in system.run("status").stdout


def test_a_narrower_rollback_that_was_killed_does_not_answer_a_wider_one(small: Callable[[], SmallSystem]) -> None:
    """It is brought to its end, and whoever asked for more is told to ask again."""
    system = small()
    assert system.run("rollback", "services", fault="journal.RollbackStarted").returncode == KILLED
    refused = system.run("rollback", "all")
    assert refused.returncode == 2, refused.stdout
    assert "a rollback is under way" in refused.stderr
    assert system.run("rollback", "all").stdout.startswith("restored")


def test_nothing_that_a_run_keeps_can_be_reached_by_others(small: Callable[[], SmallSystem]) -> None:
    """Each folder on the way is closed, not only the one that holds the journal."""
    system = small()
    base = system.xdg / "state/aurora-console"
    paths = [base, *base.rglob("*")]
    assert {"logs", "services", "trust", "worker"} <= {path.name for path in paths}
    assert [path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077] == []
