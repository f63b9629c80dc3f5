"""The preview of a phase, and its approval."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from aurora_console.state.live import View
from aurora_console.state.model import PhaseState, RunState
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.incident_line import IncidentLine
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import space, spread, text
from aurora_console.widgets.pane import Lines, Pane
from aurora_console.widgets.preview import preview_lines
from aurora_console.widgets.title_bar import how_it_is


class ApproveScreen(Screen[str | None]):
    """Shows what a phase would do. Ends with the reason given (maybe empty), or with None when it is not approved."""

    CSS_PATH = "approve.tcss"
    AUTO_FOCUS = "#preview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "approve", show=False),
        Binding("escape,q", "leave", show=False),
        Binding("j,down", "scroll_preview(1)", show=False),
        Binding("k,up", "scroll_preview(-1)", show=False),
        Binding("pagedown,space", "scroll_preview(10)", show=False),
        Binding("pageup", "scroll_preview(-10)", show=False),
    ]

    def __init__(self, phase: int, view: View, glyphs: Glyphs) -> None:
        super().__init__()
        self._first = view
        self._phase = phase
        self._glyphs = glyphs
        self._has_problems = True

    def compose(self) -> ComposeResult:
        """Lay out the preview, the field for the reason, and the keys."""
        yield ApprovalTitle(self._phase, self._glyphs, id="approval-title")
        yield IncidentLine(self._glyphs)
        yield Preview(self._phase, self._glyphs, id="preview")
        with Horizontal(id="reason-line"):
            yield Label(self._glyphs, id="reason-label")
            yield Input(placeholder="optional, goes into the journal", max_length=300, compact=True, id="reason")
        yield ApprovalKeys(self._phase, self._glyphs, id="approval-keys")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Show another moment; leave when the phase waits no longer."""
        phase = _phase(view.state, self._phase)
        if phase is None or phase.status != "proposed":
            if self.is_current:
                self.app.notify("The phase does not wait for approval any more.", markup=False)
                self.dismiss(None)
            return
        self._has_problems = bool(phase.preview and phase.preview.problems)
        for pane in self.query(Pane):
            pane.update_view(view)

    @on(Input.Submitted)
    def action_approve(self) -> None:
        """Approve what is shown."""
        if self._has_problems:
            self.app.notify("It cannot be done as things stand: see the top of the preview.", markup=False)
            return
        self.dismiss(self.query_one(Input).value.strip())

    def action_leave(self) -> None:
        """Leave without approving."""
        self.dismiss(None)

    def action_scroll_preview(self, by: int) -> None:
        """Scroll the preview."""
        self.query_one(Preview).scroll_rows(by)


class ApprovalTitle(Pane, can_focus=False):
    """Which phase it is about, and whether all is well meanwhile."""

    def __init__(self, phase: int, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._phase = phase

    def draw(self, view: View, width: int) -> Lines:
        """Return one line."""
        phase = _phase(view.state, self._phase)
        if phase is None or view.state.outline is None:
            return Lines(())
        last = view.state.outline.phases[-1].number
        head = text(self.glyphs.waiting, "accent-strong") + space(1)
        head += text(f"Approve phase {phase.outline.number} of {last}?", "accent-strong")
        title = head + space(2) + text(phase.outline.title, "strong")
        return Lines((spread(title, how_it_is(view, None, self.glyphs), width),))


class Preview(Pane):
    """What the phase would do."""

    def __init__(self, phase: int, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._phase = phase

    def draw(self, view: View, width: int) -> Lines:
        """Return effects with their undo, the gates, and the figures of the last phase."""
        return preview_lines(view.state, self._phase, width, self.glyphs)


class Label(Pane, can_focus=False):
    """Names the field beside it."""

    def draw(self, view: View, width: int) -> Lines:
        """Return one word."""
        del view, width
        return Lines((text("reason", "muted"),))


class ApprovalKeys(Pane, can_focus=False):
    """The keys of this screen."""

    def __init__(self, phase: int, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._phase = phase

    def draw(self, view: View, width: int) -> Lines:
        """Return the keys that apply."""
        del width
        phase = _phase(view.state, self._phase)
        has_problems = phase is not None and phase.preview is not None and bool(phase.preview.problems)
        keys = [] if has_problems else [("Enter", "approve")]
        keys += [("Esc", "back"), ("Tab", "reason"), ("j k", "scroll")]
        return Lines((key_line(keys),))


def _phase(state: RunState, index: int) -> PhaseState | None:
    return state.phases[index] if index < len(state.phases) else None
