"""GATES: every gate with its newest verdict, and everything that is known of the selected one."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

from aurora_console.state.history import History, PastVerdict
from aurora_console.state.live import View
from aurora_console.state.model import GateState, RunState
from aurora_console.state.sentences import phase_name
from aurora_console.state.standing import moment
from aurora_console.state.values import Evidence, Value, Verdict
from aurora_console.widgets.choice import Choice, Detail
from aurora_console.widgets.figures import age, clock
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, join, space, spread, text, wrap
from aurora_console.widgets.now import gate_sign
from aurora_console.widgets.pane import Lines, Pane
from aurora_console.widgets.strip_plot import Strip, amount, strip_plot

_WHERE = 8
_TIME = 8
_TITLE_LEAST = 24
_WORDS: dict[Verdict | None, str] = {
    "pass": "pass",
    "fail": "fail",
    "inconclusive": "inconclusive",
    "error": "could not be measured",
    None: "not judged yet",
}
_ADVICE = re.compile(r"\d more|no baseline|takes a baseline|too close")
"""How the statistics say what would decide."""
_DOT = text(" · ", "faint")


class GateRow(Value, frozen=True, kw_only=True):
    """One gate with where it belongs."""

    key: str
    """As `GateJudged.gate` names it."""
    where: str
    """`plan`, or the phase whose criterion it is."""
    gate: GateState


def gate_rows(state: RunState) -> list[GateRow]:
    """Return the plan's gates, then the criteria of each phase."""
    rows = [GateRow(key=name, where="plan", gate=gate) for name, gate in state.gates.items()]
    for index, phase in enumerate(state.phases):
        where = phase_name(state, index)
        rows += [GateRow(key=f"{index}.{number}", where=where, gate=gate) for number, gate in enumerate(phase.criteria)]
    return rows


class GatesHead(Pane, can_focus=False):
    """How many gates came to which verdict."""

    def draw(self, view: View, width: int) -> Lines:
        """Return one line."""
        verdicts = [row.gate.verdict for row in gate_rows(view.state)]
        if not verdicts:
            return Lines((EMPTY,))
        parts = []
        for verdict in ("fail", "error", "inconclusive", "pass", None):
            count = verdicts.count(verdict)
            if count:
                tone: Tone = "alarm-strong" if verdict in {"fail", "error"} else "muted" if verdict is None else "plain"
                parts.append(text(f"{count} {_WORDS[verdict]}", tone))
        return Lines((join(parts, _DOT).left(width),))


