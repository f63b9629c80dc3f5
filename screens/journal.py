"""Everything that was decided and done: narrowed down, in detail, and taken along."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

from textual import work
from textual.binding import BindingType
from textual.message import Message
from textual.worker import Worker, WorkerState, get_current_worker

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.errors import AuroraError
from aurora_console.screens.list_panel import ListPanel
from aurora_console.state.export import export_records
from aurora_console.state.ledger import KINDS, Ledger, Page, Query
from aurora_console.state.live import View
from aurora_console.state.sentences import plural
from aurora_console.widgets.choice import Choice
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.journal_filter import JournalFilter
from aurora_console.widgets.journal_list import JournalList
from aurora_console.widgets.record_detail import RecordDetail

_MARGIN = 100
"""Records read beyond those in sight, before and after them."""
_PATIENCE = 1.0
"""Seconds after which the reading thread looks whether it is still wanted, though nobody woke it."""

_One = TypeVar("_One")


class _Wish(NamedTuple):
    """What the reading thread is to look at next."""

    query: Query
    first: int | None
    """None for the newest ones."""
    most: int


class JournalScreen(ListPanel):
    """The journal is read on a thread of its own, a page at a time: how long it is does not matter."""

    PANEL = Panel.JOURNAL
    CSS_PATH = "list_panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    class Read(Message):
        """The reading thread has something to show."""

        def __init__(self, page: Page | None, problem: str = "") -> None:
            super().__init__()
            self.page = page
            self.problem = problem

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__(view, glyphs, clock)
        self._query = Query()
        self._wish = _Wish(self._query, None, 3 * _MARGIN)
        self._wake = threading.Event()

    def make_head(self) -> JournalFilter:
        """Return the line of filters."""
        self._filter = JournalFilter(self.glyphs, id="head")
        return self._filter

    def make_list(self) -> JournalList:
        """Return the records."""
        self._records = JournalList(self.glyphs, id="list")
        return self._records

    def make_detail(self) -> RecordDetail:
        """Return the detail of the selected record."""
        return RecordDetail(self._records, self.glyphs, id="detail")

    def on_mount(self) -> None:
        """Begin to read."""
        if self.view.folder:
            self._read(Path(self.view.folder) / "journal.db")
        else:
            self._records.fail("No integration is open yet, so there is no journal.")

    def on_unmount(self) -> None:
        """Let the reading thread see that it is over."""
        self._wake.set()

    def update_view(self, view: View) -> None:
        """Show another moment, with what was written since."""
        super().update_view(view)
        self._want()

    def look_for(self, words: str) -> None:
        """Show only records with these words."""
        self._ask(replace(self._query, text=words.strip()))

    def action_kind(self) -> None:
        """Show the next kind only."""
        self._ask(replace(self._query, kind=_next((None, *KINDS), self._query.kind)))

    def action_who(self) -> None:
        """Show only what the next person asked for."""
        self._ask(replace(self._query, who=_next(("", *self._records.page.people), self._query.who)))

    def action_phase(self) -> None:
        """Show the next phase only."""
        self._ask(replace(self._query, phase=_next((None, *self._records.page.phases), self._query.phase)))

    def action_clear(self) -> None:
        """Show everything."""
        self.field.value = ""
        self._ask(Query())

    @work(group="export", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Write what is shown into a file, and say where it is."""
        folder = Path(self.view.folder)
        if not self.view.folder:
            self.notify("No integration is open yet, so there is no journal.", markup=False)
            return
        try:
            path, count = await asyncio.to_thread(
                export_records, folder / "journal.db", self._query, folder / "exports", self.clock.wall()
            )
        except AuroraError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"{plural(count, 'record')} in {path}", markup=False, timeout=15)

    def on_choice_moved(self, event: Choice.Moved) -> None:
        """Read what has come into sight."""
        del event
        self._want()

    def on_journal_screen_read(self, event: Read) -> None:
        """Show what was read."""
        before = self._records.entry()
        if event.page is None:
            self._records.fail(event.problem)
        elif event.page.query == self._query:
            self._records.take(event.page)
        entry = self._records.entry()
        if (entry and entry.record.seq) != (before and before.record.seq):
            self.detail.show_again()
        self._want()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so when reading or exporting broke off."""
        if event.state is WorkerState.ERROR:
            self.notify(f"This went wrong: {event.worker.error!r}. Please report it.", severity="error", markup=False)

    def _ask(self, query: Query) -> None:
        self._query = query
        self._filter.tell(query)
        self._want()

    def _want(self) -> None:
        """Tell the reading thread what is in sight."""
        shown = self._records
        # In steps, so that moving by a row does not mean to read again.
        first = None if shown.follows else max(0, (shown.in_sight // _MARGIN - 1) * _MARGIN)
        self._wish = _Wish(self._query, first, shown.room + 3 * _MARGIN)
        self._wake.set()

    @work(thread=True, group="journal", exclusive=True, exit_on_error=False)
    def _read(self, path: Path) -> None:
        """Read what is wished for, until the screen is gone. On a thread of its own."""
        worker = get_current_worker()
        ledger = Ledger(path)
        shown: Page | None = None
        try:
            while not worker.is_cancelled:
                self._wake.clear()
                wish = self._wish
                try:
                    page = ledger.look(*wish)
                except AuroraError as error:
                    ledger.close()
                    self.post_message(self.Read(None, str(error)))
                    shown = None
                    self._wake.wait(_PATIENCE)
                    continue
                if page != shown:
                    self.post_message(self.Read(page))
                    shown = page
                if page.is_whole:
                    self._wake.wait(_PATIENCE)
        finally:
            ledger.close()


def _next(choices: tuple[_One, ...], chosen: _One) -> _One:
    """Return the choice after `chosen`, the first one after the last."""
    return choices[(choices.index(chosen) + 1) % len(choices)] if chosen in choices else choices[0]
