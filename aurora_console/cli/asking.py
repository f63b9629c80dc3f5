"""Subcommands that ask something of the run: whoever has control does it, or this process when nobody has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import click

from aurora_console.cli.group import plan_option
from aurora_console.errors import AuroraError, ExitCode, NeedsOperatorError
from aurora_console.state.model import PhaseState, RunState
from aurora_console.state.requests import ApprovePhase, FinishRun, Pause, Request, Resume, RollBack, Scope, UndoRollback
from aurora_console.text import clean as clean_text

SCOPES: tuple[Scope, ...] = get_args(Scope)


@click.command()
@click.argument("number", type=int, required=False)
@click.option("-m", "--reason", default="", help="Kept in the journal.")
@plan_option
def approve(number: int | None, reason: str, plan: Path) -> int:
    """Approve the phase that waits, or only if it has this NUMBER; returns at its end."""
    state = _state(plan)
    current = state.current
    if current is None or state.phases[current].status != "proposed":
        raise AuroraError("no phase waits for approval", "see `aurora-console status`")
    outline = state.phases[current].outline
    if number is not None and number != outline.number:
        raise AuroraError(f"phase {outline.number} waits for approval, not {number}", "see `aurora-console status`")
    phase = _ask(plan, ApprovePhase(phase=current, reason=reason)).phases[current]
    why = f": {phase.reason}" if phase.status in {"failed", "declined"} else ""
    _say(f"phase {outline.number} {phase.status}{why}")
    return _code_of(phase)


def _code_of(phase: PhaseState) -> ExitCode:
    """Return what the end of a phase means to a shell."""
    if phase.status in {"passed", "declined"}:
        return ExitCode.DONE
    if phase.status == "rolled back":
        return ExitCode.ROLLED_BACK
    return ExitCode.NEEDS_OPERATOR if phase.verdict in {"inconclusive", "error"} else ExitCode.GATE_FAILED


@click.command()
@click.option("-m", "--reason", default="", help="Kept in the journal.")
@plan_option
def pause(reason: str, plan: Path) -> int:
    """Stop after the action that is under way."""
    _ask(plan, Pause(reason=reason))
    _say("paused; services go on running. Go on with: aurora-console resume")
    return ExitCode.DONE


@click.command()
@plan_option
def resume(plan: Path) -> int:
    """Go on after a pause; a failed phase is proposed again."""
    _ask(plan, Resume())
    _say("resumed")
    return ExitCode.DONE


@click.command()
@click.argument("scope", type=click.Choice(SCOPES), default="current")
@click.option("--preview", is_flag=True, help="Say what it would do, and do nothing.")
@click.option("--undo", is_flag=True, help="Bring back what the newest rollback took away.")
@click.option("-m", "--reason", default="", help="Kept in the journal.")
@plan_option
def rollback(scope: Scope, preview: bool, undo: bool, reason: str, plan: Path) -> int:
    """Undo what the run did, as far as SCOPE reaches, and prove it.

    SCOPE: current (what `R` does), abort, phase, services, code, all.
    """
    from aurora_console.state.scopes import redo_for, redo_preview, rollback_preview

    if undo and scope != "current":
        raise AuroraError("--undo takes no scope", "it undoes the newest rollback, whatever its scope was")
    if undo and preview:
        for line in redo_preview(redo_for(_state(plan))) or ("there is no rollback to undo",):
            _say(line)
        return ExitCode.DONE
    if undo:
        return _tell_undo(_ask(plan, UndoRollback(reason=reason)))
    if preview:
        state = _state(plan)
        wanted = state.scope_of_r() if scope == "current" else scope
        shown = rollback_preview(state, wanted)
        _say(f"rollback {wanted}, about {shown.seconds:.1f} s:")
        for line in shown.steps or ("nothing to undo",):
            _say(f"  {line}")
        return ExitCode.DONE
    state = _ask(plan, RollBack(scope=scope, reason=reason))
    return tell_proof(state)


@click.command()
@click.option(
    "--keep", multiple=True, metavar="SERVICE", help="Hand it over: it goes on running, and gets a unit file."
)
@click.option("--units", type=click.Path(path_type=Path), help="Folder for the unit files; nothing is installed.")
@click.option("--clean", is_flag=True, help="Remove the run's own refs, too.")
@click.option("--stop", is_flag=True, help="Stop what is not kept without asking.")
@plan_option
def finish(keep: tuple[str, ...], units: Path | None, clean: bool, stop: bool, plan: Path) -> int:
    """End the run: stop its services, or hand them over. It can't be rolled back afterwards."""
    running = [one.name for one in _state(plan).services.values() if one.managed and one.is_up and one.name not in keep]
    if running and not stop:
        question = f"This stops {', '.join(running)}, and nothing of the run can be rolled back afterwards. Go on?"
        if not sys.stdin.isatty():
            raise NeedsOperatorError(
                f"finish would stop {', '.join(running)}", "say --stop, or hand them over with --keep SERVICE"
            )
        click.confirm(question, abort=True)
    folder = "" if units is None else str(units.resolve())
    state = _ask(plan, FinishRun(hand_over=keep, units=folder, clean=clean))
    done = [f"handed over: {', '.join(keep)}" if keep else "", f"stopped: {', '.join(running)}" if running else ""]
    _say("; ".join(("finished", *filter(None, done))))
    if state.units:
        _say(f"unit files: {state.units}")
    return ExitCode.DONE


def _say(words: str) -> None:
    """Print a line; what it tells of comes from the plan and from programs."""
    click.echo(clean_text(words))


def tell_proof(state: RunState) -> int:
    """Print what the newest rollback proved, and return its exit code."""
    rollback = state.rollback
    assert rollback is not None
    assert rollback.proof is not None
    proof = rollback.proof
    _say(f"{proof.verdict} in {rollback.seconds or 0.0:.1f} s")
    for line in proof.checks:
        _say(f"  as expected: {line}")
    for line in proof.differences:
        _say(f"  differs: {line}")
    for line in proof.kept:
        _say(f"  kept: {line}")
    return ExitCode.DONE if proof.verdict == "restored" else ExitCode.GATE_FAILED


def _tell_undo(state: RunState) -> int:
    """Print what came of undoing a rollback, and return its exit code."""
    rollback = state.rollback
    assert rollback is not None
    assert rollback.undo is not None
    undo = rollback.undo
    for line in undo.notes:
        _say(f"  {line}")
    for line in undo.left:
        _say(f"  not brought back: {line}")
    back = len(undo.notes) - len(undo.left)
    _say(f"the rollback is undone, {back} of {len(undo.notes)} steps, in {undo.seconds or 0.0:.1f} s")
    return ExitCode.GATE_FAILED if undo.left else ExitCode.DONE


def _ask(plan: Path, request: Request) -> RunState:
    from aurora_console.session import ask, open_pinned

    session = open_pinned(plan)
    if session is None:
        raise AuroraError("no run is under way here", f"begin one: aurora-console run {plan}")
    return ask(session, request)


def _state(plan: Path) -> RunState:
    from aurora_console.session import find_state, read_state

    folder = find_state(plan)
    if folder is None:
        raise AuroraError("nothing has been run here yet", f"begin: aurora-console run {plan}")
    return read_state(folder)


COMMANDS = (approve, pause, resume, rollback, finish)
