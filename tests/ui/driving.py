"""Driving the cockpit in a test, and reading its screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from aurora_console.app import AuroraApp, ExitChoice
from aurora_console.config import Config
from aurora_console.state.live import View
from tests.ui.doubles import FakeLink, StillClock

UNICODE_TERMINAL = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
ASCII_TERMINAL = {"LANG": "C", "TERM": "xterm"}
DEADLINE = 10.0


class Drive:
    """One open cockpit."""

    def __init__(self, app: AuroraApp, link: FakeLink, pilot: Pilot[ExitChoice]) -> None:
        self.app = app
        self.link = link
        self.pilot = pilot

    @property
    def text(self) -> str:
        """All that is on the screen, without colours."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        """Press keys and let them take effect."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds; fail with the screen's text when it does not."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"it never came to that:\n{self.text}"
            await self.pilot.pause()
            await asyncio.sleep(0.01)

    async def sees(self, words: str) -> None:
        """Wait until `words` are on the screen."""
        await self.until(lambda: words in self.text)


@asynccontextmanager
async def cockpit(
    view: View,
    size: tuple[int, int] = (80, 24),
    terminal: Mapping[str, str] = UNICODE_TERMINAL,
    config: Config | None = None,
) -> AsyncIterator[Drive]:
    """Open the cockpit on `view`."""
    link = FakeLink(view)
    app = AuroraApp(link, StillClock(view.live.at), terminal, config)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Drive(app, link, pilot)
