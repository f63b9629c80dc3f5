"""What every test may stand on: state of its own, and the reference system on ports of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import Demo, free_offset, isolate
from tests.terminal.small import SmallSystem


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


@pytest.fixture
def small(tmp_path: Path, own_state: Path) -> Iterator[Callable[[str], SmallSystem]]:
    """Return a maker of small systems by their `on_disconnect`, with the worker running; stop everything afterwards."""
    made = []

    def make(policy: str = "hold") -> SmallSystem:
        system = SmallSystem(tmp_path / "small", free_offset(), own_state, policy=policy)
        made.append(system)
        system.lay_out()
        system.bring_up()
        return system

    yield make
    for system in made:
        system.go.touch()
        system.take_down()
