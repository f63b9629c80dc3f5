"""The logs panel: following, searching, filtering, copying."""

import base64
import os
from pathlib import Path

from msgspec.structs import replace

from aurora_console.logs.copying import CLIPBOARD
from aurora_console.screens.logs import LogsScreen
from aurora_console.state.live import View
from aurora_console.widgets.log_pane import LogPane
from tests.ui.driving import Drive, cockpit
from tests.visual import scenarios


def _view(folder: Path, **logs: str) -> View:
    """Return a moment in which services have written."""
    view = scenarios.complete()
    services = dict(view.state.services)
    for service, words in logs.items():
        path = folder / f"{service}.log"
        path.write_text(words)
        services[service] = replace(services[service], log=str(path))
    return replace(view, folder=str(folder), state=replace(view.state, services=services))


def _numbered(count: int) -> str:
    return "".join(f"line {number} {'ERROR' if number % 10 == 0 else 'fine'}\n" for number in range(count))


def _cursor(drive: Drive) -> str:
    line = drive.app.screen.query_one(LogPane).cursor
    return "" if line is None else line.data.decode()


async def test_it_opens_at_the_end_and_follows(tmp_path: Path) -> None:
    """Until the operator moves up; F follows again."""
    async with cockpit(_view(tmp_path, learn=_numbered(100))) as drive:
        await drive.press("5")
        await drive.sees("line 99 fine")
        await drive.sees("following")
        with (tmp_path / "learn.log").open("a") as log:
            log.write("one more\n")
        await drive.sees("one more")
        await drive.press("k")
        assert _cursor(drive) == "line 99 fine"
        with (tmp_path / "learn.log").open("a") as log:
            log.write("and another\n")
        await drive.press("F")
        await drive.sees("and another")


async def test_home_and_end_lead_to_the_ends(tmp_path: Path) -> None:
    """However long it is."""
    async with cockpit(_view(tmp_path, learn=_numbered(5000))) as drive:
        await drive.press("5", "home")
        assert _cursor(drive) == "line 0 ERROR"
        await drive.press("pagedown", "j")
        assert "line 0 " not in drive.text
        await drive.press("end")
        await drive.sees("line 4999 fine")


async def test_a_huge_log_opens_without_being_read(tmp_path: Path) -> None:
    """A gigabyte with a hole in it: what is read is its end and what is scrolled to."""
    view = _view(tmp_path, learn="the first line\n")
    log = tmp_path / "learn.log"
    os.truncate(log, 1 << 30)
    with log.open("r+b") as file:
        file.seek(1 << 30)
        file.write(b"\nthe last line\n")
    async with cockpit(view) as drive:
        await drive.press("5")
        await drive.sees("the last line")
        await drive.sees("1.0 G")
        await drive.press("home")
        await drive.until(lambda: _cursor(drive) == "the first line")


async def test_a_search_goes_up_and_n_further(tmp_path: Path) -> None:
    """N goes back down; what is not there is said."""
    async with cockpit(_view(tmp_path, learn=_numbered(100))) as drive:
        await drive.press("5", "slash", *"error", "enter")
        await drive.until(lambda: _cursor(drive) == "line 90 ERROR")
        await drive.press("n")
        await drive.until(lambda: _cursor(drive) == "line 80 ERROR")
        await drive.press("N")
        await drive.until(lambda: _cursor(drive) == "line 90 ERROR")
        await drive.press("N")
        await drive.sees("nothing below")


async def test_an_expression_that_is_none_is_said_to_be_so(tmp_path: Path) -> None:
    """And nothing moves."""
    async with cockpit(_view(tmp_path, learn=_numbered(10))) as drive:
        await drive.press("5", "slash", "(", "enter")
        await drive.sees("this is no regular expression")


