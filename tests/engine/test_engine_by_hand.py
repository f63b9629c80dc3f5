"""Single services that an operator starts and stops by hand."""

from __future__ import annotations

from aurora_console.state import events as e
from aurora_console.state.requests import RestartOne, RollBack, StartOne, StopOne
from tests.engine.systems import System, is_free

KEPT_UP = {"restart": {"when": "always", "max": 5, "within": "60s"}}


def _with_alpha(system: System, *options: str, **settings: object) -> None:
    """Open a run in which phase 1 has started alpha and passed; phase 2 would start beta."""
    system.open(
        system.plan(
            {"actions": [{"start": ["alpha"]}], "rollback": "services"},
            {"actions": [{"start": ["beta"]}], "rollback": "services"},
            services={"alpha": system.service("alpha", *options, **settings)},
        )
    )
    system.approve(0)


def _pid(system: System) -> int:
    process = system.state.services["alpha"].process
    assert process is not None
    return process.pid


def test_a_service_stopped_by_hand_stays_off_and_is_no_incident(system: System) -> None:
    """Even where the plan has it started again whenever it ends."""
    _with_alpha(system, **KEPT_UP)
    assert isinstance(system.ask(StopOne(service="alpha")), e.RequestCarriedOut)
    assert system.state.services["alpha"].status == "off"
    assert is_free(system.ports["alpha"])
    assert system.state.incident is None
    assert system.state.failures == ()
    assert system.events(e.ServiceExited) == []
    # the state comes from the journal, so whatever would follow is behind this second request
    assert isinstance(system.ask(StopOne(service="alpha")), e.RequestRefused)
    assert len(system.events(e.ServiceStarting)) == 1


def test_a_service_started_by_hand_is_still_undone_by_a_rollback(system: System) -> None:
    """The record of its first start covers every later one."""
    _with_alpha(system)
    system.ask(StopOne(service="alpha"))
    assert isinstance(system.ask(StartOne(service="alpha")), e.RequestCarriedOut)
    assert system.state.services["alpha"].is_up
    assert system.roll_back("all").services["alpha"].status == "off"
    assert is_free(system.ports["alpha"])


def test_a_restart_by_hand_gives_a_new_process(system: System) -> None:
    """The same service on the same port."""
    _with_alpha(system)
    before = _pid(system)
    assert isinstance(system.ask(RestartOne(service="alpha")), e.RequestCarriedOut)
    assert _pid(system) != before
    assert system.state.services["alpha"].status == "ready"


def test_only_what_the_run_has_started_may_be_started(system: System) -> None:
    """What a phase brings in comes with that phase, its gates and its undo; after a rollback, too."""
    _with_alpha(system)
    refused = system.ask(StartOne(service="beta"))
    assert isinstance(refused, e.RequestRefused)
    assert refused.hint == "phase 2 starts it: approve that phase"
    system.roll_back("all")
    refused = system.ask(StartOne(service="alpha"))
    assert isinstance(refused, e.RequestRefused)
    assert refused.hint == "phase 1 starts it: approve that phase"
    assert is_free(system.ports["alpha"])


def test_a_service_that_is_only_watched_is_never_touched(system: System) -> None:
    """It runs without the console."""
    _with_alpha(system)
    for request in (StopOne(service="core"), RestartOne(service="core"), StartOne(service="core")):
        refused = system.ask(request)
        assert isinstance(refused, e.RequestRefused)
        assert "without the console" in refused.reason
    assert not is_free(system.ports["core"])


def test_a_rollback_does_not_wait_for_a_start_by_hand(system: System) -> None:
    """The start is given up, answered, and leaves nothing running."""
    _with_alpha(system)
    system.ask(StopOne(service="alpha"))
    system.write("service.py", "import time\ntime.sleep(3600)\n")
    start = system.host.submit(StartOne(service="alpha"))
    system.until(lambda state: state.services["alpha"].status == "starting", "alpha is being started")
    answer = system.ask(RollBack(scope="services"))
    assert isinstance(answer, e.RequestCarriedOut)
    refused = system.answer(start)
    assert isinstance(refused, e.RequestRefused)
    assert "a rollback was asked for" in refused.reason
    assert system.state.services["alpha"].status == "off"
    assert system.marked() == []
