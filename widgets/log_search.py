"""Where an expression is typed to search a log for, and what came of it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY
from aurora_console.widgets.pane import Lines, Pane


class SearchField(Input):
    """Where an expression is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "screen.leave_field", show=False)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(max_length=300, compact=True, id=id)
        self.cursor_blink = False  # each blink would cost bytes on the wire


class LogStatus(Pane, can_focus=False):
    """What the search or the filter says."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self.said = EMPTY

    def draw(self, view: View, width: int) -> Lines:
        """Return one line."""
        del view
        return Lines((self.said.cut(width),))
