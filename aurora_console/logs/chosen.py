"""Some lines of a source, as a search has chosen them."""

from __future__ import annotations

from bisect import bisect_left

from aurora_console.logs.index import LogLine, LogSource


class ChosenLines:
    """A source that passes over what was not chosen; it grows at both ends as the search goes on."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._places: list[int] = []
        self._ends: list[int] = []
        self.looked_from = source.end
        """How far back the search has come."""
        self.looked_to = source.end
        """How far on it has come."""

    @property
    def start(self) -> int:
        """The place of the first line chosen so far."""
        return self._places[0] if self._places else self._source.end

    @property
    def end(self) -> int:
        """The place behind the last one."""
        return self._ends[-1] if self._ends else self._source.end

    @property
    def count(self) -> int:
        """How many were chosen so far."""
        return len(self._places)

    @property
    def is_whole(self) -> bool:
        """Whether the search has come back to the source's start."""
        return self.looked_from <= self._source.start

    def add_older(self, hits: tuple[tuple[int, int], ...], reached: int) -> None:
        """Add what was found further back, the nearest first."""
        self._places[:0] = [at for at, _ in reversed(hits)]
        self._ends[:0] = [end for _, end in reversed(hits)]
        self.looked_from = reached

    def add_newer(self, hits: tuple[tuple[int, int], ...], reached: int) -> None:
        """Add what was found further on."""
        self._places += [at for at, _ in hits]
        self._ends += [end for _, end in hits]
        self.looked_to = reached

    def before(self, at: int, count: int) -> list[LogLine]:
        """Return the last `count` chosen lines before `at`, oldest first."""
        last = bisect_left(self._places, at)
        return self._read(max(0, last - count), last)

    def after(self, at: int, count: int) -> list[LogLine]:
        """Return the first `count` chosen lines from `at` on, oldest first."""
        first = bisect_left(self._places, at)
        return self._read(first, first + count)

    def _read(self, first: int, last: int) -> list[LogLine]:
        return [line for at in self._places[first:last] for line in self._source.after(at, 1)]
