"""Requests reach the engine exactly once, whoever leaves them and whatever else lies in the inbox."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.state.inbox import LARGEST, Inbox
from aurora_console.state.requests import ApprovePhase, Pause, RollBack, Ticket
from aurora_console.state.values import Actor

ACTOR = Actor(user="deploy", origin="10.0.0.5", via="command line")


def ticket(id_: str) -> Ticket:
    return Ticket(id=id_, actor=ACTOR, request=RollBack(scope="all", reason="it broke"))


def test_a_request_waits_until_it_is_forgotten(tmp_path: Path) -> None:
    """`peek` shows requests in order, again and again; `forget` ends that, in this process and the next."""
    path = tmp_path / "inbox.db"
    tickets = [ticket("a"), Ticket(id="b", actor=ACTOR, request=ApprovePhase(phase=2)), ticket("c")]
    with Inbox.open(path) as client:
        for one in tickets:
            client.put(one)
        client.put(tickets[0])
    with Inbox.open(path) as engine:
        assert engine.peek() == tickets
        assert engine.peek() == tickets
        engine.forget(["a", "b"])
        assert engine.peek() == tickets[2:]
    with Inbox.open(path) as engine:
        assert engine.peek() == tickets[2:]
        assert engine.problems() == []


def test_a_poll_tells_whether_somebody_left_something(tmp_path: Path) -> None:
    """`has_new` is true at first and after others wrote, and not because of what the engine itself removed."""
    with Inbox.open(tmp_path / "inbox.db") as engine, Inbox.open(tmp_path / "inbox.db") as client:
        assert engine.has_new()
        assert not engine.has_new()
        client.put(ticket("a"))
        assert engine.has_new()
        engine.forget([one.id for one in engine.peek()])
        assert not engine.has_new()


def test_more_requests_than_one_look_takes_are_all_seen(tmp_path: Path) -> None:
    """A long queue comes in parts, and `has_new` stays true until its end."""
    with Inbox.open(tmp_path / "inbox.db") as engine:
        with closing(sqlite3.connect(tmp_path / "inbox.db")) as other, other:
            import msgspec  # noqa: PLC0415  only to fill it quickly

            rows = [(f"t{n}", msgspec.json.encode(ticket(f"t{n}"))) for n in range(600)]
            other.executemany("INSERT INTO tickets (id, body) VALUES (?, ?)", rows)
        seen = []
        while engine.has_new():
            found = [one.id for one in engine.peek()]
            engine.forget(found)
            seen += found
        assert seen == [f"t{n}" for n in range(600)]


CLIENT = """
import sys
from pathlib import Path
from aurora_console.state.inbox import Inbox
from aurora_console.state.requests import Pause, Ticket
from aurora_console.state.values import Actor

for n in range(20):
    with Inbox.open(Path(sys.argv[1])) as inbox:
        inbox.put(Ticket(id=f"{sys.argv[2]}-{n}", actor=Actor(user="deploy"), request=Pause()))
"""


def test_several_processes_leave_requests_while_the_engine_takes_them(tmp_path: Path) -> None:
    """Each request of four clients, which also race to create the file, arrives once and in its client's order."""
    path = tmp_path / "inbox.db"
    clients = [subprocess.Popen([sys.executable, "-c", CLIENT, str(path), str(n)]) for n in range(4)]
    taken: list[str] = []
    deadline = time.monotonic() + 60
    try:
        with Inbox.open(path) as engine:
            while len(taken) < 80 and time.monotonic() < deadline:
                if engine.has_new():
                    found = [one.id for one in engine.peek()]
                    engine.forget(found)
                    taken += found
            assert engine.peek() == []
    finally:
        ends = [client.wait(60) for client in clients]
    assert ends == [0, 0, 0, 0]
    for n in range(4):
        assert [id_ for id_ in taken if id_.startswith(f"{n}-")] == [f"{n}-{m}" for m in range(20)]
    assert len(taken) == 80


def test_what_is_no_request_is_reported_and_removed(tmp_path: Path) -> None:
    """Rows of a hostile or newer program cost a sentence each; requests among them arrive, and nothing is left over."""
    path = tmp_path / "inbox.db"
    rows: list[tuple[object, object]] = [
        ("text", "not bytes"),
        ("json", b"{"),
        ("kind", b'{"id":"kind","actor":{"user":"x"},"request":{"type":"LaunchRockets"}}'),
        ("other", b'{"id":"another","actor":{"user":"x"},"request":{"type":"Pause"}}'),
        ("huge", b" " * (LARGEST + 1)),
        (b"\xff\xfe", b"null"),
        ("number", 5),
    ]
    with Inbox.open(path) as engine:
        engine.put(ticket("first"))
        with closing(sqlite3.connect(path)) as other, other:
            other.executemany("INSERT INTO tickets (id, body) VALUES (?, ?)", rows)
            other.execute("INSERT INTO tickets (id, body) VALUES (CAST(x'ff' AS TEXT), x'00')")
        engine.put(ticket("last"))
        assert [one.id for one in engine.peek()] == ["first", "last"]
        problems = engine.problems()
        assert len(problems) == len(rows) + 1
        assert "LaunchRockets" in problems[2]
        assert engine.problems() == []
        engine.forget(["first", "last"])
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM tickets").fetchone() == (0,)


def test_a_client_that_stopped_with_the_lock_does_not_stop_the_engine(tmp_path: Path) -> None:
    """Requests are seen and forgotten meanwhile; what cannot be removed yet is hidden, and removed later."""
    path = tmp_path / "inbox.db"
    with Inbox.open(path) as engine, closing(sqlite3.connect(path, isolation_level=None)) as stopped:
        engine.put(ticket("a"))
        engine.put(ticket("b"))
        stopped.execute("BEGIN IMMEDIATE")
        assert [one.id for one in engine.peek()] == ["a", "b"]
        engine.forget(["a"])
        assert [one.id for one in engine.peek()] == ["b"]
        stopped.execute("ROLLBACK")
        assert engine.has_new()
        assert [one.id for one in engine.peek()] == ["b"]
        assert stopped.execute("SELECT id FROM tickets").fetchall() == [("b",)]


def test_a_request_that_is_too_long_is_refused_where_it_is_left(tmp_path: Path) -> None:
    """The sender learns it; the engine never sees it."""
    with Inbox.open(tmp_path / "inbox.db") as inbox:
        with pytest.raises(AuroraError, match="too long"):
            inbox.put(Ticket(id="a", actor=ACTOR, request=Pause(reason="x" * LARGEST)))
        assert inbox.peek() == []


def test_only_this_user_may_leave_requests(tmp_path: Path) -> None:
    """The inbox is 0600; that is what makes a request this user's."""
    with Inbox.open(tmp_path / "inbox.db") as inbox:
        inbox.put(ticket("a"))
        assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
