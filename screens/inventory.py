"""What there is, what the target would bring, where they overlap, clash and meet."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from typing import ClassVar, NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.worker import Worker, WorkerState

from aurora_console.commands.command import Panel
from aurora_console.commands.registry import bindings
from aurora_console.errors import AuroraError
from aurora_console.inventory.command import inventory_command
from aurora_console.screens.list_panel import ListPanel
from aurora_console.state.inventory import Inventory
from aurora_console.state.live import View
from aurora_console.state.model import RecordState, RunState
from aurora_console.text import clean_bytes, duration
from aurora_console.widgets.inventory_detail import InventoryDetail
from aurora_console.widgets.inventory_list import InventoryList, InventoryViews

DEADLINE = 60.0
"""Seconds that a look may take; a work tree that takes longer is too large to look at whole."""


class _Look(NamedTuple):
    """What `I` found."""

    inventory: Inventory
    at: float
    """Seconds since the epoch."""
    recorded: RecordState | None
    """What a phase had recorded before it; what is recorded later takes its place."""


_looks: WeakKeyDictionary[App[object], _Look] = WeakKeyDictionary()
"""The newest look, for as long as the console is open, whichever panels are opened meanwhile."""


class InventoryScreen(ListPanel):
    """Shows what a phase recorded, or what `I` finds now."""

    PANEL = Panel.INVENTORY
    CSS_PATH = "list_panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PANEL)]

    def make_list(self) -> InventoryList:
        """Return the rows."""
        self._rows = InventoryList(self.glyphs, id="list")
        self._recorded: RecordState | None = None
        self._is_looking = False
        self._has_failed = False
        return self._rows

    def make_detail(self) -> InventoryDetail:
        """Return the detail of the selected row."""
        return InventoryDetail(self._rows, self.glyphs, id="detail")

    def make_head(self) -> InventoryViews:
        """Return the names of the views."""
        self._views = InventoryViews(self._rows, self.glyphs, id="head")
        return self._views

    def update_view(self, view: View) -> None:
        """Show another moment, and what a phase has recorded since."""
        super().update_view(view)
        recorded = view.state.recorded.get("inventory")
        look = _looks.get(self.app)
        if self._rows.inventory is None and look is not None and look.recorded == recorded:
            self._recorded = recorded
            self._rows.take(look.inventory, look.at)
        if recorded is not None and recorded != self._recorded:
            self._recorded = recorded
            self._read_recorded(Path(recorded.path))
        if recorded is None and self._rows.inventory is None and not (self._is_looking or self._has_failed):
            self._rows.explain(_who_makes_it(view.state))

    def look_for(self, words: str) -> None:
        """Show only rows with these words."""
        self._rows.look_for(words)

    def follow_selection(self) -> None:
        """Let detail and views follow the list."""
        super().follow_selection()
        self._views.show_again()

    def action_next_view(self) -> None:
        """Show the next view."""
        self._turn(1)

    def action_last_view(self) -> None:
        """Show the view before."""
        self._turn(-1)

    def action_fold(self) -> None:
        """Open or close the selected group."""
        self._rows.fold()

    def action_fold_all(self) -> None:
        """Open or close all groups."""
        self._rows.fold_all()

    @work(group="look", exit_on_error=False)
    async def action_look_now(self) -> None:
        """Look at work tree and target in a process of its own; what it finds is kept in memory only."""
        outline = self.view.state.outline
        if outline is None or self._is_looking:
            return
        self._is_looking = True
        target = outline.target_commit or outline.target
        self._rows.explain(f"Looking at {outline.root}. It takes {duration(DEADLINE)} at most.")
        try:
            found = await _look(Path(outline.root), target)
        except AuroraError as error:
            self._complain(error)
        else:
            look = _looks[self.app] = _Look(found, self.clock.wall(), self._recorded)
            self._rows.take(look.inventory, look.at)
        finally:
            self._is_looking = False

    @work(group="recorded", exclusive=True, exit_on_error=False)
    async def _read_recorded(self, path: Path) -> None:
        try:
            inventory = await asyncio.to_thread(_decoded, path)
        except AuroraError as error:
            self._complain(error)
        else:
            self._rows.take(inventory, None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so when something broke off."""
        if event.state is WorkerState.ERROR:
            self.notify(f"This went wrong: {event.worker.error!r}. Please report it.", severity="error", markup=False)

    def _turn(self, by: int) -> None:
        self.action_back_to_list()
        self._rows.turn(by)

    def _complain(self, error: AuroraError) -> None:
        self._has_failed = True
        if self._rows.inventory is None:
            self._rows.explain(str(error))
        else:
            self.notify(str(error), severity="error", markup=False)


def _who_makes_it(state: RunState) -> str:
    if state.outline is None:
        return "No integration is open yet, so there is nothing to look at."
    phase = next((one for one in state.outline.phases if "inventory" in one.title.lower()), None)
    made = f"Phase {phase.number}, {phase.title}, makes it." if phase else "A phase with an inventory action makes it."
    target = f" and {state.outline.target}" if state.outline.target else ""
    return (
        f"There is no inventory yet. {made} I looks now: it reads {state.outline.root}{target}, changes nothing, "
        "and keeps what it finds in memory only."
    )


def _decoded(path: Path) -> Inventory:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Inventory)
    except OSError as error:
        raise AuroraError(f"The inventory {path} cannot be read: {error.strerror}.", "I looks again.") from error
    except msgspec.DecodeError as error:
        raise AuroraError(f"The inventory {path} is damaged: {error}.", "I looks again.") from error


async def _look(root: Path, target: str) -> Inventory:
    """Take an inventory in a process of its own. Raises AuroraError when it fails or takes too long."""
    process = subprocess.Popen(  # noqa: ASYNC220  takes a millisecond; asyncio's own makes a thread the parent
        inventory_command(root, target),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        start_new_session=True,  # what it starts itself, git, ends with it
    )
    try:
        output, complaint = await asyncio.to_thread(process.communicate, timeout=DEADLINE)
    except subprocess.TimeoutExpired as error:
        raise AuroraError(
            f"Looking at {root} took longer than {duration(DEADLINE)} and was ended.",
            "`aurora-console inventory` takes more time.",
        ) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode != 0:
        lines = [clean_bytes(line).strip() for line in complaint.splitlines()]
        said = "\n".join(lines).removeprefix("aurora-console: ")
        raise AuroraError(said or f"The inventory ended with exit code {process.returncode}.")
    return await asyncio.to_thread(msgspec.json.decode, output, type=Inventory)
