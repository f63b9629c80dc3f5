from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aurora_console.plan.check import check
from aurora_console.plan.vocabulary import Vocabulary

Write = Callable[..., Path]

BRIDGE_EXEC = 'exec = ["{python}", "-m", "bridge", "--core", "http://127.0.0.1:{port:core}", "--data", "{data}"]'
CHAT_REQUEST = 'request = { post = "/api/chat", json = { message = "help" } }'

# What is replaced in the right plan, by what, the line and key of the one problem, and words in it.
WRONG = [
    ('name = "demo"', 'name = "demo', 2, "", "not TOML"),
    ('name = "demo"', 'nam = "demo"', 2, "system.nam", "did you mean 'name'?"),
    ('name = "demo"', 'name = "../x"', 2, "system.name", "cannot name a folder"),
    ('name = "demo"', 'name = "demo"\ntarget = "--upload-pack=x"', 3, "system.target", "cannot be the name"),
    ('name = "demo"', 'name = "a\\u0000b"', 2, "system.name", "NUL"),
    ('"templates/**"]', '\n  "tmplates/**"]', 4, "system.protect[2]", "matches no file"),
    ('"templates/**"', '"../x"', 3, "system.protect[2]", "leads out of"),
    ("[limits]", "[limit]", 5, "limit", "did you mean 'limits'?"),
    ('"1m30s"', "90", 6, "limits.action_timeout", "expected a duration with its unit in quotes, found a whole number"),
    ('"1m30s"', '"90 seconds"', 6, "limits.action_timeout", "'90 seconds' is not a duration"),
    ('"1m30s"', '"0s"', 6, "limits.action_timeout", "must be > 0.0"),
    ('"20%"', '"20"', 9, "targets.response_time_increase", "is not a percentage"),
    ('memory = "4GB"', 'memory = "4 gigs"', 10, "targets.memory", "is not a size"),
    ("managed = false", "managed = 0", 17, "services.core.managed", "expected true or false, found a whole number"),
    ('layer = "parallel"', 'layer = "paralel"', 20, "services.bridge.layer", "'paralel' is not one of"),
    ('layer = "parallel"\n', "", 19, "services.bridge", "'layer' is missing"),
    ('"{python}", "-m"', '"no-such-program-x", "-m"', 21, "services.bridge.exec[1]", "no program 'no-such-program-x'"),
    ('"{python}", "-m"', '"./bridge.sh", "-m"', 21, "services.bridge.exec[1]", "no program './bridge.sh'"),
    ('"{python}", "-m"', '"./core.py", "-m"', 21, "services.bridge.exec[1]", "not executable  (chmod +x ./core.py)"),
    ('"{python}", "-m"', '"{pyton}", "-m"', 21, "services.bridge.exec[1]", "did you mean 'python'?"),
    ("{port:core}", "{port:croe}", 21, "services.bridge.exec[5]", "did you mean 'core'?"),
    ("{port:core}", "{port:loner}", 21, "services.bridge.exec[5]", "unknown service 'loner' in {port:loner}"),
    (BRIDGE_EXEC + "\n", "", 19, "services.bridge.exec", "has nothing to run"),
    ("port = 5001", 'port = "5001"', 22, "services.bridge.port", "expected a whole number, found text"),
    ("port = 5001", "port = 5000", 22, "services.bridge.port", "port 5000 is that of 'core' as well"),
    ("port = 5001", "port = 70000", 22, "services.bridge.port", "must be <= 65535"),
    (
        'needs = ["core"]',
        'needs = ["cor"]',
        23,
        "services.bridge.needs[1]",
        "unknown service 'cor'  (did you mean 'core'",
    ),
    ('needs = ["core"]', 'needs = ["bridge"]', 23, "services.bridge.needs", "bridge needs bridge"),
    ('{ http = "/health", timeout', "{ timeout", 24, "services.bridge.ready", "says no way"),
    ('"/health", timeout', '"/health", tcp = true, timeout', 24, "services.bridge.ready", "2 ways"),
    ('"/health", timeout', '"health", timeout', 24, "services.bridge.ready.http", "is not a path"),
    ("port = 5001\n", "", 23, "services.bridge.ready", "needs a port"),
    ('"250ms"', '"250"', 25, "services.bridge.stop.grace", "is not a duration"),
    ("MODE", '"MY-MODE"', 26, "services.bridge.env.MY-MODE", "cannot name an environment variable"),
    ('"quiet"', '"{prot}"', 26, "services.bridge.env.MODE", "did you mean 'port'?"),
    ('service = "core"', 'service = "cores"', 29, "endpoints.chat.service", "unknown service 'cores'"),
    (CHAT_REQUEST, "request = {}", 30, "endpoints.chat.request", "has neither"),
    ('{ post = "/api/chat",', '{ post = "/api/chat", get = "/x",', 30, "endpoints.chat.request", "has both"),
    ('"/api/chat"', '"api/chat"', 30, "endpoints.chat.request.post", "is not a path"),
    ('message = "help"', "message = 07:30:00", 30, "endpoints.chat.request.json.message", "cannot be sent as JSON"),
    ("status = 200", "status = 2000", 31, "endpoints.chat.expect.status", "must be <= 599"),
    ('endpoints = ["chat"]', 'endpoints = ["chatt"]', 35, "gates.chat.check.endpoints[1]", "did you mean 'chat'?"),
    ('endpoints = ["chat"]', 'gate = "chat"', 35, "gates.chat.check", "refers to itself: chat → chat"),
    ('endpoints = ["chat"]', 'endpoint = ["chat"]', 35, "gates.chat.check.endpoint", "did you mean 'endpoints'?"),
    ("snapshot = true", "snapshot = false", 40, "phases[1].actions[1].snapshot", "takes no arguments"),
    ("snapshot = true", "exchange = true", 40, "phases[1].actions[1].exchange", "needs arguments: from, to"),
    ("{ snapshot = true }", "{ }", 40, "phases[1].actions[1]", "says no action"),
    ("{ snapshot = true }", '"snapshot"', 40, "phases[1].actions[1]", "expected a table"),
    (
        'backup-files = ["core.py"]',
        'backup-files = ["cor.py"]',
        40,
        "phases[1].actions[3].backup-files[1]",
        "matches no",
    ),
    ('title = "Bridge"', 'title = "Bridge"\nnumber = 1', 44, "phases[2].number", "another phase is number 1"),
    ('"services"', '"service"', 45, "phases[2].rollback", "'service' is not one of"),
    ('start = ["bridge"]', 'strat = ["bridge"]', 47, "phases[2].actions[1].strat", "did you mean 'start'?"),
    ('start = ["bridge"]', 'running = ["bridge"]', 47, "phases[2].actions[1].running", "is a check, not an action"),
    ('start = ["bridge"]', 'start = ["brigde"]', 47, "phases[2].actions[1].start[1]", "did you mean 'bridge'?"),
    ('["bridge"], timeout', '["bridge"], snapshot = true, timeout', 47, "phases[2].actions[1]", "more than one action"),
    ('from = "core", to', 'form = "core", from = "core", to', 48, "phases[2].actions[2].exchange.form", "'from'?"),
    ('to = "bridge"', 'to = "bridges"', 48, "phases[2].actions[2].exchange.to", "unknown service 'bridges'"),
    ('"{python}", "-m", "unittest"', '"no-such-x"', 49, "phases[2].actions[3].run.exec[1]", "no program 'no-such-x'"),
    ('"unittest"', '"{port}"', 49, "phases[2].actions[3].run.exec[3]", "{port} belongs to a service"),
    ("read_only = true", 'undo = ["no-such-x"]', 49, "phases[2].actions[3].run.undo[1]", "no program 'no-such-x'"),
    ('gate = "chat"', 'gate = "chta"', 51, "phases[2].criteria[2].gate", "unknown gate 'chta'"),
    ('"64MB"', "64", 51, "phases[2].criteria[3].memory.growth", "expected a size with its unit"),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), WRONG, ids=[f"{new[:40]}" for _, new, *_ in WRONG])
