"""What stands at the top while it matters: an incident, a rollback, a pause, the end. Nothing otherwise."""

from __future__ import annotations

import shlex

from aurora_console.state.live import View
from aurora_console.state.model import IncidentState, PauseState, RollbackState, RollbackUndoState, RunState
from aurora_console.state.scopes import redo_for, rollback_preview
from aurora_console.state.sentences import phase_name, plural, who
from aurora_console.state.standing import moment, rollback_outcome
from aurora_console.text import duration
from aurora_console.widgets.figures import clock, minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, join, space, text, wrap
from aurora_console.widgets.outlook import what_r_does
from aurora_console.widgets.pane import Lines, Pane

_DIFFERENCES = 6
_DOT = text(" · ", "faint")


class Notice(Pane, can_focus=False):
    """A few lines; alarming ones are marked by the class `-alarm`."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the lines of the most urgent thing."""
        return Lines(tuple(notice(view, self.glyphs, width)))

    def update_view(self, view: View) -> None:
        """Show another moment, and take no room where there is nothing to say."""
        rows = notice(view, self.glyphs, self.size.width or self.app.size.width)
        self.set_class(not rows, "-empty")
        self.set_class(bool(rows) and rows[0].runs[0].tone == "alarm-strong", "-alarm")
        super().update_view(view)


def notice(view: View, glyphs: Glyphs, width: int) -> list[Line]:
    """Return, `width` cells wide, the lines of the most urgent thing; none when there is nothing to say."""
    state, now = view.state, moment(view)
    outcome = rollback_outcome(state)
    if view.engine_error:
        return _engine_stopped(view.engine_error, glyphs)
    if state.finished:
        after = text("nothing of this integration can be undone any more", "muted")
        return [_head(glyphs.passed, "FINISHED", "strong", glyphs) + after]
    if state.is_rolling_back and state.rollback is not None:
        return _rolling_back(state.rollback, state, now, glyphs)
    undo = None if state.rollback is None else state.rollback.undo
    if undo is not None and undo.seconds is None:
        return _undoing(undo, now, glyphs)
    if state.incident is not None:
        return _incident(state.incident, view, now, glyphs)
    if state.paused is not None and (outcome is None or state.paused.since > outcome.started_at):
        return _paused(state.paused, state, now, glyphs)
    if outcome is not None:
        return _rolled_back(outcome, state, glyphs, width)
    return _complete(state, glyphs) if state.is_complete else []


def _head(sign: str, word: str, tone: Tone, glyphs: Glyphs) -> Line:
    return text(sign, tone).left(glyphs.width) + space(1) + text(word, tone) + space(2)


def _more(line: Line, glyphs: Glyphs) -> Line:
    """Return a line that stands under the words of the first one."""
    return space(glyphs.width + 1) + line


def _engine_stopped(error: str, glyphs: Glyphs) -> list[Line]:
    advice = "Services go on and the journal is whole. Leave, and start the console again."
    return [
        _head(glyphs.alarm, "ENGINE STOPPED", "alarm-strong", glyphs) + text(error, "alarm"),
        _more(text(advice), glyphs),
    ]


def _rolling_back(rollback: RollbackState, state: RunState, now: float, glyphs: Glyphs) -> list[Line]:
    reach = rollback.scope
    if reach == "phase" and rollback.phase is not None:
        reach = phase_name(state, rollback.phase)
    head = _head(glyphs.undone, f"ROLLING BACK {reach}", "accent-strong", glyphs)
    figures = text(f"{minutes(now - rollback.started_at)} · {rollback.done} undone · by {who(rollback.actor)}", "muted")
    steps = text(", ".join(rollback.steps)) if rollback.steps else text("nothing to undo, then proof", "muted")
    return [head + figures, _more(steps, glyphs)]


def _undoing(undo: RollbackUndoState, now: float, glyphs: Glyphs) -> list[Line]:
    head = _head(glyphs.undone, "UNDOING THE ROLLBACK", "accent-strong", glyphs)
    figures = text(
        f"{minutes(now - undo.started_at)} · {plural(len(undo.notes), 'step')} · by {who(undo.actor)}", "muted"
    )
    return [head + figures, _more(text(", ".join(undo.steps)), glyphs)]


def _incident(incident: IncidentState, view: View, now: float, glyphs: Glyphs) -> list[Line]:
    state = view.state
    head = _head(glyphs.alarm, f"INCIDENT {minutes(now - incident.since)}", "alarm-strong", glyphs)
    also = text(f" · also: {', '.join(incident.also)}", "alarm") if incident.also else EMPTY
    lines = [head + text(incident.what, "alarm") + text(f", since {clock(incident.since)}", "muted") + also]
    suspect = text("suspect: ", "muted") + text(incident.suspect) if incident.suspect else EMPTY
    lines.append(_more(join((_cure(state), suspect), _DOT), glyphs))
    lines.append(_more(join((_resume(state), what_r_does(state), _stays(view.live.foreign)), _DOT), glyphs))
    return lines


