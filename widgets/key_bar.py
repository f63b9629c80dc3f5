"""The footer: the keys that apply now."""

from __future__ import annotations

from aurora_console.commands.command import Command, Panel
from aurora_console.commands.registry import available
from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.line import Line, join, space, text
from aurora_console.widgets.pane import Lines, Pane

_SPARED = ("palette", "panels", "help", "leave", "pause")
"""Left out first where the terminal is too narrow for all."""


class KeyBar(Pane, can_focus=False):
    """One line of keys, from the commands."""

    def __init__(self, glyphs: Glyphs, panel: Panel = Panel.COCKPIT, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._panel = panel

    def draw(self, view: View, width: int) -> Lines:
        """Return a key and a word for each command that applies."""
        commands = [command for command in available(view, self._panel) if command.in_footer]
        for spare in _SPARED:
            if _line(commands).width > width:
                commands = [command for command in commands if command.id != spare]
        return Lines((_line(commands),))


def _line(commands: list[Command]) -> Line:
    return key_line([(command.shown_key, command.title) for command in commands])


def key_line(keys: list[tuple[str, str]]) -> Line:
    """Return keys with what they do."""
    return join((text(key, "accent-strong") + space(1) + text(word, "muted") for key, word in keys), space(3))
