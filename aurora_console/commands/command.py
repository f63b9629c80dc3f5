"""What a command is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from aurora_console.state.live import View
from aurora_console.state.requests import Request

Group = Literal["integration", "view", "console"]


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
    makes: Callable[[View], Request] | Gesture
    """What comes of it: a request to the engine, or a gesture."""
    is_available: Callable[[View], bool]
    otherwise: str
    """What to tell a user who presses the key when it is not available."""
    in_footer: bool = True
    in_palette: bool = True


def always(view: View) -> bool:
    """Tell that a command is available in every state."""
    del view
    return True
