"""python -m aurora_x.learn --port 5010 --core http://127.0.0.1:5000 --data learn-data."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aurora_x.learn.weights import Weights
from aurora_x.service import BadRequestError, call, exchange_route, refuse, serve

PAGE = 200
"""Solved tasks asked for at once."""

log = logging.getLogger("aurora_x.learn")


class Learner:
    """Reads what the core has solved, again and again."""

    def __init__(self, core: str, data: Path, interval: float) -> None:
        self.core = core.rstrip("/")
        self.weights = Weights(data)
        self.interval = interval
        self.trouble: str | None = None
        """Why the core could not be read the last time; None when it could."""
        self._one_at_a_time = asyncio.Lock()

    async def learn(self) -> int:
        """Read the tasks that are new and return how many there were; raises OSError or ValueError."""
        async with self._one_at_a_time:
            weights = self.weights
            known = [operator["name"] for operator in (await call(f"{self.core}/api/operators"))["operators"]]
            before = weights.learned_from
            while True:
                answer = await call(f"{self.core}/api/solved?after={weights.last_id}&limit={PAGE}")
                if answer["total"] < weights.learned_from:
                    log.warning("the core has fewer solved tasks than before: learning starts anew")
                    weights.forget()
                    before = 0
                    continue
                if not answer["solved"]:
                    break
                weights.learn(answer["solved"])
            if weights.learned_from != before or known != weights.operators:
                weights.operators = known
                await asyncio.to_thread(weights.save)
            return weights.learned_from - before

    async def keep_learning(self) -> None:
        """Learn every `interval` seconds; a core that does not answer is waited for."""
        while True:
            try:
                await self.learn()
            except (OSError, ValueError) as error:
                if self.trouble is None:
                    log.warning("the core at %s cannot be read: %s", self.core, error)
                self.trouble = str(error)
            else:
                self.trouble = None
            await asyncio.sleep(self.interval)

    async def health(self, _: Request) -> Response:
        """GET /health."""
        view: dict[str, Any] = {"status": "ok", "service": "learn", "learned_from": self.weights.learned_from}
        return JSONResponse(view | {"core": self.trouble or "ok"})

    async def show(self, _: Request) -> Response:
        """GET /weights."""
        return JSONResponse(self.weights.view())

    async def learn_now(self, _: Request) -> Response:
        """POST /learn: learn at once."""
        try:
            fresh = await self.learn()
        except (OSError, ValueError) as error:
            return JSONResponse({"error": f"the core cannot be read: {error}"}, status_code=503)
        return JSONResponse({"learned": fresh, "learned_from": self.weights.learned_from})


def create_app(learner: Learner) -> Starlette:
    """Make the daemon's application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(learner.keep_learning())
        yield
        task.cancel()
        await asyncio.wait([task])

    routes = [
        Route("/health", learner.health),
        Route("/weights", learner.show),
        Route("/learn", learner.learn_now, methods=["POST"]),
        exchange_route("learn"),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={BadRequestError: refuse})


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description="Aurora's self-learning daemon")
    parser.add_argument("--port", type=int, default=5010)
    parser.add_argument("--core", default="http://127.0.0.1:5000")
    parser.add_argument("--data", type=Path, required=True, help="folder of weights.json")
    parser.add_argument("--interval", type=float, default=15.0, help="seconds between two looks at the core")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    serve(create_app(Learner(options.core, options.data, options.interval)), options.port)


if __name__ == "__main__":
    main()
