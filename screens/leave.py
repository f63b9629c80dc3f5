"""The question before leaving, which says what goes on running."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from aurora_console.state.live import View
from aurora_console.state.sentences import phase_name, plural
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, Line, text, wrap
from aurora_console.widgets.pane import Lines, Pane


class LeaveScreen(ModalScreen[bool]):
    """Ends with whether to leave."""

    CSS_PATH = "leave.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "leave", show=False),
        Binding("escape,n", "stay", show=False),
    ]

    def __init__(self, view: View, glyphs: Glyphs) -> None:
        super().__init__()
        self._first = view
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(id="leave"):
            yield WhatGoesOn(self._glyphs, id="what-goes-on")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self.query_one(WhatGoesOn).update_view(view)

    def action_leave(self) -> None:
        """Leave the console."""
        self.dismiss(True)

    def action_stay(self) -> None:
        """Go back."""
        self.dismiss(False)


class WhatGoesOn(Pane, can_focus=False):
    """The services that go on, and what becomes of a phase that runs."""

    def draw(self, view: View, width: int) -> Lines:
        """Return a few lines."""
        return Lines(tuple(leave_lines(view, width)))


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
    return [*rows, EMPTY, key_line([("q", "leave"), ("Esc", "stay")])]
