"""A panel that shows what came before: it reads the journal beside the screen, and reads on when there is more."""

from __future__ import annotations

from pathlib import Path

from textual import work
from textual.worker import Worker, WorkerState

from aurora_console.clock import Clock
from aurora_console.errors import AuroraError
from aurora_console.screens.panel import PanelScreen
from aurora_console.state.history import History
from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.pane import Pane

_GROUP = "history"


class ReadsHistory(PanelScreen):
    """A subclass's panes draw `history`."""

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__(view, glyphs, clock)
        self.history = History()
        self.history_problem = ""
        """Why the journal could not be read, and what to do; empty when it could."""
        self._is_reading = False

    def update_view(self, view: View) -> None:
        """Show another moment, and read on when something was written since."""
        super().update_view(view)
        if view.folder and view.state.seq > self.history.seq and not self._is_reading and not self.history_problem:
            self._is_reading = True
            self._read(self.history, Path(view.folder) / "journal.db")

    @work(thread=True, group=_GROUP, exclusive=True, exit_on_error=False)
    def _read(self, history: History, journal: Path) -> History:
        return history.read_on(journal)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what was read, or why it could not be."""
        if event.worker.group != _GROUP or event.state not in {WorkerState.SUCCESS, WorkerState.ERROR}:
            return
        self._is_reading = False
        if event.state is WorkerState.SUCCESS:
            assert isinstance(event.worker.result, History)
            self.history = event.worker.result
        else:
            error = event.worker.error
            hint = f" {error.hint}" if isinstance(error, AuroraError) else ""
            self.history_problem = f"The journal cannot be read: {error}.{hint}"
        for pane in self.query(Pane):
            pane.update_view(self.view)