class GateList(Choice):
    """A row for each gate. The selection stays with its gate when others move."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(glyphs, id=id)
        self.newest_first = False
        self.words = ""
        self._rows: list[GateRow] = []
        self._now = 0.0

    @property
    def chosen(self) -> GateRow | None:
        """The selected gate."""
        return self._rows[self.selected] if self.selected < len(self._rows) else None

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self._view = view
        self.sort_rows()

    def sort_rows(self) -> None:
        """Order and filter the rows anew."""
        if self._view is None:
            return
        before = self.chosen
        rows = gate_rows(self._view.state)
        self._now = moment(self._view)
        if self.newest_first:
            rows.sort(key=lambda row: -(row.gate.at or 0.0))
        wanted = self.words.casefold().split()
        self._rows = [row for row in rows if all(word in _searched(row) for word in wanted)]
        place = next((index for index, row in enumerate(self._rows) if before and row.key == before.key), None)
        if place is None:
            self._redraw()
        else:
            self.move_to(place)

    def count(self) -> int:
        """Return how many gates are shown."""
        return len(self._rows)

    def heading(self, width: int) -> tuple[str, Line]:
        """Return the list's name and its order."""
        del width
        return "GATES", text("newest first" if self.newest_first else "by phase", "muted")

    def nothing(self) -> str:
        """Say why there is no row."""
        if self.words:
            return f"No gate has “{self.words}” in its title, phase, verdict or evidence. Esc in the field shows all."
        return "No integration is open yet. Its gates stand here once the plan is opened."

    def row(self, index: int, width: int, *, is_selected: bool) -> Line:
        """Return sign, title, where it belongs, when it was judged, and its evidence."""
        row = self._rows[index]
        gate = row.gate
        sign, tone = gate_sign(gate, self.glyphs, is_under_way=False)
        is_bad = gate.verdict in {"fail", "error"}
        title_tone: Tone = "alarm" if is_bad else "muted" if gate.verdict is None else "plain"
        longest = max(text(one.gate.title).width for one in self._rows)
        room = max(_TITLE_LEAST, min(longest, width * 2 // 5))
        head = text(sign, tone).left(self.glyphs.width) + space(1)
        head += text(gate.title, "strong" if is_selected and not is_bad else title_tone).left(room) + space(1)
        head += text(row.where, "muted").left(_WHERE) + space(1)
        head += text("" if gate.at is None else clock(gate.at), "muted").left(_TIME)
        summary = "not judged yet" if gate.evidence is None else gate.evidence.summary
        evidence_tone: Tone = "faint" if gate.evidence is None else "alarm" if is_bad else "muted"
        return (head + space(2) + text(summary, evidence_tone)).left(width)


class GateDetail(Detail):
    """Verdict, evidence, samples and history of the selected gate."""

    def __init__(
        self,
        glyphs: Glyphs,
        chosen: Callable[[], GateRow | None],
        history: Callable[[], tuple[History, str]],
        *,
        id: str | None = None,  # noqa: A002  # Textual's name for it
    ) -> None:
        super().__init__(glyphs, id=id)
        self._chosen = chosen
        self._history = history
        """Gives what was read of the journal, and what went wrong with reading it."""

    def about(self) -> str:
        """Return the gate's title."""
        row = self._chosen()
        return "" if row is None else row.gate.title

    def body(self, width: int) -> list[Line]:
        """Return everything that is known of the gate."""
        row, view = self._chosen(), self._view
        if row is None or view is None:
            return []
        gate = row.gate
        history, problem = self._history()
        past = history.verdicts.get(row.key, ())
        rows = [self._verdict(row, past, view, width), *self._summary(row, width)]
        if gate.verdict == "inconclusive" and gate.evidence is not None:
            rows += [EMPTY, text("WHAT WOULD DECIDE IT", "muted")]
            for line in what_decides(gate.evidence):
                rows += wrap(line, width)
        if gate.evidence is not None:
            rows += _samples(gate.evidence, view.state, width, self.glyphs)
            rows += _figures(gate.evidence, width)
            rows += _details(gate.evidence, width)
        return rows + self._past(row, past, history, problem, view.state, width)

    def _verdict(self, row: GateRow, past: tuple[PastVerdict, ...], view: View, width: int) -> Line:
        gate = row.gate
        sign, tone = gate_sign(gate, self.glyphs, is_under_way=False)
        head = text(sign, tone).left(self.glyphs.width) + space(1) + text(_WORDS[gate.verdict].upper(), tone)
        if gate.at is None:
            return head
        phase = past[-1].phase if past and past[-1].at == gate.at else None
        where = "" if phase is None else f" at the end of {phase_name(view.state, phase)}"
        when = f"{clock(gate.at)}, {age(moment(view) - gate.at)} ago"
        long = text(f"{when}{where}", "muted")
        return spread(head, long if head.width + long.width + 2 <= width else text(when, "muted"), width)

    def _summary(self, row: GateRow, width: int) -> list[Line]:
        if row.gate.evidence is not None:
            is_bad = row.gate.verdict in {"fail", "error"}
            return wrap(row.gate.evidence.summary, width, "alarm" if is_bad else "plain")
        if row.where == "plan":
            return wrap("It is judged after every phase and in the background. J judges it now.", width, "muted")
        return wrap(f"It is judged at the end of {row.where}, when its actions are done.", width, "muted")

    def _past(
        self,
        row: GateRow,
        past: tuple[PastVerdict, ...],
        history: History,
        problem: str,
        state: RunState,
        width: int,
    ) -> list[Line]:
        counts = history.counts.get(row.key, {})
        told = ", ".join(
            f"{counts[verdict]} {_WORDS[verdict]}" for verdict in _WORDS if verdict and counts.get(verdict)
        )
        rows = [EMPTY, spread(text("EARLIER VERDICTS", "muted"), text(told, "muted"), width)]
        if problem:
            return rows + wrap(problem, width, "alarm")
        if not past:
            return [*rows, text("none in this run", "faint")]
        for one in reversed(past):
            sign, tone = gate_sign(GateState(title="", verdict=one.verdict), self.glyphs, is_under_way=False)
            where = "" if one.phase is None else phase_name(state, one.phase)
            head = text(clock(one.at), "muted") + space(1) + text(sign, tone).left(self.glyphs.width) + space(1)
            head += text(where, "muted").left(_WHERE) + space(1)
            rows.append((head + text(one.summary, "alarm" if one.verdict == "fail" else "plain")).left(width))
        return rows


def what_decides(evidence: Evidence) -> list[str]:
    """Return what would turn an inconclusive verdict, as far as the evidence says so, and how to get it."""
    parts = [part.strip() for line in (evidence.summary, *evidence.details) for part in line.split(", ")]
    advice = dict.fromkeys(part for part in parts if _ADVICE.search(part))
    asks = "A phase asks for up to three times the evidence before it pauses; J takes one more look now."
    return [*advice, asks]


def baseline_of(evidence: Evidence, state: RunState) -> tuple[float, ...]:
    """Return the baseline of the endpoint whose samples the evidence shows; empty where none can be told."""
    if not evidence.samples:
        return ()
    middle = median(evidence.samples)
    figures = {figure.name: figure.value for figure in evidence.figures}
    for endpoint, samples in state.baseline_response.items():
        now, count = figures.get(f"{endpoint} p50 now"), figures.get(f"{endpoint} n now")
        if now is not None and abs(now - middle) <= 1e-9 and count in {None, float(len(evidence.samples))}:
            return samples
    return ()


def _samples(evidence: Evidence, state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    if not evidence.samples:
        return []
    before = baseline_of(evidence, state)
    strips = [Strip("before", before)] if before else []
    strips.append(Strip("now", evidence.samples))
    return [EMPTY, text("SAMPLES", "muted"), *strip_plot(strips, evidence.unit, min(width, 72), glyphs)]


def _figures(evidence: Evidence, width: int) -> list[Line]:
    if not evidence.figures:
        return []
    told = [(figure.name, amount(figure.value, figure.unit)) for figure in evidence.figures]
    name = min(max(text(one).width for one, _ in told), max(8, width - 14))
    value = max(len(one) for _, one in told)
    rows = [text(left).left(name) + space(2) + text(right, "strong").right(value) for left, right in told]
    return [EMPTY, text("FIGURES", "muted"), *_in_columns(rows, name + 2 + value, width)]


def _in_columns(rows: list[Line], cells: int, width: int) -> list[Line]:
    """Return rows in as many columns as fit, read downwards."""
    columns = max(1, min(3, (width + 4) // (cells + 4)))
    height = -(-len(rows) // columns)
    lines = []
    for index in range(height):
        line = rows[index]
        for column in range(1, columns):
            place = index + column * height
            if place < len(rows):
                line = line + space(4) + rows[place]
        lines.append(line)
    return lines


def _details(evidence: Evidence, width: int) -> list[Line]:
    new = [detail for detail in evidence.details if detail and detail not in evidence.summary]
    rows = [line for detail in new for line in wrap(detail, width, indent=2)]
    return [EMPTY, text("DETAILS", "muted"), *rows] if rows else []


def _searched(row: GateRow) -> str:
    summary = row.gate.evidence.summary if row.gate.evidence is not None else ""
    return f"{row.gate.title} {row.where} {_WORDS[row.gate.verdict]} {summary}".casefold()
