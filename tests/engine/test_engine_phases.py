"""Phases: from their preview to their end, whatever that is."""

from __future__ import annotations

from aurora_console.state import events as e
from tests.engine.systems import System


def test_a_phase_goes_from_its_preview_to_passed(system: System) -> None:
    """It is proposed with effects, undo and gates; once approved it runs, is gated, and passes."""
    system.open(
        system.plan(
            {"actions": [{"start": ["alpha"]}], "criteria": [{"running": ["alpha"]}]},
            gates={"page": {"title": "The page answers", "check": {"endpoints": ["page"]}}},
        )
    )
    preview = system.state.phases[0].preview
    assert preview is not None
    assert preview.problems == ()
    assert str(system.ports["alpha"]) in preview.actions[0].effects[0]
    assert preview.actions[0].undo == "stop alpha"
    assert preview.gates == ("alpha runs", "The page answers")
    state = system.approve(0, reason="the maintenance window")
    assert state.phases[0].status == "passed"
    order = [type(event) for event in system.journal()]
    wanted = [e.PhaseProposed, e.PhaseApproved, e.ActionIntended, e.ActionDone, e.PhaseGated, e.GateJudged, e.PhasePassed]
    places = [order.index(kind) for kind in wanted]
    assert places == sorted(places)
    (approved,) = system.events(e.PhaseApproved)
    assert approved.reason == "the maintenance window"
