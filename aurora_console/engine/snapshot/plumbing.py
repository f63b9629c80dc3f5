"""Runs the user's own git: no shell, no hooks, no prompts, no locks taken for convenience, always a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from aurora_console.errors import AuroraError
from aurora_console.text import clean

if TYPE_CHECKING:
    import git

COMMAND_TIMEOUT = 60.0
"""Seconds that one git command may take unless the caller says otherwise."""

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}
_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "log.showSignature=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
    # Objects and refs reach the disk before a snapshot counts as taken; `batch` makes that one flush for many objects.
    "core.fsync=objects,reference",
    "core.fsyncMethod=batch",
)
# Set inside a hook or by a wrapper, these would point git at another repository than the one asked for.
_MISLEADING = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)


@dataclass(frozen=True)
class Answer:
    """What a git command left behind."""

    code: int
    """Exit status."""
    out: bytes
    err: str
    """Cleaned for a terminal, lines joined by `; `."""

    def lines(self) -> list[str]:
        """Return the output as lines, decoded as file names are."""
        return os.fsdecode(self.out).splitlines()

    def text(self) -> str:
        """Return the output without its final newline, decoded as file names are."""
        return os.fsdecode(self.out).removesuffix("\n")

    def names(self) -> list[str]:
        """Return NUL-separated file names; bytes that are not UTF-8 become surrogates."""
        return [os.fsdecode(name) for name in self.out.split(b"\0") if name]


def run(
    cwd: Path,
    args: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    timeout: float = COMMAND_TIMEOUT,
    allowed: tuple[int, ...] = (0,),
) -> Answer:
    """Run `git ARGS` in `cwd` and return its answer; `timeout` in seconds.

    Raises AuroraError when git is missing, does not end in time, or ends with a status not in `allowed`.
    """
    process = _start(cwd, args, env, subprocess.PIPE)
    child = process.proc
    assert child is not None
    try:
        out, err = child.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        _kill(child)
        child.communicate()
        raise AuroraError(
            f"git {args[0]} in {clean(str(cwd))} did not end within {timeout:g} s",
            "look whether the disk or another git process is stuck, then try again",
        ) from None
    answer = Answer(child.returncode, out, "; ".join(clean(os.fsdecode(line)) for line in err.splitlines()))
    if answer.code not in allowed:
        raise _error(cwd, args, answer)
    return answer


@contextmanager
def reading(cwd: Path, args: Sequence[str], stdin: bytes, timeout: float) -> Iterator[IO[bytes]]:
    """Run `git ARGS` and give its output as a stream; the process is gone when the block ends.

    Raises AuroraError when git ends with an error or is still running after `timeout` seconds.
    """
    # Input and messages go through files: a pipe that nobody empties would stop git.
    with tempfile.TemporaryFile() as source:
        source.write(stdin)
        source.seek(0)
        process = _start(cwd, args, None, source)
        child = process.proc
        assert child is not None
        assert child.stdout is not None
        watchdog = threading.Timer(timeout, _kill, (child,))
        watchdog.daemon = True
        watchdog.start()
        try:
            yield child.stdout
        finally:
            watchdog.cancel()
            _kill(child)
            child.communicate()


def _start(
    cwd: Path, args: Sequence[str], env: Mapping[str, str] | None, stdin: int | BinaryIO
) -> git.Git.AutoInterrupt:
    try:
        import git  # noqa: PLC0415  slow to import, and it looks for the git program when imported
    except ImportError as error:
        raise AuroraError(
            "git cannot be run", "install git (2.34 or newer) and make sure that it is on PATH"
        ) from error
    unset = [part for name in _MISLEADING if name in os.environ for part in ("-u", name)]
    settings = [part for setting in _CONFIG for part in ("-c", setting)]
    command = [*(("env", *unset) if unset else ()), "git", *settings, *args]
    try:
        return git.Git(str(cwd)).execute(
            command,
            istream=stdin,
            as_process=True,
            env={**_ENVIRONMENT, **(env or {})},
            start_new_session=True,  # no terminal to ask on, and a group of its own to end
        )
    except git.GitCommandNotFound as error:
        raise AuroraError(
            "git cannot be run", "install git (2.34 or newer) and make sure that it is on PATH"
        ) from error


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _error(cwd: Path, args: Sequence[str], answer: Answer) -> AuroraError:
    """Turn git's complaint into one that says what to do."""
    place = clean(str(cwd))
    if "dubious ownership" in answer.err:
        return AuroraError(
            f"{place} belongs to another user, so git refuses to work in it",
            f"run the console as its owner, or allow it: git config --global --add safe.directory {place}",
        )
    if "not a git repository" in answer.err:
        return AuroraError(f"{place} is not a git repository", "run `git init` there and commit what works today")
    if ".lock': File exists" in answer.err:
        return AuroraError(
            f"another git process is at work in {place}: {answer.err}",
            "wait until it is done; if none runs, remove the lock file that is named",
        )
    return AuroraError(
        f"git {args[0]} failed in {place} (status {answer.code}): {answer.err or 'no message'}",
        "run the same command by hand to see more",
    )