async def test_filters_show_what_matches_or_what_does_not(tmp_path: Path) -> None:
    """The same key again shows all; new lines go through the filter, too."""
    async with cockpit(_view(tmp_path, learn=_numbered(100))) as drive:
        await drive.press("5", "exclamation_mark", *"fine", "enter")
        await drive.sees("10 lines")
        assert " fine" not in drive.text.replace("without fine", "")
        with (tmp_path / "learn.log").open("a") as log:
            log.write("another fine one\nsomething else\n")
        await drive.sees("something else")
        assert "another fine one" not in drive.text
        await drive.press("exclamation_mark")
        await drive.sees("another fine one")
        await drive.press("ampersand")
        await drive.sees("only lines with fine")
        await drive.until(lambda: "something else" not in drive.text)


async def test_levels_are_told_by_sign_as_well_as_by_colour(tmp_path: Path) -> None:
    """Trouble and warning stand out; what a service writes is never markup or an escape."""
    words = "ERROR it broke\nWARN it may\n[@click=app.bell]press[/] \x1b]52;c;AAAA\x07here \x1b[2Jthere\n"
    async with cockpit(_view(tmp_path, learn=words)) as drive:
        await drive.press("5")
        for shown in ("✗ ERROR it broke", "▲ WARN it may", "[@click=app.bell]press[/] here there"):
            await drive.sees(shown)


async def test_all_services_stand_together_in_order_of_arrival(tmp_path: Path) -> None:
    """Each line with the name of who wrote it; l and h choose one."""
    async with cockpit(_view(tmp_path, learn="from learn\n", bridge="from bridge\n")) as drive:
        await drive.press("5")
        await drive.sees("from bridge")
        with (tmp_path / "learn.log").open("a") as log:
            log.write("learn again\n")
        await drive.sees("learn again")
        lines = [line for line in drive.text.splitlines() if "from" in line or "again" in line]
        assert "learn" in lines[-1].split()[1]
        await drive.press("slash", *"from", "enter")
        await drive.until(lambda: _cursor(drive).startswith("from"))
        await drive.press("l", "tab")
        await drive.until(lambda: "from learn" in drive.text and "from bridge" not in drive.text)


async def test_a_range_is_copied_to_the_terminals_clipboard(tmp_path: Path) -> None:
    """As it is shown, line by line."""
    async with cockpit(_view(tmp_path, learn=_numbered(20))) as drive:
        await drive.press("5", "v", "k", "k", "y")
        await drive.sees("Copied 3 lines")
        assert drive.app.clipboard == "line 17 fine\nline 18 fine\nline 19 fine"


async def test_what_is_too_long_for_a_clipboard_goes_into_a_file(tmp_path: Path) -> None:
    """Only this user can read it, and the console says where it is."""
    words = "".join(f"{number} {'x' * 1000}\n" for number in range(100))
    async with cockpit(_view(tmp_path, learn=words)) as drive:
        await drive.press("5", "v", "home", "y")
        await drive.sees("Written to")
        (copy,) = (tmp_path / "copied").iterdir()
        assert copy.read_text() == words
        assert copy.stat().st_mode & 0o777 == 0o600
        assert drive.app.clipboard == ""
    assert len(base64.b64encode(b"x" * CLIPBOARD)) + len("\x1b]52;c;\x07") == 100_000


async def test_a_service_without_a_log_says_why(tmp_path: Path) -> None:
    """One that runs without the console, one that was not started."""
    async with cockpit(_view(tmp_path, learn="x\n")) as drive:
        await drive.press("5", "h")
        await drive.sees("core runs without the console")
        await drive.press("l", "l")
        await drive.sees("bridge was not started yet.")


async def test_wrapping_shows_the_whole_of_long_lines(tmp_path: Path) -> None:
    """Until w cuts them off again."""
    async with cockpit(_view(tmp_path, learn="start " + "x" * 100 + " its end\n")) as drive:
        await drive.press("5")
        assert "its end" not in drive.text
        await drive.press("w")
        await drive.sees("its end")
        assert isinstance(drive.app.screen, LogsScreen)