def test_each_mistake_is_one_problem_at_its_place(
    old: str, new: str, line: int, key: str, words: str, write: Write, vocabulary: Vocabulary
) -> None:
    """Its line, its key and the words that help."""
    path = write((old, new))
    (problem,) = check(path, vocabulary)
    assert (problem.file, problem.line, problem.key) == (str(path), line, key)
    assert words in str(problem)


def test_a_right_plan_has_no_problem(write: Write, vocabulary: Vocabulary) -> None:
    """As it is."""
    assert check(write(), vocabulary) == ()


def test_all_problems_are_told_at_once_in_the_order_of_the_file(write: Write, vocabulary: Vocabulary) -> None:
    """One wrong table does not hide what is wrong in another, nor what is wrong between them."""
    path = write(
        ('"1m30s"', '"soon"'),
        ('layer = "core"', 'layer = "cor"'),
        ("port = 5001", "prot = 5001"),
        ('needs = ["core"]', 'needs = ["croe"]'),
        ('start = ["bridge"]', 'strat = ["bridge"]'),
        ('gate = "chat"', 'gate = "chta"'),
    )
    problems = check(path, vocabulary)
    assert {problem.key for problem in problems} >= {
        "limits.action_timeout",
        "services.core.layer",
        "services.bridge.prot",
        "services.bridge.needs[1]",
        "phases[2].actions[1].strat",
        "phases[2].criteria[2].gate",
    }
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert str(problems[0]) == (
        f"{path}:6: limits.action_timeout: 'soon' is not a duration"
        '  (write a number and a unit (ms, s, m, h or d), such as "30s" or "10m")'
    )


