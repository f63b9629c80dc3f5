"""What every panel has: where things stand at the top, what may be pressed at the bottom, a body of its own between."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingsMap
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.state.live import View
from aurora_console.state.requests import Request
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import KeyBar
from aurora_console.widgets.notice import Notice
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.title_bar import TitleBar


class PanelScreen(Screen[None]):
    """A panel. A subclass names it in `PANEL`, binds its keys (`[*bindings(PANEL)]`), and lays its body out."""

    PANEL: ClassVar[Panel]
    AUTO_FOCUS = ""
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

    class Asked(Message):
        """The operator asks the engine for what was chosen on a panel."""

        def __init__(self, request: Request) -> None:
            super().__init__()
            self.request = request

    class Wanted(Message):
        """The operator wants to see something on another panel."""

        def __init__(self, panel: Panel, about: str) -> None:
            super().__init__()
            self.panel = panel
            self.about = about

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__()
        self._bind_keys()
        self.view = view
        """The moment that is shown."""
        self.glyphs = glyphs
        self.clock = clock

    def _bind_keys(self) -> None:
        """Bind the commands of the panel to the keys that they have now, which may be the user's own."""
        others = [(key, one) for key, one in self._bindings if not one.action.startswith("app.press(")]
        self._bindings = BindingsMap([*bindings(self.PANEL), *(one for _, one in others)])

    def compose(self) -> ComposeResult:
        """Lay out the frame around the body."""
        # Known already: were they set at the first resize only, everything would be styled and laid out twice.
        self.add_class(*self._breakpoints(self.app.size))
        yield TitleBar(self.glyphs, self.clock, id="title")
        yield Notice(self.glyphs, id="notice")
        yield from self.compose_body()
        yield KeyBar(self.glyphs, self.PANEL, id="keys")

    def _breakpoints(self, size: Size) -> list[str]:
        """Return the classes in force at `size`."""
        steps = ((size.width, self.HORIZONTAL_BREAKPOINTS), (size.height, self.VERTICAL_BREAKPOINTS))
        return [max(step for step in known if step[0] <= cells)[1] for cells, known in steps]

    def compose_body(self) -> ComposeResult:
        """Lay out what the panel is about."""
        raise NotImplementedError

    def turn_to(self, about: str) -> None:
        """Show what another panel sent the operator here for; called before the screen is first shown."""

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self.view)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self.view = view
        for pane in self.query(Pane):
            pane.update_view(view)

    def scroll_list(self, by: int) -> None:
        """Scroll the list that has the focus, or the panel's main one."""
        pane = self.focused if isinstance(self.focused, Pane) else self.main_list()
        pane.scroll_rows(by)

    def main_list(self) -> Pane:
        """Return the list that scrolls when none has the focus."""
        raise NotImplementedError
