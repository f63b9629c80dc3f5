"""Rollback of everything: from the key `R` in the cockpit to the proof, after every phase of the plan has passed.

Counted from the request to `RollbackFinished` by the journal's own times: stopping three services, putting the work
tree aside, undoing every step, comparing paths, refs, HEAD, index, processes and ports, and running the gates
again. The peer does what an operator's script would: SIGTERM to the same programs, started anew on a copy of the
same work tree, then `git reset --hard && git clean -fd`; it puts nothing aside and proves nothing. How long the
programs themselves take to stop is what the peer waited for them, all at once.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from aurora_console.state.events import RequestReceived, RollbackFinished
from aurora_console.state.journal import Journal
from aurora_console.state.requests import RollBack
from bench.figures import Row, Samples, run_alone
from bench.reference import Reference, reference_system
from bench.terminal import PATIENCE, BenchError, Terminal

SIZE = (120, 40)
WANTED = 2.0
"""Seconds that a rollback may take beyond the services' own stop."""


@dataclass(frozen=True)
class Program:
    """A service as it was started."""

    argv: list[str]
    cwd: Path
    environment: dict[str, str]
    port: int


@dataclass(frozen=True)
class Round:
    """Seconds."""

    ours: float
    naive: float
    stop: float
    """Of which the naive way waited for the services to end."""


def measure(repetitions: int) -> list[Row]:
    """Measure the rollback of everything."""
    with reference_system() as reference:
        # The first round warms caches and is not counted.
        rounds = [_round(reference) for _ in range(repetitions + 1)][1:]
    ours = Samples(tuple(one.ours for one in rounds), "s")
    beyond = Samples(tuple(one.ours - one.stop for one in rounds), "s")
    return [
        Row(
            figure="rollback of everything, beyond the services' own stop",
            ours=beyond,
            wanted=f"<= {WANTED:g} s",
            is_met=beyond.median <= WANTED,
        ),
        Row(
            figure="rollback of everything, with its proof",
            ours=ours,
            peer="kill, git reset --hard, git clean -fd",
            theirs=Samples(tuple(one.naive for one in rounds), "s"),
        ),
        Row(figure="of which the services' own stop", ours=Samples(tuple(one.stop for one in rounds), "s")),
    ]


def _round(reference: Reference) -> Round:
    reference.bring_in_everything()
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as folder:
        copy = Path(folder) / "demo"
        shutil.copytree(reference.directory, copy, symlinks=True)
        programs = [_moved(one, reference.directory, copy) for one in _running(reference)]
        ours = _press_r(reference)
        naive, stop = _naive(copy, programs)
    return Round(ours, naive, stop)


def _press_r(reference: Reference) -> float:
    with Terminal(reference.cockpit(), SIZE, environment=reference.environment) as terminal:
        terminal.wait_for_shown("R roll back")
        terminal.wait_until_quiet(0.3)
        after = _last_seq(reference)
        terminal.press("R")
        terminal.wait_for(lambda: _seconds(reference, after) is not None, "the rollback is proven")
    seconds = _seconds(reference, after)
    assert seconds is not None
    return seconds


def _journal(reference: Reference) -> Journal:
    (path,) = reference.state_home.glob("aurora-console/*/journal.db")
    return Journal.read_only(path)


def _last_seq(reference: Reference) -> int:
    with _journal(reference) as journal:
        return journal.state().seq


def _seconds(reference: Reference, after: int) -> float | None:
    """Return the seconds from request to proof; None while it goes on. BenchError when not all was restored."""
    asked = None
    with _journal(reference) as journal:
        for record in journal.records(after):
            if isinstance(record.event, RequestReceived) and isinstance(record.event.ticket.request, RollBack):
                asked = record.at
            elif isinstance(record.event, RollbackFinished) and asked is not None:
                if record.event.proof.verdict != "restored":
                    raise BenchError(f"the rollback ended as {record.event.proof}")
                return record.at - asked
    return None


def _running(reference: Reference) -> list[Program]:
    with _journal(reference) as journal:
        services = journal.state().services.values()
    found = []
    for service in services:
        if service.managed and service.is_up and service.process and service.port:
            process = Path(f"/proc/{service.process.pid}")
            argv = (process / "cmdline").read_bytes().decode().split("\0")[:-1]
            pairs = (process / "environ").read_bytes().decode().split("\0")[:-1]
            environment = dict(pair.split("=", 1) for pair in pairs)
            found.append(Program(argv, (process / "cwd").readlink(), environment, service.port))
    if not found:
        raise BenchError("no service runs")
    return found


def _moved(program: Program, old: Path, new: Path) -> Program:
    """Return the same program for the copy of the work tree, unknown to the console."""
    environment = {
        name: value.replace(str(old), str(new))
        for name, value in program.environment.items()
        if not name.startswith("AURORA_")
    }
    cwd = new / program.cwd.relative_to(old) if program.cwd.is_relative_to(old) else program.cwd
    return Program([part.replace(str(old), str(new)) for part in program.argv], cwd, environment, program.port)


def _naive(tree: Path, programs: list[Program]) -> tuple[float, float]:
    """Return the seconds of stopping `programs` and resetting `tree`, and those of the stopping alone."""
    with ExitStack() as stack:
        children = []
        for one in programs:
            child = subprocess.Popen(
                one.argv,
                cwd=one.cwd,
                env=one.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            stack.callback(_end, child)
            children.append(child)
        for one in programs:
            _wait_for_port(one.port)
        before = time.monotonic()
        for child in children:
            child.terminate()
        for child in children:
            child.wait(PATIENCE)
        stopped = time.monotonic()
        for arguments in (("reset", "--quiet", "--hard"), ("clean", "-fdq")):
            subprocess.run(["git", "-C", str(tree), *arguments], check=True, env={**os.environ, "LC_ALL": "C"})
        return time.monotonic() - before, stopped - before


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise BenchError(f"nothing listens on port {port}") from None
            time.sleep(0.02)


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
        child.wait()


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
