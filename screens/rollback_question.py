"""The question before a rollback whose scope was chosen: what it will do, once more."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from aurora_console.state.live import View
from aurora_console.state.requests import Scope
from aurora_console.state.scopes import rollback_preview
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, space, text
from aurora_console.widgets.pane import Lines, Pane
from aurora_console.widgets.rollbacks import question_rows, reach


class RollbackQuestion(ModalScreen[bool]):
    """Ends with True when the rollback is wanted."""

    CSS_PATH = "rollback_question.tcss"
    AUTO_FOCUS = "#question"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", show=False),
        Binding("escape,q,ctrl+c", "answer(False)", show=False),
        Binding("j,down", "scroll_rows(1)", show=False),
        Binding("k,up", "scroll_rows(-1)", show=False),
        Binding("pagedown,space", "scroll_rows(10)", show=False),
        Binding("pageup", "scroll_rows(-10)", show=False),
    ]

    def __init__(self, scope: Scope, view: View, glyphs: Glyphs) -> None:
        super().__init__()
        self._scope = scope
        self._first = view
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Lay out the question and its keys."""
        with Vertical(id="question-box"):
            yield Question(self._scope, self._glyphs, id="question")
            yield QuestionKeys(self._glyphs, id="question-keys")

    def on_mount(self) -> None:
        """Show the moment in which it was asked."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Show another moment; leave when there is nothing to undo any more."""
        is_gone = view.state.is_rolling_back or not rollback_preview(view.state, self._scope).steps
        if is_gone and self.is_current:
            self.app.notify("There is nothing to undo any more: somebody rolled back meanwhile.", markup=False)
            self.dismiss(False)
            return
        for pane in self.query(Pane):
            pane.update_view(view)

    def action_answer(self, is_wanted: bool) -> None:
        """End with the answer."""
        self.dismiss(is_wanted)

    def action_scroll_rows(self, by: int) -> None:
        """Scroll what it will do."""
        self.query_one(Question).scroll_rows(by)


class Question(Pane):
    """What the rollback will do."""

    def __init__(self, scope: Scope, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._scope = scope

    def draw(self, view: View, width: int) -> Lines:
        """Return the question, the steps, and what stays."""
        head = text(self.glyphs.undone, "accent-strong").left(self.glyphs.width) + space(1)
        head += text(f"Roll back {self._scope}?", "accent-strong") + space(2)
        head += text(reach(view.state, self._scope), "muted")
        return Lines((head, EMPTY, *question_rows(view, self._scope, width)))


class QuestionKeys(Pane, can_focus=False):
    """The keys of this screen."""

    def draw(self, view: View, width: int) -> Lines:
        """Return them."""
        del view, width
        return Lines((key_line([("Enter", "roll back"), ("Esc", "back"), ("j k", "scroll")]),))
