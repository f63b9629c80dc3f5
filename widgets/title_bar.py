"""The top line: which system, where it stands in the plan, and whether it is well."""

from __future__ import annotations

from aurora_console.clock import Clock
from aurora_console.state.live import View
from aurora_console.state.model import RunState
from aurora_console.state.standing import Standing, shown_phase, standing
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, spread, text
from aurora_console.widgets.pane import Lines, Pane

_ROOM = 56
"""The width from which on the phase's title is shown."""


class TitleBar(Pane, can_focus=False):
    """One line."""

    def __init__(self, glyphs: Glyphs, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._clock = clock

    def draw(self, view: View, width: int) -> Lines:
        """Return the system's name and place on the left, its standing on the right."""
        how = how_it_is(view, self._clock.wall(), self.glyphs)
        return Lines((spread(_place(view.state, has_room=width >= _ROOM), how, width),))


def how_it_is(view: View, wall: float | None, glyphs: Glyphs) -> Line:
    """Return sign and word of the standing. `wall` as in `standing`."""
    word = standing(view, wall)
    glyph, tone = _sign(view, word, glyphs)
    return text(glyph, tone) + space(1) + text(_SHOUTED.get(word, word), tone)


_SHOUTED: dict[Standing, str] = {
    "paused": "PAUSED",
    "incident": "INCIDENT",
    "needs you": "NEEDS YOU",
    "engine stopped": "ENGINE STOPPED",
    "engine silent": "ENGINE SILENT",
}


def _sign(view: View, word: Standing, glyphs: Glyphs) -> tuple[str, Tone]:
    match word:
        case "engine stopped" | "engine silent" | "incident" | "needs you":
            return glyphs.alarm, "alarm-strong"
        case "paused":
            by_engine = view.state.paused is not None and view.state.paused.actor.via == "engine"
            return glyphs.paused, "alarm-strong" if by_engine else "accent-strong"
        case "rolling back":
            return glyphs.undone, "accent-strong"
        case "waiting for you":
            return glyphs.waiting, "accent-strong"
        case "working":
            return glyphs.running, "accent-strong"
        case "well" | "finished":
            return glyphs.up, "strong"
        case "not begun" | "opening":
            return glyphs.down, "muted"


def _place(state: RunState, *, has_room: bool) -> Line:
    outline = state.outline
    if outline is None:
        return text("aurora-console", "strong")
    name = text(outline.name, "strong") + space(2)
    if state.finished:
        return name + text("integration finished", "muted")
    if state.is_complete:
        return name + text("every phase is done", "plain")
    index = shown_phase(state)
    if index is None:
        return name
    phase = outline.phases[index]
    of = f"phase {phase.number} of {outline.phases[-1].number}"
    title = text(" · ", "faint") + text(phase.title, "strong") if has_room else EMPTY
    return name + text(of, "plain") + title
