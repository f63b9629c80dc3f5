"""Runs the reference system's stable core as an operator would have: before the console, and not as its child."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import msgspec
import psutil

from aurora_console.errors import AuroraError

READY_WITHIN = 15.0
"""Seconds until a core that was started must answer."""
GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL."""

_DETACH = Path(__file__).parent / "detach.py"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CoreRecord(msgspec.Struct, frozen=True):
    """Which process the core is; kept in `data/core.json`."""

    pid: int
    start_ticks: int
    """When the process started, in clock ticks since boot: field 22 of /proc/PID/stat."""
    boot_id: str
    port: int


def start_core(directory: Path, port: int) -> int:
    """Start the core laid out in `directory` on `port`, wait until it answers, and return its pid.

    A core of that folder that runs already is left as it is. Raises AuroraError when it runs on another port, when
    the port belongs to somebody else, and when the core does not answer in time.
    """
    directory = directory.resolve()
    record = _running(directory)
    if record is not None:
        if record.port != port:
            raise AuroraError(
                f"the core of {directory} runs already, on port {record.port} (pid {record.pid}), not {port}",
                f"give the --port-offset that it was started with, or stop it: aurora-console demo {directory} --down",
            )
        return record.pid
    _refuse_taken_port(port)
    data = directory / "data"
    data.mkdir(exist_ok=True)
    log = data / "core.log"
    position = log.stat().st_size if log.exists() else 0
    pid = _spawn(directory, port, log)
    ended = True
    ticks = _start_ticks(pid)
    if ticks is not None:
        started = CoreRecord(pid, ticks, _boot_id(), port)
        _write(data / "core.json", started)
        if _wait_until_ready(started):
            return pid
        ended = not _is_alive(started)
        _end(started)
    (data / "core.json").unlink(missing_ok=True)
    what = "ended before it answered" if ended else f"did not answer within {READY_WITHIN:g} s"
    raise AuroraError(
        f"the core (pid {pid}) {what} on port {port}; {log} ends:\n{_tail(log, position)}",
        "mend what the log names, then try again",
    )


def core_running(directory: Path) -> int | None:
    """Return the pid of the core of `directory`, or None when it does not run; a reused pid is not taken for it."""
    record = _running(directory.resolve())
    return None if record is None else record.pid


def core_port(directory: Path) -> int | None:
    """Return the port of the running core of `directory`, or None when it does not run."""
    record = _running(directory.resolve())
    return None if record is None else record.port


def stop_core(directory: Path) -> bool:
    """Stop the core of `directory` and wait for its end; return False when there was none to stop.

    Asks with SIGTERM and after GRACE seconds ends it with SIGKILL; raises AuroraError when even that does not help.
    """
    directory = directory.resolve()
    record = _running(directory)
    if record is None:
        (directory / "data" / "core.json").unlink(missing_ok=True)
        return False
    if not _end(record):
        raise AuroraError(
            f"the core (pid {record.pid}) did not end, not even on SIGKILL",
            f"it hangs in the kernel: /proc/{record.pid}/stack says where",
        )
    (directory / "data" / "core.json").unlink(missing_ok=True)
    return True


def _spawn(directory: Path, port: int, log: Path) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AURORA_CONSOLE_")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    core = [sys.executable, "aurora_core.py", "--port", str(port)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_DETACH), str(log), *core],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=READY_WITHIN,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise AuroraError(
            f"{core[0]} could not be started within {READY_WITHIN:g} s", "is the machine overloaded?"
        ) from error
    except subprocess.CalledProcessError as error:
        raise AuroraError(
            f"{core[0]} could not be started: {error.stderr.strip()}", "is the interpreter intact?"
        ) from error
    return int(done.stdout)


def _wait_until_ready(record: CoreRecord) -> bool:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and _is_alive(record):
        if _answers(record):
            return True
        time.sleep(0.05)
    return False


def _answers(record: CoreRecord) -> bool:
    """Tell whether the core itself, and not a stranger on its port, says that it is well."""
    try:
        with _OPENER.open(f"http://127.0.0.1:{record.port}/health", timeout=2.0) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return isinstance(health, dict) and health.get("status") == "ok" and health.get("pid") == record.pid


def _end(record: CoreRecord) -> bool:
    """End the process and its group, which is its own since it leads its session."""
    try:
        handle = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return True
    try:
        # Looked at after the handle was taken: from here on the pid cannot become somebody else's unnoticed.
        if not _is_alive(record):
            return True
        for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(record.pid, number)
            # A pidfd becomes readable when its process ends, even where nobody collects the zombie.
            if select.select([handle], [], [], patience)[0]:
                return True
    finally:
        os.close(handle)
    return False


def _refuse_taken_port(port: int) -> None:
    for connection in psutil.net_connections("inet"):
        if connection.status != psutil.CONN_LISTEN or not connection.laddr or connection.laddr.port != port:
            continue
        if connection.laddr.ip not in {"127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"}:  # noqa: S104  compared, not bound
            continue
        raise AuroraError(
            f"port {port} is in use by {_program(connection.pid)}",
            "use --port-offset to shift every port of the demo, or stop that program",
        )


def _program(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return f"pid {pid}"
    return f"pid {pid}: {command}"


def _running(directory: Path) -> CoreRecord | None:
    try:
        record = msgspec.json.decode((directory / "data" / "core.json").read_bytes(), type=CoreRecord)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except msgspec.DecodeError as error:
        raise AuroraError(
            f"{directory / 'data' / 'core.json'} is damaged: {error}",
            "look for the core with ps, stop it, and remove that file",
        ) from error
    return record if _is_alive(record) else None


def _is_alive(record: CoreRecord) -> bool:
    return record.boot_id == _boot_id() and _start_ticks(record.pid) == record.start_ticks


def _start_ticks(pid: int) -> int | None:
    """Return field 22 of /proc/PID/stat (proc(5)); None when the process is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name, field 2, may hold blanks and parentheses: the rest begins after the last one.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _write(file: Path, record: CoreRecord) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(record))
    fresh.replace(file)


def _tail(log: Path, position: int) -> str:
    with log.open("rb") as file:
        file.seek(position)
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-10:]) or "(nothing)"
