"""Every gate with its verdict, and the evidence of the selected one."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.screens.list_panel import ListPanel
from aurora_console.screens.reads_history import ReadsHistory
from aurora_console.widgets.choice import Choice, Detail
from aurora_console.widgets.gates import GateDetail, GateList, GatesHead
from aurora_console.widgets.pane import Pane


class GatesScreen(ListPanel, ReadsHistory):
    """What was judged, when, on which evidence, and how it was judged before."""

    PANEL = Panel.GATES
    CSS_PATH = "list_panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    def make_head(self) -> Pane:
        """Return the counts."""
        return GatesHead(self.glyphs, id="head")

    def make_list(self) -> Choice:
        """Return the gates."""
        self._gates = GateList(self.glyphs, id="list")
        return self._gates

    def make_detail(self) -> Detail:
        """Return the evidence of the selected one."""
        return GateDetail(
            self.glyphs,
            lambda: self._gates.chosen,
            lambda: (self.history, self.history_problem),
            id="detail",
        )

    def look_for(self, words: str) -> None:
        """Show only the gates in which all words stand."""
        self._gates.words = words
        self._gates.sort_rows()
        self.detail.show_again()

    def action_reorder(self) -> None:
        """Order by phase, or the newest verdict first."""
        self._gates.newest_first = not self._gates.newest_first
        self._gates.sort_rows()
        self.detail.show_again()
