"""What a user does on the logs panel."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always

_KEYS: tuple[tuple[str, tuple[str, ...], str, str, str, str, bool], ...] = (
    (
        "next-service",
        ("l", "right", "tab"),
        "l",
        "next log",
        "The next service's log; Tab and the arrow do the same.",
        "choose(1)",
        False,
    ),
    (
        "previous-service",
        ("h", "left", "shift+tab"),
        "h",
        "log before",
        "The log of the service before.",
        "choose(-1)",
        False,
    ),
    ("follow", ("F",), "F", "follow", "Stay at the newest line as it comes; any move up ends that.", "follow", True),
    ("search", ("slash",), "/", "search", "Search upwards for a regular expression.", "search", True),
    (
        "next-match",
        ("n",),
        "n",
        "next",
        "The match before this one: further up, as the search goes.",
        "match(-1)",
        False,
    ),
    ("previous-match", ("N",), "N", "back", "The match after this one: further down.", "match(1)", False),
    ("only", ("ampersand",), "&", "only", "Show only the lines that match; again shows all.", "filter(False)", True),
    (
        "without",
        ("exclamation_mark",),
        "!",
        "without",
        "Show only the lines that do not match; again shows all.",
        "filter(True)",
        True,
    ),
    ("wrap", ("w",), "w", "wrap", "Break long lines, or cut them off.", "wrap", True),
    ("mark", ("v",), "v", "mark", "Begin a range at this line, or give it up.", "mark", False),
    ("copy", ("y",), "y", "copy", "Copy the line, or the marked range, to your terminal's clipboard.", "copy", True),
)

COMMANDS: tuple[Command, ...] = tuple(
    Command(
        id=f"logs-{id_}",
        keys=keys,
        shown_key=shown,
        title=title,
        help=help_,
        group="view",
        makes=Local(action),
        is_available=always,
        otherwise="",
        on=Panel.LOGS,
        in_footer=in_footer,
    )
    for id_, keys, shown, title, help_, action, in_footer in _KEYS
)
