"""What every test may stand on: state of its own, and the reference system on ports of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, free_offset, isolate


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test's state, data and configuration away from the user's and from other tests'."""
    return isolate(tmp_path_factory.mktemp("xdg"), monkeypatch)


@pytest.fixture
def demo(tmp_path: Path, own_state: Path) -> Iterator[Demo]:
    """Lay the reference system out with its core running; stop everything of it afterwards."""
    laid_out = Demo(tmp_path / "demo", free_offset(), own_state)
    laid_out.lay_out()
    try:
        yield laid_out
    finally:
        laid_out.take_down()
