"""Programs that the plan runs once: bounded in time and output, and nothing of them left behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aurora_console.engine.supervise import identity, spawn, stop
from aurora_console.engine.unbroken import see_through
from aurora_console.errors import AuroraError
from aurora_console.logs.tail import last_lines
from aurora_console.plan.placeholders import fill as fill_text
from aurora_console.private import make_private
from aurora_console.text import clean, duration

if TYPE_CHECKING:
    from aurora_console.engine.context import Context

LAST_LINES = 8
"""Lines of output that are shown as evidence; the log file has all."""
_GRACE = 1.0
"""Seconds between SIGTERM and SIGKILL."""


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    code: int
    """Negative for a signal."""
    seconds: float
    last_lines: tuple[str, ...]
    log: str

    @property
    def ending(self) -> str:
        """Return it in words."""
        return stop.describe_exit(self.code)


def fill(context: Context, command: Sequence[str]) -> tuple[str, ...]:
    """Return `command` with its placeholders filled in."""
    data = str(context.folder.service("programs"))
    return tuple(fill_text(part, context.plan, service=None, python=sys.executable, data=data) for part in command)


def short(command: Sequence[str]) -> str:
    """Return a command for a list: the interpreter by its name, cleaned and cut."""
    return clean(" ".join("python" if part == "{python}" else part for part in command), 60)


def program_token(run: str, action: str) -> str:
    """Return the mark of the program that an action of a run starts: known from the journal before it starts."""
    return hashlib.sha256(f"{run}/{action}".encode()).hexdigest()


async def run(context: Context, command: Sequence[str], token: str = "") -> Outcome:
    """Run `command` in the work tree, marked by `token` or a random one; what it started is stopped in the end.

    It is stopped when this is cancelled, too.
    """
    token = token or uuid.uuid4().hex
    log = context.folder.logs("programs") / f"{token}.log"
    started = context.clock.monotonic()
    child = spawn.spawn(
        spawn.Launch(
            argv=tuple(command),
            cwd=context.root,
            log=log,
            token=token,
            pycache=context.folder.pycache,
        )
    )
    try:
        code = await child.wait_code()
    finally:
        await see_through(stop.stop(child.process, token, "SIGTERM", _GRACE, context.clock))
        child.poll()
    return Outcome(
        code=code,
        seconds=context.clock.monotonic() - started,
        last_lines=tuple(last_lines(log, LAST_LINES)),
        log=str(log),
    )


async def end(context: Context, action: str) -> None:
    """Stop what is left of the program of that action: a console that was killed has let it live."""
    await stop.stop(None, program_token(context.state.run, action), "SIGTERM", _GRACE, context.clock)


@dataclass(frozen=True)
class Captured:
    """A short program of our own, and what it wrote."""

    code: int
    output: bytes
    errors: str
    """The end of its standard error, cleaned."""

    @property
    def ending(self) -> str:
        """Return how it ended, in words."""
        return stop.describe_exit(self.code)


async def capture(context: Context, command: Sequence[str], deadline: float) -> Captured:
    """Run `command` and keep its standard output; it is killed after `deadline` seconds."""
    folder = context.folder.logs("programs")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    make_private(folder)
    with tempfile.TemporaryFile(dir=folder) as output, tempfile.TemporaryFile(dir=folder) as errors:
        child = subprocess.Popen(  # noqa: ASYNC220  a start takes a millisecond; what takes long is waited for below
            command,
            cwd=context.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        process = identity.identify(child.pid)
        try:
            if process is not None:
                async with asyncio.timeout(deadline):
                    await identity.wait_exit(process)
        except TimeoutError:
            raise AuroraError(f"{short(command)} took longer than {duration(deadline)}", "") from None
        finally:
            child.kill()
            code = child.wait()
        output.seek(0)
        errors.seek(0)
        return Captured(code, output.read(), clean(errors.read()[-2000:].decode(errors="replace"), 400))
