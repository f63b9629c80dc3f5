"""Every check passes on what is well, and fails on the thing really broken, with numbers for evidence."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

import pytest

from aurora_console.engine.gates.base import Found
from aurora_console.engine.gates.http import ResponseTimeArgs
from aurora_console.engine.gates.programs import ProgramArgs
from aurora_console.engine.gates.services import MemoryArgs
from aurora_console.state import events as e
from tests.engine.systems import System, git, is_alive, wait_until

PYTHON = (sys.executable, "-S", "-c")
BASELINE = {"actions": [{"baseline": {"requests": 40}}]}


def opened(system: System, *phases: dict[str, Any], **tables: Any) -> None:
    """Open a run and bring these phases to their end."""
    rest = {"actions": [{"list-services": True}], "title": "the rest"}
    system.open(system.plan(*phases, rest, **tables))
    for number in range(len(phases)):
        state = system.approve(number)
        assert state.phases[number].status == "passed", state.phases[number].reason


def figures(found: Found) -> dict[str, float]:
    """Return a verdict's figures by name."""
    return {one.name: one.value for one in found.evidence.figures}


def test_endpoints_that_answer_pass_with_their_times(system: System) -> None:
    """All are counted, and each answer's time is a sample."""
    opened(system)
    found = system.judge("endpoints", ["page"])
    assert found.verdict == "pass"
    assert figures(found) == {"as expected": 1, "asked": 1}
    assert len(found.evidence.samples) == 1


@pytest.mark.parametrize(
    ("mood", "word"),
    [
        ("500", "answered 500"),
        ("wrong", 'status is "broken"'),
        ("garbage", "no answer"),
        ("huge", "more than 1024 KiB"),
        ("never", "no answer"),
        ("drip", "no answer"),
        ("slow 30", "no answer"),
    ],
)
def test_endpoints_that_answer_anything_else_fail(system: System, mood: str, word: str) -> None:
    """An error, other content, no HTTP, a flood, silence and drops: each a failure with what was wrong, in time."""
    opened(system, limits={"action_timeout": "500ms"})
    system.mood("core", mood)
    found = system.judge("endpoints", ["page"])
    assert found.verdict == "fail"
    assert word in found.evidence.summary


def test_an_endpoint_of_a_service_that_was_killed_fails(system: System) -> None:
    """Nothing listens any more."""
    opened(system)
    system.core.kill()
    system.core.wait()
    found = system.judge("endpoints", ["page"])
    assert found.verdict == "fail"
    assert "no answer" in found.evidence.summary


def test_response_times_pass_against_the_baseline_and_claim_no_more_than_they_show(system: System) -> None:
    """The shift has its bounds; the errors have theirs, and one percent is not called proven by forty answers."""
    opened(system, BASELINE, targets={"response_time_floor": "200ms"})
    found = system.judge("response-time", ResponseTimeArgs(endpoints=("page",)))
    assert found.verdict == "pass", found.evidence
    assert {"page p50 before", "page p50 now", "page shift, upper bound"} <= figures(found).keys()
    told = " ".join(found.evidence.details)
    assert "errors: 0 of 40 failed" in told
    assert "…" in told
    assert "at most 1% errors" not in told


def test_response_times_that_rose_fail(system: System) -> None:
    """Every answer takes 60 ms more: the shift's lower bound is beyond what is allowed."""
    opened(system, BASELINE, targets={"response_time_floor": "10ms"})
    system.mood("core", "slow 0.06")
    found = system.judge("response-time", ResponseTimeArgs(endpoints=("page",)))
    assert found.verdict == "fail"
    assert figures(found)["page shift, lower bound"] > 0.01


def test_response_times_of_broken_answers_fail_by_their_rate(system: System) -> None:
    """Fast errors are no good answers."""
    opened(system, BASELINE)
    system.mood("core", "500")
    found = system.judge("response-time", ResponseTimeArgs(endpoints=("page",)))
    assert found.verdict == "fail"
    assert figures(found)["errors"] == 40


def test_response_times_without_a_baseline_are_inconclusive_however_long_one_looks(system: System) -> None:
    """At a phase's end every window is tried, then the phase needs a person."""
    check = {"check": {"response-time": {"endpoints": ["page"]}}, "title": "As fast as before"}
    system.open(system.plan({"actions": [{"list-services": True}]}, gates={"fast": check}))
    state = system.approve(0)
    assert state.phases[0].status == "failed"
    assert state.phases[0].verdict == "inconclusive"
    assert "no baseline yet" in state.phases[0].reason


