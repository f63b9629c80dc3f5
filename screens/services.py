"""Every service: its figures, one of them at length, and starting and stopping it by hand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.logs.tail import last_lines
from aurora_console.screens.panel import PanelScreen
from aurora_console.screens.service_action import ServiceActionScreen
from aurora_console.state.live import View
from aurora_console.state.requests import OneService, RestartOne, StartOne, StopOne
from aurora_console.widgets.choice import Choice
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.pane import Pane
from aurora_console.widgets.service_detail import LOG_LINES, ServiceDetail
from aurora_console.widgets.service_table import FullServiceTable


class ServicesScreen(PanelScreen):
    """The table, and below or in place of it the selected service's detail."""

    PANEL = Panel.SERVICES
    AUTO_FOCUS = "#service-table"
    CSS_PATH = "services.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    def __init__(self, view: View, glyphs: Glyphs, clock: Clock) -> None:
        super().__init__(view, glyphs, clock)
        self._is_reading_log = False

    def compose_body(self) -> ComposeResult:
        """Lay out table and detail; TCSS says which is in sight."""
        yield FullServiceTable(self.glyphs, id="service-table")
        yield ServiceDetail(self.glyphs, id="service-detail")

    def update_view(self, view: View) -> None:
        """Show another moment."""
        super().update_view(view)
        self._show_selected()

    def main_list(self) -> Pane:
        """Return the table."""
        return self._table

    def action_read(self) -> None:
        """Open the selected service's detail."""
        if self.has_class("-detail"):
            self.action_back_to_list()
        elif self._table.count():
            self.add_class("-detail")
            self._show_selected()
            if not self._table.display:
                self.query_one(ServiceDetail).focus()

    def action_back_to_list(self) -> None:
        """Close the detail."""
        self.remove_class("-detail")
        self._table.focus()

    def action_neighbour(self, by: int) -> None:
        """Show the detail of the service before or after."""
        self._table.scroll_rows(by)

    def action_open_log(self) -> None:
        """Go to the selected service's log."""
        self.post_message(self.Wanted(Panel.LOGS, self._table.service))

    def action_ask_start(self) -> None:
        """Ask before starting the selected service."""
        self._ask(StartOne(service=self._table.service))

    def action_ask_stop(self) -> None:
        """Ask before stopping it."""
        self._ask(StopOne(service=self._table.service))

    def action_ask_restart(self) -> None:
        """Ask before stopping and starting it."""
        self._ask(RestartOne(service=self._table.service))

    @on(Choice.Moved)
    def _show_selected(self) -> None:
        if not self.has_class("-detail"):
            return
        detail = self.query_one(ServiceDetail)
        if detail.service != self._table.service:
            detail.service, detail.written = self._table.service, ()
        detail.update_view(self.view)
        service = self.view.state.services.get(detail.service)
        if service is not None and service.log and not self._is_reading_log:
            self._is_reading_log = True
            self._read_log(service.name, Path(service.log))

    @work(thread=True, group="log", exit_on_error=False)
    def _read_log(self, service: str, log: Path) -> None:
        try:
            lines = tuple(last_lines(log, LOG_LINES))
        except OSError as error:
            lines = (f"{log} cannot be read: {error.strerror}",)
        self.app.call_from_thread(self._show_log, service, lines)

    def _show_log(self, service: str, lines: tuple[str, ...]) -> None:
        self._is_reading_log = False
        detail = self.query_one(ServiceDetail)
        if detail.service == service and detail.written != lines:
            detail.written = lines
            detail.update_view(self.view)

    def _ask(self, request: OneService) -> None:
        if request.service:
            self.app.push_screen(ServiceActionScreen(request, self.view, self.glyphs), partial(self._answer, request))

    def _answer(self, request: OneService, is_wanted: bool | None) -> None:
        if is_wanted:
            self.post_message(self.Asked(request))

    @property
    def _table(self) -> FullServiceTable:
        return self.query_one(FullServiceTable)
