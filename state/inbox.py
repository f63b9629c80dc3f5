"""Where any process of this user leaves requests for the engine, apart from the journal that only the engine writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import msgspec

from aurora_console.state.database import BUSY, Schema, explained, means_busy, open_writable, with_room
from aurora_console.state.requests import Ticket

LARGEST = 64 * 1024
"""Bytes of a request; a bigger one is no request of ours."""

_BATCH = 256  # requests handed out at a time
_PATIENCE = 0.05  # seconds that the engine waits for a lock: a stopped client must not stop it as well

_SCHEMA = Schema(
    what="inbox",
    migrations=(
        ("CREATE TABLE tickets (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)",),
    ),
    uses_ballast=True,
)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Ticket)


class Inbox:
    """An inbox that is open.

    The engine takes a request exactly once: it looks with `peek`, journals `RequestReceived`, and then calls `forget`.
    After a crash in between, `peek` shows the request again and its id is found in the journal.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._data_version = 0
        self._has_more = False
        self._forgotten: set[str] = set()
        """Ids still to be removed."""
        self._malformed: set[int] = set()
        """Rows still to be removed."""
        self._problems: list[str] = []

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open it, creating it as needed. Raises AuroraError."""
        return cls(path, open_writable(path, _SCHEMA))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def put(self, ticket: Ticket) -> None:
        """Leave a request; it is on the disk when this returns. One with the same id is left only once.

        Raises AuroraError, also when another process has had the inbox locked for five seconds.
        """
        body = _encoder.encode(ticket)
        if len(body) > LARGEST:
            raise _SCHEMA.error(f"A request of {len(body)} bytes is too long.", f"At most {LARGEST}: shorten it.")
        with_room(self.path, _SCHEMA, lambda: self._insert(ticket.id, body))

    def _insert(self, id_: str, body: bytes) -> None:
        self._wait_for_locks(BUSY)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("INSERT OR IGNORE INTO tickets (id, body) VALUES (?, ?)", (id_, body))

    def has_new(self) -> bool:
        """Whether it is worth a `peek`: others wrote since the last call, or the last one left something to do.

        True the first time. Costs microseconds.
        """
        with explained(self.path, _SCHEMA):
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        known, self._data_version = self._data_version, version
        return version != known or self._has_more or bool(self._forgotten or self._malformed)

    def peek(self) -> list[Ticket]:
        """Return the requests that wait, oldest first; all but the forgotten ones. Never blocks.

        What is no request is removed, and told by `problems`.
        """
        self._remove()
        with explained(self.path, _SCHEMA):
            rows = self._connection.execute(
                "SELECT seq, id, CASE WHEN length(body) <= ? THEN body END FROM tickets ORDER BY seq LIMIT ?",
                (LARGEST, _BATCH + len(self._forgotten) + len(self._malformed)),
            ).fetchall()
        tickets = []
        for seq, id_, body in rows:
            if id_ in self._forgotten or seq in self._malformed:
                continue
            try:
                tickets.append(_ticket(id_, body))
            except ValueError as error:
                self._malformed.add(seq)
                self._problems.append(f"Request {seq} in {self.path} was dropped: {error}.")
        self._has_more = len(rows) >= _BATCH
        if self._malformed:
            self._remove()
        return tickets

    def forget(self, ids: Iterable[str]) -> None:
        """Remove requests that were journaled: hidden at once, removed later where a stopped client has the lock."""
        self._forgotten.update(ids)
        self._remove()

    def problems(self) -> list[str]:
        """Return what was found wrong since the last call, a sentence each; not yet cleaned for a terminal."""
        found, self._problems = self._problems, []
        return found

    def _remove(self) -> None:
        if not self._forgotten and not self._malformed:
            return
        with explained(self.path, _SCHEMA):
            self._wait_for_locks(_PATIENCE)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if means_busy(error):
                    return  # the next peek tries again
                raise
            try:
                forgotten = [(id_,) for id_ in self._forgotten]
                self._connection.executemany("DELETE FROM tickets WHERE id = ?", forgotten)
                self._connection.executemany("DELETE FROM tickets WHERE seq = ?", [(seq,) for seq in self._malformed])
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        self._forgotten.clear()
        self._malformed.clear()

    def _wait_for_locks(self, seconds: float) -> None:
        self._connection.execute(f"PRAGMA busy_timeout={round(seconds * 1000)}")


def _ticket(id_: object, body: object) -> Ticket:
    """Raise ValueError when a row holds no request that this program knows."""
    if not isinstance(body, bytes):
        raise ValueError("it is not JSON, or too long")  # noqa: TRY004  the caller handles every bad row alike
    try:
        ticket = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if ticket.id != id_:
        raise ValueError("its id is not the one it was left under")
    return ticket
