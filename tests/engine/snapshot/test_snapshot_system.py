"""Processes and ports are recorded so that a later look can be compared."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aurora_console.engine.snapshot import system
from aurora_console.engine.supervise.identity import identify

_SERVER = (
    "import socket, sys; server = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
    "print('up', flush=True); sys.stdin.read()"
)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def _server(port: int) -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        yield child.pid
        child.kill()


def test_what_still_runs_is_as_before_and_what_was_replaced_is_not() -> None:
    """The same process on the same port is as before; a free port, a new process, a new service are differences."""
    ports = {"core": _free_port(), "other": _free_port(), "idle": _free_port()}
    with _server(ports["core"]) as core:
        with _server(ports["other"]):
            before = system.capture(ports)
            held = {one.service: one for one in before.services}
            assert held["core"].process == identify(core)
            assert "import socket" in held["core"].program
            assert (held["idle"].listening, held["idle"].process) == (False, None)
            same, different = system.compare(before, system.capture(ports))
            assert (len(same), different) == (3, ())
        same, different = system.compare(before, system.capture(ports))
        assert [line.split(":")[0] for line in same] == ["core", "idle"]
        assert f"port {ports['other']} free" in different[0]
        with _server(ports["other"]):
            _, different = system.compare(before, system.capture(ports))
            assert different[0].startswith("other: ")


def test_service_without_a_port_is_known_by_its_process() -> None:
    """It runs while that very process runs."""
    with _server(_free_port()) as pid:
        leader = identify(pid)
        assert leader is not None
        before = system.capture({}, {"worker": leader})
        assert before.services[0].process == leader
    same, different = system.compare(before, system.capture({}, {"worker": leader}))
    assert same == ()
    assert different == (f"worker: runs as pid {pid} before, now does not run",)
    _, different = system.compare(before, system.capture({}))
    assert different == (f"worker: looked at only before: runs as pid {pid}",)
