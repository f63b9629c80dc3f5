"""Where a filter is typed; what it lets through is shown at once."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Blur
from textual.message import Message
from textual.widgets import Input


class FilterField(Input):
    """Shown while it has the focus. Enter keeps the filter, Esc takes it away."""

    DEFAULT_CSS = """
    FilterField {
        display: none;
        height: 1;
        background: $surface;
        &:focus { display: block; }
        &.-open { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", show=False),
        Binding("up,down", "close", show=False),
    ]

    class Closed(Message):
        """Typing is over."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(
            placeholder="words to look for; Enter keeps them, Esc takes them away", max_length=200, compact=True, id=id
        )

    def open(self) -> None:
        """Show the field and type into it."""
        self.add_class("-open")
        self.focus()

    def action_give_up(self) -> None:
        """Take the filter away."""
        self.value = ""
        self.action_close()

    async def action_submit(self) -> None:
        """Keep the filter."""
        self.action_close()

    def action_close(self) -> None:
        """End the typing."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def on_blur(self, event: Blur) -> None:
        """Hide when something else gets the focus."""
        del event
        self.remove_class("-open")
