"""The call for an operator who looks elsewhere: a bell, and a notification that the terminal shows (OSC 9)."""

from __future__ import annotations

from collections.abc import Mapping

from aurora_console.config import IncidentNotice
from aurora_console.state.model import RunState
from aurora_console.text import clean

BELL = "\a"
_LONGEST = 120
_CANNOT = ("dumb", "linux", "vt100", "vt220", "screen")
"""Terminals that might print what they do not understand."""


class Alert:
    """Calls once for each incident."""

    def __init__(self, wanted: IncidentNotice, environment: Mapping[str, str], since: float) -> None:
        """Call only for what opens after `since` (wall clock, seconds): what was open before was shown before."""
        self._wanted = wanted
        self._is_in_tmux = bool(environment.get("TMUX"))
        self._can_notify = self._is_in_tmux or not environment.get("TERM", "dumb").startswith(_CANNOT)
        self._called_for = since

    def call_for(self, state: RunState) -> str:
        """Return what to send to the terminal for the incident of this moment; empty when it was called for before."""
        incident = state.incident
        if incident is None or incident.since <= self._called_for:
            return ""
        self._called_for = incident.since
        bell = BELL if self._wanted.bell else ""
        if not (self._wanted.notification and self._can_notify):
            return bell
        name = state.outline.name if state.outline else "aurora-console"
        # A text that begins with a figure would be a command to some terminals.
        words = clean(f"incident on {name}: {incident.what}", _LONGEST)
        return bell + self._notification(words)

    def _notification(self, words: str) -> str:
        sequence = f"\x1b]9;{words}\x1b\\"
        if not self._is_in_tmux:
            return sequence
        # tmux hands on only what is wrapped so, with each escape doubled, and that only where it is allowed to
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
