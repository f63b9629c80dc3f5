"""Subcommands that only look: nothing is changed by any of them but the record of trust."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from aurora_console.cli.group import plan_argument, plan_option
from aurora_console.errors import AuroraError, ExitCode
from aurora_console.state.folder import StateFolder
from aurora_console.state.ledger import KINDS, Entry, Kind
from aurora_console.text import clean_lines, escaped


@click.command()
@plan_argument
def check(plan: Path) -> int:
    """Print everything that is wrong with PLAN, with file, line, key and a hint."""
    from aurora_console.engine.registry import vocabulary
    from aurora_console.plan.check import check as find_problems

    problems = find_problems(plan, vocabulary())
    for problem in problems:
        click.echo(clean_lines(str(problem)))
    if problems:
        return ExitCode.USAGE
    click.echo(f"{plan}: no problems")
    return ExitCode.DONE


@click.command()
@plan_argument
@click.option("-y", "--yes", is_flag=True, help="Trust it without asking; for scripts that know its content.")
def trust(plan: Path, yes: bool) -> int:
    """Show what PLAN would run, or what has changed in it, and trust it as it is now."""
    from aurora_console.engine.registry import vocabulary
    from aurora_console.plan.load import load, read_text
    from aurora_console.session import trust_store

    loaded, text, store = load(plan, vocabulary()), read_text(plan), trust_store()
    if store.is_trusted(loaded.path, loaded.digest):
        click.echo(f"{plan} is trusted already")
        return ExitCode.DONE
    shown = store.disclose(loaded, text)
    for line in shown.runs:
        click.echo(line)
    if shown.changes:
        click.echo("\nchanged since it was trusted:")
    for line in shown.changes:
        click.echo(line)
    if not yes and not click.confirm("\ntrust this plan as it is now?"):
        return ExitCode.NEEDS_OPERATOR
    store.trust(loaded.path, loaded.digest, text)
    click.echo(f"trusted: {plan}")
    return ExitCode.DONE


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The whole state as one JSON object.")
@plan_option
def status(as_json: bool, plan: Path) -> int:
    """Say how the run stands, whether or not a console is open."""
    from aurora_console import status as report
    from aurora_console.session import read_state

    folder = _folder(plan)
    state = read_state(folder)
    if as_json:
        click.echo(report.as_json(state, folder))
        return ExitCode.DONE
    for line in report.lines(state, folder):
        click.echo(line)
    return ExitCode.DONE


@click.command()
@click.argument("service")
@click.option("-f", "--follow", is_flag=True, help="Go on as it is written; ctrl+c ends.")
@click.option("-n", "--lines", type=click.IntRange(0), default=40, show_default=True)
@plan_option
def logs(service: str, follow: bool, lines: int, plan: Path) -> int:
    """Show what SERVICE wrote. Control characters are taken out."""
    from aurora_console.logs import tail
    from aurora_console.session import read_state

    folder = _folder(plan)
    services = read_state(folder).services
    if service not in services:
        raise AuroraError(f"there is no service {service}", f"services: {', '.join(services) or 'none'}")
    log = folder.logs(service) / "output.log"
    if not log.exists():
        why = "it was not started yet" if services[service].managed else "it runs without the console"
        raise AuroraError(f"there is no log of {service}: {why}", "")
    for line in tail.last_lines(log, lines):
        click.echo(line)
    if follow:
        asyncio.run(_follow(log))
    return ExitCode.DONE


async def _follow(log: Path) -> None:
    from aurora_console.logs import tail

    async for line in tail.follow(log):
        click.echo(line)


@click.command()
@click.argument("action", type=click.Choice(["list", "show", "verify"]), default="list")
@click.argument("id_", metavar="[ID]", required=False)
@plan_option
def snapshot(action: str, id_: str | None, plan: Path) -> int:
    """List the snapshots, show one, or prove again that one restores."""
    from aurora_console.engine.snapshot.manifest import read_manifest

    folder = _folder(plan)
    ids = sorted(path.parent.name for path in folder.snapshots.glob("*/manifest.toml"))
    if action == "list":
        for one in ids:
            manifest = read_manifest(folder.snapshot(one))
            click.echo(f"{one}  {len(manifest.files)} files  {manifest.commit[:10]}  {manifest.branch or 'detached'}")
        if not ids:
            click.echo("no snapshot yet")
        return ExitCode.DONE
    if not ids:
        raise AuroraError("there is no snapshot yet", "the plan's first phase takes one")
    wanted = id_ or ids[-1]
    if wanted not in ids:
        raise AuroraError(f"there is no snapshot {wanted}", f"snapshots: {', '.join(ids)}")
    if action == "show":
        for line in (folder.snapshot(wanted) / "manifest.toml").read_text(encoding="utf-8").rstrip("\n").split("\n"):
            click.echo(escaped(line))
        return ExitCode.DONE
    return _verify(folder, wanted)


def _verify(folder: StateFolder, id_: str) -> int:
    from aurora_console.engine.snapshot.git import Repository
    from aurora_console.engine.snapshot.taking import snapshot_ref
    from aurora_console.engine.snapshot.verify import verify_snapshot
    from aurora_console.session import read_state

    outline = read_state(folder).outline
    repository = Repository.open(Path(outline.root) if outline else folder.root, settled=False)
    problems = verify_snapshot(repository, folder.snapshot(id_), snapshot_ref(id_))
    for problem in problems:
        click.echo(problem)
    click.echo(f"{id_}: {'does not restore' if problems else 'restores, byte for byte'}")
    return ExitCode.GATE_FAILED if problems else ExitCode.DONE


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The whole inventory as one JSON object.")
@click.option("--target", default="", help="Git ref to compare with; else the plan's own target.")
@plan_option
def inventory(as_json: bool, target: str, plan: Path) -> int:
    """Look at what there is and what the target would bring. Reads, changes and runs nothing."""
    import subprocess

    import msgspec

    from aurora_console.engine.registry import vocabulary
    from aurora_console.inventory import render
    from aurora_console.inventory.command import inventory_command
    from aurora_console.plan.load import load
    from aurora_console.state.inventory import Inventory

    if not target and plan.exists():
        target = load(plan, vocabulary()).system.target or ""
    root = plan.resolve().parent
    found = subprocess.run(inventory_command(root, target), capture_output=True, timeout=300, check=False)
    if found.returncode != 0:
        raise AuroraError(found.stderr.decode(errors="replace").strip().removeprefix("aurora-console: "), "")
    if as_json:
        click.echo(found.stdout.decode(), nl=False)
        return ExitCode.DONE
    inventory = msgspec.json.decode(found.stdout, type=Inventory)
    parts = (
        render.write_components,
        render.write_overlap,
        render.write_integration_points,
        render.write_dependency_map,
    )
    click.echo("\n".join(write(inventory) for write in parts), nl=False)
    return ExitCode.DONE


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line: the event's fields, `seq` and `at`.")
@click.option("--kind", type=click.Choice(KINDS), help="One kind of record only.")
@click.option("--who", default="", metavar="NAME", help="Only what this person asked for, as the journal names them.")
@click.option("--phase", type=int, metavar="N", help="One phase only, by the plan's number: its own, and during it.")
@click.option("--text", default="", help="Only records with these words.")
@click.option("-f", "--follow", is_flag=True, help="Go on as it is written; ctrl+c ends.")
@plan_option
def journal(as_json: bool, kind: Kind | None, who: str, phase: int | None, text: str, follow: bool, plan: Path) -> int:
    """Show everything that was decided and done, the newest last."""
    import time

    from aurora_console.session import POLL
    from aurora_console.state.journal import Journal
    from aurora_console.state.ledger import Naming, Query, entries, json_line

    query, naming, seen = Query(kind=kind, who=who, phase=phase, text=text), Naming(), 0
    with Journal.read_only(_folder(plan).journal) as records:
        while True:
            newest = records.newest()
            for entry in entries(records, query, naming, seen, newest):
                click.echo(json_line(entry.record) if as_json else _journal_line(entry), nl=not as_json)
            seen = newest
            if not follow:
                return ExitCode.DONE
            while not records.has_news():
                time.sleep(POLL)


def _journal_line(entry: Entry) -> str:
    import time

    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.record.at))
    phase = "" if entry.phase is None else str(entry.phase)
    return f"{at}  {'!' if entry.is_trouble else ' '} {entry.kind:8}  {phase:>2}  {entry.words}"


def _folder(plan: Path) -> StateFolder:
    from aurora_console.session import find_state

    folder = find_state(plan)
    if folder is None:
        raise AuroraError("nothing has been run here yet", f"begin: aurora-console run {plan}")
    return folder


COMMANDS = (check, trust, status, journal, logs, snapshot, inventory)
