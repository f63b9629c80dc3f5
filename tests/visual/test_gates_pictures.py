"""What the gates' panel looks like. After an intended change: `pytest tests/visual --snapshot-update`, and look."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aurora_console.app import AuroraApp
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL
from tests.visual import scenarios

Compare = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
CHOOSE = ["6", "j", "j", "j", "j"]


def _app(ascii_only: bool = False) -> AuroraApp:
    view = scenarios.evidence_at_hand()
    return AuroraApp(FakeLink(view), StillClock(view.live.at), ASCII_TERMINAL if ascii_only else UNICODE_TERMINAL)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("keys", [CHOOSE, [*CHOOSE, "enter"]], ids=["list", "evidence"])
def test_gates(keys: list[str], size: str, snap_compare: Compare) -> None:
    """The list with an inconclusive gate chosen, and its evidence."""
    assert snap_compare(_app(), press=keys, terminal_size=SIZES[size])


def test_gates_small(snap_compare: Compare) -> None:
    """The smallest terminal that gets a whole panel."""
    assert snap_compare(_app(), press=[*CHOOSE, "enter"], terminal_size=(60, 16))


def test_gates_ascii(snap_compare: Compare) -> None:
    """Where a terminal shows nothing else."""
    assert snap_compare(_app(ascii_only=True), press=CHOOSE, terminal_size=SIZES["120x40"])


def test_gates_no_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verdict told by sign and word."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(_app(), press=CHOOSE, terminal_size=SIZES["120x40"])
