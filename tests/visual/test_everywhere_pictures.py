"""What holds on every screen: themes, the longer graphs, an incident over a dialog, and the smallest sizes."""

from collections.abc import Callable

import pytest

from aurora_console.app import AuroraApp
from aurora_console.config import Config, ThemeChoice, ThemeName
from tests.ui.doubles import FakeLink, StillClock
from tests.ui.driving import UNICODE_TERMINAL
from tests.ui.test_graph_range import with_an_hour
from tests.visual import scenarios

Compare = Callable[..., bool]


@pytest.mark.parametrize("theme", ["light", "high-contrast", "monochrome", "ascii"])
def test_themes(snap_compare: Compare, theme: ThemeName) -> None:
    """The same moment in each of them."""
    assert snap_compare(_app(Config(theme=ThemeChoice(name=theme))), terminal_size=(80, 24))


@pytest.mark.parametrize("keys", [(), ("g",), ("g", "g")], ids=["2 min", "10 min", "1 h"])
def test_graph_ranges(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    """Two minutes, ten, an hour with a gap."""
    assert snap_compare(_app(Config()), press=keys, terminal_size=(120, 40))


@pytest.mark.parametrize("keys", [("question_mark",), ("q",)], ids=["help", "leave"])
@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=["80x24", "60x16"])
def test_an_incident_over_a_dialog(snap_compare: Compare, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    """One line that cannot be overlooked."""
    assert snap_compare(_app(Config()), press=keys, terminal_size=size)


def _app(config: Config) -> AuroraApp:
    view = with_an_hour(scenarios.incident())
    return AuroraApp(FakeLink(view), StillClock(view.live.at), UNICODE_TERMINAL, config)
