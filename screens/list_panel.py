"""A panel that is a list with the detail of the selected row: beside it where there is room, else in its place."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key, Resize
from textual.widgets import Input

from aurora_console.commands.command import Local
from aurora_console.commands.registry import command_for
from aurora_console.screens.panel import PanelScreen
from aurora_console.widgets.choice import Choice, Detail
from aurora_console.widgets.filter_field import FilterField
from aurora_console.widgets.pane import Pane

_WIDE = 120


class ListPanel(PanelScreen):
    """A subclass makes the three panes, and says what the words in the filter's field do."""

    AUTO_FOCUS = "#list"

    def make_head(self) -> Pane:
        """Return the lines above the list; its id is `head`."""
        raise NotImplementedError

    def make_list(self) -> Choice:
        """Return the list; its id is `list`."""
        raise NotImplementedError

    def make_detail(self) -> Detail:
        """Return the detail; its id is `detail`."""
        raise NotImplementedError

    def look_for(self, words: str) -> None:
        """Show only what `words` let through."""
        raise NotImplementedError

    def compose_body(self) -> ComposeResult:
        """Lay the panes out."""
        self.list = self.make_list()
        self.detail = self.make_detail()
        self.head = self.make_head()
        self.field = FilterField(id="field")
        yield self.head
        with Horizontal(id="body"):
            yield self.list
            yield self.detail
        yield self.field

    def main_list(self) -> Pane:
        """Return the list."""
        return self.list

    def on_resize(self, event: Resize) -> None:
        """Take note of whether list and detail stand side by side."""
        self.detail.is_alone = event.size.width < _WIDE

    def action_read(self) -> None:
        """Turn to the detail of the selected row."""
        if self.list.count():
            self.add_class("-reading")
            self.detail.focus()

    def action_back_to_list(self) -> None:
        """Turn back to the list."""
        self.remove_class("-reading")
        self.list.focus()

    def action_neighbour(self, by: int) -> None:
        """Show the detail of the row before or after."""
        self.list.scroll_rows(by)

    def action_find(self) -> None:
        """Type words to look for."""
        self.action_back_to_list()
        self.field.open()

    def follow_selection(self) -> None:
        """Show the detail of what is selected now."""
        self.detail.show_again()

    def on_key(self, event: Key) -> None:
        """Begin to type at once; what was typed ahead goes into the field."""
        if self.field.is_open:
            if not self.field.take(event):
                return
        elif self._opens_field(event.key):
            self.action_find()
        else:
            return
        event.stop()
        event.prevent_default()

    def _opens_field(self, key: str) -> bool:
        try:
            command = command_for(key, self.view, self.PANEL)
        except KeyError:
            return False
        return command.makes == Local("find")

    @on(Choice.Moved)
    def _follow(self) -> None:
        self.follow_selection()

    @on(Input.Changed, "#field")
    def _take_words(self, event: Input.Changed) -> None:
        self.look_for(event.value)

    @on(FilterField.Closed)
    def _leave_field(self) -> None:
        self.list.focus()
