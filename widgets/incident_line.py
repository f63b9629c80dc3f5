"""What cannot wait, in one line, on whatever stands before the panels."""

from __future__ import annotations

from aurora_console.state.live import View
from aurora_console.widgets.notice import notice
from aurora_console.widgets.pane import Lines, Pane


class IncidentLine(Pane, can_focus=False):
    """An incident, a rollback under way or an engine that stopped; takes no room while there is none."""

    DEFAULT_CSS = """
    IncidentLine {
        height: 1;
        padding: 0 1;
        background: $error 14%;
        display: none;
        &.-urgent { display: block; }
    }
    """

    def draw(self, view: View, width: int) -> Lines:
        """Return the first line of the notice that every panel has at its top."""
        return Lines(tuple(notice(view, self.glyphs, width)[:1]) if _is_urgent(view) else ())

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self.set_class(_is_urgent(view), "-urgent")
        super().update_view(view)


def _is_urgent(view: View) -> bool:
    state = view.state
    return bool(view.engine_error) or state.is_rolling_back or (state.incident is not None and not state.finished)
