"""The folder that holds everything durable about one system, and who may act on it."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from aurora_console.errors import AuroraError
from aurora_console.private import make_private
from aurora_console.state.model import ControlState
from aurora_console.text import clean

BALLAST = "ballast"
BALLAST_SIZE = 1024 * 1024
"""Bytes kept back for a full disk: thousands of records of a rollback."""

_PROBE_PATIENCE = (
    0.3  # seconds; `ControlLock.holder` takes the lock for microseconds, which must not look like a console
)


@dataclass(frozen=True)
class StateFolder:
    """Where things are. Paths only: whoever writes below `logs`, `snapshots` or `services` makes what it needs."""

    path: Path
    root: Path
    """The work tree of the system, resolved."""

    @classmethod
    def for_root(cls, root: Path, name: str, base: Path | None = None) -> Self:
        """Return the folder for the system `name` at `root`, created as needed, mode 0700.

        `base` stands in for `$XDG_STATE_HOME/aurora-console`. Raises AuroraError when the folder cannot be trusted or
        used.
        """
        folder = cls._locate(root, name, base)
        _refuse_inside(folder.path, folder.root)
        try:
            make_private(folder.path)
        except OSError as error:
            raise AuroraError(f"Cannot create the state folder {folder.path}: {error.strerror}.", _ELSEWHERE) from error
        _check(folder.path)
        _lay_ballast(folder.ballast)
        return folder

    @classmethod
    def read_only(cls, root: Path, name: str, base: Path | None = None) -> Self:
        """Return the folder of a system that has been run before; create nothing. Raises AuroraError."""
        folder = cls._locate(root, name, base)
        if not os.path.lexists(folder.path):
            hint = f"Nothing has been run here yet, or not by this user: {folder.path} does not exist."
            raise AuroraError(f"There is no state of {clean(name, 60)} at {folder.root}.", hint)
        _check(folder.path)
        return folder

    @classmethod
    def find(cls, root: Path, base: Path | None = None) -> Self | None:
        """Return the folder of whatever system was run at `root`, whatever its name; None when none was."""
        located = cls._locate(root, "any", base)
        suffix = located.path.name.rpartition("-")[2]
        for path in sorted(located.path.parent.glob(f"*-{suffix}")):
            if path.joinpath("journal.db").exists():
                _check(path)
                return cls(path=path, root=located.root)
        return None

    @classmethod
    def _locate(cls, root: Path, name: str, base: Path | None) -> Self:
        if base is None:
            from platformdirs import user_state_path  # noqa: PLC0415  not needed where a folder is given

            base = user_state_path("aurora-console", appauthor=False)
        resolved = root.resolve()
        digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:8]
        # The digest tells systems apart; the name is for people and must be harmless as a file name.
        readable = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:40] or "system"
        return cls(path=base.resolve() / f"{readable}-{digest}", root=resolved)

    @property
    def journal(self) -> Path:
        """The durable record of everything decided and done."""
        return self.path / "journal.db"

    @property
    def inbox(self) -> Path:
        """Requests of other processes."""
        return self.path / "inbox.db"

    @property
    def samples(self) -> Path:
        """The history of figures."""
        return self.path / "samples.db"

    @property
    def lock(self) -> Path:
        """What the console in control holds locked."""
        return self.path / "lock"

    @property
    def ballast(self) -> Path:
        """Space kept back."""
        return self.path / BALLAST

    @property
    def snapshots(self) -> Path:
        """Folder of all snapshots."""
        return self.path / "snapshots"

    @property
    def pycache(self) -> Path:
        """Where Python services keep their compiled files, so that none land in the work tree."""
        return self.path / "pycache"

    @property
    def plans(self) -> Path:
        """The plans that runs have pinned, by digest."""
        return self.path / "plans"

    def logs(self, service: str) -> Path:
        """Return the folder of a service's logs. Raises AuroraError for a name that is no file name."""
        return self.path / "logs" / _part(service)

    def snapshot(self, id_: str) -> Path:
        """Return the folder of one snapshot. Raises AuroraError for an id that is no file name."""
        return self.snapshots / _part(id_)

    def service(self, name: str) -> Path:
        """Return the folder for a service's own home, data and temporary files. Raises AuroraError as `logs` does."""
        return self.path / "services" / _part(name)

    def release_ballast(self) -> bool:
        """Give the space that was kept back to the full disk; False when it was given up before."""
        return give_up_ballast(self.ballast)


