from __future__ import annotations

import json
import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aurora_console.engine.supervise.isolation import Isolation
from aurora_console.engine.supervise.procfs import read_stat
from aurora_console.engine.supervise.spawn import Launch, spawn
from aurora_console.errors import AuroraError

Until = Callable[[Callable[[], object]], None]

TELLS_ABOUT_ITSELF = """
    import json, os, resource, signal
    told = {
        "env": dict(os.environ),
        "cwd": os.getcwd(),
        "session": os.getsid(0),
        "stdin": os.readlink("/proc/self/fd/0"),
        "fds": {fd: os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
                if os.path.exists(f"/proc/self/fd/{fd}")},
        "blocked": [s.name for s in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
    }
    print(json.dumps(told), flush=True)
    signal.pause()
"""


def _told(launch: Launch, until: Until) -> dict[str, Any]:
    until(lambda: launch.log.read_text().endswith("\n"))
    told: dict[str, Any] = json.loads(launch.log.read_text())
    return told


def test_a_service_shares_nothing_with_the_terminal(
    services: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has its own session, no input, its own log for output, and no descriptor or variable of the console."""
    monkeypatch.setenv("AURORA_CONSOLE_FAULT", "nothing")
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    child, launch = services.start(TELLS_ABOUT_ITSELF)

    told = _told(launch, until)

    assert told["session"] == child.process.pid
    assert told["stdin"] == "/dev/null"
    assert told["cwd"] == str(launch.cwd)
    assert set(told["fds"].values()) == {"/dev/null", str(launch.log)}
    assert told["env"]["AURORA_INSTANCE"] == launch.token
    assert told["env"]["PYTHONPYCACHEPREFIX"] == str(launch.pycache)
    assert told["env"]["VIRTUAL_ENV"] == "/somewhere"
    assert "AURORA_CONSOLE_FAULT" not in told["env"]
    assert stat.S_IMODE(launch.log.stat().st_mode) == 0o600


def test_a_service_hears_signals_that_the_console_blocks(services: Any, until: Until) -> None:
    """A blocked SIGTERM would be inherited and make the service deaf."""
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        _, launch = services.start(TELLS_ABOUT_ITSELF)
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)

    assert _told(launch, until)["blocked"] == []


def test_a_program_that_ends_at_once_is_identified_and_reaped(services: Any) -> None:
    """Its identity is read before it is reaped, however short it lived."""
    child, _ = services.start("raise SystemExit(7)")
    assert child.popen.wait(20) == 7
    assert child.poll() == 7
    assert not Path(f"/proc/{child.process.pid}").exists()


async def test_the_exit_code_is_awaited(services: Any) -> None:
    """A signal counts as its negative number."""
    child, _ = services.start("import signal; signal.pause()")
    os.kill(child.process.pid, signal.SIGKILL)
    assert await child.wait_code() == -signal.SIGKILL
    assert read_stat(child.process.pid) is None


def test_output_of_two_starts_is_kept_apart_by_an_offset(services: Any) -> None:
    """The second start appends; its part begins where the child says."""
    _, launch = services.start("print('first')")
    services.started[-1][0].popen.wait(20)
    second = spawn(launch)
    second.popen.wait(20)
    assert launch.log.read_bytes()[: second.log_offset] == b"first\n"
    assert launch.log.read_bytes()[second.log_offset :] == b"first\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"argv": ("no-such-program-anywhere",)}, "no program no-such-program-anywhere on PATH"),
        ({"argv": ("./missing",)}, "does not exist"),
        ({"argv": ("./plain",)}, "not executable"),
        ({"argv": ("./orphan",)}, "interpreter"),
        ({"argv": ("nul\0byte",)}, "null byte"),
        ({"argv": ()}, "without a program"),
    ],
)
def test_what_cannot_be_started_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    """The message says which of the many reasons it was."""
    (tmp_path / "plain").write_text("no program")
    (tmp_path / "orphan").write_text("#!/no/such/interpreter\n")
    (tmp_path / "orphan").chmod(0o755)
    options: dict[str, Any] = {"cwd": tmp_path, "log": tmp_path / "log", "token": "t", "pycache": tmp_path} | change
    with pytest.raises(AuroraError, match=words):
        spawn(Launch(**options))


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    """It is not mistaken for a program that is missing."""
    launch = Launch(
        argv=(sys.executable,), cwd=tmp_path / "gone", log=tmp_path / "log", token="t", pycache=tmp_path / "c"
    )
    with pytest.raises(AuroraError, match=r"its folder .*/gone is gone"):
        spawn(launch)


def test_isolation_gives_folders_and_limits_and_says_so(services: Any, until: Until, tmp_path: Path) -> None:
    """What it says was read back from the process; what is not isolated is said as well."""
    own = tmp_path / "own"
    isolation = Isolation(
        home=own / "home", data=own / "data", tmp=own / "tmp", memory=512 * 1024**2, files=100, nice=7
    )
    child, launch = services.start(TELLS_ABOUT_ITSELF, isolate=isolation)

    env = _told(launch, until)["env"]

    assert (env["HOME"], env["XDG_DATA_HOME"], env["TMPDIR"]) == tuple(
        str(own / name) for name in ("home", "data", "tmp")
    )
    assert all(stat.S_IMODE((own / name).stat().st_mode) == 0o700 for name in ("home", "data", "tmp"))
    limits = Path(f"/proc/{child.process.pid}/limits").read_text()
    rows = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()}
    assert rows["Max address space"] == [str(512 * 1024**2)] * 2
    assert rows["Max open files"] == ["100", "100"]
    assert rows["Max core file size"] == ["0", "0"]
    assert os.getpriority(os.PRIO_PROCESS, child.process.pid) >= 7
    assert "512 M of address space, 100 descriptors, no core dumps, nice 7" in child.in_force
    assert "not isolated: network" in child.in_force
    assert "512 M" in isolation.describe()


def test_isolation_of_a_process_that_has_gone_is_not_claimed(services: Any, tmp_path: Path) -> None:
    """Nothing is said to be in force that cannot be read back."""
    child, _ = services.start("")
    child.popen.wait(20)
    isolation = Isolation(home=tmp_path / "h", data=tmp_path / "d", tmp=tmp_path / "t")
    isolation.limit(child.process.pid)
    assert "limits unknown" in isolation.describe(child.process.pid)


def test_a_child_that_is_left_behind_runs_on_without_complaint(services: Any) -> None:
    """The console goes, the service stays, and Popen does not warn of it."""
    child, _ = services.start("import signal; signal.pause()")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(child.popen, "returncode", None)
        child.leave()
        child.popen.__del__()
        assert msgspec.structs.astuple(child.process)[0] == child.popen.pid
        os.kill(child.popen.pid, 0)
