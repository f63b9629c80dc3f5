"""Subcommands that run a plan: in the cockpit, without a screen, or on the embedded reference system."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from aurora_console.cli.group import plan_argument
from aurora_console.config import THEMES, ThemeChoice, ThemeName, load_config
from aurora_console.errors import AuroraError, ExitCode

if TYPE_CHECKING:
    from aurora_console.headless import Approval


@dataclass(frozen=True, kw_only=True)
class _Options:
    """What `run` and `demo` share."""

    headless: bool
    approve: Approval
    until: int | None
    as_json: bool
    plain: bool
    theme: ThemeName | None
    port_offset: int


def _running_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take the options that `run` and `demo` share."""
    options = (
        click.option("--headless", is_flag=True, help="Without a screen: print every event, end with an exit code."),
        click.option(
            "--approve",
            type=click.Choice(["all", "ask", "none"]),
            default="none",
            show_default=True,
            help="Headless: which phases to approve.",
        ),
        click.option("--until", type=int, metavar="N", help="Headless: stop once phase number N has passed."),
        click.option("--json", "as_json", is_flag=True, help="Headless: one JSON object a line, with its `type`."),
        click.option("--plain", is_flag=True, help="Lines without redraw, for screen readers and pipes."),
        click.option("--theme", type=click.Choice(THEMES), help="Colours of the cockpit; else the configuration's."),
        click.option("--port-offset", type=click.IntRange(0, 60000), default=0, help="Added to every port."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command()
@plan_argument
@_running_options
def run(plan: Path, **options: Any) -> int:  # noqa: ANN401  click hands over what _Options names
    """Run PLAN in the cockpit, in plain lines, or without a screen."""
    return _run(plan, _Options(**options))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), required=False)
@_running_options
@click.option("--down", is_flag=True, help="Stop everything of that demo, its core included, and end.")
def demo(directory: Path | None, down: bool, **options: Any) -> int:  # noqa: ANN401  as above
    """Lay out the embedded reference system in DIRECTORY, start its core, and open the console on it.

    A demo that is there already is taken up where it stood.
    """
    from aurora_console import demonstration

    directory = directory or demonstration.default_directory()
    if down:
        for line in demonstration.take_down(directory):
            click.echo(line)
        return ExitCode.DONE
    chosen = _Options(**options)
    plan, port_offset = demonstration.prepare(directory, chosen.port_offset)
    code = _run(plan, replace(chosen, port_offset=port_offset))
    if not chosen.as_json:
        click.echo(f"the demo in {directory} goes on running; stop it with: aurora-console demo {directory} --down")
    return code


def _run(plan: Path, options: _Options) -> int:
    if options.headless and options.plain:
        raise AuroraError("--headless and --plain are two ways to run", "give one of them")
    if options.headless:
        from aurora_console.headless import Headless
        from aurora_console.session import open_session

        session = open_session(plan, options.port_offset)
        return Headless(session, options.approve, options.until, as_json=options.as_json, echo=_echo).run()
    if options.plain:
        from aurora_console.plain import run_plain

        return run_plain(plan, options.port_offset)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise AuroraError(
            "the cockpit needs a terminal, and this is none",
            "use --plain, or --headless --approve all|ask|none, or run it in a terminal",
        )
    from aurora_console.terminal import run_cockpit

    config = load_config()
    if options.theme is not None:
        config = structs.replace(config, theme=ThemeChoice(name=options.theme))
    return run_cockpit(plan, options.port_offset, config)


def _echo(line: str) -> None:
    print(line, flush=True)


COMMANDS = (run, demo)
