"""What a command is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from aurora_console.state.live import View
from aurora_console.state.requests import Request

Group = Literal["integration", "panels", "view", "console"]


class Panel(StrEnum):
    """A screen that shows the integration from one side."""

    COCKPIT = "cockpit"
    INVENTORY = "inventory"
    SERVICES = "services"
    JOURNAL = "journal"
    LOGS = "logs"
    GATES = "gates"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Local:
    """Something that a panel does itself: the screen's `action_<name>`."""

    name: str


class Gesture(StrEnum):
    """What a command does to the console itself rather than to the integration."""

    OPEN_APPROVAL = "open_approval"
    OPEN_HELP = "open_help"
    OPEN_PALETTE = "open_palette"
    ASK_TO_LEAVE = "ask_to_leave"
    SCROLL_DOWN = "scroll_down"
    SCROLL_UP = "scroll_up"
    FOCUS_NEXT = "focus_next"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing that a user can do."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them; the first one is shown."""
    shown_key: str
    title: str
    """A verb or two, for the footer and the palette."""
    help: str
    """One sentence."""
    group: Group
    makes: Callable[[View], Request] | Gesture | Panel | Local
    """What comes of it: a request to the engine, a gesture, a panel to be shown, or an action of the panel itself."""
    is_available: Callable[[View], bool]
    otherwise: str
    """What to tell a user who presses the key when it is not available."""
    on: Panel | None = None
    """The panel on which it applies; None for all of them."""
    in_footer: bool = True
    in_palette: bool = True
    acts_at_once: bool = False
    """Whether the key alone changes the system, with no preview to be confirmed: it must then be no easy one."""


def always(view: View) -> bool:
    """Tell that a command is available in every state."""
    del view
    return True
