"""A Textual app that shows about as much as the cockpit, as text that stands still: eight panes and a key bar."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

ROWS = "\n".join(f"row {number:2}  {'some words of text ' * 2}" for number in range(9))


class Panes(App[None]):
    """Shows panes of text."""

    CSS = """
    #plan { height: auto; }
    Static { height: auto; }
    .half { width: 1fr; }
    """

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield Static("title", markup=False)
        yield Static("notice", markup=False)
        with Horizontal(id="plan"):
            yield Static(ROWS, classes="half", markup=False)
            yield Static(ROWS, classes="half", markup=False)
        yield Static("heading of the table", markup=False)
        for number in range(4):
            yield Static(f"service {number}  ready  5000  1 %  64 M", markup=False)
        yield Static("event\n" * 4, markup=False)
        yield Static("outlook", markup=False)
        yield Static("a approve  p pause  q here it is", markup=False)


if __name__ == "__main__":
    Panes().run()
