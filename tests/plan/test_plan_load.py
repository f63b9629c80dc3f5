from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aurora_console.plan.load import load, read_text
from aurora_console.plan.model import Ready, Step
from aurora_console.plan.problems import PlanError
from aurora_console.plan.vocabulary import Vocabulary

Write = Callable[..., Path]


def test_a_right_plan_is_loaded_with_its_units_and_steps(write: Write, vocabulary: Vocabulary) -> None:
    """Durations are seconds, sizes bytes, percentages fractions, steps typed by the vocabulary."""
    path = write()
    plan = load(path, vocabulary)
    assert plan.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (plan.path, plan.root) == (str(path), str(path.parent))
    assert plan.limits.action_timeout == 90
    assert plan.targets.memory == 4 * 1024**3
    assert plan.services["bridge"].stop.grace == 0.25
    assert plan.services["bridge"].ready == Ready(http="/health", timeout=10.0)
    assert plan.phases[1].budget == 1200
    assert [phase.number for phase in plan.phases] == [1, 2]
    snapshot, inventory, backup = plan.phases[0].actions
    assert snapshot == Step(kind="snapshot", args=True)
    assert inventory.args.show is None
    assert backup.args == ("core.py",)
    start, exchange, _run = plan.phases[1].actions
    assert (start.args, start.timeout) == (("bridge",), 20.0)
    assert (exchange.args.source, exchange.args.to, exchange.args.count) == ("core", "bridge", 1)
    runs, gate, memory = plan.phases[1].criteria
    assert runs.title == "Bridge runs"
    assert gate.args == "chat"
    assert memory.args.growth == 64 * 1024**2


def test_the_port_offset_shifts_ports_and_not_the_digest(write: Write, vocabulary: Vocabulary) -> None:
    """What was trusted stays trusted."""
    path = write()
    shifted = load(path, vocabulary, port_offset=100)
    assert shifted.port("bridge") == 5101
    assert shifted.services["bridge"].port == 5001
    assert shifted.digest == load(path, vocabulary).digest


def test_a_gate_says_itself_what_its_failure_leads_to(write: Write, vocabulary: Vocabulary) -> None:
    """`on_fail` beside the check is the check's."""
    path = write(('title = "Chat still works"', 'title = "Chat"\non_fail = "rollback"'))
    assert load(path, vocabulary).gates["chat"].check.on_fail == "rollback"


def test_phases_keep_the_numbers_that_the_file_gives_them(write: Write, vocabulary: Vocabulary) -> None:
    """So that a part of a longer plan keeps the numbers that people know."""
    path = write(('title = "Bridge"', 'title = "Bridge"\nnumber = 5'))
    assert [phase.number for phase in load(path, vocabulary).phases] == [1, 5]


def test_a_linked_plan_has_its_root_where_the_file_lies(write: Write, vocabulary: Vocabulary, tmp_path: Path) -> None:
    """A link elsewhere does not move the work tree."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.toml").symlink_to(write())
    assert load(elsewhere / "link.toml", vocabulary).root == str(tmp_path)


def test_the_exact_text_is_given_for_trust(write: Write, vocabulary: Vocabulary) -> None:
    """Line ends included, so that its digest is the plan's."""
    path = write()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert hashlib.sha256(read_text(path).encode()).hexdigest() == load(path, vocabulary).digest


@pytest.mark.parametrize("make", ["missing", "folder", "pipe", "bytes", "huge"])
def test_what_is_no_plan_file_is_a_plan_error(make: str, tmp_path: Path, vocabulary: Vocabulary) -> None:
    """With the path in it, and without waiting for a pipe's writer."""
    path = tmp_path / "aurora.toml"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "bytes":
        path.write_bytes(b'[system]\nname = "\xff"\n')
    elif make == "huge":
        path.write_text("#" * 300_000)
    with pytest.raises(PlanError) as caught:
        load(path, vocabulary)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{path}:2:" if make == "bytes" else f"{path}: cannot" if make != "missing" else "")
    assert problem.message


def test_loading_a_plan_brings_in_nothing_slow() -> None:
    """The console starts with this."""
    heavy = "{'git', 'httpx', 'psutil', 'textual', 'rich', 'asyncio'}"
    code = f"import sys, aurora_console.plan.check, aurora_console.plan.trust; print({heavy} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "set()"
