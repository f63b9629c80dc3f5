"""What the rollback panel shows: how far one can go back, what is being undone, its proof, and earlier rollbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from aurora_console.state.history import History, PastRollback
from aurora_console.state.live import View
from aurora_console.state.model import RollbackState, RollbackUndoState, RunState, UndoneStep
from aurora_console.state.requests import Scope
from aurora_console.state.scopes import redo_for, redo_preview, rollback_preview, undo_for
from aurora_console.state.sentences import phase_name, who
from aurora_console.state.standing import moment
from aurora_console.state.values import Proof, RollbackPreview
from aurora_console.text import duration
from aurora_console.widgets.choice import MARK
from aurora_console.widgets.figures import clock, minutes
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, spread, text, wrap
from aurora_console.widgets.pane import Lines, Pane

SCOPES: tuple[Scope, ...] = ("phase", "services", "code", "all")
SIDE_BY_SIDE = 112
"""The width from which on all scopes stand beside one another, each with its steps."""
_GAP = 2
_SCOPE = 9
_SECONDS = 7
_MOST_STEPS = 8
"""Steps shown in a column; the question shows all."""


def scopes(state: RunState) -> tuple[Scope, ...]:
    """Return the scopes to choose from, that of `R` among them."""
    of_r = state.scope_of_r()
    return (*SCOPES, "abort") if of_r == "abort" else SCOPES


def reach(state: RunState, scope: str) -> str:
    """Say what a scope reaches."""
    if scope == "phase":
        undo = undo_for(state, scope)
        return f"what {phase_name(state, undo[0].phase)} did" if undo else "what the newest phase did"
    return {
        "services": "services it started",
        "code": "files it added",
        "all": "everything that the run did",
        "abort": "ends the phase, which changed nothing",
    }.get(scope, scope)


class Scopes(Pane, can_focus=False):
    """How far one can go back: the scopes with what each would undo, one of them chosen."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.chosen: Scope = "phase"

    def choose(self, scope: Scope) -> None:
        """Mark another scope."""
        self.chosen = scope
        self.refresh(layout=True)
        self._redraw()

    def draw(self, view: View, width: int) -> Lines:
        """Return the scopes, side by side where there is room."""
        state = view.state
        if state.outline is None:
            return Lines(tuple(wrap("No integration is open yet: there is nothing to go back from.", width, "muted")))
        offered = scopes(state)
        beside = text("h l choose", "muted")
        if width < SIDE_BY_SIDE:
            rows = [self._row(state, scope, width) for scope in offered]
            return Lines(tuple(rows), title="HOW FAR", beside=beside)
        cells = (width - _GAP * (len(offered) - 1)) // len(offered)
        columns = [self._column(view, scope, cells) for scope in offered]
        height = max(map(len, columns))
        rows = []
        for index in range(height):
            line = EMPTY
            for number, column in enumerate(columns):
                cell = column[index] if index < len(column) else EMPTY
                line = line + space(_GAP if number else 0) + cell.left(cells)
            rows.append(line)
        return Lines(tuple(rows), title="HOW FAR", beside=beside)

    def _row(self, state: RunState, scope: Scope, width: int) -> Line:
        preview = rollback_preview(state, scope)
        head = self._mark(scope) + text(scope, "strong" if scope == self.chosen else "plain").left(_SCOPE)
        head += text("R" if scope == state.scope_of_r() else "", "accent-strong").left(2)
        tone: Tone = "plain" if preview.steps else "faint"
        steps = text(", ".join(preview.steps) or "nothing to undo", tone)
        return spread(head + steps, _estimate(preview), width)

    def _column(self, view: View, scope: Scope, cells: int) -> list[Line]:
        state = view.state
        preview = rollback_preview(state, scope)
        head = self._mark(scope) + text(scope, "strong" if scope == self.chosen else "plain")
        if scope == state.scope_of_r():
            head += space(2) + text("R", "accent-strong")
        rows = [spread(head, _estimate(preview), cells)]
        rows += [space(1) + line for line in wrap(reach(state, scope), cells - 1, "muted")]
        rows += _preview_rows(preview, cells - 1, most=_MOST_STEPS, indent=1)
        return rows

    def _mark(self, scope: Scope) -> Line:
        return text(MARK, "accent") if scope == self.chosen else space(1)


