"""Which records the journal shows, in one line with the keys that change it."""

from __future__ import annotations

from aurora_console.state.ledger import Query
from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import Line, join, space, text
from aurora_console.widgets.pane import Lines, Pane


class JournalFilter(Pane, can_focus=False):
    """Is told the query that is asked."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self._query = Query()

    def tell(self, query: Query) -> None:
        """Show another query."""
        self._query = query
        self._redraw()

    def draw(self, view: View, width: int) -> Lines:
        """Return one line."""
        del view
        query = self._query
        parts = [
            _part("f", "kind", query.kind or ""),
            _part("w", "who", query.who),
            _part("n", "phase", "" if query.phase is None else str(query.phase)),
            _part("/", "words", f"“{query.text}”" if query.text else ""),
        ]
        if not query.is_open:
            parts.append(text("c", "accent-strong") + text(" clears", "muted"))
        line = join(parts, space(3))
        return Lines((line if line.width <= width else join(parts, space(1)),))


def _part(key: str, name: str, value: str) -> Line:
    shown = text(value, "strong") if value else text("all", "faint")
    return text(key, "accent-strong") + text(f" {name} ", "muted") + shown
