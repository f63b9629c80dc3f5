"""The newest events, the newest one first."""

from __future__ import annotations

from aurora_console.state.live import View
from aurora_console.state.sentences import is_news, is_trouble, sentence
from aurora_console.widgets.figures import clock
from aurora_console.widgets.line import Tone, space, text
from aurora_console.widgets.pane import Lines, Pane

_KEPT = 50


class Events(Pane):
    """A sentence an event."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the newest events."""
        del width
        news = [record for record in view.recent if is_news(record.event)][-_KEPT:]
        rows = []
        for record in reversed(news):
            tone: Tone = "alarm" if is_trouble(record.event) else "plain"
            rows.append(text(clock(record.at), "muted") + space(2) + text(sentence(record.event, view.state), tone))
        return Lines(tuple(rows) or (text("nothing has happened yet", "faint"),))
