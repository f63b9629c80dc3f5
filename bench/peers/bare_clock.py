"""A Textual app that shows the time, once a second: the least that a live screen can be."""

from __future__ import annotations

import time

from textual.app import App, ComposeResult
from textual.widgets import Label


class Clock(App[None]):
    """Shows the time."""

    def compose(self) -> ComposeResult:
        """Make the label."""
        yield Label("here it is")

    def on_mount(self) -> None:
        """Begin to tell the time."""
        self.set_interval(1.0, self._tell)

    def _tell(self) -> None:
        self.query_one(Label).update(time.strftime("%H:%M:%S"))


if __name__ == "__main__":
    Clock().run()
