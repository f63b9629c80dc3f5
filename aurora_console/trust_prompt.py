"""The question whether to trust a plan, on a screen of its own, before anything of the plan is taken up."""

from __future__ import annotations

import os

from textual.app import App

from aurora_console.plan.trust import Disclosure
from aurora_console.screens.trust import TrustScreen
from aurora_console.themes import DARK, DEFAULTS, LIGHT
from aurora_console.widgets.glyphs import ASCII, UNICODE, speaks_unicode


class TrustPrompt(App[bool]):
    """Ends with True when the user trusts the plan as it is shown."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, disclosure: Disclosure) -> None:
        super().__init__()
        self.animation_level = "none"
        self._disclosure = disclosure
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let our screens be drawn in any theme."""
        return DEFAULTS

    def on_mount(self) -> None:
        """Ask."""
        glyphs = UNICODE if speaks_unicode(os.environ) else ASCII
        self.push_screen(TrustScreen(self._disclosure, glyphs), self.exit)
