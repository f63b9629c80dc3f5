"""NOW and GATES: what the current phase does, and what judges it."""

from __future__ import annotations

from msgspec.structs import replace

from aurora_console.state.live import Progress, View
from aurora_console.state.model import ActionState, GateState, PhaseState
from aurora_console.state.standing import elapsed, moment, shown_phase
from aurora_console.state.values import ActionPreview
from aurora_console.text import duration
from aurora_console.widgets.figures import minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, spread, text
from aurora_console.widgets.pane import Lines, Pane

_BAR = 12
_TIME = 5
_BOTH = 44
"""The width from which on titles and evidence both have room."""
NO_EFFECT = "changes nothing"
"""What a preview says of an action that needs no undo."""
_AHEAD = {"pending", "proposed", "rolled back"}
"""Statuses in which what an earlier attempt did is over and no part of what comes."""
_TITLE_TONES: dict[str, Tone] = {"running": "strong", "pending": "muted", "failed": "alarm"}


class Now(Pane):
    """The actions of the phase that matters now, then its gates and the plan's."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the actions, the word GATES, and the gates."""
        index = shown_phase(view.state)
        if index is None:
            return Lines((text("no integration is open yet", "muted"),), title="NOW")
        phase = _as_ahead(view.state.phases[index])
        gates = (*phase.criteria, *view.state.gates.values())
        room = _title_room([*(one.title for one in phase.actions), *(one.title for one in gates)], width, self.glyphs)
        now = moment(view)
        if phase.status == "proposed" and phase.preview is not None:
            rows = [_preview_row(action, room, width, self.glyphs) for action in phase.preview.actions]
        else:
            rows = [_action_row(action, view.live.progress, now, room, width, self.glyphs) for action in phase.actions]
        if self.size.height > len(rows) + len(gates) + 2:
            rows.append(EMPTY)
        rows.append(text("GATES", "muted"))
        first_gate = len(rows)
        under_way = _gate_under_way(phase, gates)
        rows += [
            _gate_row(gate, room, width, self.glyphs, is_under_way=number == under_way)
            for number, gate in enumerate(gates)
        ]
        follow = _follow(phase, gates, first_gate)
        return Lines(tuple(rows), title=_title(view, phase), beside=_budget(phase, now), follow=follow)


def _as_ahead(phase: PhaseState) -> PhaseState:
    """Return a phase that is still to come without what an earlier attempt left."""
    if phase.status not in _AHEAD:
        return phase
    return replace(
        phase,
        actions=tuple(ActionState(title=action.title) for action in phase.actions),
        criteria=tuple(GateState(title=gate.title) for gate in phase.criteria),
    )


def _title(view: View, phase: PhaseState) -> str:
    if view.state.is_complete:
        return "LAST"
    return "NEXT" if phase.status in _AHEAD else "NOW"


def _budget(phase: PhaseState, now: float) -> Line:
    seconds = elapsed(phase, now)
    budget = phase.outline.budget
    if phase.status in _AHEAD or seconds is None:
        return text(f"up to {minutes(budget)}", "muted") if budget is not None else EMPTY
    words = minutes(seconds) if budget is None else f"{minutes(seconds)} of {minutes(budget)}"
    return text(words, "accent-strong" if phase.overran else "muted")


