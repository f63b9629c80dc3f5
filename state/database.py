"""Opening SQLite files that only this user may read, and saying in words what is wrong with one."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aurora_console.errors import AuroraError
from aurora_console.state.folder import BALLAST, give_up_ballast

_T = TypeVar("_T")

BUSY = 5.0
"""Seconds to wait for a lock before giving up."""
_NEEDED = 64 * 1024  # bytes of the files that SQLite makes when it opens one: 32 KiB, and some for what it writes first


@dataclass(frozen=True)
class Schema:
    """What a file holds, and how it came to its present form."""

    what: str
    """What errors call it: `journal`."""
    migrations: tuple[tuple[str, ...], ...]
    """The statements that lead from version N to N + 1, for N from 0; `user_version` counts them."""
    error: type[AuroraError] = AuroraError
    uses_ballast: bool = False
    """Whether a rollback needs it, so that a full disk is given the ballast beside the file."""

    @property
    def version(self) -> int:
        """Return the newest version, which this program reads and writes."""
        return len(self.migrations)


def open_writable(path: Path, schema: Schema, *, busy: float = BUSY) -> sqlite3.Connection:
    """Open the file in WAL mode, creating or migrating it as needed; transactions are begun and ended by hand.

    The connection may be handed to another thread, but never be used by two at once.
    """

    def attempt() -> sqlite3.Connection:
        if not _is_ours(path, schema):
            _create(path, schema)
        connection = _connect(path, "rw", busy)
        try:
            _refuse_unknown(connection, path, schema)
            _use_wal(connection, path, schema)
            _migrate(connection, schema)
        except BaseException:
            connection.close()
            raise
        return connection

    return with_room(path, schema, attempt)


def open_read_only(path: Path, schema: Schema) -> sqlite3.Connection:
    """Open a file that must exist, changing nothing in it; SQLite may put files of its own beside it."""

    def attempt() -> sqlite3.Connection:
        if not _is_ours(path, schema):
            raise schema.error(f"There is no {schema.what} at {path}.", "Nothing has been run here yet.")
        connection = _connect(path, "ro", BUSY)
        try:
            _refuse_unknown(connection, path, schema)
            _refuse_older(connection, path, schema)
        except BaseException:
            connection.close()
            raise
        return connection

    return with_room(path, schema, attempt)


def with_room(path: Path, schema: Schema, attempt: Callable[[], _T]) -> _T:
    """Return what `attempt` does, its errors `explained`; on a full disk it is made twice, without the ballast then."""
    with explained(path, schema):
        try:
            return attempt()
        except (sqlite3.Error, OSError) as error:
            may_help = schema.uses_ballast and _lacks_room(error, path)
            if not may_help or not give_up_ballast(path.with_name(BALLAST)):
                raise
        return attempt()


def means_full(error: sqlite3.Error) -> bool:
    """Whether a write failed for want of space: a full disk, a quota or a limit on the size of files."""
    return getattr(error, "sqlite_errorcode", 0) in {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }


def _lacks_room(error: sqlite3.Error | OSError, path: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    if _primary_code(error) != sqlite3.SQLITE_CANTOPEN:
        return means_full(error)
    # SQLite does not tell why it could not make a file beside its own.
    disk = os.statvfs(path.parent)
    return disk.f_bavail * disk.f_frsize < _NEEDED or disk.f_favail == 0


def means_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else held a lock for longer than we wait."""
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def means_corrupt(error: sqlite3.Error) -> bool:
    """Whether the file is damaged, or something else altogether."""
    return _primary_code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def explained(path: Path, schema: Schema) -> Iterator[None]:
    """Turn SQLite's and the system's errors within into `schema.error` with a hint."""
    try:
        yield
    except sqlite3.Error as error:
        raise schema.error(*_explanation(error, path, schema.what)) from error
    except OSError as error:
        raise schema.error(
            f"Cannot use the {schema.what} {path}: {error.strerror}.", "See who owns it and whether its disk is well."
        ) from error


def _explanation(error: sqlite3.Error, path: Path, what: str) -> tuple[str, str]:
    if means_full(error):
        return (
            f"No room left to write the {what} {path} ({error}).",
            "Free some space on that disk, then try again. What was acknowledged before is safe.",
        )
    if means_busy(error):
        return (
            f"The {what} {path} is locked by another process.",
            "A stopped aurora-console may hold it: look for one with `ps`, and continue it with `kill -CONT`.",
        )
    if means_corrupt(error):
        return (
            f"The {what} {path} is damaged ({error}).",
            "Put a copy of its folder aside before anything else touches it.",
        )
    return f"Cannot use the {what} {path} ({error}).", "See who owns it and whether its disk is well."


def _primary_code(error: sqlite3.Error) -> int:
    # Errors that Python itself raises, as for a closed connection, carry no code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_ours(path: Path, schema: Schema) -> bool:
    """Return False when there is no such file; raise when it is not a plain file of this user."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise schema.error(f"The {schema.what} {path} is not a plain file.", "Move it away.")
    if status.st_uid != os.geteuid():
        raise schema.error(f"The {schema.what} {path} belongs to another user.", "Run as that user, or move it away.")
    if status.st_mode & 0o077:
        path.chmod(0o600)
    return True


def _create(path: Path, schema: Schema) -> None:
    """Put a finished file into place at once, so that nobody ever sees half of one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    draft = Path(name)
    try:
        with closing(_connect(draft, "rw", BUSY)) as connection:
            _use_wal(connection, path, schema)
            _migrate(connection, schema)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return  # somebody else was quicker, with the same
    finally:
        draft.unlink()


def _connect(path: Path, mode: str, busy: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=busy, isolation_level=None, check_same_thread=False)
    connection.text_factory = _as_text
    return connection


def _as_text(raw: bytes) -> str:
    # Text that is not UTF-8 is for the reader of the row to judge; the default would fail the whole query.
    return raw.decode(errors="replace")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _refuse_unknown(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    version = _version(connection)
    if version < 1:
        # `_create` never lets one be seen unfinished. SQLite would take what was cut off to nothing for a new file.
        raise schema.error(
            f"The {schema.what} {path} is damaged (it is empty).",
            "Put a copy of its folder aside before anything else touches it.",
        )
    if version > schema.version:
        raise schema.error(
            f"The {schema.what} {path} was written by a newer aurora-console (its version is {version}, "
            f"this program knows {schema.version}).",
            "Use the newer aurora-console.",
        )


def _refuse_older(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    if _version(connection) < schema.version:
        raise schema.error(
            f"The {schema.what} {path} is of an earlier version.", "Open a console once: that brings it up to date."
        )


def _use_wal(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise schema.error(
            f"The file system of {path} cannot hold a {schema.what} (SQLite's WAL mode is refused).",
            "Set XDG_STATE_HOME to a folder on a local disk.",
        )


def _migrate(connection: sqlite3.Connection, schema: Schema) -> None:
    if _version(connection) == schema.version:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Looked up again now that nobody else can migrate at the same time.
        for statements in schema.migrations[_version(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={schema.version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