def test_a_cycle_is_shown(write: Write, vocabulary: Vocabulary) -> None:
    """Each service on it by name."""
    path = write(("managed = false", 'managed = false\nneeds = ["bridge"]'))
    (problem,) = check(path, vocabulary)
    assert "core needs bridge needs core" in problem.message


def test_gates_that_refer_to_each_other_are_shown(write: Write, vocabulary: Vocabulary) -> None:
    """However long the chain."""
    path = write(
        ('endpoints = ["chat"]', 'gate = "b"'),
        ("[[phases]]", '[gates.b]\ntitle = "B"\ncheck = { gate = "chat" }\n\n[[phases]]'),
    )
    (problem,) = check(path, vocabulary)
    assert problem.message == "refers to itself: chat → b → chat"


def test_a_plan_without_phases_or_a_phase_without_actions_is_empty(write: Write, vocabulary: Vocabulary) -> None:
    """There would be nothing to approve."""
    system = '[system]\nname = "demo"\n'
    (problem,) = check(write(text=system), vocabulary)
    assert problem.message == "there is no phase"
    (problem,) = check(write(text=system + '[[phases]]\ntitle = "x"\nactions = []\n'), vocabulary)
    assert (problem.line, problem.key) == (5, "phases[1].actions")


def test_an_endpoint_needs_a_service_with_a_port(write: Write, vocabulary: Vocabulary) -> None:
    """Otherwise there is nothing to ask."""
    path = write(
        ("port = 5001\n", ""),
        ('ready = { http = "/health", timeout = "10s" }', 'ready = { log = "up" }'),
        ('service = "core"', 'service = "bridge"'),
    )
    (problem,) = check(path, vocabulary)
    assert (problem.key, problem.message) == ("endpoints.chat.service", "'bridge' has no port to ask")


def test_a_port_offset_must_leave_ports_that_exist(write: Write, vocabulary: Vocabulary) -> None:
    """Each port that falls out is named."""
    assert check(write(), vocabulary, port_offset=60534) == ()
    problems = check(write(), vocabulary, port_offset=60535)
    assert [problem.key for problem in problems] == ["services.bridge.port"]


def test_a_program_may_lie_in_the_root_or_come_with_the_target(write: Write, vocabulary: Vocabulary) -> None:
    """A file that an action brings in need not exist yet."""
    path = write(
        ('"{python}", "-m", "bridge"', '"bin/bridge"'),
        ("{ snapshot = true }", '{ import-files = { from = "target", paths = ["bin/**"] } }'),
    )
    assert check(path, vocabulary) == ()
    program = path.parent / "here.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert check(write(('"{python}", "-m", "bridge"', '"{root}/here.sh"')), vocabulary) == ()
    (problem,) = check(write(('"{python}", "-m", "bridge"', '"here.sh"')), vocabulary)
    assert problem.hint == "write './here.sh' for the one in the root"


def test_what_only_looks_like_a_placeholder_is_text(write: Write, vocabulary: Vocabulary) -> None:
    """Shell variables, JSON, awk, and a doubled placeholder."""
    path = write(('MODE = "quiet"', """MODE = '${HOME} {"a":{"b":1}} {print $1} {{python}}'"""))
    assert check(path, vocabulary) == ()


def test_a_hostile_name_does_not_reach_the_terminal(write: Write, vocabulary: Vocabulary) -> None:
    """Neither as a key nor as a value."""
    path = write(("[gates.chat]", '[gates."\\u001b]0;gone\\u0007"]'), ('"quiet"', '"{x:\\u001b[2J}"'))
    problems = check(path, vocabulary)
    assert problems
    assert all(str(problem).isprintable() for problem in problems)


def test_nothing_is_concluded_from_what_is_wrong_itself(write: Write, vocabulary: Vocabulary) -> None:
    """A port that cannot be read is not a missing port; a command that cannot be read is not a missing command."""
    path = write(("port = 5001", 'port = "5001"'), (BRIDGE_EXEC, 'exec = "bridge --port {port}"'))
    assert [problem.key for problem in check(path, vocabulary)] == ["services.bridge.exec", "services.bridge.port"]
