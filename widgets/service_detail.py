"""One service at length: its graphs over two minutes, what the plan says of it, and what it wrote last."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from aurora_console.state.by_hand import dependants, service_outline
from aurora_console.state.live import View
from aurora_console.state.model import RunState, ServiceState
from aurora_console.state.sentences import plural
from aurora_console.state.standing import moment
from aurora_console.state.values import ServiceOutline
from aurora_console.text import duration, size
from aurora_console.widgets.choice import Detail
from aurora_console.widgets.figures import age, milliseconds, percent
from aurora_console.widgets.glyphs import UNICODE, Glyphs
from aurora_console.widgets.graph import graph, nice_top
from aurora_console.widgets.line import EMPTY, Line, join, space, text, wrap
from aurora_console.widgets.pane import Lines
from aurora_console.widgets.services import status_sign

LOG_LINES = 40
"""Shown of the log's end, at most."""
_LEAST_LOG = 5
"""Shown of it even where they have to be scrolled to."""
_LABEL = 11
_GAP = 2
_LOW, _HIGH = 3, 6
"""Lines of a graph, by the room there is."""
_LEAST_MEMORY = 1e6


class _Curve(NamedTuple):
    title: str
    now: str
    peak: str
    history: tuple[float, ...]
    top: float


class ServiceDetail(Detail):
    """The service that is named in `service`."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self.service = ""
        """Whose detail is shown; empty for none."""
        self.written: tuple[str, ...] = ()
        """The newest lines that it wrote, oldest first."""

    def draw(self, view: View, width: int) -> Lines:
        """Return everything that is known of the service."""
        service = view.state.services.get(self.service)
        if service is None:
            return Lines((text("No service is selected.", "muted"),))
        outline = service_outline(view.state, service.name)
        is_high = self.size.height >= 22
        rows = [_facts(service, outline), *_trouble(service, width), EMPTY]
        rows += _graphs(view, service.name, width, _HIGH if is_high else _LOW, self.glyphs)
        rows += [EMPTY, *_fields(view.state, service, outline, width), EMPTY]
        rows += self._log_lines(service, max(_LEAST_LOG, self._room - len(rows) - 1))
        return Lines(tuple(rows), title=service.name, beside=_how(view, service, self.glyphs))

    def _log_lines(self, service: ServiceState, room: int) -> list[Line]:
        head = text("ITS LAST LINES", "muted")
        if self.written:
            return [head, *(text(line) for line in self.written[-room:])]
        why = "it has written nothing" if service.log else "it runs without the console, which has no log of it"
        if not service.log and service.managed:
            why = "it was not started yet"
        return [head, text(why, "faint")]


def _how(view: View, service: ServiceState, glyphs: Glyphs) -> Line:
    sign, tone, word = status_sign(service, glyphs)
    line = text(sign, tone) + space(1) + text(word, tone)
    if service.since is not None:
        line += text(f" {age(moment(view) - service.since)}", "muted")
    return line


def _facts(service: ServiceState, outline: ServiceOutline | None) -> Line:
    facts = [service.layer]
    if service.process is not None:
        facts.append(f"pid {service.process.pid}")
    if service.port is not None:
        facts.append(f"port {service.port}")
    if outline is not None and outline.isolated:
        facts.append("isolated")
    if service.ready_seconds is not None:
        facts.append(f"ready in {duration(service.ready_seconds)}")
    if service.restarts:
        facts.append(f"restarted {plural(service.restarts, 'time')}")
    if not service.managed:
        facts.append("watched, never signalled")
    return join((text(one, "plain") for one in facts), text(" · ", "faint"))


def _trouble(service: ServiceState, width: int) -> list[Line]:
    return wrap(service.note, width, "alarm") if service.note and service.status in {"failed", "exited"} else []


def _graphs(view: View, name: str, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Return the curves side by side; they fill the width to the cell."""
    sample = view.live.samples.get(name)
    if sample is None:
        return [text("No figures: it is not running.", "faint")]
    cpu = view.live.cpu_history.get(name, ())
    memory = tuple(map(float, view.live.memory_history.get(name, ())))
    answers = view.live.latency_history.get(name, ())
    answered = max((0.0, *answers))
    curves = (
        _Curve("CPU", percent(sample.cpu), percent(max((0.0, *cpu))), cpu, nice_top(cpu, 0.1)),
        _Curve("MEM", size(sample.memory), size(max((0.0, *memory))), memory, nice_top(memory, _LEAST_MEMORY)),
        _Curve(
            "ANSWERS",
            "none" if sample.latency is None else milliseconds(sample.latency),
            milliseconds(answered) if answered else "",
            answers if answered else (),
            nice_top(answers, 0.001),
        ),
    )
    room = (width - _GAP * (len(curves) - 1)) // len(curves)
    blocks = [_block(curve, view.live.ticks, (room, height), glyphs) for curve in curves]
    return [join_cells(parts, room) for parts in zip_longest(*blocks, fillvalue=EMPTY)]


def join_cells(parts: Sequence[Line], room: int) -> Line:
    """Return `parts` beside one another in `room` cells each."""
    line = EMPTY
    for part in parts:
        line = line + space(_GAP) + part.left(room) if line else part.left(room)
    return line


def _block(curve: _Curve, ticks: int, room: tuple[int, int], glyphs: Glyphs) -> list[Line]:
    head = text(curve.title, "muted") + space(1) + text(curve.now, "strong")
    if curve.peak:
        head += text(f" peak {curve.peak}", "muted")
    drawn = graph(curve.history, ticks, room, curve.top, is_ascii=glyphs.is_ascii)
    return [head, *(text(line, "accent") for line in drawn)]


def _fields(state: RunState, service: ServiceState, outline: ServiceOutline | None, width: int) -> list[Line]:
    if outline is None:
        return []
    fields = [("RUNS", " ".join(outline.exec)), ("NEEDS", ", ".join(outline.needs))]
    fields.append(("NEEDED BY", ", ".join(dependants(state, service.name))))
    if outline.env:
        fields.append(("VARIABLES", f"{', '.join(outline.env)} · values hidden, they stand in the plan"))
    if service.managed:
        fields.append(("STOPS BY", f"{outline.stop_signal}, after {duration(outline.stop_grace)} SIGKILL"))
    fields.append(("LOG", service.log))
    rows: list[Line] = []
    for label, words in fields:
        if words:
            rows += wrap(words, width, "plain", indent=_LABEL, head=text(label, "muted").left(_LABEL))
    return rows