def test_a_window_is_extended_until_it_decides(system: System) -> None:
    """Too few samples in the first windows, enough in the third: the verdict is of the third."""
    gate = {"check": {"response-time": {"endpoints": ["page"]}}, "title": "As fast as before"}
    plan = system.plan(
        {"actions": [{"baseline": {"requests": 60}}]}, gates={"fast": gate}, targets={"response_time_floor": "1s"}
    )
    system.open(plan)
    assert system.approve(0).phases[0].status == "passed"
    first = system.judge("response-time", ResponseTimeArgs(endpoints=("page",)), window=1)
    third = system.judge("response-time", ResponseTimeArgs(endpoints=("page",)), window=3)
    assert figures(third)["page n now"] == 3 * figures(first)["page n now"]


def test_more_requests_at_once_than_the_target(system: System) -> None:
    """One more than asked for passes on a service that takes them, and fails on one that does not answer."""
    opened(system, limits={"action_timeout": "1s"}, targets={"concurrent_requests": 10})
    found = system.judge("concurrent", _concurrent())
    assert found.verdict == "pass"
    assert figures(found)["at once"] == 11
    system.mood("core", "never")
    assert system.judge("concurrent", _concurrent()).verdict == "fail"


def _concurrent() -> dict[str, Any]:
    return {"endpoint": "page"}


def test_memory_under_its_ceiling_passes_and_above_fails(system: System) -> None:
    """The sum over all services' process trees is held against the limit, both in the evidence."""
    opened(system, {"actions": [{"start": ["alpha"]}]})
    found = system.judge("memory", MemoryArgs(ceiling=4 * 1024**3))
    assert found.verdict == "pass"
    assert figures(found)["value"] > 5_000_000
    assert any("alpha" in line for line in found.evidence.details)
    assert system.judge("memory", MemoryArgs(ceiling=1_000_000)).verdict == "fail"


def test_memory_that_grew_since_the_baseline_fails(system: System) -> None:
    """A service that holds on to 60 MB more than before is named with its growth."""
    opened(system, BASELINE)
    args = MemoryArgs(growth=30 * 1024**2)
    assert system.judge("memory", args).verdict == "pass"
    system.mood("core", "leak 60000000")
    assert system.judge("endpoints", ["page"]).verdict == "pass"
    found = system.judge("memory", args)
    assert found.verdict == "fail"
    assert "core grew by" in found.evidence.summary
    assert figures(found)["core growth"] > 30 * 1024**2


def test_growth_without_a_baseline_is_not_called_well(system: System) -> None:
    """There is nothing to tell it from."""
    opened(system)
    found = system.judge("memory", MemoryArgs(growth=1024**2))
    assert found.verdict == "inconclusive"
    assert "no baseline" in found.evidence.summary


def test_running_is_alive_and_ready(system: System) -> None:
    """A service that answers passes; one that is killed, stopped in its tracks or sick does not."""
    opened(system, {"actions": [{"start": ["alpha", "beta"]}]}, services={"alpha": _quick(system, "alpha")})
    assert system.judge("running", ["core", "alpha", "beta"]).verdict == "pass"
    system.mood("alpha", "sick")
    found = system.judge("running", ["alpha"])
    assert found.verdict == "fail"
    assert "answers 500 at /health" in found.evidence.summary
    system.mood("alpha", "")
    process = system.state.services["alpha"].process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    found = system.judge("running", ["alpha"])
    os.kill(process.pid, signal.SIGCONT)
    assert found.verdict == "fail"
    assert "did not answer" in found.evidence.summary
    other = system.state.services["beta"].process
    assert other is not None
    os.kill(other.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(other.pid), "it is gone")
    assert system.judge("running", ["beta"]).verdict == "fail"


def _quick(system: System, name: str) -> dict[str, Any]:
    return system.service(name, ready={"http": "/health", "timeout": "1s"})


def test_a_port_belongs_to_its_service_or_the_holder_is_named(system: System) -> None:
    """A stranger on the port of a service that is off fails the check with pid and program."""
    opened(system, {"actions": [{"start": ["alpha"]}]})
    assert system.judge("port-owner", ["alpha", "core"]).verdict == "pass"
    stranger = system.start_core(name="beta")
    found = system.judge("port-owner", ["alpha", "beta"])
    assert found.verdict == "fail"
    assert str(stranger.pid) in found.evidence.summary
    assert "service.py" in found.evidence.summary


def test_a_service_that_stops_when_asked_stops_cleanly_and_runs_again(system: System) -> None:
    """The time that it took is in the evidence, and another process of it is ready."""
    opened(system, {"actions": [{"start": ["alpha"]}]})
    before = system.state.services["alpha"].process
    found = system.judge("stops-cleanly", ["alpha"])
    assert found.verdict == "pass"
    assert "alpha ended in" in figures(found)
    after = system.state.services["alpha"]
    assert after.status == "ready"
    assert after.process != before
    assert not system.events(e.IncidentOpened)


