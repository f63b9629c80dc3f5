"""The journal's panel: everything that happened, narrowed down, in detail, and taken along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.events import Key

from aurora_console.screens.cockpit import CockpitScreen
from aurora_console.screens.journal import JournalScreen
from aurora_console.state import events as e
from aurora_console.state.journal import Journal
from aurora_console.state.ledger import Query
from aurora_console.widgets.journal_list import JournalList
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL, Drive, cockpit
from tests.ui.journals import journaled, written
from tests.ui.test_cockpit_hostile_names import HOSTILE, MARKUP
from tests.visual import scenarios
from tests.visual.scenarios import Story


def records_of(drive: Drive) -> JournalList:
    """Return the panel's list."""
    return drive.app.screen.query_one(JournalList)


def selected(drive: Drive) -> str:
    """Return the words of the selected record."""
    entry = records_of(drive).entry()
    return "" if entry is None else entry.words


async def open_journal(drive: Drive) -> JournalList:
    """Open the panel and wait until it shows something."""
    await drive.press("4")
    await drive.until(lambda: records_of(drive).entry() is not None)
    return records_of(drive)


async def found(drive: Drive, keys: list[str], kind: str) -> None:
    """Press keys, and wait until everything was looked at for a kind of record."""
    await drive.press(*keys)
    shown = records_of(drive)
    await drive.until(lambda: shown.page.query.kind == kind and shown.page.is_whole)


async def test_the_newest_record_is_last_and_followed(tmp_path: Path) -> None:
    """What is written while the panel is open comes into sight by itself."""
    story = scenarios._incident()
    async with cockpit(journaled(story, tmp_path)) as drive:
        await open_journal(drive)
        assert selected(drive).startswith("paused by the console")
        story.tell(e.IntegrationResumed(actor=scenarios.OPERATOR), after=5)
        drive.link.show(journaled(story, tmp_path))
        await drive.sees("resumed by deploy from 10.0.0.7")
        assert selected(drive).startswith("resumed")


async def test_the_selection_stays_where_it_is_when_records_come(tmp_path: Path) -> None:
    """Who reads an older record is not torn away; End goes on following."""
    story = scenarios._incident()
    async with cockpit(journaled(story, tmp_path)) as drive:
        shown = await open_journal(drive)
        await drive.press("k", "up", "k")
        words, place = selected(drive), shown.in_sight
        story.gates_pass(None)
        drive.link.show(journaled(story, tmp_path))
        await drive.until(lambda: shown.page.total == len(story.records))
        assert (selected(drive), shown.in_sight) == (words, place)
        await drive.press("end")
        assert selected(drive).startswith("Response times")


async def test_a_hundred_thousand_records_are_read_where_one_looks(tmp_path: Path) -> None:
    """Home and End are a key away; at no time is more than a part of it in memory."""
    story = Story().opened()
    while len(story.records) < 100_000:
        story.gates_pass(None)
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.append_many([record.event for record in story.records], story.at)
    story.records = story.records[:100]
    async with cockpit(replace(story.view(), folder=str(tmp_path))) as drive:
        shown = await open_journal(drive)
        assert shown.count() >= 100_000
        await drive.press("home")
        await drive.sees("took control")
        await drive.press("pagedown", "pagedown")
        await drive.until(lambda: shown.entry() is not None)
        assert shown.selected == 2 * (shown.room - 1)
        assert len(shown.page.entries) < 1000
        await drive.press("slash", *"took", "space", *"control")
        await drive.until(lambda: shown.page.query.text == "took control" and shown.page.is_whole)
        assert shown.count() == 1


async def test_filters_combine_and_stand_in_one_line(tmp_path: Path) -> None:
    """Kind, phase, person and words narrow it down together; c shows everything again."""
    story = scenarios._incident()
    async with cockpit(journaled(story, tmp_path)) as drive:
        shown = await open_journal(drive)
        await found(drive, ["f", "f", "f"], "gate")
        await drive.press("n", "n", "n", "n", "slash", *"chat")
        await drive.until(lambda: shown.page.query.text == "chat" and shown.page.is_whole)
        assert "f kind gate" in drive.text
        assert "n phase 4" in drive.text
        assert "/ words “chat”" in drive.text
        assert shown.count() == 1
        assert selected(drive).startswith("Chat still works: fail")
        await drive.press("enter", "c")
        await drive.until(lambda: shown.count() == len(story.records))
        assert "kind all" in drive.text
        assert "words all" in drive.text


async def test_who_shows_what_one_person_asked_for(tmp_path: Path) -> None:
    """Each press of w turns to the next one."""
    async with cockpit(journaled(scenarios._incident(), tmp_path)) as drive:
        shown = await open_journal(drive)
        await drive.press("w")
        await drive.until(lambda: shown.page.query.who == "deploy from 10.0.0.7" and shown.page.is_whole)
        assert "who deploy from 10.0.0.7" in drive.text
        assert "approved by deploy" in drive.text
        assert "watch resources" not in drive.text.partition("JOURNAL")[2]