class RollbackDetail(Pane):
    """What is being undone, or what would be; then the newest proof and the rollbacks before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "scroll_to(0)", show=False),
        Binding("end", "scroll_to(1000000)", show=False),
    ]

    def __init__(
        self,
        glyphs: Glyphs,
        chosen: Callable[[], Scope],
        history: Callable[[], tuple[History, str]],
        *,
        id: str | None = None,  # noqa: A002  # Textual's name for it
    ) -> None:
        super().__init__(glyphs, id=id)
        self._chosen = chosen
        self._history = history
        """Gives what was read of the journal, and what went wrong with reading it."""

    def action_page(self, direction: int) -> None:
        """Scroll by what is in sight."""
        self.scroll_rows(direction * max(1, self._room - 1))

    def action_scroll_to(self, row: int) -> None:
        """Scroll to a row."""
        self.scroll_rows(row - self.top)

    def draw(self, view: View, width: int) -> Lines:
        """Return everything, the most urgent first."""
        state = view.state
        rollback = state.rollback
        if rollback is not None and rollback.proof is None:
            return _progress(rollback, state, moment(view), width, self.glyphs)
        if rollback is not None and rollback.undo is not None and rollback.undo.seconds is None:
            return _undo_progress(rollback.undo, moment(view), width, self.glyphs)
        rows: list[Line] = []
        if width < SIDE_BY_SIDE and state.outline is not None:
            scope = self._chosen()
            rows.append(spread(text(f"{scope.upper()} WOULD UNDO", "muted"), text(reach(state, scope), "muted"), width))
            rows += [*_preview_rows(rollback_preview(state, scope), width), EMPTY]
        if state.outline is not None:
            rows += _stays(view.live.foreign, width)
        if rollback is not None:
            rows += _outcome(rollback, state, width, self.glyphs)
        return Lines(tuple(rows + self._before(state, width)))

    def _before(self, state: RunState, width: int) -> list[Line]:
        history, problem = self._history()
        rows = [text("ROLLBACKS OF THIS RUN", "muted")]
        if problem:
            return rows + wrap(problem, width, "alarm")
        if not history.rollbacks:
            return [*rows, text("none", "faint")]
        for past in reversed(history.rollbacks):
            rows += _past(past, state, width)
        return rows


def _estimate(preview: RollbackPreview) -> Line:
    return text(f"~{duration(preview.seconds)}" if preview.steps else "", "muted").right(_SECONDS)


def _preview_rows(preview: RollbackPreview, width: int, most: int | None = None, indent: int = 0) -> list[Line]:
    if not preview.steps:
        return [space(indent) + text("nothing to undo", "faint")]
    shown = preview.steps if most is None else preview.steps[:most]
    rows = [space(indent) + line for step in shown for line in wrap(step, width, indent=2)]
    if len(shown) < len(preview.steps):
        rows.append(space(indent) + text(f"and {len(preview.steps) - len(shown)} more", "muted"))
    return rows


def question_rows(view: View, scope: Scope, width: int) -> list[Line]:
    """Return what a rollback of `scope` would do, whole, for the question before it."""
    preview = rollback_preview(view.state, scope)
    rows = [text("IT WILL", "muted"), *_preview_rows(preview, width), EMPTY]
    rows += _stays(view.live.foreign, width)
    rows.append(text(f"about {duration(preview.seconds)}, then proof: files, refs, index, ports, gates", "muted"))
    return rows


def _stays(foreign: tuple[str, ...], width: int) -> list[Line]:
    """Return what others changed, and that it stays."""
    if not foreign:
        return []
    rows = [text("STAYS, IT IS OTHERS'", "muted")]
    for one in foreign:
        rows += wrap(one, width, indent=2)
    return [*rows, EMPTY]


def _progress(rollback: RollbackState, state: RunState, now: float, width: int, glyphs: Glyphs) -> Lines:
    """Return each step with its outcome, those to come after them."""
    rows = [_step(step, width, glyphs) for step in rollback.results]
    failed = {(step.pending.action, step.pending.index) for step in rollback.results}
    ahead = [one for one in undo_for(state, rollback.scope) if (one.action, one.index) not in failed]
    follow = len(rows)
    for number, one in enumerate(ahead):
        sign, tone = (glyphs.running, "accent-strong") if number == 0 else (glyphs.pending, "faint")
        rows.append(_head(sign, tone, glyphs) + text(one.undo.describe(), "plain"))
    done, total = len(rollback.results), len(rollback.results) + len(ahead)
    sign, tone = (glyphs.pending, "faint") if ahead else (glyphs.running, "accent-strong")
    rows.append(_head(sign, tone, glyphs) + text("proof: files, refs, index, HEAD, processes, ports, gates", "plain"))
    took = text(f"{minutes(now - rollback.started_at)} · {done} of {total} steps", "muted")
    return Lines(tuple(rows), title=f"ROLLING BACK {rollback.scope}", beside=took, follow=min(follow, len(rows) - 1))


def _undo_progress(undo: RollbackUndoState, now: float, width: int, glyphs: Glyphs) -> Lines:
    rows = [_head(glyphs.passed, "plain", glyphs) + text(note) for note in undo.notes]
    rows.append(_head(glyphs.running, "accent-strong", glyphs) + text(", ".join(undo.steps)).cut(width - 4))
    title = "UNDOING THE ROLLBACK"
    return Lines(tuple(rows), title=title, beside=text(minutes(now - undo.started_at), "muted"), follow=len(rows) - 1)


def _step(step: UndoneStep, width: int, glyphs: Glyphs) -> Line:
    sign, tone = {
        "undone": (glyphs.passed, "plain"),
        "was undone": (glyphs.passed, "plain"),
        "kept": (glyphs.unsure, "accent-strong"),
        "failed": (glyphs.failed, "alarm-strong"),
    }[step.outcome]
    said = text(step.note or step.pending.undo.describe(), "alarm" if step.outcome == "failed" else "plain")
    return spread(_head(sign, _tone(tone), glyphs) + said, text(step.outcome, "muted"), width)


def _tone(name: str) -> Tone:
    return "alarm-strong" if name == "alarm-strong" else "accent-strong" if name == "accent-strong" else "plain"


def _head(sign: str, tone: str, glyphs: Glyphs) -> Line:
    tones: dict[str, Tone] = {"accent-strong": "accent-strong", "alarm-strong": "alarm-strong", "faint": "faint"}
    return text(sign, tones.get(tone, "plain")).left(glyphs.width) + space(1)


def _outcome(rollback: RollbackState, state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Return how it was undone, the proof in full, and how it can be undone."""
    assert rollback.proof is not None
    undone = [] if rollback.undo is None else _was_undone(rollback.undo, width, glyphs)
    title = f"PROOF OF THE NEWEST: {rollback.scope}, by {who(rollback.actor)}"
    when = text(f"{clock(rollback.started_at)}, {duration(rollback.seconds or 0.0)}", "muted")
    rows = [spread(text(title, "muted"), when, width), *_proof(rollback.proof, width, glyphs)]
    missed = [step for step in rollback.results if step.outcome in {"kept", "failed"}]
    rows += [_step(step, width, glyphs) for step in missed]
    rows.append(EMPTY)
    redo = redo_for(state)
    if redo:
        rows.append(text("U UNDOES IT", "muted"))
        for line in redo_preview(redo):
            rows += wrap(line, width, indent=2)
        rows.append(EMPTY)
    return undone + rows


