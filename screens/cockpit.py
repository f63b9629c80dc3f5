"""The screen that an operator leaves open."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from aurora_console.clock import Clock
from aurora_console.commands.registry import bindings
from aurora_console.state.live import View
from aurora_console.widgets.events import Events
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import KeyBar
from aurora_console.widgets.notice import Notice
from aurora_console.widgets.now import Now
from aurora_console.widgets.outlook import Outlook
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.phases import Phases
from aurora_console.widgets.services import Services
from aurora_console.widgets.title_bar import TitleBar


class CockpitScreen(Screen[None]):
    """Is it well, what is happening, what is next, what may I press. The app loads `cockpit.tcss`."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"),
        (60, "-narrow"),
        (80, "-standard"),
        (120, "-wide"),
        (160, "-very-wide"),
    ]
    VERTICAL_BREAKPOINTS = [
        (0, "-low"),
        (16, "-short"),
        (24, "-normal"),
        (32, "-tall"),
        (44, "-very-tall"),
    ]

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__()
        self._first = view
        self._glyphs = glyphs
        self._clock = clock

    def compose(self) -> ComposeResult:
        """Lay out the panes, most important first."""
        glyphs = self._glyphs
        yield TitleBar(glyphs, self._clock, id="title")
        yield Notice(glyphs, id="notice")
        with Horizontal(id="plan"):
            yield Phases(glyphs, id="phases")
            yield Now(glyphs, id="now")
        yield Services(glyphs, id="services")
        yield Events(glyphs, id="events")
        yield Outlook(glyphs, id="outlook")
        yield KeyBar(glyphs, id="keys")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        for pane in self.query(Pane):
            if not isinstance(pane.parent, Services):
                pane.update_view(view)
        self.query_one(Services).update_view(view)

    def scroll_list(self, by: int) -> None:
        """Scroll the list that has the focus, or NOW."""
        pane = self.focused if isinstance(self.focused, Pane) else self.query_one(Now)
        pane.scroll_rows(by)
