"""How often, and how fast, a service that ends by itself may be started again."""

from __future__ import annotations

import math
from collections import deque

from aurora_console.plan.model import Restart

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0


class RestartBudget:
    """The restarts of one service, counted against the plan's `restart`.

    It reads no clock: the caller says what time it is.
    """

    def __init__(self, restart: Restart) -> None:
        self._restart = restart
        self._spent: deque[float] = deque()

    def applies(self, code: int | None) -> bool:
        """Return whether the plan wants a restart after this exit code; None, an unknown one, counts as a failure."""
        return self._restart.when == "always" or (self._restart.when == "failure" and code != 0)

    def next_delay(self, now: float) -> float | None:
        """Spend one restart at `now` (monotonic seconds) and return the seconds to wait before it.

        The delay doubles from 0.5 s with each restart within the plan's period, up to 30 s. None, and nothing spent,
        once `max` restarts lie within that period: the service stays down until an operator decides.
        """
        while self._spent and now - self._spent[0] >= self._restart.within:
            self._spent.popleft()
        if len(self._spent) >= self._restart.max:
            return None
        delay = min(math.ldexp(_FIRST_DELAY, min(len(self._spent), 16)), _LONGEST_DELAY)
        self._spent.append(now)
        return delay

    def reset(self) -> None:
        """Forget what was spent: an operator has started the service by hand."""
        self._spent.clear()
