"""A small vocabulary, and a plan that is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from aurora_console.plan.vocabulary import (
    Command,
    Duration,
    EndpointName,
    FileGlob,
    GateName,
    ServiceName,
    Size,
    TargetGlob,
    Vocabulary,
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A message from one service to another."""

    source: ServiceName = msgspec.field(name="from")
    to: ServiceName
    count: int = 1


class Monitor(msgspec.Struct, frozen=True, kw_only=True):
    """Looks at resources for a while."""

    services: tuple[ServiceName, ...]
    seconds: Duration = 5.0


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Runs a program; `exec` says nothing of being a command, `undo` does."""

    exec: tuple[str, ...]
    undo: Command = ()
    read_only: bool = False


class ImportFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Takes files of the target."""

    source: Literal["target"] = msgspec.field(name="from")
    paths: tuple[TargetGlob, ...]


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Looks at the work tree."""

    show: Literal["components", "overlap"] | None = None


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """A ceiling and a growth."""

    ceiling: Size | None = None
    growth: Size | None = None


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """Exits 0."""

    exec: tuple[str, ...]


RIGHT = """\
[system]
name = "demo"
protect = ["core.py", "templates/**"]

[limits]
action_timeout = "1m30s"

[targets]
response_time_increase = "20%"
memory = "4GB"

[services.core]
layer = "core"
exec = ["{python}", "core.py", "--port", "{port}"]
port = 5000
ready = { http = "/health" }
managed = false

[services.bridge]
layer = "parallel"
exec = ["{python}", "-m", "bridge", "--core", "http://127.0.0.1:{port:core}", "--data", "{data}"]
port = 5001
needs = ["core"]
ready = { http = "/health", timeout = "10s" }
stop = { grace = "250ms" }
env = { MODE = "quiet" }

[endpoints.chat]
service = "core"
request = { post = "/api/chat", json = { message = "help" } }
expect = { status = 200, json_has = ["reply"] }

[gates.chat]
title = "Chat still works"
check = { endpoints = ["chat"] }

[[phases]]
title = "Snapshot"
budget = "10m"
actions = [{ snapshot = true }, { inventory = true }, { backup-files = ["core.py"] }]

[[phases]]
title = "Bridge"
budget = "20m"
rollback = "services"
actions = [
    { start = ["bridge"], timeout = "20s" },
    { exchange = { from = "core", to = "bridge" } },
    { run = { exec = ["{python}", "-m", "unittest"], read_only = true } },
]
criteria = [{ running = ["bridge"], title = "Bridge runs" }, { gate = "chat" }, { memory = { growth = "64MB" } }]
"""


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """Return kinds of every shape: flags, lists, tables."""
    return Vocabulary(
        actions={
            "snapshot": bool,
            "inventory": Inventory,
            "start": tuple[ServiceName, ...],
            "exchange": Exchange,
            "monitor": Monitor,
            "run": Run,
            "import-files": ImportFiles,
            "backup-files": tuple[FileGlob, ...],
        },
        checks={
            "endpoints": tuple[EndpointName, ...],
            "running": tuple[ServiceName, ...],
            "gate": GateName,
            "memory": Memory,
            "program": Program,
            "branch": str,
        },
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with the files that the right plan speaks of."""
    (tmp_path / "core.py").write_text("")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "index.html").write_text("")
    return tmp_path


@pytest.fixture(scope="session")
def right() -> str:
    """Return the text of a plan that is right."""
    return RIGHT


@pytest.fixture
def write(root: Path) -> Callable[..., Path]:
    """Return a function that writes the right plan, each (old, new) replaced, and returns its path."""

    def write(*replacements: tuple[str, str], text: str = RIGHT) -> Path:
        for old, new in replacements:
            assert old in text, f"the plan has no {old!r} to replace"
            text = text.replace(old, new, 1)
        path = root / "aurora.toml"
        path.write_text(text)
        return path

    return write
