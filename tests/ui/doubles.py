"""Stand-ins for the other side of the console's seams: an engine's link, and a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aurora_console.state.live import View
from aurora_console.state.requests import Request


@dataclass
class FakeLink:
    """Speaks `EngineLink`: shows the views that a test sets, keeps the requests that the console makes."""

    shown: View
    requests: list[Request] = field(default_factory=list)
    wake: Callable[[], None] | None = None

    def submit(self, request: Request) -> None:
        """Keep a request."""
        self.requests.append(request)

    def view(self) -> View:
        """Return what is to be shown."""
        return self.shown

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Keep whom to wake."""
        self.wake = callback

    def show(self, view: View) -> None:
        """Show another moment, and wake the console."""
        self.shown = view
        if self.wake is not None:
            self.wake()


@dataclass
class StillClock:
    """It is always the same time."""

    at: float

    def monotonic(self) -> float:
        """Return the time."""
        return self.at

    def wall(self) -> float:
        """Return the time."""
        return self.at
