"""Going from one panel to another."""

from __future__ import annotations

from aurora_console.commands.command import Command, Gesture, Panel, always


def _show(panel: Panel, keys: tuple[str, ...], help_: str) -> Command:
    return Command(
        id=f"show-{panel}",
        keys=keys,
        shown_key=keys[0],
        title=panel.value,
        help=help_,
        group="panels",
        makes=panel,
        is_available=always,
        otherwise="",
        in_footer=False,
    )


COMMANDS: tuple[Command, ...] = (
    _show(Panel.COCKPIT, ("1", "escape"), "The whole at one glance; Esc leads back to it, too."),
    _show(Panel.INVENTORY, ("2",), "What there is, what the target brings, where they meet or clash."),
    _show(Panel.SERVICES, ("3",), "Every service with its figures; one at length, and starting and stopping it."),
    _show(Panel.JOURNAL, ("4",), "Everything that was decided and done, by whom, and when."),
    _show(Panel.LOGS, ("5",), "What the services write, one or all of them; search, filter, copy."),
    _show(Panel.GATES, ("6",), "Every gate with its verdict, its evidence, its samples, and earlier verdicts."),
    _show(Panel.ROLLBACK, ("7",), "How far one can go back and what that does; progress, proof, earlier rollbacks."),
    Command(
        id="panels",
        keys=(),  # each panel has a key of its own
        shown_key="1-7",
        title="panels",
        help="The panels; help names them all.",
        group="panels",
        makes=Gesture.OPEN_HELP,
        on=Panel.COCKPIT,
        is_available=always,
        otherwise="",
        in_palette=False,
    ),
)
