"""The preview of a phase as lines: what is done, how it is undone, what judges it, what was measured last."""

from __future__ import annotations

from aurora_console.state.model import GateState, PhaseState, RunState
from aurora_console.state.standing import elapsed
from aurora_console.state.values import ActionPreview, PhasePreview
from aurora_console.widgets.figures import minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, space, spread, text, wrap
from aurora_console.widgets.now import NO_EFFECT
from aurora_console.widgets.pane import Lines
from aurora_console.widgets.phases import sign


def preview_lines(state: RunState, index: int, width: int, glyphs: Glyphs) -> Lines:
    """Return the whole preview of phase `index`, `width` cells wide."""
    phase = state.phases[index] if index < len(state.phases) else None
    if phase is None or phase.preview is None:
        return Lines((text("nothing is known of it yet", "muted"),))
    preview = phase.preview
    undo_width = min(30, width // 3)
    rows = _problems(preview, width, glyphs)
    for number, action in enumerate(preview.actions, start=1):
        rows += _action(number, action, width, undo_width)
    rows += [EMPTY, text("GATES THAT WILL JUDGE IT", "muted")]
    rows += _gates(preview, state, width, glyphs)
    rows += _last_phase(state, index, width, glyphs)
    return Lines(tuple(rows), title="WHAT IT WILL DO", beside=text("HOW IT IS UNDONE", "muted").left(undo_width))


def _problems(preview: PhasePreview, width: int, glyphs: Glyphs) -> list[Line]:
    if not preview.problems:
        return []
    rows = [text(f"{glyphs.alarm} It cannot be done as things stand", "alarm-strong")]
    for problem in preview.problems:
        rows += [space(2) + line for line in wrap(problem, width - 2, "alarm", indent=2)]
    return [*rows, EMPTY]


def _action(number: int, action: ActionPreview, width: int, undo_width: int) -> list[Line]:
    room = width - undo_width - 2
    left = [text(f"{number}", "muted").right(2) + space(1) + text(action.title, "strong")]
    for effect in action.effects:
        left += [space(5) + line for line in wrap(effect, room - 5, indent=2)]
    undo = wrap(action.undo, undo_width, "muted" if action.undo.startswith(NO_EFFECT) else "plain")
    height = max(len(left), len(undo))
    left += [EMPTY] * (height - len(left))
    undo += [EMPTY] * (height - len(undo))
    return [one.left(room) + space(2) + other.left(undo_width) for one, other in zip(left, undo, strict=True)]


def _gates(preview: PhasePreview, state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Return each gate with what it showed last, where it was judged before."""
    known = {gate.title: gate for gate in state.gates.values()}
    longest = max((text(title).width for title in preview.gates), default=0)
    room = min(longest, width // 2)
    return [_gate(title, known.get(title), room, width, glyphs) for title in preview.gates]


def _gate(title: str, gate: GateState | None, room: int, width: int, glyphs: Glyphs) -> Line:
    head = space(3) + text(title).left(room) + space(2)
    if gate is None or gate.verdict is None or gate.evidence is None:
        return head.left(width)
    is_well = gate.verdict == "pass"
    glyph = glyphs.passed if is_well else glyphs.failed
    now = text(f"{glyph} ", "plain" if is_well else "alarm-strong")
    return (head + now + text(gate.evidence.summary, "muted" if is_well else "alarm")).left(width)


def _last_phase(state: RunState, index: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Return how the phase before ended, with the figures of its criteria."""
    before = [phase for phase in state.phases[:index] if phase.ended_at is not None]
    if not before:
        return []
    phase = before[-1]
    seconds = elapsed(phase, phase.ended_at or 0.0) or 0.0
    glyph, tone = sign(phase, glyphs)
    head = text(f"{glyph} ", tone) + text(f"phase {phase.outline.number} {phase.outline.title}")
    head += text(f"  {phase.status}", "muted") + _gate_count(phase)
    rows = [
        EMPTY,
        text("THE PHASE BEFORE", "muted"),
        space(3) + spread(head, text(minutes(seconds), "muted"), width - 3),
    ]
    rows += [
        space(5) + text(f"{gate.title}  ") + text(gate.evidence.summary, "muted")
        for gate in phase.criteria
        if gate.evidence is not None
    ]
    return rows


def _gate_count(phase: PhaseState) -> Line:
    judged = [gate for gate in phase.criteria if gate.verdict is not None]
    if not judged:
        return EMPTY
    passed = sum(gate.verdict == "pass" for gate in judged)
    return text(f", {passed} of {len(judged)} criteria met", "muted")
