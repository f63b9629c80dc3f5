"""What a plan's words hold for a terminal to obey never reaches it from a subcommand."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aurora_console.session import trust_store
from aurora_console.text import escaped
from tests.demo import free_offset
from tests.terminal.small import SmallSystem

HOSTILE = r"\u001b]52;c;aGk=\u0007\u009b31m\u202e"


@pytest.fixture
def system(tmp_path: Path, own_state: Path) -> Iterator[SmallSystem]:
    """Lay out a trusted system whose titles are hostile, the gate of its last phase closed; stop it afterwards."""
    system = SmallSystem(tmp_path / "small", free_offset(), own_state)
    system.lay_out()
    text = system.plan.read_text()
    for title in ("Look back", "Start work", "Wait long", "Wait for it", "Say one"):
        text = text.replace(f'"{title}"', f'"{HOSTILE}{title}"')
    text = text.replace('criteria = [{ running = ["worker"] }]', f'criteria = [{{ branch = "{HOSTILE}" }}]')
    system.plan.write_text(text)
    trust_store().trust(system.plan, hashlib.sha256(text.encode()).hexdigest(), text)
    try:
        yield system
    finally:
        system.take_down()


def assert_safe(done: subprocess.CompletedProcess[str]) -> None:
    """Check that there is something, and that a terminal would only print it."""
    words = done.stdout + done.stderr
    assert words
    assert "Traceback" not in words
    assert [one for one in words if not one.isprintable() and one != "\n"] == []


def test_no_subcommand_hands_them_on(system: SmallSystem) -> None:
    """Neither as text nor as JSON, which still says the same."""
    system.go.touch()
    offset = ("--port-offset", str(system.offset))
    first = system.run("run", "--headless", "--approve", "all", "--until", "1", *offset)
    assert_safe(first)
    assert first.returncode == 0, first.stderr
    second = system.run("run", "--headless", "--json", "--approve", "all", "--until", "2", *offset)
    assert_safe(second)
    title = json.loads(f'"{HOSTILE}Start work"')
    assert_safe(system.run("approve"))
    paused = system.run("run", "--headless", "--approve", "all", *offset)
    assert_safe(paused)
    assert "paused: " in paused.stderr
    for words in (
        ("status",),
        ("journal",),
        ("journal", "--json"),
        ("logs", "worker"),
        ("logs", json.loads(f'"{HOSTILE}"')),
        ("snapshot", "show"),
        ("rollback", "all", "--preview"),
        ("rollback", "all"),
        ("status",),
    ):
        assert_safe(system.run(*words))
    status = system.run("status", "--json")
    assert_safe(status)
    assert json.loads(status.stdout)["phases"][1]["outline"]["title"] == title


def test_escaped_json_says_the_same() -> None:
    """Words of any script stay as they are."""
    value = 'é 測 \x7f\x9b\u202e\u2028\U000e0001 \\ "'
    line = escaped(json.dumps(value, ensure_ascii=False))
    assert line.isprintable()
    assert json.loads(line) == value
    assert "é 測" in line
