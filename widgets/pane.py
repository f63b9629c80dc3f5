"""The one way in which lines get onto the screen: a widget that repaints only the lines that changed."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from aurora_console.state.live import View
from aurora_console.widgets.glyphs import UNICODE, Glyphs
from aurora_console.widgets.line import EMPTY, TONES, Line, Tone, joined, spread, text


class Lines(NamedTuple):
    """What a pane shows."""

    rows: tuple[Line, ...]
    title: str = ""
    """Begins the header, which stays in place while the rows scroll; without one there is no header."""
    beside: Line = EMPTY
    """The rest of the header."""
    beside_at: int | None = None
    """The cell at which `beside` begins; None for the right edge."""
    follow: int | None = None
    """The row to keep in sight, unless the operator scrolled away."""


class Pane(Widget, can_focus=True):
    """Lines drawn from a view. A subclass says which in `draw`."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"pane--{tone}" for tone in TONES}
    DEFAULT_CSS = """
    Pane {
        height: auto;
        & .pane--plain { color: $foreground; }
        & .pane--strong { color: $foreground; text-style: bold; }
        & .pane--muted { color: $quiet; }
        & .pane--faint { color: $faint; }
        & .pane--accent { color: $accent; }
        & .pane--accent-strong { color: $accent; text-style: bold; }
        & .pane--alarm { color: $error; }
        & .pane--alarm-strong { color: $error; text-style: bold; }
        &:nocolor .pane--accent { color: $foreground; }
        &:nocolor .pane--accent-strong { color: $foreground; }
        &:nocolor .pane--alarm { color: $foreground; text-style: bold; }
        &:nocolor .pane--alarm-strong { color: $foreground; text-style: bold; }
    }
    """

    top: reactive[int] = reactive(0)
    """The first row in sight."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self.glyphs = glyphs
        self._view: View | None = None
        self._lines = Lines(())
        self._shown: list[Strip] = []
        self._laid_out_for = Size(0, 0)
        self._has_scrolled = False

    def draw(self, view: View, width: int) -> Lines:
        """Return what to show of `view` in `width` cells."""
        raise NotImplementedError

    @property
    def lines(self) -> Lines:
        """What is shown at this moment, whether in sight or not."""
        return self._lines

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self._view = view
        self._redraw()

    def scroll_rows(self, by: int) -> None:
        """Move by rows, down where `by` is positive."""
        self._has_scrolled = True
        self.top = self._clamp(self.top + by)

    def watch_top(self) -> None:
        """Repaint what is in sight."""
        self._paint()

    def on_resize(self, event: Resize) -> None:
        """Lay the lines out for the new size."""
        del event
        self._redraw()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_rows(1)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll by the wheel."""
        event.stop()
        self.scroll_rows(-1)

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show in the header where the keys go."""
        super().watch_has_focus(_has_focus)
        self._paint()

    def notify_style_update(self) -> None:
        """Paint in the new theme's colours."""
        super().notify_style_update()
        self._shown = []

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are; TCSS sets the limits."""
        del container, viewport
        if self._view is None:
            return 1
        lines = self.draw(self._view, width)
        return len(lines.rows) + bool(lines.title)

    def render_line(self, y: int) -> Strip:
        """Return one painted line."""
        if self._view is not None and self._laid_out_for != self.size:
            # A frame is painted before the resize event arrives: so it is whole, and nothing is painted twice.
            self._lay_out(self._view)
        if len(self._shown) != self.size.height:
            self._shown = [self._strip(line) for line in self._in_sight()]
        return self._shown[y] if y < len(self._shown) else Strip.blank(self.size.width, self._style("plain"))

    def _redraw(self) -> None:
        if self._view is None or not self.size.width:
            return
        before = self._lines
        self._lay_out(self._view)
        height = self.styles.height
        if len(self._lines.rows) != len(before.rows) and height is not None and height.is_auto:
            self.refresh(layout=True)
        self._paint()

    def _lay_out(self, view: View) -> None:
        """Draw for the size that the pane has now."""
        before, self._lines = self._lines, self.draw(view, self.size.width)
        self._laid_out_for = self.size
        if self._lines.follow != before.follow:
            self._has_scrolled = False
        if not self._has_scrolled:
            self.set_reactive(Pane.top, self._followed())
        self.set_reactive(Pane.top, self._clamp(self.top))

    def _paint(self) -> None:
        """Repaint each line that differs from what is on the screen, up to its last difference."""
        if not self.is_mounted:
            return
        strips = [self._strip(line) for line in self._in_sight()]
        before, self._shown = self._shown, strips
        if len(before) != len(strips):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, strips, strict=True)):
            if end := _last_difference(old, new):
                self.refresh(Region(0, y, end, 1))

    def _in_sight(self) -> list[Line]:
        width, height = self.size
        shown = [self._header(width)] if self._lines.title else []
        rows = self._lines.rows[self.top : self.top + self._room]
        shown += [row.left(width) for row in rows]
        return shown + [EMPTY.left(width)] * (height - len(shown))

    def _header(self, width: int) -> Line:
        """Return the header with where the focus is and how much is out of sight."""
        lines = self._lines
        below = len(lines.rows) - self.top - self._room
        hints = [f"{self.glyphs.more_above}{self.top}"] if self.top else []
        hints += [f"{self.glyphs.more_below}{below}"] if below > 0 else []
        title = text(lines.title, "accent-strong" if self.has_focus else "muted")
        title += text(f" {' '.join(hints)}", "accent") if hints else EMPTY
        if lines.beside_at is None:
            return spread(title, lines.beside, width)
        return (title.left(lines.beside_at) + lines.beside).left(width)

    @property
    def _room(self) -> int:
        """How many rows fit."""
        return max(0, self.size.height - (bool(self._lines.title)))

    def _clamp(self, top: int) -> int:
        return max(0, min(top, len(self._lines.rows) - self._room))

    def _followed(self) -> int:
        follow = self._lines.follow
        if follow is None:
            return 0
        # one row of what comes before and after stays in sight
        if follow - 1 < self.top:
            return self._clamp(follow - 1)
        return self._clamp(max(self.top, follow + 2 - self._room))

    def _strip(self, line: Line) -> Strip:
        return Strip([Segment(run.words, self._style(run.tone)) for run in joined(line)], line.width)

    def _style(self, tone: Tone) -> Style:
        return self.get_visual_style(f"pane--{tone}").rich_style


def _last_difference(old: Strip, new: Strip) -> int:
    """Return the cell after the last one that differs; 0 when none does.

    A terminal update starts at the left edge of a widget whatever region is asked for, so the end is all that counts.
    """
    if old == new:
        return 0
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return max(len(before), len(after))
    end = len(after)
    while end and before[end - 1] == after[end - 1]:
        end -= 1
    return end


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    cells: list[tuple[str, Style | None]] = []
    for segment in strip:
        for character in segment.text:
            cells.append((character, segment.style))
            cells += [("", segment.style)] * (Segment(character).cell_length - 1)
    return cells
