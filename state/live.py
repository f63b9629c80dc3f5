"""What is seen at this moment and not worth the journal: figures of services, progress of actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from aurora_console.state.events import Record
from aurora_console.state.model import RunState
from aurora_console.state.requests import Request
from aurora_console.state.values import Value

HISTORY = 120
"""Samples kept for each service, one a second."""


MISSING = -1.0
"""Stands in a history where nothing was measured."""


class ServiceSample(Value, frozen=True, kw_only=True):
    """Figures of one service's process tree, a second old at most."""

    cpu: float
    """Fraction of one core; above 1 when it uses several."""
    memory: int
    """Resident bytes."""
    descriptors: int
    processes: int
    latency: float | None = None
    """Seconds of the newest health probe; None where there was none or it failed."""


class Span(Value, frozen=True, kw_only=True):
    """A longer time, thinned out, the part before this console included."""

    step: int
    """Seconds that one value stands for."""
    number: int = 0
    """Of the newest value: its start in seconds since the epoch, divided by `step`."""
    cpu: dict[str, tuple[float, ...]] = {}
    """Service -> fractions of one core, oldest first, at most `HISTORY`; `MISSING` where no console looked."""


class Progress(Value, frozen=True, kw_only=True):
    """How far the action that runs has come."""

    action: str
    fraction: float | None
    """None where no end can be told."""
    text: str


class Live(Value, frozen=True, kw_only=True):
    """One moment."""

    at: float = 0.0
    """Wall clock, seconds since the epoch."""
    samples: dict[str, ServiceSample] = {}
    cpu_history: dict[str, tuple[float, ...]] = {}
    """Service -> fractions of one core, oldest first, at most `HISTORY`."""
    memory_history: dict[str, tuple[int, ...]] = {}
    """Service -> resident bytes, alike."""
    latency_history: dict[str, tuple[float, ...]] = {}
    """Service -> seconds of the newest health probe at each sample, alike; below 0 where none was answered."""
    progress: Progress | None = None
    loop_lag: float = 0.0
    """Seconds by which the engine's loop was late in the last second, at most."""
    foreign: tuple[str, ...] = ()
    """What others changed since the snapshot, as far as it was looked for: a rollback leaves it alone."""
    spans: tuple[Span, ...] = ()
    """The same over longer times, the finest first."""
    ticks: int = 0
    """Samples taken since the engine started; a graph's column is this modulo its width."""


class View(Value, frozen=True, kw_only=True):
    """What a screen is drawn from: one moment, whole and immutable."""

    state: RunState
    live: Live
    recent: tuple[Record, ...] = ()
    """The newest events, oldest first."""
    folder: str = ""
    """The run's state folder; empty where there is none."""
    is_past: bool = False
    """Whether it is what the journal said last, because the engine has not begun yet."""
    engine_error: str = ""
    """Why the engine ended, if it ended by a fault."""


class EngineLink(Protocol):
    """The console's side of the engine; `app.py` and `cli.py` wire it."""

    def submit(self, request: Request) -> object:
        """Ask the engine; what comes of it is seen in the state. Never blocks."""
        ...

    def view(self) -> View:
        """Return the newest moment. Never blocks."""
        ...

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on the engine's thread, when there is something new: at most ten times a second."""
        ...
