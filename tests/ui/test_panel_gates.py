"""The gates' panel: each verdict with its evidence, and how a gate was judged before."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from aurora_console.screens.cockpit import CockpitScreen
from aurora_console.state import events as e
from aurora_console.state.history import History
from aurora_console.state.journal import Journal
from aurora_console.state.live import View
from aurora_console.state.requests import JudgeGates
from aurora_console.state.values import Evidence, Figure
from aurora_console.widgets.gates import GateDetail, GateList, baseline_of, gate_rows, what_decides
from aurora_console.widgets.glyphs import ASCII, UNICODE
from aurora_console.widgets.strip_plot import Strip, amount, dots, percentile, strip_plot
from tests.ui.driving import ASCII_TERMINAL, Drive, cockpit
from tests.ui.test_cockpit_hostile_names import HOSTILE, MARKUP
from tests.visual import scenarios

WIDE = (120, 40)


def gates(drive: Drive) -> GateList:
    """Return the panel's list."""
    return drive.app.screen.query_one(GateList)


def journaled(folder: Path, view: View, story: scenarios.Story) -> View:
    """Return the moment with the story's events in a real journal behind it."""
    with Journal.open(folder / "journal.db") as journal:
        for record in story.records:
            journal.append(record.event, record.at)
    return replace(view, folder=str(folder))


async def test_every_gate_stands_there_with_its_verdict() -> None:
    """The plan's own first, then each phase's criteria, those not judged yet too."""
    view = scenarios.evidence_at_hand()
    async with cockpit(view, size=WIDE) as drive:
        await drive.press("6")
        assert gates(drive).count() == len(gate_rows(view.state))
        for row in gate_rows(view.state):
            assert row.gate.title in drive.text
        assert "1 fail · 1 inconclusive · 10 pass" in drive.text
        await drive.press("escape")
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_the_evidence_shows_samples_beside_the_baseline_and_what_would_decide() -> None:
    """All that is behind an inconclusive verdict."""
    async with cockpit(scenarios.evidence_at_hand(), size=WIDE) as drive:
        await drive.press("6", "j", "j", "j", "j")
        for words in (
            "INCONCLUSIVE",
            "about 28 more decide",
            "before  n 60 · p50 3.0 ms",
            "now     n 43 · p50 3.3 ms",
            "chat p (Mann-Whitney)  0.0312",
        ):
            assert words in drive.text
        assert "whichever is more; errors" not in drive.text.split("SAMPLES")[0]


async def test_at_80_columns_enter_opens_the_evidence_and_escape_leads_back() -> None:
    """There is room for one of the two."""
    async with cockpit(scenarios.evidence_at_hand()) as drive:
        await drive.press("6", "j")
        assert "WHAT" not in drive.text
        await drive.press("enter")
        assert "FAIL" in drive.text
        assert "Esc back" in drive.text
        await drive.press("l")
        assert "UI still loads" in drive.text
        await drive.press("escape")
        assert gates(drive).has_focus
        assert gates(drive).selected == 2


async def test_the_selection_stays_with_its_gate_when_the_order_changes() -> None:
    """By phase, or the newest first."""
    async with cockpit(scenarios.evidence_at_hand()) as drive:
        await drive.press("6", "j", "j", "j", "j")
        chosen = gates(drive).chosen
        assert chosen is not None
        assert chosen.key == "speed"
        await drive.press("o")
        assert gates(drive).selected == 0
        assert gates(drive).chosen == chosen
        assert "newest first" in drive.text


async def test_words_in_the_field_leave_only_what_they_fit() -> None:
    """Title, phase, verdict and evidence are looked through; Esc shows all again."""
    async with cockpit(scenarios.evidence_at_hand()) as drive:
        await drive.press("6", "slash", *"fail")
        assert gates(drive).count() == 1
        assert "Chat still works" in drive.text
        await drive.press(*"xyz")
        assert "No gate has “failxyz”" in drive.text
        await drive.press("escape")
        assert gates(drive).count() == 18


async def test_capital_j_asks_for_a_judgement() -> None:
    """Where nothing that runs judges them itself."""
    async with cockpit(scenarios.evidence_at_hand()) as drive:
        await drive.press("6", "J")
        assert drive.link.requests == [JudgeGates()]
        drive.link.show(scenarios.running())
        await drive.sees("8 not judged yet")
        await drive.press("J")
        await drive.sees("The gates are judged at")
        assert len(drive.link.requests) == 1


async def test_earlier_verdicts_are_read_from_the_journal_and_read_on(tmp_path: Path) -> None:
    """The newest one first; what comes later is seen without opening the panel anew."""
    story = scenarios.Story().opened().passed(0, 41)
    async with cockpit(journaled(tmp_path, story.view(), story), size=WIDE) as drive:
        await drive.press("6", "j")
        await drive.sees("1 pass")
        with Journal.open(tmp_path / "journal.db") as journal:
            event = e.GateJudged(gate="chat", title="Chat", verdict="fail", evidence=Evidence(summary="answered 502"))
            story.tell(event, after=30)
            journal.append(event, story.at)
        drive.link.show(replace(story.view(), folder=str(tmp_path)))
        await drive.sees("1 pass, 1 fail")
        assert "answered 502" in drive.text


