"""Who is there, what they can do, and how they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_SERVICES = 500
FORGOTTEN_AFTER = 4
"""Times the registry's `ttl`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered service."""

    name: str
    url: str
    capabilities: tuple[str, ...]
    health: str
    """What the service says of itself."""
    seen: float
    """When it registered last, on the registry's clock."""


class Registry:
    """Services register again and again; one that stops doing so is late after `ttl` seconds, and then forgotten."""

    def __init__(self, ttl: float, now: Callable[[], float] = time.monotonic) -> None:
        self.ttl = ttl
        self._now = now
        self._entries: dict[str, Entry] = {}

    def register(self, name: str, url: str, capabilities: tuple[str, ...], health: str) -> None:
        """Add a service, or renew it; raises OverflowError when there are too many."""
        self._forget()
        if name not in self._entries and len(self._entries) >= MOST_SERVICES:
            raise OverflowError(f"there are {MOST_SERVICES} services already")
        self._entries[name] = Entry(name, url, capabilities, health, self._now())

    def services(self) -> list[dict[str, Any]]:
        """Return all services, by name."""
        self._forget()
        return [self._view(entry) for _, entry in sorted(self._entries.items())]

    def discover(self, capability: str) -> list[dict[str, Any]]:
        """Return the services that are well and have a capability, by name."""
        return [view for view in self.services() if view["health"] == "ok" and capability in view["capabilities"]]

    def _view(self, entry: Entry) -> dict[str, Any]:
        age = self._now() - entry.seen
        return {
            "name": entry.name,
            "url": entry.url,
            "capabilities": list(entry.capabilities),
            "health": entry.health if age <= self.ttl else "late",
            "seen_seconds_ago": round(age, 1),
        }

    def _forget(self) -> None:
        oldest = self._now() - self.ttl * FORGOTTEN_AFTER
        self._entries = {name: entry for name, entry in self._entries.items() if entry.seen >= oldest}
