"""Every service with its figures, a row each; one of them is selected."""

from __future__ import annotations

from aurora_console.state.live import HISTORY, ServiceSample, View
from aurora_console.state.model import ServiceState
from aurora_console.state.standing import moment
from aurora_console.text import size
from aurora_console.widgets.choice import Choice
from aurora_console.widgets.figures import age, milliseconds, percent
from aurora_console.widgets.line import EMPTY, Line, Tone, space, text
from aurora_console.widgets.pane import Lines
from aurora_console.widgets.services import GAP, Column, cells, cells_with_note, status_sign
from aurora_console.widgets.sweep import sweep

_COLUMNS = (
    Column("SERVICE", 16),
    Column("LAYER", 12, from_width=120),
    Column("STATE", 10),
    Column("PORT", 5, is_figure=True),
    Column("PID", 7, is_figure=True, from_width=80),
    Column("CPU", 6, is_figure=True),
    Column("MEM", 6, is_figure=True),
    Column("FILES", 5, is_figure=True, from_width=80),
    Column("PROCS", 5, is_figure=True, from_width=100),
    Column("RESTARTS", 8, is_figure=True, from_width=100),
    Column("ANSWERS", 8, is_figure=True, from_width=80),
    Column("UP", 4, is_figure=True),
)
_NARROWEST_GRAPH = 10
_WIDEST_GRAPH = HISTORY // 2 + 1


class FullServiceTable(Choice):
    """The table of the services panel."""

    @property
    def service(self) -> str:
        """The name of the selected service; empty when there is none."""
        names = self._names
        return names[self.selected] if self.selected < len(names) else ""

    def choose(self, service: str) -> None:
        """Select a service."""
        if service in self._names:
            self.select(self._names.index(service))

    def count(self) -> int:
        """Return how many services there are."""
        return len(self._names)

    def heading(self, width: int) -> tuple[str, Line]:
        """Return the names of the columns, in line with the rows."""
        first, *others = self._columns
        header = cells(others, {column.title: text(column.title, "muted") for column in others})
        if room := self._graph_room(width):
            header = header + space(2 * GAP) + text("CPU 2 min" if room == _WIDEST_GRAPH else "CPU", "muted")
        return f" {first.title}", header

    def nothing(self) -> str:
        """Say why there are no services."""
        return "The plan names no service." if self._view and self._view.state.outline else "No plan is open yet."

    def draw(self, view: View, width: int) -> Lines:
        """Return the rows in sight under the names of their columns."""
        return super().draw(view, width)._replace(beside_at=1 + self._columns[0].width + GAP)

    def row(self, index: int, width: int, *, is_selected: bool) -> Line:
        """Return one service, with a graph where there is room."""
        assert self._view is not None
        service = self._view.state.services[self._names[index]]
        return self._row(service, self._view, self._columns, self._graph_room(width + 1), is_selected=is_selected)

    @property
    def _names(self) -> list[str]:
        return list(self._view.state.services) if self._view is not None else []

    @property
    def _columns(self) -> list[Column]:
        return [column for column in _COLUMNS if self.app.size.width >= column.from_width]

    def _graph_room(self, width: int) -> int:
        """Return how many cells are left for a graph; 0 where they are too few."""
        room = width - 1 - sum(column.width + GAP for column in self._columns) - GAP
        return min(room, _WIDEST_GRAPH) if room >= _NARROWEST_GRAPH else 0

    def _row(self, service: ServiceState, view: View, columns: list[Column], graph: int, *, is_selected: bool) -> Line:
        sample = view.live.samples.get(service.name) if service.is_up else None
        sign, tone, word = status_sign(service, self.glyphs)
        quiet: Tone = "muted" if service.status == "off" else "plain"
        values = {
            "SERVICE": text(service.name, "strong" if is_selected else quiet),
            "LAYER": text(service.layer, "muted"),
            "STATE": text(sign, tone).left(self.glyphs.width)
            + space(1)
            + text(word, tone if "alarm" in tone else quiet),
            "PORT": text("" if service.port is None else str(service.port), quiet),
        }
        if service.note and service.status in {"failed", "exited"}:
            return cells_with_note(columns, values, service.note)
        values |= _figures(service, sample, moment(view))
        line = cells(columns, values)
        if not graph or not service.is_up:
            return line
        history = view.live.cpu_history.get(service.name, ())
        drawn = sweep(history, view.live.ticks, graph, is_ascii=self.glyphs.is_ascii)
        return line + space(2 * GAP) + text(drawn, "accent")


def _figures(service: ServiceState, sample: ServiceSample | None, now: float) -> dict[str, Line]:
    values = {"PID": EMPTY if service.process is None else text(str(service.process.pid), "muted")}
    if service.managed and service.status != "off":
        values["RESTARTS"] = text(str(service.restarts), "muted")
    if service.is_up and service.started_at is not None:
        values["UP"] = text(age(now - service.started_at), "muted")
    if sample is not None:
        values["CPU"] = text(percent(sample.cpu))
        values["MEM"] = text(size(sample.memory))
        values["FILES"] = text(str(sample.descriptors), "muted")
        values["PROCS"] = text(str(sample.processes), "muted")
        values["ANSWERS"] = EMPTY if sample.latency is None else text(milliseconds(sample.latency), "muted")
    return values