def _cure(state: RunState) -> Line:
    """Say how a service that is down can be brought back: by the plan's own command, or by hand from its panel."""
    outlines = {one.name: one for one in state.outline.services} if state.outline is not None else {}
    for name, service in state.services.items():
        recover = outlines[name].recover if name in outlines else ()
        if service.status == "gone" and recover:
            return text("to bring it back: ", "muted") + text(shlex.join(recover))
        if service.status in {"exited", "failed"} and service.managed and service.token:
            return (
                text("3", "accent-strong")
                + text(" and ", "muted")
                + text("S", "accent-strong")
                + text(f" start {name}")
            )
    return EMPTY


def _stays(foreign: tuple[str, ...]) -> Line:
    """Say what of others a rollback leaves alone; the rollback panel lists all of it."""
    if not foreign:
        return EMPTY
    more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
    return text("stays: ", "muted") + text(f"{foreign[0]}{more}")


def _resume(state: RunState) -> Line:
    if state.paused is None:
        return EMPTY
    return text("p", "accent-strong") + text(" resumes", "muted")


def _paused(paused: PauseState, state: RunState, now: float, glyphs: Glyphs) -> list[Line]:
    is_alarm = paused.actor.via == "engine"
    tone: Tone = "alarm-strong" if is_alarm else "accent-strong"
    head = _head(glyphs.paused, f"PAUSED {minutes(now - paused.since)}", tone, glyphs)
    by = "" if is_alarm else f"by {who(paused.actor)}"
    why = join((text(by, "muted"), text(paused.reason, "alarm" if is_alarm else "plain")), text(": ", "muted"))
    open_phase = state.open_phase
    has_failed = open_phase is not None and state.phases[open_phase].status == "failed"
    resumes = "proposes it again" if has_failed else "resumes"
    advice = text("p", "accent-strong") + text(f" {resumes}", "muted")
    return [head + why, _more(join((advice, what_r_does(state)), _DOT), glyphs)]


def _rolled_back(rollback: RollbackState, state: RunState, glyphs: Glyphs, width: int) -> list[Line]:
    proof = rollback.proof
    if proof is None:
        return []
    is_restored = proof.verdict == "restored"
    sign = glyphs.passed if is_restored else glyphs.alarm
    head = _head(sign, proof.verdict.upper(), "accent-strong" if is_restored else "alarm-strong", glyphs)
    took = text(f"in {duration(rollback.seconds or 0.0)}", "muted") + space(2)
    kept = text(f"kept: {', '.join(proof.kept)}") if proof.kept else EMPTY
    undo = text("U", "accent-strong") + text(" undoes", "muted") if redo_for(state) else EMPTY
    kept = join((undo, _still_there(state), kept), _DOT)
    checks = ", ".join(proof.checks)
    indent = glyphs.width + 1
    if is_restored:
        # What stays comes first: the proof may be longer than there is room, and the rollback panel has all of it.
        return [head + took + kept, *wrap(checks, width, "muted", indent=indent, head=space(indent))]
    count = plural(len(proof.differences), "difference")
    lines = [head + took + text(count, "alarm") + (text(f" · as before: {checks}", "muted") if checks else EMPTY)]
    for one in proof.differences[:_DIFFERENCES]:
        lines += wrap(one, width, "alarm", indent=indent, head=space(indent))
    if len(proof.differences) > _DIFFERENCES:
        lines.append(_more(text(f"and {len(proof.differences) - _DIFFERENCES} more", "alarm"), glyphs))
    if kept:
        lines.append(_more(kept, glyphs))
    return lines


def _still_there(state: RunState) -> Line:
    """Say what the run has done that this rollback did not reach."""
    steps = rollback_preview(state, "all").steps
    return text("not undone, R would: ", "muted") + text(", ".join(steps)) if steps else EMPTY


def _complete(state: RunState, glyphs: Glyphs) -> list[Line]:
    passed = sum(phase.status == "passed" for phase in state.phases)
    declined = len(state.phases) - passed
    figures = f"{plural(passed, 'phase')} passed" + (f", {declined} declined and undone" if declined else "")
    running = [name for name, one in state.services.items() if one.managed and one.is_up]
    keeps = "".join(f" --keep {name}" for name in running)
    advice = text(f"aurora-console finish{keeps}", "strong")
    advice += text(" hands them over; without --keep it stops them" if running else " ends the run", "muted")
    return [
        _head(glyphs.passed, "COMPLETE", "accent-strong", glyphs) + text(figures),
        _more(advice, glyphs),
    ]
