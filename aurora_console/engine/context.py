"""What actions, gates and undo steps work with: one object, made by the engine, the same for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from aurora_console.clock import Clock
from aurora_console.errors import AuroraError
from aurora_console.plan.model import Plan
from aurora_console.state.events import Event
from aurora_console.state.folder import StateFolder
from aurora_console.state.live import Progress
from aurora_console.state.model import RunState
from aurora_console.state.values import ProcessId
from aurora_console.text import clean

if TYPE_CHECKING:
    from aurora_console.engine.endpoints import Client
    from aurora_console.engine.snapshot.git import Repository
    from aurora_console.engine.supervise.supervisor import Supervisor
    from aurora_console.engine.watch import Watcher


class ActionError(AuroraError):
    """An action could not be done."""


def words_of(error: BaseException) -> str:
    """Say in one line what went wrong; for a fault that nobody foresaw, its kind as well."""
    words = error.message if isinstance(error, AuroraError) else f"{type(error).__name__}: {error}"
    return clean(words, 300)


@dataclass
class Context:
    """The engine as its parts see it."""

    plan: Plan
    folder: StateFolder
    clock: Clock
    emit: Callable[[Event], None]
    """Write an event into the journal and fold it."""
    read_state: Callable[[], RunState]
    supervisor: Supervisor
    client: Client
    watcher: Watcher
    running_action: str = ""
    """Id of the action that runs; empty between actions."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set between actions."""

    def __post_init__(self) -> None:
        self.idle.set()

    def begin(self, action: str) -> None:
        """Take note that an action runs."""
        self.running_action = action
        self.idle.clear()

    def end(self) -> None:
        """Take note that no action runs any more."""
        self.running_action = ""
        self.idle.set()
        self.watcher.report(None)

    @contextmanager
    def busy(self, is_busy: bool = True) -> Iterator[None]:
        """Take note that something goes on which is not to be cut off where that can be helped."""
        if is_busy:
            self.idle.clear()
        try:
            yield
        finally:
            if is_busy:
                self.idle.set()

    def report(self, *, fraction: float | None, text: str) -> None:
        """Show how far the running action has come; `fraction` is None where no end can be told."""
        self.watcher.report(Progress(action=self.running_action, fraction=fraction, text=text))

    @property
    def state(self) -> RunState:
        """The newest state."""
        return self.read_state()

    @property
    def root(self) -> Path:
        """The work tree."""
        return Path(self.plan.root)

    @property
    def snapshot_folder(self) -> Path:
        """Where what this run records is kept."""
        return self.folder.snapshot(self.state.run)

    @property
    def ports(self) -> dict[str, int]:
        """Service -> port, of every service that has one."""
        return {name: port for name in self.plan.services if (port := self.plan.port(name)) is not None}

    @property
    def processes(self) -> dict[str, ProcessId]:
        """Service -> its process, of every service that is known to run."""
        return {name: one.process for name, one in self.state.services.items() if one.process is not None}

    @cached_property
    def repository(self) -> Repository:
        """The work tree's repository; AuroraError when there is none or it is in the middle of something."""
        from aurora_console.engine.snapshot.git import Repository  # noqa: PLC0415  GitPython is slow to import

        # A merge under way must not stand between the operator and a rollback; taking a snapshot checks for one.
        return Repository.open(self.root, settled=False)
