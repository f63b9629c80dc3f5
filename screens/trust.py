"""What an untrusted plan would run, and the question whether to trust it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from aurora_console.plan.trust import Disclosure
from aurora_console.state.live import Live, View
from aurora_console.state.model import RunState
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, Line, Tone, space, text, wrap
from aurora_console.widgets.pane import Lines, Pane


class TrustScreen(Screen[bool]):
    """Ends with True when the user trusts the plan as it is shown."""

    CSS_PATH = "trust.tcss"
    AUTO_FOCUS = "#disclosure"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("T", "answer(True)", show=False),
        Binding("escape,q,ctrl+c", "answer(False)", show=False),
        Binding("j,down", "scroll_rows(1)", show=False),
        Binding("k,up", "scroll_rows(-1)", show=False),
        Binding("pagedown,space", "scroll_rows(10)", show=False),
        Binding("pageup", "scroll_rows(-10)", show=False),
    ]

    def __init__(self, disclosure: Disclosure, glyphs: Glyphs) -> None:
        super().__init__()
        self._disclosure = disclosure
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Lay out the question, what would run, and the keys."""
        yield TrustTitle(self._disclosure, self._glyphs, id="trust-title")
        yield DisclosurePane(self._disclosure, self._glyphs, id="disclosure")
        yield TrustKeys(self._glyphs, id="trust-keys")

    def on_mount(self) -> None:
        """Draw; nothing of it changes."""
        nothing = View(state=RunState(), live=Live())
        for pane in self.query(Pane):
            pane.update_view(nothing)

    def action_answer(self, is_trusted: bool) -> None:
        """End with the answer."""
        self.dismiss(is_trusted)

    def action_scroll_rows(self, by: int) -> None:
        """Scroll what would run."""
        self.query_one(DisclosurePane).scroll_rows(by)


class TrustTitle(Pane, can_focus=False):
    """The question."""

    def __init__(self, disclosure: Disclosure, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._disclosure = disclosure

    def draw(self, view: View, width: int) -> Lines:
        """Return the question and the file that it is about."""
        del view
        changed = " It has changed since you trusted it." if self._disclosure.changes else ""
        head = text(self.glyphs.waiting, "accent-strong") + space(1)
        head += text("Trust this plan? It runs programs on this machine.", "accent-strong") + text(changed, "strong")
        return Lines((head, *wrap(self._disclosure.path, width, "muted")))


class DisclosurePane(Pane):
    """Everything that the plan would run, listen on, ask or write; and what has changed."""

    def __init__(self, disclosure: Disclosure, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._disclosure = disclosure

    def draw(self, view: View, width: int) -> Lines:
        """Return the lines, the changes first: they are what the user has not seen yet."""
        del view
        rows: list[Line] = []
        if self._disclosure.changes:
            rows.append(text("CHANGED SINCE", "muted"))
            for line in self._disclosure.changes:
                rows += wrap(line, width, _tone(line))
            rows.append(EMPTY)
        rows.append(text("WHAT IT RUNS", "muted"))
        for line in self._disclosure.runs:
            rows += wrap(line, width, "plain")
        return Lines(tuple(rows))


class TrustKeys(Pane, can_focus=False):
    """The keys of this screen."""

    def draw(self, view: View, width: int) -> Lines:
        """Return them."""
        del view, width
        return Lines((key_line([("T", "trust and go on"), ("Esc", "leave"), ("j k", "scroll")]),))


def _tone(line: str) -> Tone:
    return "strong" if line.startswith("+") else "faint" if line.startswith("-") else "plain"
