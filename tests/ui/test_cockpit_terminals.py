import pytest

from tests.ui.driving import ASCII_TERMINAL, cockpit
from tests.visual import scenarios
from tests.visual.scenarios import SCENARIOS


async def test_60_by_16_shows_everything_in_little() -> None:
    """All panes are there."""
    async with cockpit(scenarios.running(), size=(60, 16)) as drive:
        for words in ("PHASES", "NOW", "SERVICE", "38 of 60 s", "breaker 0 of 3", "R roll back"):
            assert words in drive.text


async def test_40_by_10_shows_one_line_of_state_and_one_of_keys() -> None:
    """And nothing else."""
    async with cockpit(scenarios.incident(), size=(40, 10)) as drive:
        lines = [line.strip() for line in drive.text.splitlines()]
        assert lines[0].startswith("aurora  phase 4 of 10")
        assert lines[0].endswith("▲ INCIDENT")
        assert lines[1].startswith("p resume")
        assert lines[1].endswith("q leave")
        assert not any(lines[2:])


async def test_a_terminal_may_be_resized_at_any_time() -> None:
    """Small and back gives the same picture."""
    async with cockpit(scenarios.incident()) as drive:
        before = drive.text
        for size in ((40, 10), (160, 50), (3, 2), (80, 24)):
            await drive.pilot.resize_terminal(*size)
            await drive.pilot.pause()
        await drive.until(lambda: drive.text == before)


async def test_wider_terminals_show_more_of_the_same() -> None:
    """Columns are added; none changes places."""
    async with cockpit(scenarios.running(), size=(80, 24)) as drive:
        assert "PID" not in drive.text
    async with cockpit(scenarios.running(), size=(120, 24)) as drive:
        assert "4242" in drive.text
        assert "parallel" in drive.text
    async with cockpit(scenarios.running(), size=(160, 24)) as drive:
        assert "RESTARTS" in drive.text


@pytest.mark.parametrize("name", SCENARIOS)
async def test_an_ascii_terminal_gets_nothing_but_ascii(name: str) -> None:
    """Every scenario, with words where the signs were."""
    async with cockpit(SCENARIOS[name](), terminal=ASCII_TERMINAL) as drive:
        assert drive.text.isascii()


async def test_ascii_reaches_dialogs_and_the_palette() -> None:
    """Textual's own widgets too."""
    async with cockpit(scenarios.waiting(), terminal=ASCII_TERMINAL) as drive:
        assert "ok  1 Snapshot" in drive.text
        for keys in (("a",), ("escape", "question_mark"), ("escape", "q"), ("escape", "ctrl+p")):
            await drive.press(*keys)
            assert drive.text.isascii()


async def test_no_color_leaves_words_and_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told by colour alone, and no colour is sent."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with cockpit(scenarios.incident()) as drive:
        assert "▲ INCIDENT" in drive.text
        for strip in drive.app.screen._compositor.render_strips():
            for segment in strip:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    if color is not None and color.triplet is not None:
                        assert len(set(color.triplet)) == 1
