"""One line: whose log is shown, and which others there are."""

from __future__ import annotations

from aurora_console.state.live import View
from aurora_console.widgets.glyphs import UNICODE, Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, text
from aurora_console.widgets.pane import Lines, Pane
from aurora_console.widgets.services import status_sign

ALL = "all"
"""Stands for every service together."""


class LogServices(Pane, can_focus=False):
    """The names, the chosen one among those in sight."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self.chosen = ""
        """A service, or empty for all."""

    def draw(self, view: View, width: int) -> Lines:
        """Return one line."""
        names = ["", *view.state.services]
        cells = [self._cell(view, name) for name in names]
        first = at = names.index(self.chosen) if self.chosen in names else 0
        room = width - 4  # for the ellipses
        used = cells[at].width
        while first > 0 and used + cells[first - 1].width <= room:
            first -= 1
            used += cells[first].width
        line = EMPTY if first == 0 else text("… ", "muted")
        for cell in cells[first:]:
            line += cell
        return Lines((line.left(width),))

    def _cell(self, view: View, name: str) -> Line:
        is_chosen = name == self.chosen
        tone: Tone = "accent-strong" if is_chosen else "muted"
        left, right = ("[", "]") if is_chosen else (" ", " ")
        if not name:
            return text(left, tone) + text(ALL, tone) + text(right, tone) + space(1)
        sign, sign_tone, _ = status_sign(view.state.services[name], self.glyphs)
        return text(left, tone) + text(f"{sign} ", sign_tone) + text(name, tone) + text(right, tone) + space(1)


def logs_of(view: View, service: str) -> dict[str, str]:
    """Return the logs of what is chosen, by service."""
    names = [service] if service else list(view.state.services)
    services = view.state.services
    return {name: services[name].log for name in names if name in services and services[name].log}


def first_with_log(view: View) -> str:
    """Return the service that wrote to a log since it was started last; empty, for all, where there are several."""
    having = list(logs_of(view, ""))
    return having[0] if len(having) == 1 else ""


def why_no_log(view: View, service: str) -> str:
    """Say why there is nothing to see of a service, or of all where it is empty."""
    state = view.state.services.get(service)
    if state is None:
        return "No service of this run has written anything yet; the phases start them."
    if not state.managed:
        return f"{service} runs without the console: its log is where its operator put it."
    if not state.log:
        return f"{service} was not started yet."
    return f"{service} has written nothing yet."
