from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from aurora_console.errors import AuroraError
from aurora_console.reference.core import core_port, core_running, start_core, stop_core
from tests.reference.conftest import free_port, git, wait_for


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_gone(pid: int) -> bool:
    """Tell whether the process has ended; as a zombie too, since nobody may be there to collect it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_the_core_is_nobodys_child_here_and_has_its_own_session(tree: Path, core: str) -> None:
    """It runs as if an operator had started it before: no parent, terminal or pipe of ours."""
    pid = core_running(tree)
    assert pid is not None
    assert httpx.get(f"{core}/health").json()["pid"] == pid
    assert parent_of(pid) != os.getpid()
    assert os.getsid(pid) == pid
    assert Path(f"/proc/{pid}/fd/0").readlink() == Path("/dev/null")
    assert Path(f"/proc/{pid}/fd/1").readlink() == tree / "data" / "core.log"
    assert git(tree, "status", "--porcelain") == ""


def test_the_core_outlives_the_process_that_started_it(tree: Path) -> None:
    """Another process starts it and ends; it is found, and can be stopped, from here."""
    port = free_port()
    code = "import sys; from pathlib import Path; from aurora_console.reference.core import start_core; "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print(start_core(Path(sys.argv[1]), int(sys.argv[2])))", str(tree), str(port)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert core_running(tree) == int(done.stdout)
    assert core_port(tree) == port
    assert stop_core(tree)


def test_starting_again_takes_up_the_running_core(tree: Path, core: str) -> None:
    """Nothing is started twice; another port than before is refused."""
    pid = core_running(tree)
    port = int(core.rpartition(":")[2])
    assert start_core(tree, port) == pid
    with pytest.raises(AuroraError, match=f"runs already, on port {port}"):
        start_core(tree, free_port())


def test_stopping_ends_it_for_good(tree: Path, core: str) -> None:
    """The process is gone, the port is free, a second stop finds nothing."""
    pid = core_running(tree)
    assert pid is not None
    assert stop_core(tree)
    assert is_gone(pid)
    assert core_running(tree) is None
    assert not stop_core(tree)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{core}/health")
    assert start_core(tree, int(core.rpartition(":")[2])) != pid


def test_a_core_that_ignores_sigterm_is_killed(tree: Path) -> None:
    """The grace ends with SIGKILL."""
    script = tree / "aurora_core.py"
    script.write_text(
        script.read_text("utf-8")
        .replace("signal.signal(number, lambda *_: None)", "pass")
        .replace("        self._core.stopping.set()\n        super().handle_exit(sig, frame)", "        pass"),
        encoding="utf-8",
    )
    pid = start_core(tree, free_port())
    assert stop_core(tree)
    assert is_gone(pid)


def test_a_stranger_with_the_recorded_pid_is_left_alone(tree: Path, core: str) -> None:
    """The identity is pid and start time together."""
    assert core
    record = tree / "data" / "core.json"
    true_record = record.read_bytes()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        record.write_text(json.dumps(json.loads(true_record) | {"pid": stranger.pid}))
        assert core_running(tree) is None
        assert not stop_core(tree)
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n", timeout=10)
        record.write_bytes(true_record)


def test_a_taken_port_is_named_with_its_owner(tree: Path) -> None:
    """Port, pid and program are in the message, the way out in the hint; nothing was started."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        with pytest.raises(AuroraError, match=f"port {port} is in use by pid {os.getpid()}: ") as refused:
            start_core(tree, port)
    assert "--port-offset" in refused.value.hint
    assert core_running(tree) is None
    assert not (tree / "data").exists()


def test_a_core_that_cannot_start_says_why(tree: Path) -> None:
    """The end of its log is in the error."""
    (tree / "aurora_core.py").write_text("raise SystemExit('no sunrise today')\n")
    with pytest.raises(AuroraError, match="no sunrise today"):
        start_core(tree, free_port())
    assert core_running(tree) is None


def post(url: str, body: Any) -> Any:
    return httpx.post(url, json=body, timeout=30).json()


@pytest.mark.parametrize(
    ("pairs", "program"),
    [
        ([(1, 2), (5, 6)], "add(x, 1)"),
        ([("ab", "ba"), ("xyz", "zyx")], "mirror(x)"),
        ([([3, 1, 2], [1, 2, 3]), ([9, 8], [8, 9])], "sorted(x)"),
    ],
)
def test_it_solves_tasks_and_explains_them(core: str, pairs: list[tuple[Any, Any]], program: str) -> None:
    """Over integers, strings and lists; solved tasks are kept."""
    answer = post(f"{core}/api/synthesize", {"examples": [{"input": i, "output": o} for i, o in pairs]})
    assert (answer["solved"], answer["program"]) == (True, program)
    assert answer["steps"]
    assert answer["milliseconds"] > 0
    assert [task["program"] for task in httpx.get(f"{core}/api/solved").json()["solved"]] == [program]


def test_it_says_so_when_it_finds_nothing(core: str) -> None:
    """A task outside the language ends at the limit that the sender gave; nothing is stored."""
    primes = [{"input": n, "output": p} for n, p in enumerate((2, 3, 5, 7, 11, 13, 17), 1)]
    answer = post(f"{core}/api/synthesize", {"examples": primes, "seconds": 0.3})
    assert (answer["solved"], answer["program"], answer["steps"]) == (False, None, [])
    assert answer["reason"] == "not found within 0.3 s"
    assert httpx.get(f"{core}/api/solved").json()["total"] == 0


def test_solved_tasks_survive_a_restart(tree: Path, core: str) -> None:
    """They are the live data of the core."""
    assert post(f"{core}/api/chat", {"message": "1->2, 5->6"})["solved"]
    stop_core(tree)
    start_core(tree, int(core.rpartition(":")[2]))
    assert "add(x, 1)" in post(f"{core}/api/chat", {"message": "explain"})["reply"]


def test_every_endpoint_of_the_plan_answers_as_the_plan_expects(tree: Path, core: str) -> None:
    """The plan's own expectations hold on the running core."""
    plan = tomllib.loads((tree / "aurora.toml").read_text("utf-8"))
    for name, endpoint in plan["endpoints"].items():
        request, expect = endpoint["request"], endpoint["expect"]
        if "get" in request:
            answer = httpx.get(core + request["get"])
        else:
            answer = httpx.post(core + request["post"], json=request["json"])
        assert answer.status_code == expect["status"], name
        assert expect.get("body_has", "") in answer.text
        if "json" in expect or "json_has" in expect:
            body = answer.json()
            assert expect.get("json", {}).items() <= body.items(), name
            assert set(expect.get("json_has", [])) <= body.keys(), name


def test_a_search_under_way_does_not_delay_the_stop(tree: Path, core: str) -> None:
    """The search gives up and its sender still gets an answer."""
    primes = [{"input": n, "output": p} for n, p in enumerate((2, 3, 5, 7, 11, 13, 17), 1)]
    send = "import sys, httpx; print(httpx.post(sys.argv[1], content=sys.argv[2], timeout=30).text)"
    body = json.dumps({"examples": primes, "seconds": 10})
    sender = subprocess.Popen(
        [sys.executable, "-c", send, f"{core}/api/synthesize", body],
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: httpx.get(f"{core}/api/status").json()["searching"], "the search")
    assert stop_core(tree)
    reason = json.loads(sender.communicate(timeout=30)[0])["reason"]
    assert reason == "given up: the service is stopping" or reason.startswith("not found within 300000")
