"""Which screen shows which panel; each is imported when it is first opened: the cockpit need not wait for it."""

from __future__ import annotations

from importlib import import_module

from aurora_console.clock import Clock
from aurora_console.commands.command import Panel
from aurora_console.screens.panel import PanelScreen
from aurora_console.state.live import View
from aurora_console.widgets.glyphs import Glyphs

_SCREENS: dict[Panel, str] = {
    Panel.COCKPIT: "cockpit:CockpitScreen",
    Panel.INVENTORY: "inventory:InventoryScreen",
    Panel.JOURNAL: "journal:JournalScreen",
    Panel.SERVICES: "services:ServicesScreen",
    Panel.LOGS: "logs:LogsScreen",
    Panel.GATES: "gates:GatesScreen",
    Panel.ROLLBACK: "rollback:RollbackScreen",
}


def open_panel(panel: Panel, view: View, glyphs: Glyphs, clock: Clock) -> PanelScreen:
    """Return a new screen for `panel`."""
    module, _, name = _SCREENS[panel].partition(":")
    screen = getattr(import_module(f"aurora_console.screens.{module}"), name)(view, glyphs, clock)
    assert isinstance(screen, PanelScreen)
    return screen
