"""Ending a run: what it started is stopped or handed over, and its refs are removed when asked."""

from __future__ import annotations

import shlex
from pathlib import Path

from aurora_console.engine.context import Context
from aurora_console.engine.snapshot.files import write_private
from aurora_console.engine.snapshot.git import OUR_REFS
from aurora_console.engine.unbroken import in_thread
from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.state.events import RunFinished
from aurora_console.state.requests import FinishRun
from aurora_console.state.values import Actor
from aurora_console.text import clean


async def finish(context: Context, request: FinishRun, actor: Actor) -> None:
    """Stop every service of the run but those handed over, and write unit files for these.

    Unit files are written, never installed. AuroraError when a service named does not run under the console, or a unit
    file cannot be written; nothing is stopped then.
    """
    services = context.state.services
    for name in request.hand_over:
        if name not in services or not services[name].managed or services[name].status != "ready":
            raise AuroraError(
                f"{name} cannot be handed over: it does not run under the console", "name a running service"
            )
    units = await in_thread(_write_units, context, request) if request.hand_over else ""
    context.supervisor.hand_over(request.hand_over)
    await context.supervisor.stop_all(but=request.hand_over)
    removed: tuple[str, ...] = ()
    if request.clean:
        removed = await in_thread(_remove_refs, context)
    context.emit(RunFinished(actor=actor, handed_over=request.hand_over, units=units, removed_refs=removed))


def _write_units(context: Context, request: FinishRun) -> str:
    folder = Path(request.units) if request.units else context.snapshot_folder / "units"
    try:
        make_private(folder)
        for name in request.hand_over:
            write_private(folder / f"{_unit_name(context, name)}.service", _unit(context, name).encode())
    except OSError as error:
        raise AuroraError(
            f"the unit files cannot be written to {clean(str(folder))}: {error.strerror}", "name another folder"
        ) from error
    return str(folder)


def _remove_refs(context: Context) -> tuple[str, ...]:
    repository, state = context.repository, context.state
    removed = list(repository.delete_refs(OUR_REFS))
    snapshot = state.snapshot
    is_ours = state.backup_branch and not state.backup_branch_was_there
    if is_ours and snapshot and repository.delete_branch_if(state.backup_branch, snapshot.head):
        removed.append(f"refs/heads/{state.backup_branch}")
    return tuple(removed)


def _unit_name(context: Context, name: str) -> str:
    return f"{context.plan.system.name}-{name}".replace("/", "-").replace(" ", "-")


def _unit(context: Context, name: str) -> str:
    """Return a systemd unit that runs the service as the console does."""
    service = context.plan.services[name]
    program, *arguments = context.supervisor.command(name)
    if "/" in program:  # systemd looks for no program relative to the working directory
        program = str(context.root / program)
    exec_ = " ".join(_quoted(part).replace("$", "$$") for part in (program, *arguments))
    restart = {"never": "no", "failure": "on-failure", "always": "always"}[service.restart.when]
    variables, limits = context.supervisor.environment(name), ""
    if service.isolate:
        isolation = context.supervisor.isolation(name)
        variables = isolation.prepare() | variables
        memory = f"LimitAS={isolation.memory}\n" if isolation.memory is not None else ""
        limits = f"{memory}LimitNOFILE={isolation.files}\nLimitCORE=0\nNice={isolation.nice}\n"
    environment = "".join(f"Environment={_quoted(f'{key}={value}')}\n" for key, value in variables.items())
    return (
        f"# Written by aurora-console when the run {context.state.run} was finished. Install it with:\n"
        f"#   cp {shlex.quote(_unit_name(context, name))}.service ~/.config/systemd/user/\n"
        f"#   systemctl --user enable --now {_unit_name(context, name)}\n"
        "[Unit]\n"
        f"Description={context.plan.system.name}: {name}\n"  # the plan's check lets neither hold a specifier
        "\n[Service]\n"
        f"WorkingDirectory={str(context.root).replace('%', '%%')}\n"
        f"ExecStart={exec_}\n"
        f"{environment}"
        f"{limits}"
        f"KillSignal={service.stop.signal}\n"
        f"TimeoutStopSec={service.stop.grace:g}\n"
        f"Restart={restart}\n"
        "\n[Install]\n"
        "WantedBy=default.target\n"
    )


def _quoted(text: str) -> str:
    """Quote for a unit file: its specifiers and quotes have no meaning in what is run."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    return f'"{escaped}"'
