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
