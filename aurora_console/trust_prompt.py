"""The question whether to trust a plan, on a screen of its own, before anything of the plan is taken up."""

from __future__ import annotations

import os

from textual.app import App

from aurora_console.config import ThemeName
from aurora_console.plan.trust import Disclosure
from aurora_console.screens.trust import TrustScreen
from aurora_console.themes import BY_NAME, DEFAULTS
from aurora_console.widgets.glyphs import ASCII, UNICODE, speaks_unicode


class TrustPrompt(App[bool]):
    """Ends with True when the user trusts the plan as it is shown."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, disclosure: Disclosure, theme: ThemeName = "dark") -> None:
        super().__init__()
        self.animation_level = "none"
        self._disclosure = disclosure
        self._is_ascii = theme == "ascii" or not speaks_unicode(os.environ)
        self.register_theme(BY_NAME[theme])
        self.theme = BY_NAME[theme].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let our screens be drawn in any theme."""
        return DEFAULTS

    def on_mount(self) -> None:
        """Ask."""
        glyphs = ASCII if self._is_ascii else UNICODE
        self.push_screen(TrustScreen(self._disclosure, glyphs), self.exit)
