"""The reference system for tests: laid out, driven through the command line, looked at with tools that are not ours."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aurora_console.demonstration import prepare
from aurora_console.reference.core import core_running, stop_core
from aurora_console.session import find_state, read_state
from aurora_console.state.model import RunState

PORTS = (5000, 5001, 5005, 5010)
PATIENCE = 60.0
"""Seconds after which a condition that does not come true fails a test; never a measure of speed."""


def isolate(base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the XDG folders of this process and its children into `base`."""
    for name in ("STATE", "DATA", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(base / name.lower()))
    return base


def free_offset() -> int:
    """Return a port offset with which every port of the reference plan is free."""
    for _ in range(200):
        offset = random.randrange(15000, 50000, 20)
        if all(_is_free(port + offset) for port in PORTS):
            return offset
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until `condition` is true; fail after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(0.02)


@dataclass
class Demo:
    """One reference system."""

    directory: Path
    offset: int
    xdg: Path
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def plan(self) -> Path:
        """The plan file."""
        return self.directory / "aurora.toml"

    def lay_out(self) -> None:
        """Lay it out and start its core."""
        prepare(self.directory, self.offset)

    def hasten(self) -> None:
        """Have the plan watch and measure for a shorter time, and trust it so; other tests may slow answers down."""
        text = (
            self.plan.read_text().replace('seconds = "5s"', 'seconds = "1s"').replace("requests = 120", "requests = 50")
        )
        self.plan.write_text(text.replace('response_time_floor = "10ms"', 'response_time_floor = "2s"'))
        trusted = self.run("trust", "-y")
        assert trusted.returncode == 0, trusted.stderr

    def start(self, *arguments: str, fault: str = "") -> subprocess.Popen[str]:
        """Start `aurora-console` with `arguments` in the demo's folder; a `fault` kills it at that crash point."""
        child = subprocess.Popen(
            [sys.executable, "-m", "aurora_console", *arguments],
            cwd=self.directory if self.directory.exists() else self.directory.parent,
            env=os.environ | ({"AURORA_CONSOLE_FAULT": fault} if fault else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(child)
        return child

    def run(self, *arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        """Run `aurora-console` with `arguments` to its end."""
        child = self.start(*arguments, fault=fault)
        out, err = child.communicate(timeout=PATIENCE * 2)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def headless(self, *arguments: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        """Run the plan without a screen."""
        offset = ("--port-offset", str(self.offset))
        return self.run("run", "--headless", "--json", *offset, *arguments, fault=fault)

    def events(self, finished: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
        """Return the events that a headless run printed."""
        return [json.loads(line) for line in finished.stdout.splitlines()]

    def state(self) -> RunState:
        """Return what the journal adds up to."""
        folder = find_state(self.plan)
        assert folder is not None
        return read_state(folder)

    def take_down(self) -> None:
        """End every process that this object started, and every service that the journal says was started."""
        for child in self._started:
            if child.poll() is None:
                child.kill()
            child.communicate()
        for pid in marked_processes(self.xdg):
            os.kill(pid, signal.SIGKILL)
        stop_core(self.directory)

    def fingerprint(self) -> dict[str, object]:
        """Return what a rollback must bring back, as seen by plain git, /proc and sha256."""
        return {
            "files": tree_digest(self.directory),
            "index": hashlib.sha256((self.directory / ".git" / "index").read_bytes()).hexdigest(),
            "status": git(self.directory, "status", "--porcelain=v2", "--branch"),
            "refs": refs(self.directory),
            "head": git(self.directory, "rev-parse", "HEAD"),
            "core": core_running(self.directory),
            "listening": [port for port in PORTS if port + self.offset in listening_ports()],
            "processes": marked_processes(self.xdg),
        }


def listening_ports() -> set[int]:
    """Return the TCP ports that somebody listens on; one that is only in TIME_WAIT after its last connection is not."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def git(directory: Path, *arguments: str) -> str:
    """Return what plain git says; it must not refresh the index that is being looked at."""
    return subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def refs(directory: Path) -> dict[str, str]:
    """Return every ref but the console's own."""
    lines = git(directory, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    found = dict(line.split(" ") for line in lines)
    ours = ("refs/aurora/", "refs/heads/pre-peak-integration-backup")
    return {name: sha for name, sha in found.items() if not name.startswith(ours)}


def tree_digest(directory: Path) -> dict[str, str]:
    """Return path -> sha256 and mode of everything in the work tree but `.git` and the core's live data."""
    found = {}
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if relative.parts[0] in {".git", "data"}:
            continue
        if path.is_dir():
            found[str(relative)] = "directory"
        else:
            found[str(relative)] = f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mode:o}"
    return found


def marked_processes(xdg: Path) -> list[int]:
    """Return the services that a console of this test has started: their environment names its state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:  # gone, or another user's
            continue
        if b"AURORA_INSTANCE=" in environment and os.fsencode(f"{xdg}/") in environment:
            found.append(int(entry.name))
    return sorted(found)
