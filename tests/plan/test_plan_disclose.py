from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aurora_console.plan.disclose import visible, what_runs
from aurora_console.plan.load import load
from aurora_console.plan.vocabulary import Duration, Vocabulary

Write = Callable[..., Path]


def test_all_that_a_plan_would_do_is_told(write: Write, vocabulary: Vocabulary) -> None:
    """Programs with their arguments, ports, requests, files, commands of steps and of their undo."""
    path = write(
        ("managed = false", 'managed = false\nrecover = ["systemctl", "restart", "demo core"]'),
        ("read_only = true", 'undo = ["{python}", "undo.py"]'),
    )
    assert what_runs(load(path, vocabulary, port_offset=10)) == [
        f"in      {path.parent}",
        "watches core: {python} core.py --port 5010",
        "offers  core: systemctl restart 'demo core'",
        "runs    bridge: {python} -m bridge --core http://127.0.0.1:5010 --data {data}",
        "sets    bridge: MODE=quiet",
        "listens bridge: 127.0.0.1:5011",
        'asks    chat: POST 127.0.0.1:5010/api/chat {"message": "help"}',
        "gate    chat: endpoints chat",
        "phase 1 does snapshot",
        "phase 1 does inventory show: null",
        "phase 1 does backup-files core.py",
        "phase 2 does start bridge",
        "phase 2 does exchange from: core, to: bridge, count: 1",
        'phase 2 does run exec: {python} -m unittest, undo: ["{python}", "undo.py"], read_only: false',
        "phase 2 asks running bridge",
        "phase 2 asks gate chat",
        "phase 2 asks memory ceiling: null, growth: 67108864",
        "writes  git branch pre-peak-integration-backup and refs/aurora/*",
    ]


def test_nothing_can_hide_in_what_a_terminal_does_not_show(write: Write, vocabulary: Vocabulary) -> None:
    """Escape sequences, invisible and bidirectional characters are written out, and long commands are whole."""
    command = 'exec = ["{python}", "-c", "a\\u001b]0;evil()\\u0007b\\u200b\\u202e", "' + "x" * 5000 + 'end", '
    lines = what_runs(load(write(('exec = ["{python}", "-m", ', command)), vocabulary))
    (line,) = (one for one in lines if one.startswith("runs"))
    assert "a\\x1b]0;evil()\\x07b\\u200b\\u202e" in line
    assert "x" * 5000 + "end" in line
    assert visible("füße\n") == "füße\\n"


def test_an_action_that_takes_a_mere_number_is_told(write: Write, vocabulary: Vocabulary) -> None:
    """What a plan says in one quantity is shown as that."""
    wider = Vocabulary({**vocabulary.actions, "wait": Duration}, vocabulary.checks)
    lines = what_runs(load(write(("{ snapshot = true }", '{ wait = "30s" }')), wider))
    assert "phase 1 does wait 30.0" in lines
