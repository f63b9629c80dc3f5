"""A laid-out reference system, and its services on free ports."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aurora_console.reference.core import start_core, stop_core
from aurora_console.reference.layout import lay_out


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def git(tree: Path, *arguments: str) -> str:
    """Return what plain git says."""
    return subprocess.run(
        ["git", "-C", str(tree), *arguments], check=True, capture_output=True, text=True, timeout=30
    ).stdout


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
    """Return the first true value of `condition`; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


class Services:
    """Programs of the reference system, started in a laid-out tree."""

    def __init__(self, tree: Path) -> None:
        self.tree = tree
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *module: str, port: int) -> str:
        """Start `python -m MODULE.. --port PORT`, wait until it is healthy, and return its address."""
        process = subprocess.Popen(
            [sys.executable, "-m", *module, "--port", str(port)],
            cwd=self.tree,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        url = f"http://127.0.0.1:{port}"

        def healthy() -> bool:
            assert process.poll() is None, f"{module[0]} ended with {process.returncode}"
            try:
                return httpx.get(f"{url}/health").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(healthy, f"{module[0]} being ready")
        return url

    def stop_all(self) -> list[int]:
        """Ask all to stop and return their exit codes."""
        for process in self.processes:
            process.terminate()
        return [process.wait(timeout=15) for process in self.processes]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Path]:
    """Lay out `main` in a folder; a core started there is stopped at the end."""
    directory = tmp_path / "aurora"
    lay_out(directory)
    yield directory
    stop_core(directory)


@pytest.fixture
def core(tree: Path) -> str:
    """Start the core in `tree` and return its address."""
    port = free_port()
    start_core(tree, port)
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def services(tmp_path: Path, tree: Path) -> Iterator[Services]:
    """Check `peak` out beside `tree`, for its services to run in."""
    peak = tmp_path / "peak"
    git(tree, "worktree", "add", "--quiet", str(peak), "peak")
    started = Services(peak)
    yield started
    started.stop_all()
