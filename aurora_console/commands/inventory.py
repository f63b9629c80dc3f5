"""What a user does on the inventory's panel."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always
from aurora_console.state.live import View


def _has_outline(view: View) -> bool:
    return view.state.outline is not None


def _local(id_: str, keys: tuple[str, ...], shown: str, title: str, help_: str, *, in_footer: bool = False) -> Command:
    return Command(
        id=f"inventory-{id_}",
        keys=keys,
        shown_key=shown,
        title=title,
        help=help_,
        group="view",
        makes=Local(id_.replace("-", "_")),
        is_available=_has_outline if id_ == "look-now" else always,
        otherwise="No integration is open yet.",
        on=Panel.INVENTORY,
        in_footer=in_footer,
    )


COMMANDS: tuple[Command, ...] = (
    _local("read", ("enter",), "Enter", "detail", "Inventory: everything about the selected row.", in_footer=True),
    _local("find", ("slash",), "/", "find", "Inventory: show only rows with these words.", in_footer=True),
    _local("next-view", ("l", "right", "tab"), "l", "next view", "Inventory: the next view. Tab does the same."),
    _local("last-view", ("h", "left", "shift+tab"), "h", "last view", "Inventory: the view before."),
    _local("fold", ("o", "space"), "o", "open", "Inventory: open or close the selected group of files."),
    _local("fold-all", ("z",), "z", "open all", "Inventory: open or close all groups of files."),
    _local(
        "look-now",
        ("I",),
        "I",
        "look now",
        "Inventory: look at work tree and target now. It reads only, and what it finds is kept in memory only.",
        in_footer=True,
    ),
)
