"""The commands in the palette."""

from __future__ import annotations

from functools import partial
from typing import Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from aurora_console.commands.command import Command, Panel
from aurora_console.commands.registry import available
from aurora_console.state.live import View


@runtime_checkable
class CommandHost(Protocol):
    """The app, as far as the palette needs it."""

    @property
    def view(self) -> View:
        """The newest moment."""
        ...

    @property
    def panel(self) -> Panel:
        """The panel in front."""
        ...

    def run_command(self, command: Command) -> None:
        """Do what a command does."""
        ...


class CommandProvider(Provider):
    """Offers what applies now."""

    async def discover(self) -> Hits:
        """Offer everything that applies."""
        host = self._host()
        for command in self._offered(host):
            yield DiscoveryHit(_title(command), partial(host.run_command, command), help=command.help)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        host = self._host()
        matcher = self.matcher(query)
        for command in self._offered(host):
            title = _title(command)
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(host.run_command, command), help=command.help)

    @staticmethod
    def _offered(host: CommandHost) -> list[Command]:
        return [command for command in available(host.view, host.panel) if command.in_palette]

    def _host(self) -> CommandHost:
        app = self.app
        if not isinstance(app, CommandHost):
            raise TypeError("the palette's commands need an app that runs them")
        return app


def _title(command: Command) -> str:
    return command.title.capitalize()
