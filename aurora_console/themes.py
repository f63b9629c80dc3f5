"""The console's colours: one accent, red for what needs the operator, and shades of one grey for the rest."""

from __future__ import annotations

from textual.theme import Theme

from aurora_console.config import ThemeName

DARK = Theme(
    name="aurora-dark",
    primary="#63b0b5",
    secondary="#63b0b5",
    accent="#63b0b5",
    success="#63b0b5",
    warning="#d5b06b",
    error="#e5707a",
    foreground="#cdd3da",
    background="#12161b",
    surface="#1a2027",
    panel="#222a33",
    dark=True,
    variables={"quiet": "#8792a0", "faint": "#566270", "rule": "#2b343e"},
)

LIGHT = Theme(
    name="aurora-light",
    primary="#0d6b72",
    secondary="#0d6b72",
    accent="#0d6b72",
    success="#0d6b72",
    warning="#7a5a00",
    error="#b3202c",
    foreground="#20262d",
    background="#f7f8f9",
    surface="#eceff1",
    panel="#e1e5e9",
    dark=False,
    variables={"quiet": "#5b6672", "faint": "#8b96a1", "rule": "#cdd4da"},
)

HIGH_CONTRAST = Theme(
    name="aurora-high-contrast",
    primary="#5ff2ff",
    secondary="#5ff2ff",
    accent="#5ff2ff",
    success="#5ff2ff",
    warning="#ffe14d",
    error="#ff8f8f",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={"quiet": "#e4e4e4", "faint": "#b4b4b4", "rule": "#8a8a8a"},
)

MONOCHROME = Theme(
    name="aurora-monochrome",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffffff",
    success="#ffffff",
    warning="#ffffff",
    error="#ffffff",
    foreground="#d8d8d8",
    background="#101010",
    surface="#1c1c1c",
    panel="#262626",
    dark=True,
    variables={"quiet": "#a0a0a0", "faint": "#6c6c6c", "rule": "#3a3a3a"},
)

ASCII_ONLY = Theme(
    name="aurora-ascii",
    primary=DARK.primary,
    secondary=DARK.secondary,
    accent=DARK.accent,
    success=DARK.success,
    warning=DARK.warning,
    error=DARK.error,
    foreground=DARK.foreground,
    background=DARK.background,
    surface=DARK.surface,
    panel=DARK.panel,
    dark=True,
    variables=DARK.variables,
)
"""The dark colours; the app shows nothing but ASCII while it is chosen."""

BY_NAME: dict[ThemeName, Theme] = {
    "dark": DARK,
    "light": LIGHT,
    "high-contrast": HIGH_CONTRAST,
    "monochrome": MONOCHROME,
    "ascii": ASCII_ONLY,
}
"""The themes by the names that the configuration and `--theme` have for them."""

DEFAULTS = {"quiet": "auto 60%", "faint": "auto 40%", "rule": "auto 20%"}
"""The shades under a theme that is not ours."""
