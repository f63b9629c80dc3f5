"""The Textual app: it hands moments of the engine down to the screens, and requests up. It decides nothing itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Protocol, runtime_checkable

from rich.segment import Segment
from textual.app import App, SystemCommand
from textual.color import Color
from textual.command import Provider
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from aurora_console.clock import Clock, SystemClock
from aurora_console.commands.command import Command, Gesture, Local, Panel
from aurora_console.commands.registry import by_id, command_for, remap
from aurora_console.config import Config
from aurora_console.screens.panel import PanelScreen
from aurora_console.screens.panels import open_panel
from aurora_console.state.events import RequestRefused
from aurora_console.state.live import EngineLink, View
from aurora_console.state.requests import ApprovePhase
from aurora_console.state.standing import proposed
from aurora_console.text import clean
from aurora_console.themes import ASCII_ONLY, BY_NAME, DEFAULTS, MONOCHROME
from aurora_console.typed_ahead import TypedAheadApp
from aurora_console.widgets.alert import Alert
from aurora_console.widgets.glyphs import ASCII, UNICODE, in_ascii, speaks_unicode
from aurora_console.widgets.pane import Pane

SHORTEST_BETWEEN_VIEWS = 0.25
"""Seconds: what the engine says more often is taken together."""


class ExitChoice(Enum):
    """Why the app returned; None where it was taken away instead, by a signal or a vanished terminal."""

    LEAVE = auto()
    """The operator left; services go on."""


@runtime_checkable
class ShowsView(Protocol):
    """A screen that is drawn from a view."""

    def update_view(self, view: View) -> None:
        """Show another moment."""
        ...


def _command_provider() -> type[Provider]:
    from aurora_console.commands.palette import CommandProvider  # noqa: PLC0415  the first frame need not wait for it

    return CommandProvider


class AuroraApp(TypedAheadApp[ExitChoice]):
    """The cockpit over an engine."""

    TITLE = "aurora-console"
    # Textual loads no stylesheet of the default screen itself, and takes a relative path from where a subclass stands
    CSS_PATH = Path(__file__).parent / "screens" / "cockpit.tcss"
    COMMANDS = App.COMMANDS | {_command_provider}

    class Woken(Message, bubble=False):
        """The engine has something new."""

    def __init__(
        self,
        link: EngineLink,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
        config: Config | None = None,
        when_shown: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the app. `environment` decides between signs and ASCII; None stands for the process's own.

        `when_shown` is called once the first frame is on the screen. Raises ConfigError when the keys of `config`
        cannot be; None stands for the defaults.
        """
        super().__init__()
        self._when_shown = when_shown
        config = config or Config()
        remap(config.keys)
        self.animation_level = "none"
        self._link = link
        self._clock = clock or SystemClock()
        environment = os.environ if environment is None else environment
        self._speaks_unicode = speaks_unicode(environment)
        self._wants_no_color = self.no_color
        self._glyphs = UNICODE if self._speaks_unicode else ASCII
        self._ascii = _AsciiOnly()
        self._alert = Alert(config.incident, environment, since=self._clock.wall())
        self._view = link.view()
        self._view_at = self._clock.monotonic() - SHORTEST_BETWEEN_VIEWS
        self._is_view_due = False
        self._refusals_seen = self._view.recent[-1].seq if self._view.recent else 0
        self._loop: asyncio.AbstractEventLoop | None = None
        for theme in BY_NAME.values():
            self.register_theme(theme)
        self.theme = BY_NAME[config.theme.name].name
        for key in by_id("roll-back").keys:
            # on the app itself, so that it works on whatever stands before the panels, too
            self._bindings.bind(key, f"press('{key}')")

    @property
    def view(self) -> View:
        """The moment that is shown."""
        return self._view

    @property
    def panel(self) -> Panel:
        """The panel in front, or behind the dialog in front."""
        shown = [screen.PANEL for screen in self.screen_stack if isinstance(screen, PanelScreen)]
        return shown[-1] if shown else Panel.COCKPIT

    def show_panel(self, panel: Panel, about: str = "") -> None:
        """Bring a panel to the front, turned to `about`; the cockpit is always at the bottom of the stack."""
        if panel == self.panel:
            return
        if self.panel is not Panel.COCKPIT:
            self.pop_screen()
        if panel is not Panel.COCKPIT:
            screen = open_panel(panel, self._view, self._glyphs, self._clock)
            if about:
                screen.turn_to(about)
            self.push_screen(screen)

    def get_default_screen(self) -> Screen[None]:
        """Open with the cockpit."""
        return open_panel(Panel.COCKPIT, self._view, self._glyphs, self._clock)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Let our screens be drawn in any theme."""
        return DEFAULTS

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer those of Textual's own commands that ours do not replace."""
        for command in super().get_system_commands(screen):
            if command.title in {"Theme", "Screenshot"}:
                yield command

    def watch_theme(self) -> None:
        """Draw what is open in the look of the theme that was chosen."""
        before = self._glyphs
        self._take_look()
        if self._glyphs is before or not self.is_running:
            return
        for screen in self.screen_stack:
            if isinstance(screen, PanelScreen):
                screen.glyphs = self._glyphs
            for pane in screen.query(Pane):
                pane.glyphs = self._glyphs
        self._take_view()
        self.refresh()

    def _take_look(self) -> None:
        is_ascii = self.theme == ASCII_ONLY.name or not self._speaks_unicode
        self._glyphs = ASCII if is_ascii else UNICODE
        self._ascii.enabled = is_ascii
        self.no_color = self._wants_no_color or self.theme == MONOCHROME.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Keep everything ASCII, Textual's own widgets included, where the terminal shows nothing else."""
        return [one for one in (*super().get_line_filters(), self._ascii) if one.enabled]

    def on_mount(self) -> None:
        """Ask to be woken for what comes after the first moment."""
        self._loop = asyncio.get_running_loop()
        self._link.on_wake(self._wake)
        # the clock goes on, and a silent engine is noticed, though nothing wakes us
        self.set_interval(1.0, self._take_view)
        self.call_after_refresh(self._when_shown)

    def action_press(self, key: str) -> None:
        """Do what `key` does at this moment."""
        self.run_command(command_for(key, self._view, self.panel))

    def run_command(self, command: Command) -> None:
        """Do what a command does, or say why not."""
        if not command.is_available(self._view):
            self.notify(command.otherwise, markup=False)
        elif isinstance(command.makes, Gesture):
            self._gesture(command.makes)
        elif isinstance(command.makes, Panel):
            self.show_panel(command.makes)
        elif isinstance(command.makes, Local):
            self.call_later(self.run_action, f"screen.{command.makes.name}")
        else:
            self._link.submit(command.makes(self._view))

    def leave_from_outside(self) -> None:
        """End the app without a question: the terminal is gone, or the process is asked to end. From any thread."""
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self.exit)
        except RuntimeError:
            return  # it has ended already

    async def action_quit(self) -> None:
        """Ask before leaving, whichever way the operator asked for it."""
        self._ask_to_leave()

    def action_help_quit(self) -> None:
        """Take ctrl+c as the wish to leave."""
        self._ask_to_leave()

    def on_panel_screen_asked(self, message: PanelScreen.Asked) -> None:
        """Pass on what a panel asks of the engine."""
        self._link.submit(message.request)

    def on_panel_screen_wanted(self, message: PanelScreen.Wanted) -> None:
        """Go where a panel sends the operator."""
        self.show_panel(message.panel, message.about)

    def _gesture(self, gesture: Gesture) -> None:
        match gesture:
            case Gesture.OPEN_APPROVAL:
                self._open_approval()
            case Gesture.OPEN_HELP:
                from aurora_console.screens.help import HelpScreen  # noqa: PLC0415  the first frame need not wait for it

                self.push_screen(HelpScreen(self._view, self._glyphs, self.panel))
            case Gesture.OPEN_PALETTE:
                self.action_command_palette()
            case Gesture.ASK_TO_LEAVE:
                self._ask_to_leave()
            case Gesture.SCROLL_DOWN:
                self._scroll(1)
            case Gesture.SCROLL_UP:
                self._scroll(-1)
            case Gesture.FOCUS_NEXT:
                self.action_focus_next()

    def _scroll(self, by: int) -> None:
        if isinstance(self.screen, PanelScreen):
            self.screen.scroll_list(by)

    def _open_approval(self) -> None:
        from aurora_console.screens.approve import ApproveScreen  # noqa: PLC0415  the first frame need not wait for it

        phase = proposed(self._view.state)
        if phase is None:
            return

        def decide(reason: str | None) -> None:
            if reason is not None:
                self._link.submit(ApprovePhase(phase=phase, reason=reason))

        self.push_screen(ApproveScreen(phase, self._view, self._glyphs), decide)

    def _ask_to_leave(self) -> None:
        from aurora_console.screens.leave import LeaveScreen  # noqa: PLC0415  the first frame need not wait for it

        if any(isinstance(screen, LeaveScreen) for screen in self.screen_stack):
            return

        def decide(is_leaving: bool | None) -> None:
            if is_leaving:
                self.exit(ExitChoice.LEAVE)

        self.push_screen(LeaveScreen(self._view, self._glyphs), decide)

    def _wake(self) -> None:
        """Pass the engine's word on. Runs on the engine's thread and never waits."""
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self.post_message, self.Woken())
        except RuntimeError:
            # the loop is closed: the console has left, and the engine goes on without it
            return

    def on_aurora_app_woken(self) -> None:
        """Take the newest moment, but not too often."""
        if self._is_view_due:
            return
        wait = self._view_at + SHORTEST_BETWEEN_VIEWS - self._clock.monotonic()
        if wait <= 0:
            self._take_view()
        else:
            self._is_view_due = True
            self.set_timer(wait, self._take_due_view)

    def _take_due_view(self) -> None:
        self._is_view_due = False
        self._take_view()

    def _take_view(self) -> None:
        self._view = self._link.view()
        self._view_at = self._clock.monotonic()
        for screen in self.screen_stack:
            if isinstance(screen, ShowsView) and screen.is_mounted:
                screen.update_view(self._view)
        self._tell_refusals()
        self._alarm()

    def _alarm(self) -> None:
        """Call the operator to a new incident, in ways that work while nobody looks at the screen."""
        call = self._alert.call_for(self._view.state)
        if call and self._driver is not None:
            self._driver.write(call)

    def _tell_refusals(self) -> None:
        """Tell the operator what the engine would not do."""
        for record in self._view.recent:
            if record.seq > self._refusals_seen and isinstance(record.event, RequestRefused):
                said = f"{record.event.reason}\n{record.event.hint}" if record.event.hint else record.event.reason
                self.notify("\n".join(clean(line) for line in said.splitlines()), severity="warning", markup=False)
        if self._view.recent:
            self._refusals_seen = max(self._refusals_seen, self._view.recent[-1].seq)


class _AsciiOnly(LineFilter):
    """Puts stand-ins in place of what is not ASCII, cell for cell."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        del background
        return [Segment(in_ascii(words), style, control) for words, style, control in segments]
