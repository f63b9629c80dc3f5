"""A log, a screenful of it at a time: only what is in sight is read."""

from __future__ import annotations

import re

from rich.cells import chop_cells
from textual.events import Click, MouseScrollDown, MouseScrollUp

from aurora_console.logs.index import LogLine, LogSource
from aurora_console.state.live import View
from aurora_console.text import clean_bytes, size
from aurora_console.widgets.choice import MARK
from aurora_console.widgets.figures import clock
from aurora_console.widgets.glyphs import UNICODE, Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, join, space, text
from aurora_console.widgets.pane import Lines, Pane

_LEVEL_WITHIN = 160
"""Characters of a line in which the word for its level is looked for."""
_BAD = re.compile(r"(?i)\b(?:error|err|critical|crit|fatal|panic|severe|emerg|alert)\b|^Traceback ")
_DOUBTFUL = re.compile(r"(?i)\b(?:warning|warn)\b")
_MINOR = re.compile(r"(?i)\b(?:debug|trace)\b")
_WHEEL = 3
_NAME = 10
_WIDE = 100
"""From so many cells on, the time at which a line came is shown."""


class LogPane(Pane):
    """The lines around a cursor. The screen gives it a source, and says what to do with it."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self.source: LogSource | None = None
        """None where there is no log."""
        self.is_following = True
        self.is_wrapping = False
        self.hits: frozenset[int] = frozenset()
        """Places of lines that the newest search has found."""
        self.marked_from: int | None = None
        """Where the range begins that reaches to the cursor; None without one."""
        self.name_shown = ""
        self.nothing = ""
        """Said where there is no line."""
        self._cursor: LogLine | None = None
        self._first: int | None = None
        """The place of the first line in sight."""
        self._rows_of: list[LogLine] = []
        """The line of each row in sight."""

    @property
    def cursor(self) -> LogLine | None:
        """The selected line."""
        return self._cursor

    def show(self, source: LogSource | None, name: str, nothing: str) -> None:
        """Show another source, from its end."""
        self.source, self.name_shown, self.nothing = source, name, nothing
        self.hits, self.marked_from = frozenset(), None
        self.follow()

    def follow(self) -> None:
        """Go to the end, and stay there."""
        self.is_following = True
        self._cursor = self._first = None
        self._redraw()

    def go_to(self, at: int) -> None:
        """Select the line at a place."""
        lines = self.source.after(at, 1) if self.source is not None else []
        if lines and self.source is not None:
            self.is_following = False
            self._cursor = lines[0]
            if all(line.at != lines[0].at for line in self._rows_of):
                above = self.source.before(at, self._height // 3)
                self._first = above[0].at if above else None
            self._redraw()

    def go_first(self) -> None:
        """Select the first line."""
        if self.source is not None:
            self.go_to(self.source.start)

    def scroll_rows(self, by: int) -> None:
        """Select the line that many further down."""
        if self.source is None or self._cursor is None:
            return
        if by < 0:
            lines = self.source.before(self._cursor.at, -by)
            wanted = lines[0] if lines else self._cursor
        else:
            lines = self.source.after(self._cursor.end, by)
            wanted = lines[-1] if lines else self._cursor
        if wanted.at != self._cursor.at:
            self.is_following = False
            self._cursor = wanted
            self._redraw()

    def page(self, by: int) -> None:
        """Move by a screenful."""
        self.scroll_rows(by * max(1, self._room - 1))

    def draw(self, view: View, width: int) -> Lines:
        """Return the lines in sight."""
        del view
        title = f"LOG {self.name_shown}".rstrip()
        lines = self._window(width)
        if not lines:
            return Lines((text(self.nothing, "muted"),), title=title)
        rows: list[Line] = []
        self._rows_of = []
        for line in lines:
            drawn = self._draw_line(line, width)
            rows += drawn
            self._rows_of += [line] * len(drawn)
        return Lines(tuple(rows[: self._height]), title=title, beside=self._place())

    def on_click(self, event: Click) -> None:
        """Select the line that is pointed at."""
        row = event.y - 1
        if 0 <= row < len(self._rows_of):
            self.go_to(self._rows_of[row].at)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move by the wheel."""
        event.stop()
        self.scroll_rows(_WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move by the wheel."""
        event.stop()
        self.scroll_rows(-_WHEEL)

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 1)

    def _window(self, width: int) -> list[LogLine]:
        """Return the lines that fit, with the cursor among them; moves as little as it can."""
        source = self.source
        if source is None:
            return []
        if self.is_following or self._cursor is None:
            lines = self._fitting(source.before(source.end, self._height), width)
            self._cursor = lines[-1] if lines else None
        else:
            first = self._cursor.at if self._first is None else min(self._first, self._cursor.at)
            lines = source.after(first, self._height)
            height = 0
            for line in lines:
                height += len(self._draw_line(line, width))
                if line.at >= self._cursor.at:
                    break
            if height > self._height or all(line.at != self._cursor.at for line in lines):
                lines = self._fitting(source.before(self._cursor.end, self._height), width)
            elif len(lines) < self._height:  # at the end: fill the screen from above
                lines = self._fitting(source.before(source.end, self._height), width)
        self._first = lines[0].at if lines else None
        return lines

    def _fitting(self, lines: list[LogLine], width: int) -> list[LogLine]:
        """Leave out of `lines`, from the front, what does not fit; the last one always does, in part at least."""
        room, kept = self._height, 0
        for line in reversed(lines):
            room -= len(self._draw_line(line, width))
            if room < 0 and kept:
                break
            kept += 1
        return lines[len(lines) - kept :]

    def _draw_line(self, line: LogLine, width: int) -> list[Line]:
        words = clean_bytes(line.data)
        sign, tone = self._level(words)
        if line.at in self.hits:
            tone = "accent-strong"
        head = self._mark(line) + text(sign, tone).left(self.glyphs.width) + space(1) + self._origin(line, width)
        room = max(1, width - head.width)
        if not self.is_wrapping:
            return [(head + text(words, tone)).left(width)]
        pieces = chop_cells(words, room) or [""]
        return [(head if at == 0 else space(head.width)) + text(one, tone) for at, one in enumerate(pieces)]

    def _mark(self, line: LogLine) -> Line:
        cursor, begun = self._cursor, self.marked_from
        if cursor is not None and line.at == cursor.at:
            return text(MARK, "accent")
        if cursor is not None and begun is not None and min(begun, cursor.at) <= line.at <= max(begun, cursor.at):
            return text("│", "accent")
        return space(1)

    def _origin(self, line: LogLine, width: int) -> Line:
        if not line.service:
            return EMPTY
        when = text("" if line.seen_at is None else clock(line.seen_at), "faint").left(9) if width >= _WIDE else EMPTY
        return when + text(line.service, "muted").left(_NAME) + space(1)

    def _level(self, words: str) -> tuple[str, Tone]:
        start = words[:_LEVEL_WITHIN]
        if _BAD.search(start):
            return self.glyphs.failed, "alarm"
        if _DOUBTFUL.search(start):
            return self.glyphs.alarm, "strong"
        if _MINOR.search(start):
            return "", "muted"
        return "", "plain"

    def _place(self) -> Line:
        source, cursor = self.source, self._cursor
        assert source is not None
        said = []
        if self.is_following:
            said.append(text("following", "accent"))
        elif cursor is not None and source.end > source.start:
            said.append(text(f"{(cursor.end - source.start) / (source.end - source.start):.0%}", "plain"))
        unit = f"{source.end - source.start:,} lines" if cursor is not None and cursor.service else size(source.end)
        said.append(text(f"of {unit}" if not self.is_following else unit, "muted"))
        if self.is_wrapping:
            said.append(text("wrapped", "muted"))
        return join(said, space(1))