def give_up_ballast(path: Path) -> bool:
    """Remove the ballast at `path`; False when there is none. The next console lays it again where there is room."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


class ControlHeldError(AuroraError):
    """Another console is in control."""

    def __init__(self, path: Path, holder: ControlState | None) -> None:
        self.holder = holder
        """None while the other one has not yet said who it is."""
        hint = (
            "Leave that console first. Or use `aurora-console status`, `approve`, `pause`, `resume`, `rollback`: "
            "the console in control carries them out."
        )
        super().__init__(f"Another console is in control{_describe(holder)}.", f"{hint} Lock: {path}")


class ControlLock:
    """The right to act on a system: at most one process has it, and it ends with that process, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object has it."""
        return self._descriptor is not None

    def acquire(self, holder: ControlState) -> None:
        """Take control, and write down for people who did. Raises ControlHeldError when another process has it."""
        if self._descriptor is not None:
            raise RuntimeError("this lock is held already")
        # Close-on-exec (Python's default, stated since it matters): a service that inherited it would keep control.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            descriptor = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise _no_lock(self.path, error) from error
        try:
            _take(descriptor, self.path)
            _label(descriptor, msgspec.json.encode(holder) + b"\n")
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give control up; does nothing when it is not held."""
        if self._descriptor is None:
            return
        # The file itself stays: removing it would let two processes lock two different files of one name.
        descriptor, self._descriptor = self._descriptor, None
        try:
            os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @staticmethod
    def is_held_by_any(path: Path) -> bool:
        """Whether some process, this one included, has the lock at `path`."""
        return ControlLock._probe(path)[0]

    @staticmethod
    def holder(path: Path) -> ControlState | None:
        """Return who has the lock at `path`; None when nobody has it, or whoever has it has not yet said who it is."""
        return ControlLock._probe(path)[1]

    @staticmethod
    def _probe(path: Path) -> tuple[bool, ControlState | None]:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False, None
        except OSError as error:
            raise _no_lock(path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True, _read_holder(descriptor)
        finally:
            os.close(descriptor)
        return False, None


_ELSEWHERE = "Set XDG_STATE_HOME to a folder of yours that can be written."


def _refuse_inside(path: Path, root: Path) -> None:
    """Raise when a `git clean` or `reset --hard` could reach the folder."""
    tree = next((folder for folder in (root, *root.parents) if os.path.lexists(folder / ".git")), root)
    for reached in (root, tree):
        if path.is_relative_to(reached):
            raise AuroraError(
                f"The state folder {path} would lie inside the work tree {reached}.",
                "Set XDG_STATE_HOME to a folder outside it: a `git clean` must not be able to remove the way back.",
            )


def _check(path: Path) -> None:
    """Raise when the folder is not one that only this user can change; take rights away from others."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise AuroraError(f"The state folder {path} is a symbolic link.", "Remove the link, or set XDG_STATE_HOME.")
    if not stat.S_ISDIR(status.st_mode):
        raise AuroraError(f"The state folder {path} is not a folder.", "Move away what lies there.")
    if status.st_uid != os.geteuid():
        raise AuroraError(
            f"The state folder {path} belongs to {_user_name(status.st_uid)}, not to {_user_name(os.geteuid())}.",
            "Run aurora-console as that user (mind HOME under sudo), or set XDG_STATE_HOME to a folder of your own.",
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise AuroraError(f"The state folder {path} cannot be written.", _ELSEWHERE)
    if status.st_mode & 0o077:
        path.chmod(0o700)


def _user_name(uid: int) -> str:
    import pwd  # noqa: PLC0415  only for an error's words

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _lay_ballast(path: Path) -> None:
    """Keep space back. Where there is no room for it the console works without, as it would once it were given up."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return  # it is there already, or not even an empty file can be made
    try:
        os.posix_fallocate(descriptor, 0, BALLAST_SIZE)
    except OSError:
        path.unlink()
    finally:
        os.close(descriptor)


def _part(name: str) -> str:
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise AuroraError(f"{clean(name, 60)!r} cannot be the name of a folder.", "Give it another name in the plan.")
    return name


def _no_lock(path: Path, error: OSError) -> AuroraError:
    return AuroraError(f"Cannot open the lock {path}: {error.strerror}.", "See what lies there, and who owns it.")


def _take(descriptor: int, path: Path) -> None:
    deadline = time.monotonic() + _PROBE_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise ControlHeldError(path, _read_holder(descriptor)) from None
            time.sleep(0.01)
        else:
            return


def _label(descriptor: int, text: bytes) -> None:
    os.ftruncate(descriptor, 0)
    try:
        os.pwrite(descriptor, text, 0)
    except OSError as error:
        # The lock holds without it, and a rollback must be possible on a full disk.
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise


def _read_holder(descriptor: int) -> ControlState | None:
    try:
        return msgspec.json.decode(os.pread(descriptor, 4096, 0), type=ControlState)
    except msgspec.DecodeError:
        return None  # just taken, or labelled by another version


def _describe(holder: ControlState | None) -> str:
    if holder is None:
        return ""
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder.since))
    origin = f" from {holder.actor.origin}" if holder.actor.origin else ""
    who = clean(f"{holder.actor.user}{origin} ({holder.actor.via})", 120)
    return f": process {holder.process.pid}, {who}, since {since}"
