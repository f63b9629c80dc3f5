"""`python -m bench`: every figure, as a table. `--write docs/bench.md` keeps it with method and machine."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import textwrap
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from bench import first_paint, idle, journal, lag, rollback, snapshot
from bench.figures import REPETITIONS, Row, table

SCRIPTS: dict[str, ModuleType] = {
    "first_paint": first_paint,
    "rollback": rollback,
    "idle": idle,
    "lag": lag,
    "journal": journal,
    "snapshot": snapshot,
}
"""Name -> module with `measure` and, as its docstring, the method."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which figures: {', '.join(SCRIPTS)} (all)")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs that each median is taken of")
    parser.add_argument("--write", type=Path, metavar="FILE", help="keep the table there, with method and machine")
    wanted = parser.parse_args()
    unknown = [name for name in wanted.names if name not in SCRIPTS]
    if unknown:
        parser.error(f"there is no figure {unknown[0]}; there are {', '.join(SCRIPTS)}")
    rows: dict[str, list[Row]] = {}
    for name in wanted.names or SCRIPTS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        before = time.monotonic()
        rows[name] = SCRIPTS[name].measure(wanted.repetitions)
        print(f"{name} took {time.monotonic() - before:.0f} s", file=sys.stderr, flush=True)
    print(table([row for found in rows.values() for row in found]))
    if wanted.write is not None:
        wanted.write.parent.mkdir(parents=True, exist_ok=True)
        wanted.write.write_text(_document(rows, wanted.repetitions))


def _document(rows: dict[str, list[Row]], repetitions: int) -> str:
    intro = (
        f"Written by `python -m bench --write docs/bench.md` on {datetime.now(UTC):%Y-%m-%d}. Each median is of "
        f"{repetitions} runs, in parentheses the smallest and the largest; ours and each peer were measured in turn, "
        "in the same run. `make bench` prints the table for the machine at hand."
    )
    parts = ["# Figures", textwrap.fill(intro, 110), textwrap.fill(f"Machine: {_machine()}.", 110)]
    for name, found in rows.items():
        title, _, method = (SCRIPTS[name].__doc__ or "").partition(":")
        method = " ".join(method.split())
        said = textwrap.fill(method[:1].upper() + method[1:], 110)
        parts += [f"## {title}", said, table(found)]
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, Python {platform.python_version()}, "
        f"Textual {version('textual')}, {git}, load average at the end {load}"
    )


if __name__ == "__main__":
    main()
