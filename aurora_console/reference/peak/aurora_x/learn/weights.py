"""Operator weights: how often an operator occurs in solved programs, smoothed, kept in a file."""

from __future__ import annotations

import json
import logging
import math
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

SMOOTHING = 1.0
"""Occurrences granted to every operator beforehand, so that one never seen is rare and not impossible."""
DEAREST = 3
"""The highest cost that is learned; the core takes costs from 1 to 9."""

_CALL = re.compile(r"([a-z_]+)\(")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')

log = logging.getLogger("aurora_x.learn")


class Weights:
    """What has been learned so far."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._file = directory / "weights.json"
        self.counts: Counter[str] = Counter()
        self.operators: list[str] = []
        self.learned_from = 0
        """Solved tasks that have been counted."""
        self.last_id = 0
        """Id of the newest of them."""
        self._load()

    def learn(self, solved: list[dict[str, Any]]) -> None:
        """Count the operators of programs not seen before."""
        for task in solved:
            if task["id"] > self.last_id:
                self.counts.update(_CALL.findall(_STRING.sub("", task["program"])))
                self.learned_from += 1
                self.last_id = task["id"]

    def forget(self) -> None:
        """Start anew: the core's store is another one than before."""
        self.counts.clear()
        self.learned_from = self.last_id = 0

    def weights(self) -> dict[str, float]:
        """Return every operator's share; they add up to 1 (additive smoothing, Lidstone 1920)."""
        total = sum(self.counts[name] for name in self.operators) + SMOOTHING * len(self.operators)
        return {name: (self.counts[name] + SMOOTHING) / total for name in self.operators}

    def costs(self) -> dict[str, int]:
        """Return the weights as costs that POST /api/synthesize of the core takes: 1 for the likeliest operators."""
        weights = self.weights()
        top = max(weights.values(), default=1.0)
        return {name: min(DEAREST, 1 + int(math.log2(top / weight) / 2)) for name, weight in weights.items()}

    def view(self) -> dict[str, Any]:
        """Return what GET /weights answers."""
        return {"learned_from": self.learned_from, "weights": self.weights(), "costs": self.costs()}

    def save(self) -> None:
        """Replace the file as a whole, so that a reader or a crash never meets half of it."""
        state = {"counts": dict(sorted(self.counts.items())), "operators": self.operators, "last_id": self.last_id}
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(state | self.view(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)

    def _load(self) -> None:
        if not self._file.exists():
            return
        try:
            state = json.loads(self._file.read_text("utf-8"))
            self.counts = Counter({str(name): int(count) for name, count in state["counts"].items()})
            self.operators = [str(name) for name in state["operators"]]
            self.learned_from, self.last_id = int(state["learned_from"]), int(state["last_id"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s is damaged (%s): learning starts anew", self._file, error)
            self.counts, self.operators = Counter(), []
            self.learned_from = self.last_id = 0
