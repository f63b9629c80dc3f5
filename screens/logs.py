"""What the services write: one of them or all together; followed, searched, filtered, copied."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.errors import AuroraError
from aurora_console.logs.chosen import ChosenLines
from aurora_console.logs.copying import CLIPBOARD, as_text, lines_between, write_copy
from aurora_console.logs.index import LogLine, LogPages
from aurora_console.logs.merge import MergedLogs
from aurora_console.logs.search import Found, Query, Search
from aurora_console.screens.panel import PanelScreen
from aurora_console.state.live import View
from aurora_console.state.sentences import plural
from aurora_console.text import clean, clean_bytes, size
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, text
from aurora_console.widgets.log_pane import LogPane
from aurora_console.widgets.log_search import LogStatus, SearchField
from aurora_console.widgets.log_services import ALL, LogServices, first_with_log, logs_of, why_no_log
from aurora_console.widgets.pane import Pane

PERIOD = 0.5
"""Seconds between looks at what was written: a log that is followed is repainted twice a second at most."""
_CHOSEN_AT_ONCE = 2000
_ENOUGH_ABOVE = 50
"""Chosen lines above the cursor below which more are looked for."""


class LogsScreen(PanelScreen):
    """A log, and above it whose it is."""

    PANEL = Panel.LOGS
    AUTO_FOCUS = "#log"
    CSS_PATH = "logs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(PANEL),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "first", show=False),
        Binding("end,G", "follow", show=False),
    ]

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__(view, glyphs, clock)
        self._service = first_with_log(view)
        self._source: LogPages | MergedLogs | None = None
        self._known: dict[str, str] = {}
        """Service -> its log, as the source was opened with them."""
        self._pattern = ""
        self._chosen: ChosenLines | None = None
        self._is_inverse = False
        self._search: Search | None = None
        self._wants_filter: bool | None = None
        """What the words that are being typed are for: a filter, inverse or not; None for a search."""

    def compose_body(self) -> ComposeResult:
        """Lay out the names, the log, the field for the search, and what came of it."""
        yield LogServices(self.glyphs, id="log-services")
        yield LogPane(self.glyphs, id="log")
        yield SearchField(id="log-search")
        yield LogStatus(self.glyphs, id="log-status")

    def turn_to(self, about: str) -> None:
        """Show one service's log."""
        self._service = about

    def on_mount(self) -> None:
        """Open the log, and look from time to time at what is new."""
        super().on_mount()
        self._open()
        self.set_interval(PERIOD, self._look)

    def on_unmount(self) -> None:
        """Let go of files and processes."""
        if self._search is not None:
            self._search.give_up()
        if isinstance(self._source, LogPages):
            self._source.close()

    def update_view(self, view: View) -> None:
        """Show another moment; open the log of a service that has one only now."""
        is_first = not self.is_mounted
        super().update_view(view)
        if not is_first and self._known != logs_of(view, self._service):
            self._open()

    def main_list(self) -> Pane:
        """Return the log."""
        return self._log

    def action_choose(self, by: int) -> None:
        """Show another service's log."""
        names = ["", *self.view.state.services]
        at = names.index(self._service) if self._service in names else 0
        self._service = names[(at + by) % len(names)]
        self._open()

    def action_page(self, by: int) -> None:
        """Move by a screenful."""
        self._log.page(by)
        self._choose_more()

    def action_first(self) -> None:
        """Go to the first line."""
        self._log.go_first()
        self._choose_more()

    def action_follow(self) -> None:
        """Go to the newest line and stay there."""
        self._log.follow()

    def action_wrap(self) -> None:
        """Break long lines, or cut them off."""
        self._log.is_wrapping = not self._log.is_wrapping
        self._log.update_view(self.view)

    def action_search(self) -> None:
        """Have an expression typed to search for."""
        self._wants_filter = None
        self._type()

    def action_filter(self, is_inverse: bool) -> None:
        """Show only lines that match, or that do not; or all again."""
        if self._chosen is not None and self._is_inverse == is_inverse:
            self._show_all()
        elif self._pattern:
            self._begin_filter(is_inverse)
        else:
            self._wants_filter = is_inverse
            self._type()

    def action_match(self, direction: int) -> None:
        """Go to another match."""
        cursor = self._log.cursor
        if not self._pattern:
            self.app.notify("There is nothing to look for yet: / searches.", markup=False)
        elif cursor is not None:
            self._look_for(cursor.end if direction > 0 else cursor.at, direction)

    def action_mark(self) -> None:
        """Begin a range at the cursor, or give it up."""
        pane = self._log
        pane.marked_from = pane.cursor.at if pane.cursor is not None and pane.marked_from is None else None
        pane.is_following = pane.is_following and pane.marked_from is None
        pane.update_view(self.view)

    def action_copy(self) -> None:
        """Copy the line or the range."""
        pane = self._log
        if pane.source is None or pane.cursor is None:
            return
        begun = pane.cursor.at if pane.marked_from is None else pane.marked_from
        first, last = min(begun, pane.cursor.at), max(begun, pane.cursor.at)
        try:
            lines = lines_between(pane.source, first, last)
        except AuroraError as error:
            self._tell(error)
            return
        self._prepare_copy(lines)

    @work(thread=True, group="copy", exit_on_error=False)
    def _prepare_copy(self, lines: list[LogLine]) -> None:
        """Clean the lines, and write them down where they are too long for a clipboard."""
        words = as_text(lines)
        length, where = len(words.encode()), None
        try:
            if length > CLIPBOARD:
                where = write_copy(self.view.folder, self._service or ALL, words, self.clock.wall())
        except AuroraError as error:
            self.app.call_from_thread(self._tell, error)
        else:
            self.app.call_from_thread(self._copied, words, len(lines), where)

    def _copied(self, words: str, lines: int, where: Path | None) -> None:
        length = size(len(words.encode()))
        if where is None:
            self.app.copy_to_clipboard(words)
            self.app.notify(f"Copied {plural(lines, 'line')}, {length}, to the terminal's clipboard.", markup=False)
        else:
            self.app.notify(f"{length} are too much for a clipboard. Written to:\n{clean(str(where))}", markup=False)
        self._log.marked_from = None
        self._log.update_view(self.view)

    def _tell(self, error: AuroraError) -> None:
        said = clean(error.message, 300)
        self.app.notify(f"{said[0].upper()}{said[1:]}.\n{clean(error.hint, 300)}", severity="warning", markup=False)

    def _open(self) -> None:
        """Open what is chosen, from its end."""
        if isinstance(self._source, LogPages):
            self._source.close()
        self._known = logs_of(self.view, self._service)
        self._source, problem = None, ""
        try:
            if self._service and self._known:
                self._source = LogPages(Path(self._known[self._service]))
            elif self._known:
                self._source = MergedLogs({name: Path(log) for name, log in self._known.items()}, self.clock)
        except OSError as error:
            problem = f"It cannot be read: {error.strerror}."
        self._chosen = None
        self.query_one(LogServices).chosen = self._service
        self.query_one(LogServices).update_view(self.view)
        self._log.show(self._source, self._service or ALL, problem or why_no_log(self.view, self._service))
        self._say(EMPTY)

    def _look(self) -> None:
        """Take note of what was written since the last look."""
        source, pane = self._source, self._log
        if source is None:
            return
        before = source.end
        if isinstance(source, MergedLogs):
            source.poll()
        elif source.refresh():
            self._open()
            return
        if self._chosen is not None:
            self._choose_more()
        elif source.end != before:
            pane.update_view(self.view)

    def _type(self) -> None:
        field = self.query_one(SearchField)
        field.placeholder = (
            "regular expression; Enter searches upwards, Esc leaves"
            if self._wants_filter is None
            else f"regular expression; Enter shows only lines {'without' if self._wants_filter else 'with'} it"
        )
        field.value = self._pattern
        field.display = True
        field.focus()

    @on(Input.Submitted, "#log-search")
    def _take_pattern(self, event: Input.Submitted) -> None:
        self._leave_field()
        self._pattern = event.value
        if self._chosen is not None:
            self._show_all()
        if not self._pattern:
            self._log.hits = frozenset()
            self._log.update_view(self.view)
            self._say(EMPTY)
        elif self._wants_filter is not None:
            self._begin_filter(self._wants_filter)
        elif self._log.cursor is not None:
            self._look_for(self._log.cursor.end, -1)

    def action_leave_field(self) -> None:
        """Leave the field as it was."""
        self._leave_field()

    def _leave_field(self) -> None:
        self.query_one(SearchField).display = False
        self._log.focus()

    def _look_for(self, start: int, direction: int) -> None:
        """Search among the lines that are shown."""
        if self._chosen is not None:
            # What is filtered out cannot be found; what is shown matches already, or not at all.
            self._log.scroll_rows(direction)
            return
        self._say(text(f"searching {self._pattern}", "muted"))
        self._begin(self._query(start, direction), partial(self._found, direction))

    def _found(self, direction: int, found: Found) -> None:
        if found.hits:
            self._log.hits = frozenset(at for at, _ in found.hits)
            self._log.go_to(found.hits[0][0])
            self._say(text(self._pattern, "accent") + text("  n further up, N further down", "muted"))
            return
        where = "above" if direction < 0 else "below"
        other = "N looks below" if direction < 0 else "n looks above"
        if found.is_whole:
            self._say(text(f"{self._pattern}: nothing {where}; {other}", "strong"))
        else:
            self._say(text(f"{self._pattern}: nothing {where} in {size(abs(self._end - found.reached))} yet", "strong"))

    def _begin_filter(self, is_inverse: bool) -> None:
        if self._source is None:
            return
        self._is_inverse = is_inverse
        self._chosen = ChosenLines(self._source)
        self._log.show(self._chosen, self._service or ALL, "No line is left.")
        self._choose_more()

    def _show_all(self) -> None:
        cursor, self._chosen = self._log.cursor, None
        is_following = self._log.is_following
        self._log.show(self._source, self._service or ALL, why_no_log(self.view, self._service))
        if cursor is not None and not is_following:
            self._log.go_to(cursor.at)
        self._say(EMPTY)

    def _choose_more(self) -> None:
        """Let the filter go on where lines are missing: further back first, then what is new."""
        chosen, pane = self._chosen, self._log
        if chosen is None or self._search is not None:
            return
        above = len(chosen.before(pane.cursor.at, _ENOUGH_ABOVE)) if pane.cursor is not None else 0
        if not chosen.is_whole and above < _ENOUGH_ABOVE:
            query = self._query(chosen.looked_from, -1, _CHOSEN_AT_ONCE)
            self._begin(query, partial(self._add_chosen, chosen, -1))
        elif chosen.looked_to < self._end:
            query = self._query(chosen.looked_to, 1, _CHOSEN_AT_ONCE)
            self._begin(query, partial(self._add_chosen, chosen, 1))

    def _add_chosen(self, chosen: ChosenLines, direction: int, found: Found) -> None:
        if chosen is not self._chosen:
            return
        if direction < 0:
            chosen.add_older(found.hits, 0 if found.is_whole else found.reached)
        else:
            chosen.add_newer(found.hits, found.reached)
        self._log.update_view(self.view)
        word = "without" if self._is_inverse else "with"
        more = "" if chosen.is_whole else " so far"
        self._say(
            text(f"only lines {word} ", "muted")
            + text(self._pattern, "accent")
            + text(f"  {plural(chosen.count, 'line')}{more}", "muted")
        )

    def _query(self, start: int, direction: int, limit: int = 200) -> Query:
        source = self._source
        is_inverse = self._chosen is not None and self._is_inverse
        query = Query(pattern=self._pattern, start=start, direction=direction, inverse=is_inverse, limit=limit)
        if isinstance(source, MergedLogs):
            count = source.end - source.start
            lines = source.after(start, count) if direction > 0 else source.before(start, count)[::-1]
            return _with_lines(query, lines)
        return _with_parts(query, source)

    def _begin(self, query: Query, then: partial[None]) -> None:
        """Search in a thread that waits for the process; a search under way is given up."""
        if self._search is not None:
            self._search.give_up()
        self._search = Search(query)
        self._wait_for(self._search, then)

    @work(thread=True, group="search", exit_on_error=False)
    def _wait_for(self, search: Search, then: partial[None]) -> None:
        found = search.find()
        self.app.call_from_thread(self._end_search, search, found, then)

    def _end_search(self, search: Search, found: Found, then: partial[None]) -> None:
        if search is not self._search:
            return  # another one is under way
        self._search = None
        if not self.is_mounted:
            return
        if not found.problem:
            then(found)
            return
        self._say(text(f"{self.glyphs.alarm} {found.problem}", "alarm"))
        if self._chosen is not None:
            self._show_all()
            self._say(text(f"{self.glyphs.alarm} {found.problem}", "alarm"))

    def _say(self, line: Line) -> None:
        status = self.query_one(LogStatus)
        status.said = line
        status.update_view(self.view)

    @property
    def _log(self) -> LogPane:
        return self.query_one(LogPane)

    @property
    def _end(self) -> int:
        return self._source.end if self._source is not None else 0


def _with_lines(query: Query, lines: list[LogLine]) -> Query:
    return replace(query, lines=tuple((line.at, clean_bytes(line.data)) for line in lines))


def _with_parts(query: Query, source: LogPages | None) -> Query:
    return replace(query, parts=source.parts if source is not None else ())