def _title_room(titles: list[str], width: int, glyphs: Glyphs) -> int:
    """Return one width for all titles, so that the evidence stands in a column."""
    longest = max((text(title).width for title in titles), default=0)
    room = width - glyphs.width - 1
    return min(longest, room // 2 if width >= _BOTH else room - _TIME - 2)


def _action_row(
    action: ActionState, progress: Progress | None, now: float, room: int, width: int, glyphs: Glyphs
) -> Line:
    sign, sign_tone = _action_sign(action, glyphs)
    tone = _TITLE_TONES.get(action.status, "plain")
    if action.status == "running" and progress is not None and progress.action == action.id:
        return _with_progress(_head(sign, sign_tone, action.title, tone, room, glyphs), progress, width, glyphs)
    evidence = EMPTY
    if action.reason:
        evidence = text(action.reason, "alarm")
    elif action.evidence is not None:
        evidence = text(action.evidence.summary, "muted")
    elif action.status == "in doubt":
        evidence = text("in doubt: a console ended while it ran", "alarm")
    head = _head(sign, sign_tone, action.title, tone, room if evidence and width >= _BOTH else None, glyphs)
    return spread(head + evidence if width >= _BOTH else head, _seconds(action, now), width)


def _preview_row(action: ActionPreview, room: int, width: int, glyphs: Glyphs) -> Line:
    """Return an action that waits for approval, with what stands in its way or else how it is undone."""
    if action.problems:
        head = _head(glyphs.alarm, "alarm-strong", action.title, "alarm", room, glyphs)
        return (head + text(action.problems[0], "alarm")).left(width)
    has_undo = not action.undo.startswith(NO_EFFECT) and width >= _BOTH
    head = _head(glyphs.pending, "faint", action.title, "plain", room if has_undo else None, glyphs)
    return (head + text(f"undo: {action.undo}", "muted") if has_undo else head).left(width)


def _head(sign: str, sign_tone: Tone, title: str, tone: Tone, room: int | None, glyphs: Glyphs) -> Line:
    """Return sign and title; `room` is what the title gets beside evidence, None where it stands alone."""
    head = text(sign, sign_tone).left(glyphs.width) + space(1)
    return head + (text(title, tone) if room is None else text(title, tone).left(room) + space(2))


def _seconds(action: ActionState, now: float) -> Line:
    if action.started_at is None:
        return EMPTY
    if action.ended_at is None:
        return text(minutes(now - action.started_at), "muted").right(_TIME)
    return text(duration(action.ended_at - action.started_at), "muted").right(_TIME)


def _with_progress(head: Line, progress: Progress, width: int, glyphs: Glyphs) -> Line:
    said = text(progress.text, "plain")
    if progress.fraction is None:
        return spread(head, said, width)
    length = min(_BAR, max(0, width - head.width - said.width - 2))
    done = round(length * min(1.0, max(0.0, progress.fraction)))
    bar = text(glyphs.bar_done * done, "accent") + text(glyphs.bar_left * (length - done), "faint")
    return spread(head + bar, said, width)


def _action_sign(action: ActionState, glyphs: Glyphs) -> tuple[str, Tone]:
    match action.status:
        case "done":
            return glyphs.passed, "plain"
        case "running":
            return glyphs.running, "accent-strong"
        case "failed":
            return glyphs.failed, "alarm-strong"
        case "in doubt":
            return glyphs.unsure, "alarm-strong"
        case "pending":
            return glyphs.pending, "faint"


def _gate_row(gate: GateState, room: int, width: int, glyphs: Glyphs, *, is_under_way: bool) -> Line:
    sign, sign_tone = gate_sign(gate, glyphs, is_under_way=is_under_way)
    is_bad = gate.verdict in {"fail", "error"}
    tone: Tone = "alarm" if is_bad else "muted" if gate.verdict is None else "plain"
    evidence = text(gate.evidence.summary, "alarm" if is_bad else "muted") if gate.evidence is not None else EMPTY
    has_both = bool(evidence) and width >= _BOTH
    head = _head(sign, sign_tone, gate.title, tone, room if has_both else None, glyphs)
    return (head + evidence if has_both else head).left(width)


def gate_sign(gate: GateState, glyphs: Glyphs, *, is_under_way: bool) -> tuple[str, Tone]:
    """Return the sign of a gate's verdict."""
    match gate.verdict:
        case "pass":
            return glyphs.passed, "plain"
        case "fail":
            return glyphs.failed, "alarm-strong"
        case "inconclusive":
            return glyphs.unsure, "accent-strong"
        case "error":
            return glyphs.alarm, "alarm-strong"
        case None:
            return (glyphs.running, "accent-strong") if is_under_way else (glyphs.pending, "faint")


def _follow(phase: PhaseState, gates: tuple[GateState, ...], first_gate: int) -> int:
    """Return the row that matters: what failed, else what runs, else the first one."""
    for index, action in enumerate(phase.actions):
        if action.status in {"failed", "in doubt"}:
            return index
    for index, gate in enumerate(gates):
        if gate.verdict in {"fail", "error"}:
            return first_gate + index
    for index, action in enumerate(phase.actions):
        if action.status == "running":
            return index
    under_way = _gate_under_way(phase, gates)
    return 0 if under_way is None else first_gate + under_way


def _gate_under_way(phase: PhaseState, gates: tuple[GateState, ...]) -> int | None:
    """Return the gate that is being judged, as far as can be told: the first one without a verdict."""
    if phase.status != "gating":
        return None
    return next((index for index, gate in enumerate(gates) if gate.verdict is None), None)
