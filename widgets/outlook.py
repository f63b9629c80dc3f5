"""The bottom line: how near the breaker is, and what `R` would do now."""

from __future__ import annotations

from aurora_console.state.live import View
from aurora_console.state.model import RunState
from aurora_console.state.scopes import rollback_preview
from aurora_console.text import duration
from aurora_console.widgets.line import EMPTY, Line, Tone, join, spread, text
from aurora_console.widgets.pane import Lines, Pane


class Outlook(Pane, can_focus=False):
    """One line."""

    def draw(self, view: View, width: int) -> Lines:
        """Return breaker and rollback on the left; where there is room, the phase that comes next on the right."""
        state = view.state
        if state.outline is None:
            return Lines((EMPTY,))
        is_told_above = state.incident is not None or state.paused is not None or bool(view.engine_error)
        left = join((breaker(state), EMPTY if is_told_above else what_r_does(state)), text(" · ", "faint"))
        right = EMPTY if view.engine_error else _next(state)
        return Lines((spread(left, right if left.width + right.width + 4 <= width else EMPTY, width),))


def breaker(state: RunState) -> Line:
    """Return how many distinct failures there are, of how many that pause the integration."""
    if state.outline is None:
        return EMPTY
    count, limit = len(state.failures), state.outline.failure_threshold
    tone: Tone = "alarm-strong" if count >= limit else "plain" if count else "muted"
    return text("breaker ", "muted") + text(f"{count} of {limit}", tone)


def what_r_does(state: RunState) -> Line:
    """Return what a rollback would do now, in a few words."""
    if state.is_rolling_back or state.finished:
        return EMPTY
    scope = state.scope_of_r()
    preview = rollback_preview(state, scope)
    if not preview.steps:
        nothing = "nothing to undo" if state.open_phase is None else "R ends the phase; it changed nothing"
        return text(nothing, "muted")
    reach = {
        "phase": "this phase",
        "services": "every service of the run",
        "code": "files",
        "all": "everything",
    }.get(scope, scope)
    head = text("R", "accent-strong") + text(f" undoes {reach}: ", "muted")
    return head + text(", ".join(preview.steps), "plain") + text(f" · ~{duration(preview.seconds)}", "muted")


def _next(state: RunState) -> Line:
    open_phase = state.open_phase
    is_disturbed = state.incident is not None or state.paused is not None or state.is_rolling_back
    if is_disturbed or open_phase is None or open_phase + 1 >= len(state.phases):
        return EMPTY
    after = state.phases[open_phase + 1].outline
    return text(f"then phase {after.number} {after.title}", "muted").cut(40)
