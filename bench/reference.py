"""The reference system for a bench: laid out in a temporary folder, with state and ports of its own, and taken down."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PORTS = (5000, 5001, 5005, 5010)
"""Those that the reference plan names."""
_PATIENCE = 180.0
"""Seconds for a whole run without a screen."""


@dataclass(frozen=True)
class Reference:
    """One reference system."""

    directory: Path
    offset: int
    """Added to every port of the plan."""
    environment: Mapping[str, str]
    """Points every child at state of its own."""

    @property
    def state_home(self) -> Path:
        """Where the console keeps its state."""
        return Path(self.environment["XDG_STATE_HOME"])

    @property
    def plan(self) -> Path:
        """The plan file."""
        return self.directory / "aurora.toml"

    def cockpit(self) -> list[str]:
        """Return the command that opens the cockpit on it."""
        return [*console("run"), str(self.plan), "--port-offset", str(self.offset)]

    def call(self, *arguments: str) -> str:
        """Run a subcommand of the console in its folder and return what it prints; CalledProcessError if it fails."""
        return subprocess.run(
            console(*arguments),
            cwd=self.directory,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        ).stdout

    def bring_in_everything(self) -> None:
        """Run every phase; its four services run afterwards."""
        self.call("run", str(self.plan), "--headless", "--approve", "all", "--port-offset", str(self.offset))


def console(*arguments: str) -> list[str]:
    """Return the command line of the console."""
    return [sys.executable, "-m", "aurora_console", *arguments]


@contextmanager
def reference_system() -> Iterator[Reference]:
    """Lay one out with its core running and its plan trusted; take everything down afterwards."""
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as folder:
        base = Path(folder)
        reference = Reference(base / "demo", free_offset(), own_state(base))
        arguments = ["demo", str(reference.directory), "--port-offset", str(reference.offset), "--headless"]
        # It ends with 4, for nobody approves anything; laid out and running is all that is wanted here.
        subprocess.run(
            console(*arguments),
            env={**os.environ, **reference.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
        try:
            yield reference
        finally:
            reference.call("demo", str(reference.directory), "--down")


def own_state(base: Path) -> dict[str, str]:
    """Return the environment that keeps state, data and configuration below `base`."""
    return {f"XDG_{name}_HOME": str(base / name.lower()) for name in ("STATE", "DATA", "CONFIG", "CACHE")}


def free_offset() -> int:
    """Return a port offset with which every port of the reference plan is free."""
    while True:
        offset = random.randrange(15000, 50000, 20)
        if all(_is_free(port + offset) for port in PORTS):
            return offset


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
