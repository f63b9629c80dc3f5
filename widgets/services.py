"""SERVICES: one row each, and beside them how busy each one's processor time was."""

from __future__ import annotations

from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal

from aurora_console.state.live import ServiceSample, View
from aurora_console.state.model import ServiceState
from aurora_console.state.standing import moment
from aurora_console.text import size
from aurora_console.widgets.figures import age, percent
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import EMPTY, Line, Tone, space, text
from aurora_console.widgets.pane import Lines, Pane
from aurora_console.widgets.sweep import Sweep


class Services(Horizontal):
    """The table and the graphs, which scroll together."""

    DEFAULT_CSS = """
    Services {
        height: auto;
        & > ServiceTable { width: auto; }
        & > Sweep { width: 1fr; max-width: 60; margin-left: 2; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self.table = ServiceTable(glyphs)
        self.sweep = Sweep(glyphs)

    def compose(self) -> ComposeResult:
        """Put the graphs right of the table."""
        yield self.table
        yield self.sweep

    def on_mount(self) -> None:
        """Keep the graphs beside their rows."""
        self.watch(self.table, "top", self._align)

    def update_view(self, view: View) -> None:
        """Show another moment."""
        self.table.update_view(view)
        self.sweep.update_view(view)
        self._align()

    def _align(self) -> None:
        self.sweep.top = self.table.top


class Column(NamedTuple):
    """One column of a table of services."""

    title: str
    width: int
    is_figure: bool = False
    from_width: int = 0
    """Only on terminals of at least so many cells."""


_COLUMNS = (
    Column("SERVICE", 14),
    Column("LAYER", 12, from_width=120),
    Column("STATE", 11),
    Column("PORT", 5, is_figure=True),
    Column("PID", 7, is_figure=True, from_width=120),
    Column("CPU", 6, is_figure=True),
    Column("MEM", 6, is_figure=True),
    Column("UP", 4, is_figure=True),
    Column("ANSWERS", 8, is_figure=True, from_width=140),
    Column("PROCS", 5, is_figure=True, from_width=160),
    Column("FILES", 5, is_figure=True, from_width=160),
    Column("RESTARTS", 8, is_figure=True, from_width=160),
)
GAP = 1


class ServiceTable(Pane):
    """The figures."""

    def draw(self, view: View, width: int) -> Lines:
        """Return a row for each service."""
        del width
        columns = _columns(self.app.size.width)
        now = moment(view)
        rows = tuple(
            _row(service, view.live.samples.get(name), now, columns, self.glyphs)
            for name, service in view.state.services.items()
        )
        first, *others = columns
        header = cells(others, {column.title: text(column.title, "muted") for column in others})
        return Lines(
            rows or (text("none yet", "faint"),), title=first.title, beside=header, beside_at=first.width + GAP
        )

    def get_content_width(self, container: object, viewport: object) -> int:
        """Return the width of all columns."""
        del container, viewport
        return sum(column.width + GAP for column in _columns(self.app.size.width)) - GAP


def _columns(terminal: int) -> list[Column]:
    return [column for column in _COLUMNS if terminal >= column.from_width]


def cells(columns: list[Column], values: dict[str, Line]) -> Line:
    """Return the values in their columns."""
    line = EMPTY
    for column in columns:
        value = values.get(column.title, EMPTY)
        cell = value.right(column.width) if column.is_figure else value.left(column.width)
        line = line + space(GAP) + cell if line else cell
    return line


def _row(
    service: ServiceState, sample: ServiceSample | None, now: float, columns: list[Column], glyphs: Glyphs
) -> Line:
    sign, tone, word = status_sign(service, glyphs)
    is_off = service.status == "off"
    quiet: Tone = "muted" if is_off else "plain"
    values = {
        "SERVICE": text(service.name, quiet),
        "LAYER": text(service.layer, "muted"),
        "STATE": text(sign, tone).left(glyphs.width) + space(1) + text(word, tone if "alarm" in tone else quiet),
        "PORT": text("" if service.port is None else str(service.port), quiet),
    }
    if service.note and service.status in {"failed", "exited"}:
        return cells_with_note(columns, values, service.note)
    values["PID"] = text("" if service.process is None else str(service.process.pid), "muted")
    values["RESTARTS"] = text(str(service.restarts) if service.managed and not is_off else "", "muted")
    if service.is_up and service.started_at is not None:
        values["UP"] = text(age(now - service.started_at), "muted")
    if sample is not None and service.is_up:
        values["CPU"] = text(percent(sample.cpu))
        values["MEM"] = text(size(sample.memory))
        values["ANSWERS"] = text("" if sample.latency is None else f"{sample.latency * 1000:.1f} ms", "muted")
        values["PROCS"] = text(str(sample.processes), "muted")
        values["FILES"] = text(str(sample.descriptors), "muted")
    return cells(columns, values)


def cells_with_note(columns: list[Column], values: dict[str, Line], note: str) -> Line:
    """Return a row whose figures, which it has none of, make room for what went wrong."""
    place = next(index for index, column in enumerate(columns) if column.title == "PORT") + 1
    room = sum(column.width + GAP for column in columns[place:]) - GAP
    return cells(columns[:place], values) + space(GAP + 1) + text(note, "alarm").left(room - 1)


def status_sign(service: ServiceState, glyphs: Glyphs) -> tuple[str, Tone, str]:
    """Return sign, tone and word of how a service stands."""
    match service.status:
        case "ready" | "watched":
            return glyphs.up, "plain", service.status
        case "starting" | "stopping":
            return glyphs.between, "accent", service.status
        case "off":
            return glyphs.down, "faint", service.status
        case "failed" | "exited" | "gone":
            return glyphs.failed, "alarm-strong", service.status
