import pytest

from aurora_console.widgets.key_bar import KeyBar
from tests.ui.driving import cockpit
from tests.visual import scenarios
from tests.visual.scenarios import SCENARIOS

FOOTERS = {
    "nothing_opened": "1-7 panels   ? help   ^p commands   q leave",
    "waiting": "a approve   p pause   1-7 panels   ? help   ^p commands   q leave",
    "running": "p pause   R roll back   1-7 panels   ? help   ^p commands   q leave",
    "gating": "p pause   R roll back   1-7 panels   ? help   ^p commands   q leave",
    "gates_failed": "p resume   R roll back   1-7 panels   ? help   ^p commands   q leave",
    "paused": "p resume   R roll back   1-7 panels   ? help   ^p commands   q leave",
    "incident": "p resume   R roll back   1-7 panels   ? help   ^p commands   q leave",
    "rolling_back": "1-7 panels   ? help   ^p commands   q leave",
    "restored": "a approve   p pause   1-7 panels   U undo rollback   ? help   q leave",
    "partial": "a approve   p pause   1-7 panels   U undo rollback   ? help   q leave",
    "complete": "R roll back   1-7 panels   ? help   ^p commands   q leave",
    "engine_stopped": "1-7 panels   ? help   ^p commands   q leave",
}
CORNERS = {
    "nothing_opened": "not begun",
    "waiting": "waiting for you",
    "running": "working",
    "gating": "working",
    "gates_failed": "PAUSED",
    "paused": "PAUSED",
    "incident": "INCIDENT",
    "rolling_back": "rolling back",
    "restored": "waiting for you",
    "partial": "NEEDS YOU",
    "complete": "well",
    "engine_stopped": "ENGINE STOPPED",
}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_footer_holds_only_what_applies(name: str) -> None:
    """Each state has its own keys."""
    async with cockpit(SCENARIOS[name]()) as drive:
        assert drive.app.screen.query_one(KeyBar).lines.rows[0].words == FOOTERS[name]
        assert drive.text.splitlines()[-1].strip() == FOOTERS[name]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_corner_says_whether_it_is_well(name: str) -> None:
    """One word, on every screen in the same place."""
    async with cockpit(SCENARIOS[name]()) as drive:
        assert drive.text.splitlines()[0].rstrip().endswith(CORNERS[name])


async def test_all_phases_and_services_are_in_sight_at_80_by_24() -> None:
    """Ten phases, four services, without scrolling."""
    async with cockpit(scenarios.running()) as drive:
        for number in range(1, 11):
            assert f"{number:2} " in drive.text
        for service in ("core", "learn", "bridge", "nexus"):
            assert any(line.split()[:1] == [service] for line in drive.text.splitlines())


async def test_an_incident_says_since_when_what_why_and_what_to_do() -> None:
    """All four at the top."""
    async with cockpit(scenarios.incident()) as drive:
        top = "\n".join(drive.text.splitlines()[:4])
        for words in (
            "INCIDENT 0:08",
            "3 of 3 answered 500",
            "suspect: start learn",
            "R undoes every service of the run: stop learn",
        ):
            assert words in top


async def test_a_failed_gate_is_in_sight() -> None:
    """The list moves to it."""
    async with cockpit(scenarios.gates_failed()) as drive:
        assert "✗ Chat still works" in drive.text


async def test_a_proof_shows_its_figures_until_the_next_approval() -> None:
    """Then it makes room."""
    async with cockpit(scenarios.restored()) as drive:
        for words in ("RESTORED  in 0.7 s", "42 files, index, HEAD", "kept: commit 1f3c9e2 by mara"):
            assert words in drive.text
        drive.link.show(scenarios.running())
        await drive.until(lambda: "RESTORED" not in drive.text)


async def test_a_partial_rollback_lists_its_differences() -> None:
    """They need the operator."""
    async with cockpit(scenarios.partial()) as drive:
        assert "1 difference" in drive.text
        assert "theirs is kept" in drive.text


async def test_a_complete_run_says_what_comes_next() -> None:
    """It is not over until it is finished."""
    async with cockpit(scenarios.complete()) as drive:
        assert "9 phases passed, 1 declined" in drive.text
        assert "aurora-console finish" in drive.text


async def test_a_waiting_phase_shows_what_an_earlier_attempt_left_no_more() -> None:
    """It begins anew, and shows how each step would be undone."""
    async with cockpit(scenarios.restored(), size=(120, 40)) as drive:
        assert "undo: remove 4 files" in drive.text
        assert "▸ watch resources" not in drive.text


async def test_a_problem_is_seen_before_the_preview_is_opened() -> None:
    """It stands beside the action."""
    async with cockpit(scenarios.blocked(), size=(120, 40)) as drive:
        assert "▲ start learn, isolated" in drive.text
        assert "port 5010 is held by pid 812" in drive.text