async def test_a_filter_keeps_the_selected_record_where_it_takes_it(tmp_path: Path) -> None:
    """Narrowing down does not lose what one was looking at."""
    story = scenarios._incident()
    async with cockpit(journaled(story, tmp_path)) as drive:
        shown = await open_journal(drive)
        while not selected(drive).startswith("phase 4 approved"):
            await drive.press("k")
        await found(drive, ["f"], "phase")
        await drive.until(lambda: selected(drive).startswith("phase 4 approved"))
        await drive.press("c")
        await drive.until(lambda: shown.count() == len(story.records))
        assert selected(drive).startswith("phase 4 approved")


async def test_words_that_nothing_has_are_said(tmp_path: Path) -> None:
    """An empty list is never only empty; Esc takes the words away."""
    story = scenarios._incident()
    async with cockpit(journaled(story, tmp_path)) as drive:
        shown = await open_journal(drive)
        await drive.press("slash", *"xyzzy")
        await drive.sees("is like that. c shows everything again.")
        await drive.press("escape")
        await drive.until(lambda: shown.count() == len(story.records))
        assert isinstance(drive.app.screen, JournalScreen)


async def test_enter_shows_every_field_and_escape_leads_back(tmp_path: Path) -> None:
    """With its place in the chain; a second Esc leads to the cockpit."""
    async with cockpit(journaled(scenarios._incident(), tmp_path)) as drive:
        await open_journal(drive)
        await drive.press("k", "k", "enter")
        for words in ("RECORD", "since record", "GateJudged", "verdict   fail", "summary 0 of 3 as expected"):
            assert words in drive.text
        await drive.press("l")
        await drive.sees("IncidentOpened")
        await drive.press("escape")
        assert "JOURNAL" in drive.text
        await drive.press("escape")
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_wide_terminals_show_list_and_detail_side_by_side(tmp_path: Path) -> None:
    """The detail follows the selection."""
    async with cockpit(journaled(scenarios._incident(), tmp_path), size=(140, 40)) as drive:
        await open_journal(drive)
        await drive.sees("IntegrationPaused")
        await drive.press("k")
        await drive.sees("IncidentOpened")


async def test_e_writes_what_is_shown_and_says_where(tmp_path: Path) -> None:
    """A JSON object a line, of the records that the filter takes."""
    async with cockpit(journaled(scenarios._incident(), tmp_path), size=(120, 40)) as drive:
        await open_journal(drive)
        await found(drive, ["f"], "phase")
        await drive.press("e")
        exports = tmp_path / "exports"
        await drive.until(lambda: "records in" in drive.text.replace("\n", " "))
        (file,) = exports.iterdir()
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert len(lines) == records_of(drive).count()
        assert all(line["type"].startswith("Phase") for line in lines)


async def test_without_an_integration_it_says_so() -> None:
    """There is no folder, and no journal."""
    async with cockpit(scenarios.nothing_opened()) as drive:
        await drive.press("4")
        await drive.sees("No integration is open yet")
        await drive.press("j", "k", "enter", "f", "e", "end", "pageup")
        assert isinstance(drive.app.screen, JournalScreen)


async def test_a_journal_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    """And is shown as soon as it can be."""
    story = scenarios._incident()
    async with cockpit(replace(story.view(), folder=str(tmp_path))) as drive:
        await drive.press("4")
        await drive.sees("There is no journal at")
        written(tmp_path, story.records)
        await drive.until(lambda: records_of(drive).count() == len(story.records))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 60)])
@pytest.mark.parametrize("terminal", [UNICODE_TERMINAL, ASCII_TERMINAL], ids=["unicode", "ascii"])
async def test_hostile_words_are_shown_as_they_read(
    tmp_path: Path, size: tuple[int, int], terminal: dict[str, str]
) -> None:
    """In the list and in the detail, neither markup nor escapes get through."""
    story = Story().opened().tell(e.ServiceFailed(service=HOSTILE, reason=HOSTILE))
    async with cockpit(journaled(story, tmp_path), size=size, terminal=terminal) as drive:
        await open_journal(drive)
        assert MARKUP[:20] in drive.text
        await drive.press("enter")
        await drive.sees("ServiceFailed")
        assert drive.text.replace("\n", "").isprintable()
        for strip in drive.app.screen._compositor.render_strips():
            assert not any(segment.style and segment.style.meta.get("@click") for segment in strip)


async def test_a_click_selects(tmp_path: Path) -> None:
    """The mouse is optional, and works."""
    async with cockpit(journaled(scenarios._incident(), tmp_path)) as drive:
        shown = await open_journal(drive)
        await drive.pilot.click(JournalList, offset=(5, 1))
        assert shown.selected == shown.in_sight


async def test_words_typed_ahead_are_words_and_not_commands(tmp_path: Path) -> None:
    """On a slow line all of it comes at once: nothing is paused or approved, and what follows Enter is a key again."""
    async with cockpit(journaled(scenarios._incident(), tmp_path)) as drive:
        shown = await open_journal(drive)
        for key in ("/", *"paRt", "\r", "f"):
            drive.app.post_message(Key("enter" if key == "\r" else "slash" if key == "/" else key, key))
        await drive.until(lambda: shown.page.query == Query(text="paRt", kind="phase") and shown.page.is_whole)
        assert drive.link.requests == []
        assert isinstance(drive.app.screen, JournalScreen)
        for key in ("slash", *"ap", "escape", "c"):
            drive.app.post_message(Key(key, key[0] if len(key) == 1 else None))
        await drive.until(lambda: shown.page.query == Query())
        assert drive.link.requests == []
