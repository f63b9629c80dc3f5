"""The records of the journal, the newest one last."""

from __future__ import annotations

import time

from aurora_console.state.ledger import NOTHING, Entry, Page
from aurora_console.state.sentences import is_news, plural
from aurora_console.widgets.choice import Choice
from aurora_console.widgets.figures import clock
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, text

_KIND = 8
_PHASE = 2
_WHO = 22
_DATES_FROM = 70
_WHO_FROM = 110
_SEQ_FROM = 100


class JournalList(Choice):
    """Shows a page; rows that are not on it yet have dots, and the screen is told when others are in sight."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.page: Page = NOTHING
        self.problem = ""
        """Why the journal cannot be read; empty when it can."""
        self.follows = True
        """Whether the newest record is selected, and the next one will be."""
        self._anchor: int | None = None
        """The record to be selected as soon as the search has come to it."""

    def count(self) -> int:
        """Return how many records there are to show."""
        return self.page.count

    def entry(self) -> Entry | None:
        """Return the selected record; None while it is not known yet."""
        return self.page.entry(self.selected)

    def take(self, page: Page) -> None:
        """Show another page."""
        if page.query != self.page.query:
            entry = self.entry()
            self._anchor = None if self.follows or entry is None else entry.record.seq
        self.page = page
        self.problem = ""
        if self.follows:
            self.selected = page.count - 1
        elif self._anchor is not None:
            self.selected = page.index_of(self._anchor)
            if page.is_whole:
                self._anchor = None
        self._redraw()

    def fail(self, problem: str) -> None:
        """Say why there is nothing to show."""
        self.page = NOTHING
        self.problem = problem
        self._redraw()

    def select(self, index: int) -> None:
        """Select a record; the newest one is followed."""
        super().select(index)
        self._anchor = None
        self.follows = self.selected >= self.count() - 1

    def heading(self, width: int) -> tuple[str, Line]:
        """Return the name, how many are shown, and whether new ones will be."""
        page = self.page
        figures = f"{page.count:,} of {page.total:,}" if not page.query.is_open else f"{page.total:,}"
        if not page.is_whole:
            figures += f", {page.scanned / max(1, page.total):.0%} looked at"
        word = "follows" if self.follows else "End follows"
        figures = f"{figures} · {word}" if width >= _DATES_FROM else figures
        return "JOURNAL", text(figures, "muted")

    def nothing(self) -> str:
        """Say why nothing is shown."""
        if self.problem:
            return self.problem
        if self.page is NOTHING:
            return "The journal is being read."
        if not self.page.total:
            return "Nothing has been written yet: the journal begins with the integration."
        if not self.page.is_whole:
            return "Nothing found so far."
        return f"No record of {plural(self.page.total, 'record')} is like that. c shows everything again."

    def row(self, index: int, width: int, *, is_selected: bool) -> Line:
        """Return when it was, of which kind, in which phase, and what it says."""
        entry = self.page.entry(index)
        if entry is None:
            return text("…", "faint")
        tone: Tone = "plain" if is_news(entry.record.event) else "muted"
        if entry.is_trouble:
            tone = "alarm"
        if is_selected:
            tone = "alarm-strong" if entry.is_trouble else "strong"
        head = text(f"{entry.record.seq:,}", "faint").right(7) + space(1) if width >= _SEQ_FROM else EMPTY
        head += text(when(entry.record.at, has_date=width >= _DATES_FROM), "muted") + space(1)
        sign = self.glyphs.alarm if entry.is_trouble else ""
        head += text(sign, "alarm-strong").left(self.glyphs.width) + space(1)
        head += text(entry.kind, "muted").left(_KIND) + space(1)
        head += text("" if entry.phase is None else str(entry.phase), "muted").right(_PHASE) + space(1)
        if width >= _WHO_FROM:
            head += text(entry.who, "muted").left(_WHO) + space(1)
        return head + text(entry.words, tone)


def when(at: float, *, has_date: bool) -> str:
    """Return a time of day with or without month and day. `at` in seconds since the epoch."""
    return f"{time.strftime('%m-%d', time.localtime(at))} {clock(at)}" if has_date else clock(at)
