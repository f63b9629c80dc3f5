import pytest
from textual.color import Color

from aurora_console.config import THEMES, Config, ThemeChoice, ThemeName
from aurora_console.themes import BY_NAME
from aurora_console.widgets.glyphs import ASCII, UNICODE, Glyphs
from tests.ui.driving import ASCII_TERMINAL, UNICODE_TERMINAL, cockpit
from tests.ui.test_cockpit_states import CORNERS
from tests.visual.scenarios import SCENARIOS, incident, running, waiting

LEAST_CONTRAST: dict[ThemeName, float] = {
    "dark": 4.5,
    "light": 4.5,
    "high-contrast": 7.0,
    "monochrome": 4.5,
    "ascii": 4.5,
}
"""Of every text that tells something, against the background (WCAG's AA, and AAA for high contrast)."""
PHASES = {
    "passed": "passed",
    "proposed": "waiting",
    "running": "running",
    "gating": "running",
    "failed": "failed",
    "pending": "pending",
}

SIGNS = {
    one.is_ascii: (one.alarm, one.paused, one.undone, one.waiting, one.running, one.up, one.down)
    for one in (UNICODE, ASCII)
}
"""Of the corner, in either set."""


def with_theme(name: ThemeName) -> Config:
    """Return a configuration with nothing but a theme."""
    return Config(theme=ThemeChoice(name=name))


@pytest.mark.parametrize("terminal", [UNICODE_TERMINAL, ASCII_TERMINAL], ids=["signs", "ascii"])
@pytest.mark.parametrize("name", SCENARIOS)
async def test_every_state_is_told_by_sign_and_word_without_colour(name: str, terminal: dict[str, str]) -> None:
    """In the corner, at every phase, at every service; and no colour is sent."""
    view = SCENARIOS[name]()
    glyphs: Glyphs = UNICODE if terminal is UNICODE_TERMINAL else ASCII
    async with cockpit(view, (120, 40), terminal, with_theme("monochrome")) as drive:
        lines = drive.text.splitlines()
        assert lines[0].rstrip().endswith(CORNERS[name])
        sign = lines[0].rstrip().removesuffix(CORNERS[name]).split()[-1]
        assert sign in SIGNS[glyphs.is_ascii]
        for phase in view.state.phases:
            if phase.status in PHASES:
                sign = getattr(glyphs, PHASES[phase.status])
                start = f"{sign} ".rjust(2) if glyphs is UNICODE else sign.ljust(glyphs.width)
                assert any(
                    line.lstrip().startswith(f"{start.strip()} ") and phase.outline.title[:12] in line for line in lines
                ), f"phase {phase.outline.number} {phase.status}"
        for service in view.state.services.values():
            row = next(line for line in lines if line.split()[:1] == [service.name])
            assert service.status in row
        for strip in drive.app.screen._compositor.render_strips():
            for segment in strip:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert color is None or color.triplet is None or len(set(color.triplet)) == 1


@pytest.mark.parametrize("name", THEMES)
def test_every_text_stands_out_from_its_background(name: ThemeName) -> None:
    """By the contrast that a standard asks for."""
    theme = BY_NAME[name]
    background = Color.parse(theme.background or "")
    for color in (theme.foreground, theme.accent, theme.error, theme.warning, theme.variables["quiet"]):
        assert contrast(Color.parse(color or ""), background) >= LEAST_CONTRAST[name], color


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2 defines it."""

    def luminance(color: Color) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
async def test_a_theme_is_chosen_in_the_configuration(name: ThemeName) -> None:
    """Each of them shows the same words."""
    async with cockpit(incident(), config=with_theme(name)) as drive:
        assert drive.app.current_theme.name == f"aurora-{name}"
        assert "INCIDENT 0:08" in drive.text
        assert drive.text.isascii() == (name == "ascii")


async def test_a_theme_is_chosen_while_the_console_is_open() -> None:
    """Signs and colours follow, and come back."""
    async with cockpit(running()) as drive:
        before = drive.text
        drive.app.theme = "aurora-ascii"
        await drive.until(drive.text.isascii)
        drive.app.theme = "aurora-monochrome"
        await drive.until(lambda: drive.text == before)
        assert drive.app.no_color
        drive.app.theme = "aurora-dark"
        await drive.pilot.pause()
        assert not drive.app.no_color


async def test_the_palette_offers_the_themes() -> None:
    """By name."""
    async with cockpit(waiting()) as drive:
        await drive.press("ctrl+p", *"theme")
        await drive.sees("Theme")
        await drive.press("down", "enter")
        await drive.press(*"contrast")
        await drive.sees("aurora-high-contrast")
