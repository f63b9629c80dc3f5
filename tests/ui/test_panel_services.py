"""The services panel: figures, detail, and starting and stopping by hand."""

from pathlib import Path

from msgspec.structs import replace

from aurora_console.screens.logs import LogsScreen
from aurora_console.screens.service_action import ServiceActionScreen
from aurora_console.screens.services import ServicesScreen
from aurora_console.state.live import View
from aurora_console.state.requests import RestartOne, StartOne, StopOne
from tests.ui.driving import cockpit
from tests.visual import scenarios


def _with_log(view: View, service: str, log: Path) -> View:
    services = view.state.services
    known = services | {service: replace(services[service], log=str(log))}
    return replace(view, state=replace(view.state, services=known))


async def test_the_table_has_every_service_with_its_figures() -> None:
    """State in words, process, port, processor, memory, files, answer and age; wider terminals show more."""
    async with cockpit(scenarios.paused()) as drive:
        await drive.press("3")
        learn = next(line for line in drive.text.splitlines() if "learn" in line and "5010" in line)
        for figure in ("● ready", "4242", "18 %", "38 M", "14", "3.1 ms", "16 s"):
            assert figure in learn
        assert "RESTARTS" not in drive.text
    async with cockpit(scenarios.paused(), size=(140, 40)) as drive:
        await drive.press("3")
        assert "RESTARTS" in drive.text
        assert "CPU 2 min" in drive.text or "CPU" in drive.text


async def test_enter_opens_the_detail_and_escape_closes_it(tmp_path: Path) -> None:
    """Graphs, the plan's words, and the newest lines of the log; no value of a variable."""
    log = tmp_path / "learn.log"
    log.write_text("learned [@click=app.bell] one\n\x1b[31mlearned two\x1b[0m\n")
    async with cockpit(_with_log(scenarios.paused(), "learn", log), size=(80, 40)) as drive:
        await drive.press("3", "j", "enter")
        for words in (
            "CPU 18 %",
            "MEM 38 M",
            "ANSWERS 3.1 ms",
            "python -m aurora_x.learn",
            "LEARN_TOKEN",
            "values hidden",
        ):
            await drive.sees(words)
        await drive.sees("learned [@click=app.bell] one")
        await drive.sees("learned two")
        await drive.press("enter")
        await drive.until(lambda: "ITS LAST LINES" not in drive.text)
    async with cockpit(scenarios.paused()) as drive:
        await drive.press("3", "j", "enter")
        await drive.sees("RUNS")
        await drive.press("escape")
        assert isinstance(drive.app.screen, ServicesScreen)
        await drive.sees("SERVICE")


async def test_stopping_asks_with_a_preview_first() -> None:
    """The signal, the grace and what hangs on it; Enter asks the engine, Esc nothing."""
    async with cockpit(scenarios.paused()) as drive:
        await drive.press("3", "j", "X")
        await drive.sees("SIGTERM to pid 4242")
        await drive.sees("after 5.0 s")
        await drive.press("escape")
        assert drive.link.requests == []
        await drive.press("X", "enter")
        assert drive.link.requests == [StopOne(service="learn")]
        await drive.press("T", "enter")
        assert drive.link.requests[1:] == [RestartOne(service="learn")]


async def test_what_the_run_did_not_start_is_not_started() -> None:
    """The dialog says which phase starts it, and Enter does nothing."""
    async with cockpit(scenarios.paused()) as drive:
        await drive.press("3", "j", "j", "S")
        await drive.sees("Phase 5 starts it: approve that phase.")
        await drive.press("enter")
        assert isinstance(drive.app.screen, ServiceActionScreen)
        await drive.press("escape", "home", "S")
        await drive.sees("core runs without the console")
        await drive.press("enter", "escape")
        assert drive.link.requests == []


async def test_a_stopped_service_can_be_started_again() -> None:
    """Its start is undone by a rollback like the first one."""
    async with cockpit(scenarios.stopped_by_hand()) as drive:
        await drive.press("3", "j", "S")
        await drive.sees("Runs python -m aurora_x.learn")
        await drive.press("enter")
        assert drive.link.requests == [StartOne(service="learn")]


async def test_o_opens_the_selected_services_log(tmp_path: Path) -> None:
    """And Esc leads from there to the cockpit."""
    log = tmp_path / "learn.log"
    log.write_text("a line of learn\n")
    async with cockpit(_with_log(scenarios.paused(), "learn", log)) as drive:
        await drive.press("3", "j", "o")
        await drive.until(lambda: isinstance(drive.app.screen, LogsScreen))
        await drive.sees("a line of learn")
        await drive.press("escape")
        await drive.sees("PHASES")


async def test_everything_is_reached_on_a_small_terminal() -> None:
    """60 x 16: the detail scrolls to its last line."""
    async with cockpit(scenarios.paused(), size=(60, 16)) as drive:
        await drive.press("3", "j", "enter", "end")
        await drive.sees("ITS LAST LINES")
