"""Real services for supervision to deal with: small scripts, each started and ended by the test that asks for it."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from aurora_console.clock import SystemClock
from aurora_console.engine.supervise.identity import members
from aurora_console.engine.supervise.isolation import Isolation
from aurora_console.engine.supervise.spawn import Child, Launch, spawn

DEADLINE = 20.0


def _launch(folder: Path, script: str, *arguments: str, **options: object) -> Launch:
    name = f"service-{secrets.token_hex(4)}"
    program = folder / f"{name}.py"
    program.write_text(dedent(script))
    isolate = options.get("isolate")
    assert isolate is None or isinstance(isolate, Isolation)
    return Launch(
        argv=(sys.executable, "-S", str(program), *arguments),
        cwd=folder,
        log=folder / "logs" / f"{name}.log",
        token=name,
        pycache=folder / "pycache",
        isolate=isolate,
    )


class Services:
    """Starts scripts, and knows what to end when the test is over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[tuple[Child, Launch]] = []

    def start(self, script: str, *arguments: str, **options: object) -> tuple[Child, Launch]:
        """Start `script` and return the child and how it was launched."""
        launch = _launch(self.folder, script, *arguments, **options)
        child = spawn(launch)
        self.started.append((child, launch))
        return child, launch

    def end(self) -> None:
        """Kill whatever is left of everything that was started."""
        for child, launch in self.started:
            for process in members(child.process, launch.token):
                os.kill(process.pid, signal.SIGKILL)
            child.popen.wait(DEADLINE)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Start services, and end them with the test."""
    found = Services(tmp_path)
    yield found
    found.end()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition; fail when it does not come true."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.01)

    return wait


@pytest.fixture
def clock() -> SystemClock:
    """Give the machine's clock."""
    return SystemClock()


@pytest.fixture
def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
