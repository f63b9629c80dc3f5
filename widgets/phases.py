"""PHASES: what is done, what is under way, what is next."""

from __future__ import annotations

from aurora_console.state.live import View
from aurora_console.state.model import PhaseState
from aurora_console.state.standing import elapsed, moment, shown_phase
from aurora_console.widgets.figures import minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, spread, text
from aurora_console.widgets.pane import Lines, Pane

_NUMBER = 2
_ELAPSED = 5


class Phases(Pane):
    """The plan's phases, a row each."""

    def draw(self, view: View, width: int) -> Lines:
        """Return a row for each phase: sign, number, title, time."""
        now = moment(view)
        shown = shown_phase(view.state)
        rows = tuple(
            _row(phase, now, width, self.glyphs, is_shown=index == shown)
            for index, phase in enumerate(view.state.phases)
        )
        return Lines(rows or (text("none yet", "faint"),), title="PHASES", follow=shown)


def sign(phase: PhaseState, glyphs: Glyphs) -> tuple[str, Tone]:
    """Return the sign of a phase's status, and its tone."""
    match phase.status:
        case "passed":
            return glyphs.passed, "plain"
        case "running" | "gating":
            return glyphs.running, "accent-strong"
        case "proposed":
            return glyphs.waiting, "accent-strong"
        case "failed":
            return glyphs.failed, "alarm-strong"
        case "declined":
            return glyphs.declined, "muted"
        case "rolled back":
            return glyphs.undone, "muted"
        case "pending":
            return glyphs.pending, "faint"


def _row(phase: PhaseState, now: float, width: int, glyphs: Glyphs, *, is_shown: bool) -> Line:
    glyph, tone = sign(phase, glyphs)
    is_ahead = phase.status == "pending"
    words: Tone = "strong" if is_shown else "muted" if is_ahead else "plain"
    left = text(glyph, tone).left(glyphs.width) + space(1)
    left += text(str(phase.outline.number), "muted").right(_NUMBER) + space(1) + text(phase.outline.title, words)
    seconds = elapsed(phase, now)
    is_timed = seconds is not None and phase.status != "proposed"
    time = text(minutes(seconds or 0.0), "accent" if phase.overran else "muted") if is_timed else EMPTY
    return spread(left, time.right(_ELAPSED), width, gap=1)
