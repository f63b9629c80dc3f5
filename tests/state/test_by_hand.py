"""What stands in the way of starting and stopping a service by hand."""

import pytest

from aurora_console.state.by_hand import dependants, refusal
from aurora_console.state.requests import OneService, RestartOne, StartOne, StopOne
from tests.visual import scenarios


@pytest.mark.parametrize("kind", [StartOne, StopOne, RestartOne])
def test_nothing_is_done_to_what_is_unknown_watched_or_not_ours(kind: type[OneService]) -> None:
    """Each with what to do instead."""
    state = scenarios.paused().state
    for service, reason, hint in (
        ("nobody", "there is no service nobody", "services: core, learn, bridge, nexus"),
        ("core", "core runs without the console", "it has `managed = false`: start and stop it yourself"),
        ("bridge", "this run has not started bridge", "phase 5 starts it: approve that phase"),
        ("nexus", "this run has not started nexus", "no phase of the plan starts it"),
    ):
        assert refusal(state, kind(service=service)) == (reason, hint)


def test_what_is_up_is_stopped_and_what_is_off_started() -> None:
    """Not the other way round."""
    up, off = scenarios.paused().state, scenarios.stopped_by_hand().state
    assert refusal(up, StopOne(service="learn")) is None
    assert refusal(up, RestartOne(service="learn")) is None
    assert refusal(off, StartOne(service="learn")) is None
    against = refusal(up, StartOne(service="learn"))
    assert against is not None
    assert against.reason == "learn is ready already"
    against = refusal(off, StopOne(service="learn"))
    assert against is not None
    assert against.reason == "learn is off already"


def test_a_phase_at_work_is_not_interfered_with() -> None:
    """It would be blamed for what somebody did by hand; a pause makes room."""
    against = refusal(scenarios.running().state, StopOne(service="learn"))
    assert against is not None
    assert against.reason == "a phase is under way"


def test_what_a_rollback_has_undone_is_not_ours_any_more() -> None:
    """Its phase brings it in again, with gates and an undo."""
    against = refusal(scenarios.restored().state, StartOne(service="learn"))
    assert against is not None
    assert against.hint == "phase 4 starts it: approve that phase"


def test_dependants_are_found_through_others() -> None:
    """Bridge needs learn, which needs the core."""
    state = scenarios.running().state
    assert dependants(state, "core") == ("learn", "bridge")
    assert dependants(state, "learn") == ("bridge",)
    assert dependants(state, "nexus") == ()
