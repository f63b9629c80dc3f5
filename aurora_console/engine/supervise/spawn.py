"""Starting a service so that it needs nothing from the console afterwards, and can be found again without it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aurora_console.engine.supervise import procfs
from aurora_console.engine.supervise.identity import process_id, wait_exit
from aurora_console.engine.supervise.isolation import Isolation
from aurora_console.errors import AuroraError
from aurora_console.logs.sink import open_sink
from aurora_console.state.values import ProcessId

_OWN = "AURORA_CONSOLE_"  # prefix of variables that speak to the console itself


@dataclass(frozen=True, kw_only=True)
class Launch:
    """All that is needed to start a service."""

    argv: tuple[str, ...]
    cwd: Path
    log: Path
    """Where its output goes; appended to."""
    token: str
    """Unique to this start; every process that comes of it carries it as AURORA_INSTANCE."""
    pycache: Path
    """Folder for Python's compiled files, so that none land in the work tree."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to the console's own environment."""
    isolate: Isolation | None = None


@dataclass(frozen=True)
class Child:
    """A service that this process started."""

    popen: subprocess.Popen[bytes]
    process: ProcessId
    log_offset: int
    """Length of the log before the start, in bytes: its output begins there."""
    in_force: str = ""
    """What its isolation came to; empty without one."""

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs. Leaves no zombie."""
        return self.popen.poll()

    async def wait_code(self) -> int:
        """Wait until it has ended; return the exit code, negative for a signal. Leaves no zombie."""
        while (code := self.popen.poll()) is None:
            await wait_exit(self.process)
        return code

    def leave(self) -> None:
        """Let it run on when the console goes: Popen would complain of a child that nobody waited for."""
        if self.popen.returncode is None:
            self.popen.returncode = 0


def environment(launch: Launch) -> dict[str, str]:
    """Return the whole environment that `launch` runs in; makes the folders of its isolation."""
    base = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    # Output to a file is held back by Python unless it is told otherwise, and a log that lags helps nobody.
    base.setdefault("PYTHONUNBUFFERED", "1")
    base["PYTHONPYCACHEPREFIX"] = str(launch.pycache)
    isolated = launch.isolate.prepare() if launch.isolate is not None else {}
    return base | isolated | dict(launch.env) | {procfs.INSTANCE: launch.token}


def spawn(launch: Launch) -> Child:
    """Start `launch` in a session of its own, without a terminal; its output goes straight into its log.

    Raises AuroraError when it cannot be started: nothing runs then.
    """
    if not launch.argv or not launch.token:
        raise AuroraError("a service without a program cannot be started", "give it an `exec` in the plan")
    if not launch.cwd.is_dir():
        raise AuroraError(f"cannot start {launch.argv[0]}: its folder {launch.cwd} is gone", "restore the folder")
    env = environment(launch)
    sink = open_sink(launch.log)
    try:
        offset = os.fstat(sink).st_size
        popen = _open(launch, env, sink)
    finally:
        os.close(sink)
    # Unreaped, the child is there to be read even if it has ended already.
    stat = procfs.read_stat(popen.pid)
    if stat is None:
        popen.wait()
        raise AuroraError(f"cannot see {launch.argv[0]} in /proc", "the console needs /proc mounted and readable")
    if launch.isolate is None:
        return Child(popen, process_id(stat), offset)
    launch.isolate.limit(popen.pid)
    return Child(popen, process_id(stat), offset, launch.isolate.describe(popen.pid))


def _open(launch: Launch, env: Mapping[str, str], sink: int) -> subprocess.Popen[bytes]:
    # A child inherits the calling thread's blocked signals; one that is deaf to SIGTERM could not be asked to stop.
    blocked = signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        return subprocess.Popen(
            launch.argv,
            cwd=launch.cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            close_fds=True,
        )
    except (OSError, ValueError) as error:
        raise _why_not(launch, error) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _why_not(launch: Launch, error: OSError | ValueError) -> AuroraError:
    program = launch.argv[0]
    where = launch.cwd / program
    if isinstance(error, FileNotFoundError) and "/" in program and where.exists():
        return AuroraError(f"cannot start {where}: the interpreter that its first line names does not exist")
    if isinstance(error, FileNotFoundError):
        what = f"{where} does not exist" if "/" in program else f"no program {program} on PATH"
        return AuroraError(f"cannot start {program}: {what}", "correct `exec` in the plan, or install the program")
    if isinstance(error, PermissionError):
        return AuroraError(f"cannot start {program}: it is not executable for this user", f"try: chmod u+x {where}")
    why = error.strerror if isinstance(error, OSError) else str(error)
    return AuroraError(f"cannot start {program}: {why}", "correct `exec` in the plan")
