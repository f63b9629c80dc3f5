"""What the rollback's panel looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from aurora_console.app import AuroraApp
from aurora_console.state.live import View
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL
from tests.visual import scenarios

Compare = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
MOMENTS = {
    one.__name__: one
    for one in (scenarios.incident, scenarios.partly_rolled_back, scenarios.restored, scenarios.rollback_undone)
}


def _app(view: View, ascii_only: bool = False) -> AuroraApp:
    seen = replace(view, live=replace(view.live, foreign=("commit 1f3c9e2 “hotfix” by mara",)))
    return AuroraApp(FakeLink(seen), StillClock(view.live.at), ASCII_TERMINAL if ascii_only else UNICODE_TERMINAL)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", MOMENTS)
def test_rollback(name: str, size: str, snap_compare: Compare) -> None:
    """Before, while, and after."""
    assert snap_compare(_app(MOMENTS[name]()), press=["7"], terminal_size=SIZES[size])


def test_rollback_question(snap_compare: Compare) -> None:
    """What it will do, once more."""
    assert snap_compare(_app(scenarios.incident()), press=["7", "l", "l", "enter"], terminal_size=SIZES["80x24"])


def test_rollback_small(snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole panel."""
    assert snap_compare(_app(scenarios.restored()), press=["7"], terminal_size=(60, 16))


def test_rollback_ascii(snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    assert snap_compare(_app(scenarios.partly_rolled_back(), ascii_only=True), press=["7"])


def test_rollback_no_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every outcome told by sign and word."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_app(scenarios.rollback_undone()), press=["7"], terminal_size=SIZES["120x40"])
