"""How far one can go back, what that would do, how it goes, and what it proved."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.screens.reads_history import ReadsHistory
from aurora_console.screens.rollback_question import RollbackQuestion
from aurora_console.state.live import View
from aurora_console.state.requests import LookForForeignChanges, RollBack, Scope
from aurora_console.state.scopes import rollback_preview
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.rollbacks import RollbackDetail, Scopes, scopes

LOOK_PERIOD = 10.0
"""Seconds between two words to the engine that somebody looks at what others changed."""


class RollbackScreen(ReadsHistory):
    """Scopes with previews; below them progress, proof and the rollbacks before."""

    PANEL = Panel.ROLLBACK
    CSS_PATH = "rollback.tcss"
    AUTO_FOCUS = "#rollback-detail"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__(view, glyphs, clock)
        self._scopes = Scopes(glyphs, id="scopes")
        self._detail = RollbackDetail(
            glyphs,
            lambda: self._scopes.chosen,
            lambda: (self.history, self.history_problem),
            id="rollback-detail",
        )
        of_r = view.state.scope_of_r()
        self._scopes.chosen = next((one for one in scopes(view.state) if one == of_r), "all")

    def compose_body(self) -> ComposeResult:
        """Lay out the scopes above everything else."""
        yield self._scopes
        yield self._detail

    def on_mount(self) -> None:
        """Show the moment, and have the engine look for what others changed while this is open."""
        super().on_mount()
        self._look()
        self.set_interval(LOOK_PERIOD, self._look)

    def main_list(self) -> Pane:
        """Return what scrolls."""
        return self._detail

    def action_choose(self, by: int) -> None:
        """Choose the next scope, or the one before."""
        offered = scopes(self.view.state)
        chosen = self._scopes.chosen
        place = offered.index(chosen) if chosen in offered else 0
        self._scopes.choose(offered[max(0, min(len(offered) - 1, place + by))])
        self._detail.update_view(self.view)

    def action_ask(self) -> None:
        """Show once more what the chosen scope would undo, and ask."""
        scope: Scope = self._scopes.chosen
        if not rollback_preview(self.view.state, scope).steps:
            self.notify(f"Nothing within “{scope}” is to be undone. Choose another scope with h and l.", markup=False)
            return

        def decide(is_wanted: bool | None) -> None:
            if is_wanted:
                self.post_message(self.Asked(RollBack(scope=scope)))

        self.app.push_screen(RollbackQuestion(scope, self.view, self.glyphs), decide)

    def _look(self) -> None:
        self.post_message(self.Asked(LookForForeignChanges()))
