"""`aurora-console journal`: the same as the panel, for pipes."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from aurora_console.cli import cli
from aurora_console.state import events as e
from aurora_console.state.folder import StateFolder
from tests.ui.journals import written
from tests.visual import scenarios
from tests.visual.scenarios import Story

PATIENCE = 30.0


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Story]:
    """Return the place of a plan, and the story that its journal tells."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "UTC")
    root = tmp_path / "system"
    root.mkdir()
    story = scenarios._incident()
    written(StateFolder.for_root(root, "aurora").path, story.records)
    return root / "aurora.toml", story


def run(*words: str) -> str:
    """Run the subcommand and return what it printed."""
    done = CliRunner().invoke(cli, ["journal", *words], standalone_mode=False)
    assert done.exception is None, done.output
    return done.output


def test_every_record_is_a_line(system: tuple[Path, Story]) -> None:
    """With its time, kind, phase and words; trouble has a sign."""
    plan, story = system
    lines = run("-p", str(plan)).splitlines()
    assert len(lines) == len(story.records)
    assert any("  ! gate       4  Chat still works: fail" in line for line in lines)


def test_filters_are_those_of_the_panel(system: tuple[Path, Story]) -> None:
    """Kind, phase, person and words."""
    plan, story = system
    gates = [json.loads(line) for line in run("-p", str(plan), "--json", "--kind", "gate").splitlines()]
    assert [one["seq"] for one in gates] == [r.seq for r in story.records if isinstance(r.event, e.GateJudged)]
    assert len(run("-p", str(plan), "--kind", "gate", "--phase", "4", "--text", "CHAT").splitlines()) == 1
    assert "approved by deploy" in run("-p", str(plan), "--who", "deploy from 10.0.0.7")


def test_without_a_run_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has been journaled."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    done = CliRunner().invoke(cli, ["journal", "-p", str(tmp_path / "aurora.toml")], standalone_mode=False)
    assert "nothing has been run here yet" in str(done.exception)


def test_follow_goes_on_with_what_is_written(system: tuple[Path, Story]) -> None:
    """Another process appends, and the line comes; ctrl+c ends it."""
    plan, story = system
    command = [sys.executable, "-m", "aurora_console", "journal", "-p", str(plan), "--json", "--follow"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ), start_new_session=True)
    assert process.stdout is not None
    try:
        seen = _lines(process, len(story.records))
        story.tell(e.IncidentClosed(), after=3)
        folder = StateFolder.find(plan.parent)
        assert folder is not None
        written(folder.path, story.records)
        seen += _lines(process, 1)
        assert [json.loads(line)["seq"] for line in seen] == [record.seq for record in story.records]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        process.stdout.close()


def _lines(process: subprocess.Popen[bytes], count: int) -> list[bytes]:
    """Read `count` lines; fail when they do not come."""
    assert process.stdout is not None
    deadline, data = time.monotonic() + PATIENCE, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while data.count(b"\n") < count:
            assert selector.select(max(0.0, deadline - time.monotonic())), data
            data += os.read(process.stdout.fileno(), 65536)
    return data.splitlines()
