"""The inventory's rows, and above them its views with the figures that add up."""

from __future__ import annotations

from typing import Literal

from aurora_console.state.inventory import Inventory
from aurora_console.state.live import View
from aurora_console.widgets.choice import Choice
from aurora_console.widgets.figures import clock
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.inventory_rows import VIEWS, Row, ViewName, counts_of, groups_of, rows_of, size_of
from aurora_console.widgets.line import EMPTY, Line, Tone, join, space, spread, text
from aurora_console.widgets.pane import Lines, Pane

_COLUMNS: tuple[tuple[str, int, Literal["left", "right"]], ...] = (
    ("KIND", 8, "left"),
    ("FILES", 6, "right"),
    ("LINES", 8, "right"),
    ("PORTS", 10, "left"),
    ("ROUTES", 6, "right"),
)
_WITHOUT_LAST = 66
"""The width below which ports and routes are left to the detail."""
_SIGN = 2


class InventoryList(Choice):
    """Shows one view at a time; what is selected and open in each is remembered."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.inventory: Inventory | None = None
        self.at: float | None = None
        """When it was looked at, seconds since the epoch; None for a recorded one."""
        self.shown: ViewName = "current"
        self.why_empty = ""
        """What to say where there is no inventory."""
        self.rows: list[Row] = []
        self._longest = 0
        self._opened: set[str] = set()
        self._words = ""
        self._places: dict[ViewName, tuple[str, int]] = {}

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    def current_row(self) -> Row | None:
        """Return the selected row."""
        return self.rows[self.selected] if self.rows else None

    def take(self, inventory: Inventory, at: float | None) -> None:
        """Show another inventory; `at` is when it was looked at from here, None for a recorded one."""
        self.inventory, self.at = inventory, at
        if size_of(inventory, self.shown) is None:
            self.shown = "current"
        self._renew()

    def explain(self, why: str) -> None:
        """Say why there is no inventory."""
        self.why_empty = why
        self._redraw()

    def turn(self, by: int) -> None:
        """Show the next view, or the one before."""
        if self.inventory is None:
            return
        inventory = self.inventory
        views = [view for view in VIEWS if size_of(inventory, view) is not None]
        self._places[self.shown] = (self._key(), self.selected - self.in_sight)
        self.shown = views[(views.index(self.shown) + by) % len(views)]
        key, below = self._places.get(self.shown, ("", 0))
        self.rows = self._made()
        self.selected = next((index for index, row in enumerate(self.rows) if row.key == key), 0)
        self.in_sight = self.selected - below
        self._redraw()
        self.post_message(self.Moved())

    def look_for(self, words: str) -> None:
        """Show only rows with these words."""
        self._words = words
        self._renew()

    def fold(self) -> None:
        """Open or close the selected group, or the one that the selected file is in."""
        index = self.selected
        while index > 0 and self.rows and self.rows[index].is_open is None:
            index -= 1
        if self.rows and self.rows[index].is_open is not None:
            self._opened ^= {self.rows[index].key}
            self.select(index)
            self._renew()

    def fold_all(self) -> None:
        """Open all groups of the view, or close them when all are open."""
        if self.inventory is None:
            return
        groups = groups_of(self.inventory, self.shown)
        self._opened = self._opened - groups if groups <= self._opened else self._opened | groups
        self._renew()

    def heading(self, width: int) -> tuple[str, Line]:
        """Return the names of the columns."""
        if self.shown not in {"current", "target"} or self.inventory is None:
            return self.shown.upper(), EMPTY
        return "COMPONENT", _cells([(name, "muted") for name, _, _ in _COLUMNS], width)

    def nothing(self) -> str:
        """Say why there is no row."""
        if self.inventory is None:
            return self.why_empty
        if self._words:
            return f"Nothing has “{self._words}” in it. / changes the words, Esc there takes them away."
        return "Nothing: " + {
            "conflicts": "both sides can be as they are.",
            "points": "the two sides have no route, port, store, variable or option in common.",
            "imports": "no component imports another.",
        }.get(self.shown, "there is no file.")

    def row(self, index: int, width: int, *, is_selected: bool) -> Line:
        """Return a component, a file of it, a conflict, a point, or a node of the drawing."""
        row = self.rows[index]
        tone: Tone = "strong" if is_selected else "plain"
        sign = EMPTY
        if row.is_open is not None:
            sign = text(self.glyphs.more_below if row.is_open else self.glyphs.running, "muted")
        elif row.is_serious:
            sign = text(self.glyphs.alarm, "alarm-strong")
        head = sign.left(_SIGN) + text(row.head, tone)
        if row.cells:
            cells = _cells([(cell, "muted") for cell in row.cells], width)
            return head.left(max(0, width - cells.width - 1)) + space(1) + cells
        if not row.note:
            return head
        note = text(row.note, "muted")
        if self.shown == "overlap":
            return head + space(2) + note
        if self.shown in {"conflicts", "points"}:
            return head.left(min(self._longest, width // 2)) + space(2) + note
        room = width - note.width - 2
        return (head.left(room) if room >= min(head.width, width // 2) else head) + space(2) + note

    def _key(self) -> str:
        row = self.current_row()
        return "" if row is None else row.key

    def _made(self) -> list[Row]:
        if self.inventory is None:
            return []
        rows = rows_of(self.inventory, self.shown, self._opened, self._words.strip())
        self._longest = _SIGN + max((text(row.head).width for row in rows), default=0)
        return rows

    def _renew(self) -> None:
        """Make the rows anew; the selected one stays where it is."""
        key = self._key()
        self.rows = self._made()
        places = {row.key: index for index, row in enumerate(self.rows)}
        self.move_to(places.get(key, min(self.selected, max(0, len(self.rows) - 1))))
        self.post_message(self.Moved())


def _cells(cells: list[tuple[str, Tone]], width: int) -> Line:
    columns = _COLUMNS if width >= _WITHOUT_LAST else _COLUMNS[:3]
    line = EMPTY
    for (words, tone), (_, room, side) in zip(cells, columns, strict=False):
        cell = text(words, tone)
        line += space(1) + (cell.left(room) if side == "left" else cell.right(room))
    return line


class InventoryViews(Pane, can_focus=False):
    """The views with their figures, and how those of the shown one add up."""

    def __init__(self, rows: InventoryList, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._rows = rows

    def show_again(self) -> None:
        """Show what the list shows now."""
        self._redraw()

    def draw(self, view: View, width: int) -> Lines:
        """Return two lines."""
        del view
        inventory = self._rows.inventory
        if inventory is None:
            return Lines((text("no inventory yet", "muted"), EMPTY))
        sizes = {name: size for name in VIEWS if (size := size_of(inventory, name)) is not None}
        names = [_tab(name, size, self._rows.shown) for name, size in sizes.items()]
        keys = text("h l", "accent-strong") + space(1)
        tabs = keys + join(names, EMPTY)
        if tabs.width > width:
            shown = self._rows.shown
            tabs = join([_tab(name, sizes[name] if name == shown else None, shown) for name in sizes], EMPTY)
        counts = [text(line, "muted") for line in counts_of(inventory, self._rows.shown)]
        if self._rows.at is not None:
            counts[-1] += text(f" · looked at {clock(self._rows.at)}", "muted")
        if any(row.is_open is not None for row in self._rows.rows):
            hint = text("o", "accent-strong") + text(" opens  ", "muted") + text("z", "accent-strong")
            hint += text(" all", "muted")
            if counts[-1].width + hint.width + 2 <= width:
                counts[-1] = spread(counts[-1], hint, width)
        return Lines((tabs, *counts))


def _tab(name: ViewName, size: int | None, shown: ViewName) -> Line:
    figure = "" if size is None else f" {size:,}"
    if name == shown:
        return text(f"[{name}{figure}]", "accent-strong")
    return text(f" {name}{figure} ", "muted")
