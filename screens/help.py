"""The keys, and what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from aurora_console.commands.command import Command, Group, Panel
from aurora_console.commands.registry import on_its_own
from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.incident_line import IncidentLine
from aurora_console.widgets.key_bar import key_line
from aurora_console.widgets.line import EMPTY, Line, space, text, wrap
from aurora_console.widgets.pane import Lines, Pane

_GROUPS: dict[Group, str] = {
    "integration": "THE INTEGRATION",
    "panels": "THE PANELS",
    "view": "THE LISTS",
    "console": "THE CONSOLE",
}
_KEY = 5
_TITLE = 18


class HelpScreen(Screen[None]):
    """One page, which scrolls where it must."""

    CSS_PATH = "help.tcss"
    AUTO_FOCUS = "#help"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,f1", "close", show=False),
        Binding("j,down", "scroll_help(1)", show=False),
        Binding("k,up", "scroll_help(-1)", show=False),
        Binding("pagedown,space", "scroll_help(10)", show=False),
        Binding("pageup", "scroll_help(-10)", show=False),
    ]

    def __init__(self, view: View, glyphs: Glyphs, panel: Panel = Panel.COCKPIT) -> None:
        """Make the page; the keys of `panel` come first."""
        super().__init__()
        self._first = view
        self._glyphs = glyphs
        self._panel = panel

    def compose(self) -> ComposeResult:
        """Lay out the page and its keys."""
        yield IncidentLine(self._glyphs)
        yield HelpPage(self._panel, self._glyphs, id="help")
        yield HelpKeys(self._glyphs, id="help-keys")

    def on_mount(self) -> None:
        """Show the moment in which the screen was opened."""
        self.update_view(self._first)

    def update_view(self, view: View) -> None:
        """Draw; what is shown is the same at all times."""
        for pane in self.query(Pane):
            pane.update_view(view)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_scroll_help(self, by: int) -> None:
        """Scroll the page."""
        self.query_one(HelpPage).scroll_rows(by)


class HelpPage(Pane):
    """Every command, from the registry, and the signs."""

    def __init__(self, panel: Panel, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._panel = panel

    def draw(self, view: View, width: int) -> Lines:
        """Return the page: the panel in front, then what every panel has, then the other panels."""
        del view
        rows: list[Line] = [EMPTY]
        rows += _section(f"ON THIS PANEL: {self._panel.upper()}", on_its_own(self._panel), width)
        for group, heading in _GROUPS.items():
            rows += _section(heading, [one for one in on_its_own(None) if one.group == group], width)
        for panel in Panel:
            if panel is not self._panel:
                rows += _section(f"ON THE PANEL {panel.upper()}", on_its_own(panel), width)
        rows.append(text("THE SIGNS", "muted"))
        rows += _signs(self.glyphs, width)
        return Lines(tuple(rows), title="KEYS AND SIGNS")


class HelpKeys(Pane, can_focus=False):
    """The keys of this screen."""

    def draw(self, view: View, width: int) -> Lines:
        """Return the keys."""
        del view, width
        return Lines((key_line([("Esc", "back"), ("j k", "scroll")]),))


def _section(heading: str, commands: Sequence[Command], width: int) -> list[Line]:
    """Return a heading with its commands, and nothing where there are none."""
    if not commands:
        return []
    rows = [text(heading, "muted")]
    for command in commands:
        rows += _command(command.shown_key, command.title, command.help, width)
    return [*rows, EMPTY]


def _command(key: str, title: str, help_: str, width: int) -> list[Line]:
    head = space(1) + text(key, "accent-strong").left(_KEY) + text(title, "strong").left(_TITLE) + space(1)
    first, *others = wrap(help_, width - head.width)
    return [head + first, *(space(head.width) + one for one in others)]


def _signs(glyphs: Glyphs, width: int) -> list[Line]:
    meanings = (
        (glyphs.passed, "done, passed"),
        (glyphs.running, "under way"),
        (glyphs.pending, "to come"),
        (glyphs.waiting, "waits for you"),
        (glyphs.failed, "failed, ended, gone"),
        (glyphs.alarm, "needs you, or could not be measured"),
        (glyphs.unsure, "in doubt, or not enough evidence"),
        (glyphs.declined, "declined: no proven gain, undone"),
        (glyphs.undone, "rolled back"),
        (glyphs.up, "up"),
        (glyphs.between, "starting or stopping"),
        (glyphs.down, "off"),
    )
    half = (len(meanings) + 1) // 2
    room = (width - 2) // 2

    def cell(sign: str, words: str) -> Line:
        return (space(1) + text(sign, "strong").left(glyphs.width) + space(2) + text(words)).left(room)

    pairs = zip(meanings[:half], meanings[half:], strict=True)
    return [cell(*left) + space(2) + cell(*right) for left, right in pairs]
