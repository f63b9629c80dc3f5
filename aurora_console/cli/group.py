"""The command itself and what its subcommands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from aurora_console import __version__

PLAN = Path("aurora.toml")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def cli(context: click.Context) -> int | None:
    """Grow a live system phase by phase without losing what works.

    Without a subcommand it opens the cockpit on aurora.toml in this folder.

    Exit codes: 0 done, 1 a gate failed or the run is paused, 2 the plan or the call is wrong, 3 rolled back,
    4 a person is needed.
    """
    if context.invoked_subcommand is None:
        run = cli.get_command(context, "run")
        assert run is not None
        code: int = context.invoke(run)
        return code
    return None


def plan_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the plan file as an argument."""
    return click.argument("plan", type=click.Path(path_type=Path), default=PLAN)(function)


def plan_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the plan file as an option, for subcommands with other arguments."""
    return click.option(
        "-p", "--plan", type=click.Path(path_type=Path), default=PLAN, show_default=True, help="The plan file."
    )(function)
