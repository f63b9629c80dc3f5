"""The least that a Textual app can be: one line of text."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """Shows a line."""

    def compose(self) -> ComposeResult:
        """Make the line."""
        yield Static("here it is")


if __name__ == "__main__":
    Bare().run()
