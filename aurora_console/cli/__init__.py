"""Every subcommand. Each imports what it needs when it runs, so that none waits for what another needs."""

from aurora_console.cli.main import cli

__all__ = ["cli"]
