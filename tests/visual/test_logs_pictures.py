"""What the logs panel looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from aurora_console.widgets.log_pane import LogPane
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, DEADLINE, UNICODE_TERMINAL
from tests.visual import scenarios

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Compare = Callable[..., bool]


def _line(number: int) -> str:
    level = "ERROR" if number % 17 == 0 else "WARN" if number % 11 == 0 else "DEBUG" if number % 5 == 0 else "INFO"
    said = {"ERROR": "task {} failed: no program found within 4000 nodes", "WARN": "task {} took 812 ms"}
    words = said.get(level, "learned from task {}: weight of add 0.{}1, of concat 0.12, of reverse 0.03, of take 0.3")
    return f"03:{number // 60:02}:{number % 60:02} {level} {words.format(number, number % 9)}\n"


def _view(folder: Path) -> View:
    view = scenarios.running()
    log = folder / "learn.log"
    log.write_text("".join(map(_line, range(400))))
    learn = replace(view.state.services["learn"], log=str(log))
    return replace(view, state=replace(view.state, services=view.state.services | {"learn": learn}))


def _app(view: View, terminal: Mapping[str, str] = UNICODE_TERMINAL) -> AuroraApp:
    return AuroraApp(FakeLink(view), StillClock(view.live.at), terminal)


def _until_found(*keys: str) -> Callable[[Any], Any]:
    """Return what presses keys and waits for the search that they begin."""

    async def press(pilot: Any) -> None:
        await pilot.press(*keys)
        for _ in range(int(DEADLINE * 50)):
            await pilot.pause(0.02)
            if pilot.app.screen.query_one(LogPane).hits or pilot.app.screen._chosen is not None:
                break
        while pilot.app.screen._search is not None:
            await pilot.pause(0.02)
        await pilot.pause()

    return press


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(["5"], id="following"),
        pytest.param(["5", "k", "k", "v", "k", "k", "w"], id="range"),
        pytest.param(["5", "h"], id="none"),
        pytest.param(["5", "slash", "t"], id="typing"),
    ],
)
def test_logs(keys: list[str], size: str, snap_compare: Compare, tmp_path: Path) -> None:
    """Followed, a marked range wrapped, a service without one, an expression being typed."""
    assert snap_compare(_app(_view(tmp_path)), press=keys, terminal_size=SIZES[size])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("slash", *"failed", "enter"), id="search"),
        pytest.param(("exclamation_mark", *"learned", "enter"), id="without"),
    ],
)
def test_found(keys: tuple[str, ...], size: str, snap_compare: Compare, tmp_path: Path) -> None:
    """A match, and a filter."""
    assert snap_compare(_app(_view(tmp_path)), run_before=_until_found("5", *keys), terminal_size=SIZES[size])


def test_all(snap_compare: Compare, tmp_path: Path) -> None:
    """Every service together."""
    assert snap_compare(_app(_view(tmp_path)), press=["5", "h", "h"], terminal_size=SIZES["120x40"])


def test_small(snap_compare: Compare, tmp_path: Path) -> None:
    """The smallest terminal that gets a whole panel."""
    assert snap_compare(_app(_view(tmp_path)), press=["5"], terminal_size=(60, 16))


def test_ascii(snap_compare: Compare, tmp_path: Path) -> None:
    """Where a terminal shows nothing else."""
    assert snap_compare(_app(_view(tmp_path), ASCII_TERMINAL), press=["5", "k", "v", "k"])


def test_no_color(snap_compare: Compare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels are told by sign and word."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_app(_view(tmp_path)), press=["5"])
