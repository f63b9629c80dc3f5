"""Where a filter is typed; what it lets through is shown at once."""

from __future__ import annotations

from textual.events import Blur, Key
from textual.message import Message
from textual.widgets import Input

_CLOSING = {"enter", "escape", "up", "down"}


class FilterField(Input):
    """Shown while one types. Enter keeps the filter, Esc takes it away.

    Keys may have been typed ahead, on a slow line, and are in several queues then. So what opens and closes the field
    takes effect at once, where the key is seen, and not when its binding is looked up.
    """

    DEFAULT_CSS = """
    FilterField {
        display: none;
        height: 1;
        background: $surface;
        &.-open { display: block; }
    }
    """

    class Closed(Message):
        """Typing is over."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(
            placeholder="words to look for; Enter keeps them, Esc takes them away", max_length=200, compact=True, id=id
        )
        self.is_open = False
        """Whether what is typed goes into it."""

    def open(self) -> None:
        """Show the field and type into it."""
        self.is_open = True
        self.add_class("-open")
        self.focus()

    def close(self) -> None:
        """End the typing."""
        self.is_open = False
        self.remove_class("-open")
        self.post_message(self.Closed())

    def take(self, event: Key) -> bool:
        """Take a key that was meant for the open field and came to the screen instead; tell whether it was meant so."""
        if event.key in _CLOSING:
            if event.key == "escape":
                self.value = ""
            self.close()
        elif event.is_printable and event.character is not None:
            self.insert_text_at_cursor(event.character)
        else:
            return False
        return True

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Tell whether a key is for the field and no binding's: as long as it is open."""
        return self.is_open and super().check_consume_key(key, character)

    def on_key(self, event: Key) -> None:
        """Close at once; let keys pass that come when it is closed already."""
        if not self.is_open:
            event.prevent_default()
            event.stop()
            self.screen.post_message(Key(event.key, event.character))
        elif event.key in _CLOSING:
            event.prevent_default()
            event.stop()
            self.take(event)

    def on_blur(self, event: Blur) -> None:
        """Hide when something else gets the focus."""
        del event
        self.is_open = False
        self.remove_class("-open")
