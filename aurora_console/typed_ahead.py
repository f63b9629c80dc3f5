"""Keys typed ahead, as over a slow connection, take effect one after the other and where they were meant to."""

from __future__ import annotations

import time
from collections import deque
from typing import TypeVar

from textual.app import App
from textual.events import Event, Key

_T = TypeVar("_T")
PATIENCE = 0.5
"""Seconds that a key waits at most for the one before it; a screen that takes longer is stuck, and keys go past it."""


class TypedAheadApp(App[_T]):
    """Hands on a key when what the one before it did is done.

    The toolkit sends all keys that have arrived to what has the focus at that moment: of `a`, Tab and some words, typed
    at once to open a dialog and fill in its field, the words would be lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ahead: deque[Key] = deque()
        self._key_in_hand = 0
        """The number of the key whose effect is awaited; 0 when there is none."""
        self._keys = 0
        self._key_since = 0.0

    async def on_event(self, event: Event) -> None:
        """Keep keys in order, and leave the rest to the toolkit."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._ahead.append(event)
        if not self._key_in_hand:
            await self._hand_on()
        elif len(self._ahead) == 1:
            self.set_timer(PATIENCE, self._hurry)

    async def _hand_on(self) -> None:
        if not self._ahead:
            self._key_in_hand = 0
            return
        self._keys += 1
        self._key_in_hand, self._key_since = self._keys, time.monotonic()
        target = self.focused or self.screen
        await super().on_event(self._ahead.popleft())
        # Queues keep their order: when the word comes back, the key's effect is done where it was sent, on the screen,
        # which hears of it from its widgets, and here, where screens are opened and closed.
        if not target.call_later(self._pass_by_screen, self._key_in_hand):
            self.call_later(self._settle, self._key_in_hand)

    def _pass_by_screen(self, number: int) -> None:
        if not (self.is_running and self.screen.call_later(self.call_later, self._settle, number)):
            self.call_later(self._settle, number)

    async def _settle(self, number: int) -> None:
        if number == self._key_in_hand:
            await self._hand_on()

    async def _hurry(self) -> None:
        """Go past a key whose effect nobody will ever tell: what it was sent to is gone."""
        if not self._key_in_hand:
            return
        if time.monotonic() - self._key_since >= PATIENCE:
            await self._hand_on()
        if self._ahead:
            self.set_timer(PATIENCE, self._hurry)
