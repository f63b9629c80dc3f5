"""The whole crash matrix: a console is killed behind every record of a whole run, and every time all is taken back.

`python -m tests.crash.matrix` runs it and prints a table; exit code 1 when one rollback did not restore everything.
`--every N` takes each Nth record only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from aurora_console.session import find_state
from aurora_console.state.journal import Journal
from tests.demo import Demo, free_offset

MOST = 400
"""Records that a whole run writes at most."""
WITHIN = 300.0
"""Seconds for one case."""


class Case(msgspec.Struct, frozen=True):
    """What came of one kill."""

    number: int
    """The console was killed right behind this record; 0: it ended by itself before that."""
    record: str
    """The record's type."""
    verdict: str
    seconds: float
    """From the start of `rollback all` to its end."""
    wrong: tuple[str, ...] = ()
    """What plain git, /proc and sha256 found different, and what else was not as it must be."""


def play(number: int) -> Case:
    """Lay the reference system out, kill a run behind record `number`, take everything back, and compare.

    The environment must keep the state of this system apart from any other.
    """
    base = Path(os.environ["XDG_STATE_HOME"]).parent
    demo = Demo(base / "demo", free_offset(), base)
    try:
        demo.lay_out()
        demo.hasten()
        before = demo.fingerprint()
        run = demo.headless("--approve", "all", fault=f"journal.committed:{number}")
        if run.returncode == 0:
            return Case(0, "", "", 0.0)
        if run.returncode != -signal.SIGKILL:
            return Case(number, "", "not killed", 0.0, (f"exit code {run.returncode}: {run.stderr.strip()}",))
        record = _newest_record(demo)
        began = time.monotonic()
        rollback = demo.run("rollback", "all")
        seconds = time.monotonic() - began
        verdict = rollback.stdout.partition(" ")[0] or rollback.stderr.strip()
        after = demo.fingerprint()
        wrong = [name for name, value in before.items() if after[name] != value]
        wrong += [f"left: {path.name}" for path in (demo.directory / ".git").rglob("*.lock")]
        if rollback.returncode != 0:
            wrong.append(f"exit code {rollback.returncode}")
        return Case(number, record, verdict, seconds, tuple(wrong))
    finally:
        demo.take_down()


def _newest_record(demo: Demo) -> str:
    folder = find_state(demo.plan)
    assert folder is not None
    with Journal.read_only(folder.journal) as journal:
        *_, newest = journal.records()
    return type(newest.event).__name__


def play_apart(number: int) -> Case:
    """Play one case in a process and folders of its own."""
    base = tempfile.mkdtemp(prefix="aurora-crash-")
    homes = {f"XDG_{name}_HOME": f"{base}/{name.lower()}" for name in ("STATE", "DATA", "CONFIG", "CACHE")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.crash.matrix", "--one", str(number)],
            env=os.environ | homes,
            capture_output=True,
            timeout=WITHIN,
            check=False,
        )
        if done.returncode != 0:
            return Case(number, "?", "not played", 0.0, (done.stderr.decode(errors="replace").strip()[-300:],))
        return msgspec.json.decode(done.stdout, type=Case)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def play_all(every: int, parallel: int) -> list[Case]:
    """Play every case, `parallel` at once, until a run ends before it is killed."""
    cases: list[Case] = []
    with ThreadPoolExecutor(parallel) as pool:
        numbers = iter(range(1, MOST, every))
        while batch := [number for _, number in zip(range(parallel), numbers, strict=False)]:
            for case in pool.map(play_apart, batch):
                if case.number == 0:
                    return cases
                cases.append(case)
                print(_row(case), flush=True)
    raise SystemExit(f"a run has more than {MOST} records")


def _row(case: Case) -> str:
    wrong = "; ".join(case.wrong) or "nothing"
    return f"| {case.number} | {case.record} | {case.verdict} | {case.seconds:.1f} s | {wrong} |"


def main() -> int:
    """Run the matrix, or one case of it."""
    parser = argparse.ArgumentParser(description="Kill a console behind every record of a run, and take all back.")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--one", type=int)
    options = parser.parse_args()
    if options.one is not None:
        sys.stdout.buffer.write(msgspec.json.encode(play(options.one)))
        return 0
    print("| killed behind record | of type | rollback | took | different afterwards |")
    print("|---:|---|---|---:|---|", flush=True)
    cases = play_all(options.every, options.parallel)
    good = [case for case in cases if case.verdict == "restored" and not case.wrong]
    slowest = max((case.seconds for case in cases), default=0.0)
    print(f"\n{len(good)} of {len(cases)} restored; the slowest took {slowest:.1f} s.")
    return 0 if cases and len(good) == len(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
