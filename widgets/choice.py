"""A list of which one row is selected. Only the rows in sight are made, so that its length costs nothing."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message

from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, space, text, wrap
from aurora_console.widgets.pane import Lines, Pane

MARK = "▌"


class Choice(Pane):
    """A subclass says how many rows there are, and how each looks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
    ]

    class Moved(Message):
        """Another row is selected, or other rows are in sight."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.selected = 0
        """The index of the selected row; 0 when there is none."""
        self.in_sight = 0
        """The index of the first row in sight."""

    def count(self) -> int:
        """Return how many rows there are."""
        raise NotImplementedError

    def row(self, index: int, width: int, *, is_selected: bool) -> Line:
        """Return one row."""
        raise NotImplementedError

    def heading(self, width: int) -> tuple[str, Line]:
        """Return the list's name, and what stands at the right of it."""
        raise NotImplementedError

    def nothing(self) -> str:
        """Say why there is no row, and what to do."""
        raise NotImplementedError

    @property
    def room(self) -> int:
        """How many rows fit."""
        return max(1, self.size.height - 1)

    def draw(self, view: View, width: int) -> Lines:
        """Return the rows in sight, the selected one among them."""
        del view
        count = self.count()
        self._settle(count)
        title, beside = self.heading(width)
        if not count:
            said = [line for part in self.nothing().splitlines() for line in wrap(part, width, "muted")]
            return Lines(tuple(said), title=title, beside=beside)
        rows = [self._marked(index, width) for index in range(self.in_sight, min(count, self.in_sight + self.room))]
        return Lines(tuple(rows), title=title + self._out_of_sight(count), beside=beside)

    def select(self, index: int) -> None:
        """Select a row, the nearest one where there is none of that index."""
        before = (self.selected, self.in_sight)
        self.selected = index
        self._settle(self.count())
        self._redraw()
        if (self.selected, self.in_sight) != before:
            self.post_message(self.Moved())

    def move_to(self, index: int) -> None:
        """Take note that the selected row has the index `index` now; it stays where it is on the screen."""
        self.in_sight += index - self.selected
        self.selected = index
        self._redraw()

    def scroll_rows(self, by: int) -> None:
        """Move the selection by rows, down where `by` is positive."""
        self.select(self.selected + by)

    def action_page(self, direction: int) -> None:
        """Move by as many rows as are in sight."""
        by = direction * max(1, self.room - 1)
        self.in_sight += by
        self.select(self.selected + by)

    def action_first(self) -> None:
        """Select the first row."""
        self.select(0)

    def action_last(self) -> None:
        """Select the last row."""
        self.select(self.count() - 1)

    def on_click(self, event: Click) -> None:
        """Select the row that was clicked."""
        index = self.in_sight + event.y - 1
        if event.y > 0 and index < self.count():
            self.select(index)

    def _settle(self, count: int) -> None:
        """Bring selection and sight within the list, and the selected row into sight."""
        self.selected = max(0, min(self.selected, count - 1))
        lowest = max(self.selected - self.room + 1, 0)
        self.in_sight = max(lowest, min(self.in_sight, self.selected, max(0, count - self.room)))

    def _marked(self, index: int, width: int) -> Line:
        is_selected = index == self.selected
        mark = text(MARK, "accent") if is_selected else space(1)
        return mark + self.row(index, width - 1, is_selected=is_selected)

    def _out_of_sight(self, count: int) -> str:
        below = count - self.in_sight - self.room
        hints = [f"{self.glyphs.more_above}{self.in_sight:,}"] if self.in_sight else []
        hints += [f"{self.glyphs.more_below}{below:,}"] if below > 0 else []
        return f" {' '.join(hints)}" if hints else ""


class Detail(Pane):
    """Everything about the selected row. It is told what to show, and scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "screen.back_to_list", show=False),
        Binding("h,left", "screen.neighbour(-1)", show=False),
        Binding("l,right", "screen.neighbour(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "scroll_to(0)", show=False),
        Binding("end", "scroll_to(1000000)", show=False),
    ]

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.is_alone = False
        """Whether it stands in the place of the list, and has to say how to get back."""

    def body(self, width: int) -> list[Line]:
        """Return the lines."""
        raise NotImplementedError

    def about(self) -> str:
        """Return what the detail is about."""
        raise NotImplementedError

    def draw(self, view: View, width: int) -> Lines:
        """Return the lines under their name."""
        del view
        beside = text("Esc back", "muted") if self.is_alone else EMPTY
        return Lines(tuple(self.body(width)), title=self.about(), beside=beside)

    def show_again(self) -> None:
        """Show what is selected now, from its beginning."""
        self._has_scrolled = False
        self._redraw()

    def action_page(self, direction: int) -> None:
        """Scroll by what is in sight."""
        self.scroll_rows(direction * max(1, self._room - 1))

    def action_scroll_to(self, row: int) -> None:
        """Scroll to a row."""
        self.scroll_rows(row - self.top)
