"""What a user does to the console itself."""

from __future__ import annotations

from aurora_console.commands.command import Command, Gesture, always

COMMANDS: tuple[Command, ...] = (
    Command(
        id="scroll-down",
        keys=("j", "down"),
        shown_key="j",
        title="scroll down",
        help="Scroll the list that has the focus, NOW when none has. The arrow keys do the same.",
        group="view",
        makes=Gesture.SCROLL_DOWN,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="scroll-up",
        keys=("k", "up"),
        shown_key="k",
        title="scroll up",
        help="Scroll back.",
        group="view",
        makes=Gesture.SCROLL_UP,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="next-list",
        keys=(),  # tab is Textual's own binding, and works on every screen
        shown_key="Tab",
        title="next list",
        help="Move the focus to the next list; its heading lights up.",
        group="view",
        makes=Gesture.FOCUS_NEXT,
        is_available=always,
        otherwise="",
        in_footer=False,
        in_palette=False,
    ),
    Command(
        id="help",
        keys=("question_mark", "f1"),
        shown_key="?",
        title="help",
        help="Show the keys, and what the signs mean.",
        group="console",
        makes=Gesture.OPEN_HELP,
        is_available=always,
        otherwise="",
    ),
    Command(
        id="palette",
        keys=(),  # ctrl+p is Textual's own binding
        shown_key="^p",
        title="commands",
        help="Find a command by its name; the colours are chosen there too.",
        group="console",
        makes=Gesture.OPEN_PALETTE,
        is_available=always,
        otherwise="",
        in_palette=False,
    ),
    Command(
        id="leave",
        keys=("q",),
        shown_key="q",
        title="leave",
        help="Leave the console. No service is stopped.",
        group="console",
        makes=Gesture.ASK_TO_LEAVE,
        is_available=always,
        otherwise="",
    ),
)
