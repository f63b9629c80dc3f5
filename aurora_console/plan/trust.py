"""Which plans this user has trusted.

A plan runs programs, so it is run only once the user has seen what it would do and trusted those very bytes. The text
that was trusted is kept, so that a changed plan can be shown by its changes.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from aurora_console.errors import AuroraError
from aurora_console.plan.disclose import visible, what_runs
from aurora_console.plan.model import Plan
from aurora_console.private import make_private
from aurora_console.text import clean

_CLOSED_TO_OTHERS: Final = 0o077


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: str
    digest: str
    text: str


@dataclass(frozen=True)
class Disclosure:
    """What a user sees of a plan before trusting it; cleaned for a terminal."""

    path: str
    digest: str
    text: str
    """The file as it was shown, for `TrustStore.trust`."""
    runs: tuple[str, ...]
    """A line for everything that it would run, listen on, ask or write."""
    changes: tuple[str, ...] = ()
    """Unified diff since it was trusted; empty when it never was."""


class TrustStore:
    """The plans that this user has trusted, one file a plan, in a folder that is this user's alone.

    `shipped` holds the digests of the plans that come with the product.
    """

    def __init__(self, folder: Path, shipped: frozenset[str] = frozenset()) -> None:
        self._folder = folder
        self._shipped = shipped

    def is_trusted(self, path: str | Path, digest: str) -> bool:
        """Tell whether the user has trusted the plan at `path` with these bytes (SHA-256 in hex)."""
        record = self._record(path)
        return record is not None and record.digest == digest == _digest(record.text)

    def knows(self, path: str | Path) -> bool:
        """Tell whether the user has ever trusted the plan at `path`, with whatever bytes."""
        return self._record(path) is not None

    def trusted_bundled(self, digest: str) -> bool:
        """Tell whether these are the bytes of a plan that comes with the product.

        The plan alone: what it runs lies in the work tree. So this answers for a work tree that the product laid out.
        """
        return digest in self._shipped

    def trust(self, path: str | Path, digest: str, text: str) -> None:
        """Trust the plan at `path` with exactly this text, from now on and instead of any earlier one.

        AuroraError if `text` is not what `digest` was taken of, or the record cannot be kept safely.
        """
        if _digest(text) != digest:
            raise AuroraError(f"{clean(str(path))} has changed since it was shown", "look at it again, then trust it")
        resolved = _resolved(path)
        record = msgspec.json.encode(_Record(path=resolved, digest=digest, text=text))
        try:
            make_private(self._folder)
            with self._opened() as folder:
                _write(folder, _file_name(resolved), record)
        except OSError as error:
            raise AuroraError(
                f"trust in {clean(resolved)} cannot be kept in {self._folder}: {error.strerror}",
                "make the folder writable, or free space",
            ) from error

    def disclose(self, plan: Plan, text: str) -> Disclosure:
        """Return what a user is to see of `plan`, whose file says `text`."""
        changes = self.changes(plan.path, text) if self.knows(plan.path) else []
        return Disclosure(plan.path, plan.digest, text, tuple(what_runs(plan)), tuple(changes))

    def changes(self, path: str | Path, new_text: str) -> list[str]:
        """Return the unified diff from the trusted text to `new_text`, cleaned; all of it as new if none is trusted."""
        record = self._record(path)
        before = record.text.splitlines() if record else []
        lines = difflib.unified_diff(before, new_text.splitlines(), "trusted", "now", lineterm="")
        return [visible(line) for line in lines]

    def _record(self, path: str | Path) -> _Record | None:
        resolved = _resolved(path)
        try:
            with self._opened() as folder:
                content = _read(folder, _file_name(resolved))
            record = msgspec.json.decode(content, type=_Record)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise AuroraError(
                f"the record of trust in {clean(resolved)} cannot be read: {error}",
                f"remove {self._folder / _file_name(resolved)}; the plan is asked about again",
            ) from error
        return record if record.path == resolved else None

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the folder, having made sure that nobody else decides what is in it; FileNotFoundError if absent."""
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except NotADirectoryError as error:  # a link is none either
            raise AuroraError(f"{self._folder} is not a folder of its own", "move it away") from error
        try:
            _refuse_foreign(os.fstat(folder), str(self._folder), "chmod 700")
            yield folder
        finally:
            os.close(folder)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _resolved(path: str | Path) -> str:
    """Return the real path, as text that can be kept whatever its bytes are."""
    return os.fsencode(Path(path).resolve()).decode(errors="backslashreplace")


def _file_name(resolved: str) -> str:
    return hashlib.sha256(resolved.encode()).hexdigest()[:32] + ".json"


def _refuse_foreign(found: os.stat_result, name: str, remedy: str) -> None:
    if found.st_uid != os.geteuid():
        raise AuroraError(f"{name} belongs to another user", "trust is kept only in a folder of your own")
    if found.st_mode & _CLOSED_TO_OTHERS:
        raise AuroraError(f"{name} is open to other users", f"look at what is in it, then {remedy} {name}")


def _read(folder: int, name: str) -> bytes:
    # O_NONBLOCK: a pipe in the record's place must not hold anybody up.
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(file, "rb") as record:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is not a file")
        _refuse_foreign(found, name, "chmod 600")
        return record.read()


def _write(folder: int, name: str, content: bytes) -> None:
    """Put `content` under `name`: whole or not at all, whatever happens meanwhile."""
    draft = f".{name}.{secrets.token_hex(8)}"
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as record:
            record.write(content)
            record.flush()
            os.fsync(file)
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=folder)
        raise
    os.fsync(folder)
