"""NOW and GATES: what the current phase does, and what judges it."""

from __future__ import annotations

from aurora_console.state.live import Progress, View
from aurora_console.state.model import ActionState, GateState, PhaseState
from aurora_console.state.standing import elapsed, moment, shown_phase, standing
from aurora_console.text import duration
from aurora_console.widgets.figures import minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, spread, text
from aurora_console.widgets.pane import Lines, Pane

_BAR = 12
_TIME = 7
_TITLE_TONES: dict[str, Tone] = {"running": "strong", "pending": "muted", "failed": "alarm"}


class Now(Pane):
    """The actions of the phase that matters now, then its gates and the plan's."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the actions, the word GATES, and the gates."""
        index = shown_phase(view.state)
        if index is None:
            return Lines((text("no integration is open yet", "muted"),), title="NOW")
        phase = view.state.phases[index]
        gates = (*phase.criteria, *view.state.gates.values())
        room = _title_room([*(one.title for one in phase.actions), *(one.title for one in gates)], width, self.glyphs)
        now = moment(view)
        rows = [_action_row(action, view.live.progress, now, room, width, self.glyphs) for action in phase.actions]
        rows.append(text("GATES", "muted"))
        first_gate = len(rows)
        under_way = _gate_under_way(phase, gates)
        rows += [
            _gate_row(gate, room, width, self.glyphs, is_under_way=number == under_way)
            for number, gate in enumerate(gates)
        ]
        follow = _follow(phase, gates, first_gate)
        return Lines(tuple(rows), title=_title(view, phase), beside=_budget(phase, now), follow=follow)


def _title(view: View, phase: PhaseState) -> str:
    word = standing(view)
    if word == "waiting for you" and phase.status == "proposed":
        return f"NEXT, PHASE {phase.outline.number}"
    return "NOW"


def _budget(phase: PhaseState, now: float) -> Line:
    seconds = elapsed(phase, now)
    budget = phase.outline.budget
    if phase.status in {"proposed", "pending", "rolled back"} or seconds is None:
        return text(f"up to {minutes(budget)}", "muted") if budget is not None else EMPTY
    words = minutes(seconds) if budget is None else f"{minutes(seconds)} of {minutes(budget)}"
    return text(words, "accent-strong" if phase.overran else "muted")


def _title_room(titles: list[str], width: int, glyphs: Glyphs) -> int:
    """Return one width for all titles, so that the evidence stands in a column."""
    longest = max((text(title).width for title in titles), default=0)
    room = width - glyphs.width - 1
    return min(longest, max(18, room // 2))


def _action_row(
    action: ActionState, progress: Progress | None, now: float, room: int, width: int, glyphs: Glyphs
) -> Line:
    sign, sign_tone = _action_sign(action, glyphs)
    tone = _TITLE_TONES.get(action.status, "plain")
    head = _head(sign, sign_tone, action.title, tone, room, glyphs)
    if action.status == "running" and progress is not None and progress.action == action.id:
        return _with_progress(head, progress, width, glyphs)
    evidence = EMPTY
    if action.reason:
        evidence = text(action.reason, "alarm")
    elif action.evidence is not None:
        evidence = text(action.evidence.summary, "muted")
    elif action.status == "in doubt":
        evidence = text("in doubt: a console ended while it ran", "alarm")
    return spread(head + evidence, _seconds(action, now), width)


def _head(sign: str, sign_tone: Tone, title: str, tone: Tone, room: int, glyphs: Glyphs) -> Line:
    return text(sign, sign_tone).left(glyphs.width) + space(1) + text(title, tone).left(room) + space(2)


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
    done = round(_BAR * min(1.0, max(0.0, progress.fraction)))
    bar = text(glyphs.bar_done * done, "accent") + text(glyphs.bar_left * (_BAR - done), "faint")
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
    sign, sign_tone = _gate_sign(gate, glyphs, is_under_way=is_under_way)
    is_bad = gate.verdict in {"fail", "error"}
    tone: Tone = "alarm" if is_bad else "muted" if gate.verdict is None else "plain"
    evidence = text(gate.evidence.summary, "alarm" if is_bad else "muted") if gate.evidence is not None else EMPTY
    return (_head(sign, sign_tone, gate.title, tone, room, glyphs) + evidence).left(width)


def _gate_sign(gate: GateState, glyphs: Glyphs, *, is_under_way: bool) -> tuple[str, Tone]:
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
    """Return the row that matters: what failed, else what runs, else what comes next."""
    for index, action in enumerate(phase.actions):
        if action.status in {"failed", "in doubt", "running"}:
            return index
    for index, gate in enumerate(gates):
        if gate.verdict in {"fail", "error"}:
            return first_gate + index
    under_way = _gate_under_way(phase, gates)
    return 0 if under_way is None else first_gate + under_way


def _gate_under_way(phase: PhaseState, gates: tuple[GateState, ...]) -> int | None:
    """Return the gate that is being judged, as far as can be told: the first one without a verdict."""
    if phase.status != "gating":
        return None
    return next((index for index, gate in enumerate(gates) if gate.verdict is None), None)
