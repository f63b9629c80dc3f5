"""What a user does on the journal's panel."""

from __future__ import annotations

from aurora_console.commands.command import Command, Local, Panel, always


def _local(id_: str, key: str, shown: str, title: str, help_: str, *, in_footer: bool = False) -> Command:
    return Command(
        id=f"journal-{id_}",
        keys=(key,),
        shown_key=shown,
        title=title,
        help=help_,
        group="view",
        makes=Local(id_),
        is_available=always,
        otherwise="",
        on=Panel.JOURNAL,
        in_footer=in_footer,
    )


COMMANDS: tuple[Command, ...] = (
    _local("read", "enter", "Enter", "detail", "Journal: every field of the selected record.", in_footer=True),
    _local("find", "slash", "/", "find", "Journal: show only records with these words.", in_footer=True),
    _local("kind", "f", "f", "kind", "Journal: show one kind of record only, the next one each time."),
    _local("who", "w", "w", "who", "Journal: show only what one person asked for, the next one each time."),
    _local("phase", "n", "n", "phase", "Journal: show only one phase, the next one each time."),
    _local("clear", "c", "c", "clear", "Journal: show everything again."),
    _local(
        "export", "e", "e", "export", "Journal: write what is shown into a file, a JSON object a line.", in_footer=True
    ),
)
