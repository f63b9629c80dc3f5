"""The screen that an operator leaves open."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.screens.panel import PanelScreen
from aurora_console.state.live import View
from aurora_console.widgets.events import Events
from aurora_console.widgets.now import Now
from aurora_console.widgets.outlook import Outlook
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.phases import Phases
from aurora_console.widgets.services import Services
from aurora_console.widgets.sweep import RANGES, Sweep


class CockpitScreen(PanelScreen):
    """Is it well, what is happening, what is next, what may I press. The app loads `cockpit.tcss`."""

    PANEL = Panel.COCKPIT
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    def compose_body(self) -> ComposeResult:
        """Lay out the panes, most important first."""
        glyphs = self.glyphs
        with Horizontal(id="plan"):
            yield Phases(glyphs, id="phases")
            yield Now(glyphs, id="now")
        yield Services(glyphs, id="services")
        yield Events(glyphs, id="events")
        yield Outlook(glyphs, id="outlook")

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self.view = view
        for pane in self.query(Pane):
            if not isinstance(pane.parent, Services):
                pane.update_view(view)
        self.query_one(Services).update_view(view)

    def action_reach_further(self) -> None:
        """Have the graphs reach further back, and after the longest begin with the shortest again."""
        sweep = self.query_one(Sweep)
        sweep.range = RANGES[(RANGES.index(sweep.range) + 1) % len(RANGES)]

    def main_list(self) -> Pane:
        """Return NOW."""
        return self.query_one(Now)
