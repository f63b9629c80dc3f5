"""Makes the pictures in docs/screenshots from the running program: a real engine on the reference system.

`make docs` runs it. Everything happens in a temporary folder and on free ports, and is taken down again. Look at the
pictures afterwards.
"""  # noqa: INP001  a program, not a package

from __future__ import annotations

import asyncio
import html
import os
import random
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.cells import cell_len
from textual.pilot import Pilot

from aurora_console.app import SHORTEST_BETWEEN_VIEWS, AuroraApp, ExitChoice
from aurora_console.demonstration import prepare, take_down
from aurora_console.engine.host import EngineHost
from aurora_console.reference.core import stop_core
from aurora_console.session import open_session
from aurora_console.state.model import RunState
from aurora_console.state.requests import ApprovePhase, Resume

PICTURES = Path(__file__).parent / "screenshots"
SIZES = ((80, 24), (120, 40))
PORTS = (5000, 5001, 5005, 5010)
PATIENCE = 90.0
"""Seconds after which something that does not come true ends the attempt."""

_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_FAMILY = re.compile(r"font-family: ?[^;}]+(?=[;}])")
_WORDS = re.compile(r'(<text [^>]*?)x="([\d.]+)"([^>]*?)textLength="[\d.]+"([^>]*>)([^<]*)</text>')
_SPACE = "(?:&#160;)"
_CELL = 12.2
"""Width of a character in the pictures."""
_FONTS = '"DejaVu Sans Mono", Menlo, Consolas, monospace'


class Photographer:
    """Drives one cockpit and takes its picture in every size."""

    def __init__(self, app: AuroraApp, host: EngineHost, pilot: Pilot[ExitChoice]) -> None:
        self.app = app
        self.host = host
        self.pilot = pilot

    async def until(self, condition: Callable[[RunState], object]) -> None:
        """Wait until `condition` holds of the engine's state and the screen has been drawn from it."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.host.view().state):
            if time.monotonic() > deadline or not self.host.is_running:
                raise SystemExit(f"it never came to that: {self.host.view().engine_error or 'time is up'}")
            await asyncio.sleep(0.05)
        await self.pilot.pause(2 * SHORTEST_BETWEEN_VIEWS)

    async def take(self, name: str) -> None:
        """Write `name-80x24.svg` and its like."""
        for width, height in SIZES:
            await self.pilot.resize_terminal(width, height)
            await self.pilot.pause()
            picture = self.app.export_screenshot(title="aurora-console")
            path = PICTURES / f"{name}-{width}x{height}.svg"
            path.write_text(portable(picture), encoding="utf-8")
            print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
        await self.pilot.resize_terminal(*SIZES[0])

    async def approve(self) -> None:
        """Approve the phase that waits."""
        await self.until(lambda state: waiting(state) is not None)
        phase = waiting(self.host.view().state)
        assert phase is not None
        self.host.submit(ApprovePhase(phase=phase))
        await self.until(lambda state: state.phases[phase].status != "proposed")

    async def until_passed(self, count: int) -> None:
        """Wait until so many phases have passed."""
        await self.until(lambda state: sum(phase.status == "passed" for phase in state.phases) == count)

    async def let_it_breathe(self, seconds: int) -> None:
        """Let the graphs grow: they get one column a second."""
        ticks = self.host.view().live.ticks + seconds
        await self.until(lambda _: self.host.view().live.ticks >= ticks)


def waiting(state: RunState) -> int | None:
    """Return the phase that waits for approval."""
    current = state.current
    return current if current is not None and state.phases[current].status == "proposed" else None


def portable(picture: str) -> str:
    """Return the picture so that it looks alike in every viewer and fetches nothing.

    Some viewers drop spaces at the ends of a text and heed no text's length, so each run of words is placed by itself.
    """

    def placed(found: re.Match[str]) -> str:
        head, x, middle, clip, content = found.groups()
        texts, at = [], float(x)
        for part in re.split(f"({_SPACE}{{2,}}|^{_SPACE}|{_SPACE}$)", content):
            width = cell_len(html.unescape(part)) * _CELL
            if part.replace("&#160;", ""):
                texts.append(f'{head}x="{at:g}"{middle}textLength="{width:g}"{clip}{part}</text>')
            at += width
        return "".join(texts)

    picture = _FAMILY.sub(f"font-family: {_FONTS}", _FONT_FACES.sub("", picture))
    return _WORDS.sub(placed, picture)


async def photograph(directory: Path, host: EngineHost) -> None:
    """Carry the reference plan out as far as the pictures need."""
    app = AuroraApp(host, environment={"LANG": "C.UTF-8", "TERM": "xterm-256color"})
    async with app.run_test(size=SIZES[0]) as pilot:
        camera = Photographer(app, host, pilot)
        for count in (1, 2):
            await camera.approve()
            await camera.until_passed(count)
        await camera.until(lambda state: waiting(state) is not None)
        await camera.let_it_breathe(30)
        await camera.take("waiting")
        await pilot.press("a")
        await pilot.pause()
        await camera.take("approve")
        await pilot.press("escape")
        await camera.approve()
        await camera.until(lambda state: state.services["learn"].status == "ready")
        await camera.let_it_breathe(3)
        await camera.take("running")
        await camera.until_passed(3)
        await pilot.press("R")
        await camera.until(lambda state: state.rollback is not None and state.rollback.proof is not None)
        await camera.let_it_breathe(2)
        await camera.take("restored")
        await incident(directory, camera)


async def incident(directory: Path, camera: Photographer) -> None:
    """Bring the services in again, then take the core away as a crash would."""
    if camera.host.view().state.paused is not None:
        camera.host.submit(Resume())
    await camera.approve()
    await camera.until_passed(3)
    await camera.let_it_breathe(15)
    await asyncio.to_thread(stop_core, directory)
    await camera.until(lambda state: state.incident is not None)
    await camera.let_it_breathe(8)
    await camera.take("incident")


def free_offset() -> int:
    """Return a port offset with which every port of the reference plan is free."""
    for _ in range(200):
        offset = random.randrange(15000, 30000, 1000)  # noqa: S311  a port is no secret
        if all(is_free(port + offset) for port in PORTS):
            return offset
    raise SystemExit("no free ports")


def is_free(port: int) -> bool:
    """Tell whether nobody listens on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def elsewhere() -> Iterator[Path]:
    """Have state, data and interpreter lie in a temporary folder: the pictures show neither the user's nor theirs."""
    with tempfile.TemporaryDirectory(prefix="aurora-") as name:
        folder = Path(name)
        for kind in ("STATE", "DATA", "CONFIG", "CACHE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        os.environ.pop("SSH_CONNECTION", None)
        python = Path(sys.executable)
        (folder / "python").symlink_to(python.parents[1])
        sys.executable = str(folder / "python" / python.parent.name / python.name)
        yield folder


def main() -> None:
    """Make every picture."""
    PICTURES.mkdir(exist_ok=True)
    with elsewhere() as folder:
        directory = folder / "aurora"
        plan, offset = prepare(directory, free_offset())
        try:
            host = open_session(plan, offset).host()
            host.start()
            try:
                asyncio.run(photograph(directory, host))
            finally:
                host.stop(60.0)
            take_down(directory)
        finally:
            stop_core(directory)


if __name__ == "__main__":
    main()
