"""The question before leaving, which says what goes on running."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from aurora_console.commands.registry import by_id
from aurora_console.state.live import View
from aurora_console.state.sentences import phase_name, plural
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.incident_line import IncidentLine
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, Line, text, wrap
from aurora_console.widgets.pane import Lines, Pane


class LeaveScreen(ModalScreen[bool]):
    """Ends with whether to leave."""

    CSS_PATH = "leave.tcss"
    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-normal")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "leave", show=False),
        Binding("escape,n", "stay", show=False),
        Binding("j,down", "scroll_rows(1)", show=False),
        Binding("k,up", "scroll_rows(-1)", show=False),
    ]

    def __init__(self, view: View, glyphs: Glyphs) -> None:
        super().__init__()
        for key in by_id("roll-back").keys:  # the app's own keys do not reach through a dialog
            self._bindings.bind(key, f"app.press('{key}')")
        self._first = view
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(id="leave"):
            yield IncidentLine(self._glyphs)
            yield WhatGoesOn(self._glyphs, id="what-goes-on")
            yield LeaveKeys(self._glyphs, id="leave-keys")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        for pane in self.query(Pane):
            pane.update_view(view)

    def action_leave(self) -> None:
        """Leave the console."""
        self.dismiss(True)

    def action_stay(self) -> None:
        """Go back."""
        self.dismiss(False)

    def action_scroll_rows(self, by: int) -> None:
        """Scroll where the terminal is too low for all of it."""
        self.query_one(WhatGoesOn).scroll_rows(by)


class WhatGoesOn(Pane, can_focus=False):
    """The services that go on, and what becomes of a phase that runs."""

    def draw(self, view: View, width: int) -> Lines:
        """Return a few lines."""
        return Lines(tuple(leave_lines(view, width)))


class LeaveKeys(Pane, can_focus=False):
    """The keys of this dialog, in sight however low the terminal is."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the keys."""
        del view, width
        return Lines((key_line([("q", "leave"), ("Esc", "stay")]),))


def leave_lines(view: View, width: int) -> list[Line]:
    """Return what leaving means at this moment."""
    state = view.state
    rows = [text("Leave the console?", "strong"), EMPTY]
    ours = [one for one in state.services.values() if one.managed and one.is_up]
    if ours:
        names = ", ".join(one.name if one.port is None else f"{one.name} on {one.port}" for one in ours)
        rows += wrap(
            f"{plural(len(ours), 'service')} of this run {'goes' if len(ours) == 1 else 'go'} on: {names}.", width
        )
    else:
        rows += wrap("No service of this run is up; what was running before goes on.", width)
    if state.is_rolling_back:
        rows += wrap("The rollback under way is finished first.", width)
    elif state.open_phase is not None and state.phases[state.open_phase].status != "failed":
        name = phase_name(state, state.open_phase)
        rows += wrap(f"{name.capitalize()} is under way: the plan's on_disconnect says whether it goes on.", width)
    if state.pending_undo:
        rows += wrap("aurora-console rollback undoes from any shell; the next console takes over here.", width)
    return [*rows, EMPTY]
