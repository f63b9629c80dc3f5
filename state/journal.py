"""The durable, ordered record of everything decided and done. One process writes it, any of this user may follow."""

from __future__ import annotations

import hashlib
import math
import sqlite3
import struct
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec

from aurora_console.errors import AuroraError, ExitCode
from aurora_console.faults import crash_point
from aurora_console.state.database import Schema, explained, means_corrupt, open_read_only, open_writable, with_room
from aurora_console.state.events import DURABLE, Event, Record
from aurora_console.state.fold import fold
from aurora_console.state.model import RunState

GENESIS = hashlib.sha256(b"aurora-console journal").digest()
"""What the first record's hash is chained to."""

_BATCH = 512  # records read at a time; between batches no read lock is held, so that a stopped reader hinders nobody


class JournalError(AuroraError):
    """The journal cannot be read or written, or does not hold what was written into it."""

    exit_code = ExitCode.NEEDS_OPERATOR


_SCHEMA = Schema(
    what="journal",
    migrations=(
        (
            """
            CREATE TABLE events (
                seq INTEGER PRIMARY KEY, at REAL NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL
            )
            """,
        ),
    ),
    error=JournalError,
    uses_ballast=True,
)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)

_Row = tuple[int, float, str, bytes, bytes]


class Journal:
    """A journal that is open, for writing or for reading only.

    Whoever writes must hold the run's `ControlLock`. It may be handed to another thread, but never be used by two at
    once.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._synchronous = ""
        self._data_version = 0
        self._seq, self._hash = self._tail()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for writing; create or migrate as needed. Raises JournalError."""
        return cls(path, open_writable(path, _SCHEMA))

    @classmethod
    def read_only(cls, path: Path) -> Self:
        """Open one that must exist; it can be followed while somebody else writes. Raises JournalError."""
        return cls(path, open_read_only(path, _SCHEMA))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def append(self, event: Event, at: float) -> Record:
        """Write one event that happened `at` seconds since the epoch, and return it as a replay will see it.

        An event of a type in `events.DURABLE` is on the disk, with all before it, when this returns; any other survives
        the end of this process but not a power cut. Raises JournalError; then nothing of it was written.
        """
        return self.append_many((event,), at)[0]

    def append_many(self, events: Sequence[Event], at: float) -> tuple[Record, ...]:
        """Write events that belong together: after a crash either all are there or none."""
        if not math.isfinite(at):
            raise JournalError(f"An event cannot happen at {at}.", "The system's clock must be set.")
        seq, previous = self._seq, self._hash
        rows: list[_Row] = []
        records = []
        for event in events:
            seq += 1
            body, decoded = _encode(event)
            previous = _chain(previous, seq, at, body)
            # The caller folds what was decoded again, so a live state can never differ from a replayed one.
            records.append(Record(seq=seq, at=at, event=decoded))
            rows.append((seq, at, type(event).__name__, body, previous))
        with explained(self.path, _SCHEMA):
            self._set_synchronous("FULL" if any(isinstance(event, DURABLE) for event in events) else "NORMAL")
        with_room(self.path, _SCHEMA, lambda: self._commit(rows))
        self._seq, self._hash = seq, previous
        return tuple(records)

    def records(self, after: int = 0, most: int | None = None) -> Iterator[Record]:
        """Yield the records with a `seq` above `after`, `most` of them at most.

        Raises JournalError at the first one that breaks the chain.
        """
        previous = self._hash_of(after)
        left = math.inf if most is None else most
        while left > 0 and (rows := self._read(after, int(min(left, _BATCH)))):
            for row in rows:
                record = self._checked(row, after, previous)
                after, previous = record.seq, row[4]
                yield record
            left -= len(rows)

    def records_of(self, kinds: Collection[str], after: int = 0) -> Iterator[Record]:
        """Yield the records above `after` whose event's type has one of these names.

        What lies between them is not read, so the chain is not looked at. Raises JournalError.
        """
        marks = ", ".join("?" for _ in kinds)
        query = f"SELECT seq, at, type, body, hash FROM events WHERE seq > ? AND type IN ({marks}) ORDER BY seq LIMIT ?"  # noqa: S608  # only marks
        while True:
            with explained(self.path, _SCHEMA):
                rows: list[_Row] = self._connection.execute(query, (after, *kinds, _BATCH)).fetchall()
            for seq, at, kind, body, _ in rows:
                yield Record(seq=seq, at=at, event=self._decoded(seq, kind, body))
            if len(rows) < _BATCH:
                return
            after = rows[-1][0]

    def newest(self) -> int:
        """Return the `seq` of the newest record on the disk; 0 when there is none."""
        with explained(self.path, _SCHEMA):
            (seq,) = self._connection.execute("SELECT max(seq) FROM events").fetchone()
        return int(seq or 0)

    def has_news(self) -> bool:
        """Whether another process wrote something since the last call; True the first time. Costs microseconds."""
        with explained(self.path, _SCHEMA):
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        known, self._data_version = self._data_version, version
        return version != known

    def verify(self) -> None:
        """Read everything. Raises JournalError that names the first broken record."""
        for _ in self.records():
            pass
        with explained(self.path, _SCHEMA):
            (finding,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if finding != "ok":
            raise JournalError(f"The journal {self.path} is damaged: {finding}.", _what_to_do(self._seq + 1))

    def state(self) -> RunState:
        """Return what all records add up to. Raises JournalError."""
        return fold(self.records())

    def _tail(self) -> tuple[int, bytes]:
        with explained(self.path, _SCHEMA):
            row = self._connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def _set_synchronous(self, level: str) -> None:
        """Choose whether the next commit waits for the disk.

        A FULL commit syncs the whole write-ahead log, so it carries the earlier NORMAL ones to the disk with it: order
        is kept, and after a power cut only records behind the last durable one can be missing.
        """
        if self._synchronous != level:
            self._connection.execute(f"PRAGMA synchronous={level}")
            self._synchronous = level

    def _commit(self, rows: list[_Row]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
            crash_point("journal.inserted")
            self._connection.execute("COMMIT")
        except sqlite3.IntegrityError as error:
            self._connection.execute("ROLLBACK")
            raise JournalError(
                f"Another process has written into the journal {self.path}.",
                "Two consoles must not control one run: end one of them, then open a console again.",
            ) from error
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        crash_point("journal.committed")
        for _, _, kind, _, _ in rows:
            crash_point(f"journal.{kind}")

    def _hash_of(self, seq: int) -> bytes:
        if seq == 0:
            return GENESIS
        with explained(self.path, _SCHEMA):
            row = self._connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise _broken(self.path, seq, "it is missing")
        return bytes(row[0])

    def _read(self, after: int, most: int) -> list[_Row]:
        query = "SELECT seq, at, type, body, hash FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        with explained(self.path, _SCHEMA):
            try:
                return self._connection.execute(query, (after, most)).fetchall()
            except sqlite3.DatabaseError as error:
                if not means_corrupt(error):
                    raise
            try:  # one by one, to be able to name the broken one
                return self._connection.execute(query, (after, 1)).fetchall()
            except sqlite3.DatabaseError as error:
                if not means_corrupt(error):
                    raise
                raise _broken(self.path, after + 1, str(error)) from error

    def _checked(self, row: _Row, after: int, previous: bytes) -> Record:
        seq, at, kind, body, digest = row
        if seq != after + 1:
            raise _broken(self.path, after + 1, "it is missing")
        if not isinstance(body, bytes) or not isinstance(at, float) or digest != _chain(previous, seq, at, body):
            raise _broken(self.path, seq, "it does not match its checksum")
        return Record(seq=seq, at=at, event=self._decoded(seq, kind, body))

    def _decoded(self, seq: int, kind: str, body: bytes) -> Event:
        try:
            event = _decoder.decode(body)
        except msgspec.DecodeError as error:
            # Its bytes are what was written, so it was another program that wrote them.
            raise JournalError(
                f"Record {seq} of the journal {self.path} is not known to this aurora-console: {kind!r} ({error}).",
                "It was written by a newer one: use that.",
            ) from error
        if kind != type(event).__name__:
            raise _broken(self.path, seq, "its type was changed")
        return event


def _encode(event: Event) -> tuple[bytes, Event]:
    """Return the bytes to write and what they mean; JournalError for what could not be read again, such as a NaN."""
    try:
        body = _encoder.encode(event)
        return body, _decoder.decode(body)
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
        raise JournalError(
            f"The event {type(event).__name__} cannot be journaled: {error}.",
            "This is a fault of aurora-console: report it.",
        ) from error


def _chain(previous: bytes, seq: int, at: float, body: bytes) -> bytes:
    return hashlib.sha256(previous + struct.pack(">qd", seq, at) + body).digest()


def _broken(path: Path, seq: int, why: str) -> JournalError:
    return JournalError(f"Record {seq} of the journal {path} is broken: {why}.", _what_to_do(seq))


def _what_to_do(seq: int) -> str:
    return (
        f"Records before {seq} are sound. Copy its folder away before anything else. The repository can be taken back"
        " with git alone: its refs/aurora/snapshot/ and backup branch hold what was there."
    )
