"""The console's colours: one accent, red for what needs the operator, and shades of one grey for the rest."""

from __future__ import annotations

from textual.theme import Theme

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

DEFAULTS = {"quiet": "auto 60%", "faint": "auto 40%", "rule": "auto 20%"}
"""The shades under a theme that is not ours."""
