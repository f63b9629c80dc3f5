"""The question before a service is started or stopped by hand: what will happen, and what hangs on it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from aurora_console.state.by_hand import dependants, refusal, service_outline
from aurora_console.state.live import View
from aurora_console.state.model import RunState
from aurora_console.state.requests import OneService, RestartOne, StartOne, StopOne
from aurora_console.state.values import ServiceOutline
from aurora_console.text import duration
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, Line, text, wrap
from aurora_console.widgets.pane import Lines, Pane

_VERBS: dict[type[OneService], str] = {StartOne: "Start", StopOne: "Stop", RestartOne: "Restart"}


class ServiceActionScreen(ModalScreen[bool]):
    """Ends with whether to do it."""

    CSS_PATH = "service_action.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "do_it", show=False),
        Binding("escape,q,n", "leave_it", show=False),
    ]

    def __init__(self, request: OneService, view: View, glyphs: Glyphs) -> None:
        super().__init__()
        self._request = request
        self._view = view
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(id="service-action"):
            yield WhatItMeans(self._request, self._glyphs, id="what-it-means")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._view)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self._view = view
        self.query_one(WhatItMeans).update_view(view)

    def action_do_it(self) -> None:
        """Do it, if it can be done."""
        if refusal(self._view.state, self._request) is None:
            self.dismiss(True)

    def action_leave_it(self) -> None:
        """Go back."""
        self.dismiss(False)


class WhatItMeans(Pane, can_focus=False):
    """A few lines."""

    def __init__(self, request: OneService, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._request = request

    def draw(self, view: View, width: int) -> Lines:
        """Return what will happen, or why it cannot."""
        request, state = self._request, view.state
        rows = [text(f"{_VERBS[type(request)]} {request.service}?", "strong"), EMPTY]
        against = refusal(state, request)
        if against is not None:
            rows += wrap(f"{self.glyphs.alarm} It cannot be done: {against.reason}.", width, "alarm", indent=2)
            if against.hint:
                rows += wrap(f"{against.hint[0].upper()}{against.hint[1:]}.", width)
            return Lines((*rows, EMPTY, key_line([("Esc", "back")])))
        for line in meaning(state, request):
            rows += wrap(line, width, indent=2)
        rows += _dependants(state, request, width, self.glyphs)
        return Lines((*rows, EMPTY, key_line([("Enter", _VERBS[type(request)].lower()), ("Esc", "back")])))


def meaning(state: RunState, request: OneService) -> list[str]:
    """Say what a request does, a sentence a line."""
    outline = service_outline(state, request.service)
    assert outline is not None
    said: list[str] = []
    if not isinstance(request, StartOne):
        said.append(_stop(state, outline))
    if isinstance(request, StopOne):
        said.append("It stays off until somebody starts it: no restart, no incident.")
        said.append("Gates that ask it will fail meanwhile.")
    else:
        where = "" if outline.port is None else f" on 127.0.0.1:{outline.port}"
        said.append(f"{'Then runs' if said else 'Runs'} {' '.join(outline.exec)}{where}.")
        said.append("A rollback stops it like the first start.")
    return said


def _stop(state: RunState, outline: ServiceOutline) -> str:
    process = state.services[outline.name].process
    to = "its processes" if process is None else f"pid {process.pid} and its group"
    return f"Sends {outline.stop_signal} to {to}, after {duration(outline.stop_grace)} SIGKILL."


def _dependants(state: RunState, request: OneService, width: int, glyphs: Glyphs) -> list[Line]:
    if isinstance(request, StartOne):
        return []
    names = [name for name in dependants(state, request.service) if state.services[name].is_up]
    if not names:
        return wrap("Nothing that is up needs it.", width, "muted")
    need = "needs" if len(names) == 1 else "need"
    return wrap(f"{glyphs.alarm} {', '.join(names)} {need} it, and will miss it.", width, "alarm", indent=2)
