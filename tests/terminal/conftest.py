"""The small system, up to the phase that waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import free_offset
from tests.terminal.small import SmallSystem


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