@pytest.mark.parametrize(("option", "word"), [("--deaf", "had to be killed"), ("--child", "")])
def test_a_service_that_ignores_the_signal_does_not_stop_cleanly(system: System, option: str, word: str) -> None:
    """It has to be killed, which fails; one whose child goes when asked as well is clean."""
    services = {"alpha": system.service("alpha", option, stop={"grace": "300ms"})}
    opened(system, {"actions": [{"start": ["alpha"]}]}, services=services)
    found = system.judge("stops-cleanly", ["alpha"])
    assert found.verdict == ("fail" if word else "pass")
    assert word in found.evidence.summary
    assert system.state.services["alpha"].status == "ready"


def test_a_service_that_does_not_run_cannot_show_that_it_stops(system: System) -> None:
    """It fails, and above all nothing is started by looking."""
    opened(system)
    found = system.judge("stops-cleanly", ["alpha"])
    assert found.verdict == "fail"
    assert system.marked() == []


def test_a_service_that_does_not_start_again_fails(system: System) -> None:
    """It stopped well and then crashed at its start: that is said."""
    opened(system, {"actions": [{"start": ["alpha"]}]})
    system.mood("alpha", "crash-at-start")
    found = system.judge("stops-cleanly", ["alpha"])
    assert found.verdict == "fail"
    assert "did not start again" in found.evidence.summary


def test_protected_files_edited_removed_and_added_are_found(system: System) -> None:
    """By content, whatever git or the clock say; without a snapshot there is nothing to compare with."""
    opened(system, {"actions": [{"list-services": True}]})
    assert system.judge("protected", True).verdict == "inconclusive"
    system.call(system.action("snapshot").apply(system.context))
    found = system.judge("protected", True)
    assert found.verdict == "pass"
    assert "2 of 2" in found.evidence.summary
    times = (system.root / "core.txt").stat()
    system.write("core.txt", "the cord\n")
    os.utime(system.root / "core.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    (system.root / "templates/page.html").unlink()
    system.write("templates/new.html", "x")
    found = system.judge("protected", True)
    assert found.verdict == "fail"
    assert set(found.evidence.details) == {
        "core.txt changed",
        "templates/page.html removed",
        "templates/new.html added",
    }


def test_a_program_passes_by_its_exit_code_alone(system: System) -> None:
    """0 passes; 3 fails with code, time and last words; one that hangs has no verdict in time."""
    opened(system)
    assert system.judge("program", ProgramArgs(exec=(*PYTHON, "print('fine')"))).verdict == "pass"
    found = system.judge("program", ProgramArgs(exec=(*PYTHON, "import sys; print('three'); sys.exit(3)")))
    assert found.verdict == "fail"
    assert "exit code 3" in found.evidence.summary
    assert "three" in found.evidence.details
    assert figures(found)["time"] > 0


def test_a_check_without_a_verdict_in_time_is_an_error_and_leaves_nothing(system: System) -> None:
    """The phase needs a person, and the program is gone."""
    mark = f"sleeper{time.time_ns()}"
    program = {"program": {"exec": [*PYTHON, f"import time; {mark} = 1; time.sleep(60)"]}, "timeout": "500ms"}
    system.open(system.plan({"actions": [{"list-services": True}], "criteria": [program]}))
    state = system.approve(0)
    assert state.phases[0].verdict == "error"
    assert "no verdict within 0.5 s" in state.phases[0].reason
    assert system.marked() == []


def test_branches_files_and_sections_exist_or_are_named(system: System) -> None:
    """Each passes on what is there and names what is missing."""
    opened(system, {"actions": [{"record-endpoints": True}, {"backup-files": ["core.txt"]}]})
    assert system.judge("branch", "peak").evidence.summary.startswith(
        f"at {git(system.root, 'rev-parse', 'peak')[:10]}"
    )
    assert system.judge("branch", "none").verdict == "fail"
    assert system.judge("file", ["core.txt", "AURORA_CURRENT_WORKING_STATE.json"]).verdict == "pass"
    found = system.judge("file", ["core.txt", "missing.txt"])
    assert found.verdict == "fail"
    assert found.evidence.summary.startswith("missing.txt")
    assert system.judge("recorded", ["endpoints"]).verdict == "pass"
    assert "baseline" in system.judge("recorded", ["endpoints", "baseline"]).evidence.summary


def test_a_section_that_was_taken_out_of_the_file_is_not_recorded(system: System) -> None:
    """The journal's word is not enough: the file is looked at."""
    opened(system, {"actions": [{"record-endpoints": True}]})
    (system.folder.snapshot(system.state.run) / "AURORA_CURRENT_WORKING_STATE.json").write_text("{}")
    assert system.judge("recorded", ["endpoints"]).verdict == "fail"


def test_a_gate_of_the_plan_is_a_criterion_too(system: System) -> None:
    """Named as a criterion it judges the same thing."""
    gates = {"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}}
    opened(system, gates=gates)
    assert system.judge("gate", "page").verdict == "pass"
    system.mood("core", "500")
    assert system.judge("gate", "page").verdict == "fail"