def _was_undone(undo: RollbackUndoState, width: int, glyphs: Glyphs) -> list[Line]:
    took = text(f"{clock(undo.started_at)}, {duration(undo.seconds or 0.0)}", "muted")
    rows = [spread(text(f"THE NEWEST WAS UNDONE by {who(undo.actor)}", "muted"), took, width)]
    back = len(undo.notes) - len(undo.left)
    rows.append(_head(glyphs.passed, "plain", glyphs) + text(f"{back} of {len(undo.notes)} steps are done again"))
    for one in undo.left:
        head = _head(glyphs.failed, "alarm-strong", glyphs)
        rows += wrap(one, width, "alarm", indent=glyphs.width + 1, head=head)
    return [*rows, EMPTY]


def _proof(proof: Proof, width: int, glyphs: Glyphs) -> list[Line]:
    is_restored = proof.verdict == "restored"
    sign, tone = (glyphs.passed, "accent-strong") if is_restored else (glyphs.alarm, "alarm-strong")
    word: Tone = "accent-strong" if is_restored else "alarm-strong"
    rows = [_head(sign, tone, glyphs) + text(proof.verdict.upper(), word)]
    indent = glyphs.width + 1
    for one in proof.differences:
        rows += wrap(one, width, "alarm", indent=indent, head=_head(glyphs.failed, "alarm-strong", glyphs))
    for one in proof.checks:
        rows += wrap(one, width, "plain", indent=indent, head=_head(glyphs.passed, "plain", glyphs))
    for one in proof.kept:
        rows += wrap(f"kept: {one}", width, "plain", indent=indent, head=_head(glyphs.pending, "faint", glyphs))
    return rows


def _past(past: PastRollback, state: RunState, width: int) -> list[Line]:
    scope = past.scope
    if scope == "phase" and past.phase is not None:
        scope = phase_name(state, past.phase)
    verdict: str = "no proof" if past.proof is None else past.proof.verdict
    if past.was_undone:
        verdict += ", undone"
    tone: Tone = "plain" if past.proof is not None and past.proof.verdict == "restored" else "alarm"
    head = text(clock(past.at), "muted") + space(2) + text(scope).left(_SCOPE) + space(1)
    head += text(verdict, tone).left(18) + text(who(past.actor), "muted")
    took = EMPTY if past.seconds is None else text(duration(past.seconds), "muted").right(_SECONDS)
    rows = [spread(head, took, width)]
    if past.rescue:
        rows.append(space(10) + text(f"what it replaced: {past.rescue}", "muted"))
    if past.reason:
        rows.append(space(10) + text(past.reason, "muted"))
    return rows