async def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The rest of the panel stays usable."""
    (tmp_path / "journal.db").write_bytes(b"no database at all" * 100)
    view = replace(scenarios.evidence_at_hand(), folder=str(tmp_path))
    async with cockpit(view, size=WIDE) as drive:
        await drive.press("6")
        await drive.sees("The journal cannot be read")
        assert gates(drive).count() == 18


@pytest.mark.parametrize("hostile", [HOSTILE, MARKUP])
async def test_hostile_words_in_evidence_are_harmless(hostile: str) -> None:
    """They come from services."""
    story = scenarios.Story().opened()
    evidence = Evidence(summary=hostile, details=(hostile,), figures=(Figure(name=hostile, value=1.5, unit=hostile),))
    story.tell(e.GateJudged(gate="apis", title=hostile, verdict="error", evidence=evidence))
    async with cockpit(story.view(), size=WIDE) as drive:
        await drive.press("6")
        assert "\x1b" not in drive.text
        assert "COULD NOT BE MEASURED" in drive.text


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 60)])
async def test_ascii_and_every_size_show_the_evidence(size: tuple[int, int]) -> None:
    """A terminal without signs loses none of it; scrolling reaches the end."""
    async with cockpit(scenarios.evidence_at_hand(), size=size, terminal=ASCII_TERMINAL) as drive:
        await drive.press("6", "j", "j", "j", "j", "enter", "end")
        assert drive.text.isascii()
        assert "EARLIER VERDICTS" in drive.text


async def test_without_a_plan_it_says_what_will_stand_here() -> None:
    """No empty screen."""
    async with cockpit(scenarios.nothing_opened()) as drive:
        await drive.press("6")
        assert "No integration is open yet" in drive.text


def test_a_strip_places_each_sample_by_its_value() -> None:
    """The smallest at the left edge, the largest at the right one, and thick where many lie."""
    strip = dots((0.0, 1.0, 1.0, 1.0, 1.0), 0.0, 1.0, 10, is_ascii=True)
    assert strip == ".        #"
    assert len(dots((5.0,), 5.0, 5.0, 10, is_ascii=False)) == 10


def test_a_late_straggler_does_not_squeeze_the_rest() -> None:
    """It is drawn at the edge, and told."""
    samples = (*[0.001 + index / 100_000 for index in range(40)], 5.0)
    lines = [line.words for line in strip_plot([Strip("now", samples)], "s", 60, UNICODE)]
    assert any("1 beyond" in line for line in lines)
    assert lines[1].count("⠀") == 0
    assert strip_plot([Strip("now", ())], "s", 60, ASCII) == []
    assert strip_plot([Strip("now", (float("nan"), float("inf")))], "s", 60, ASCII) == []


def test_percentiles_and_figures_read_as_people_write_them() -> None:
    """Nearest rank; units that fit."""
    assert percentile(tuple(range(1, 101)), 0.95) == 95
    assert amount(0.0031, "s") == "3.1 ms"
    assert amount(1.25, "s") == "1.25 s"
    assert amount(3 << 20, "B") == "3.0 M"
    assert amount(43, "") == "43"


def test_the_baseline_is_that_of_the_endpoint_whose_samples_are_shown() -> None:
    """The evidence names no endpoint; its figures tell."""
    view = scenarios.evidence_at_hand()
    evidence = view.state.gates["speed"].evidence
    assert evidence is not None
    assert baseline_of(evidence, view.state) == view.state.baseline_response["chat"]
    assert baseline_of(Evidence(summary="", samples=(1.0,)), view.state) == ()
    assert what_decides(Evidence(summary="no baseline yet for chat"))[0] == "no baseline yet for chat"


def test_a_history_read_in_parts_equals_one_read_at_once() -> None:
    """Whatever the parts are."""
    records = scenarios.Story().opened().passed(0, 10).passed(1, 10).records
    whole = History().with_more(records)
    first = History().with_more(records[:9])
    assert first.with_more(records[9:]) == whole
    assert first == History().with_more(records[:9])


async def test_the_detail_keeps_its_place_while_moments_pass() -> None:
    """Somebody reads there."""
    view = scenarios.evidence_at_hand()
    async with cockpit(view) as drive:
        await drive.press("6", "j", "j", "j", "j", "enter", "pagedown")
        detail = drive.app.screen.query_one(GateDetail)
        top = detail.top
        assert top > 0
        drive.link.show(replace(view, live=replace(view.live, at=view.live.at + 5)))
        await drive.press("f5")
        assert detail.top == top
