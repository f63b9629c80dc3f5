"""python -m aurora_x.bridge --port 5001 --nexus http://127.0.0.1:5005 --core http://127.0.0.1:5000."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aurora_x.bridge.translate import describe, translate
from aurora_x.service import BadRequestError, call, exchange_route, read_object, refuse, serve

CAPABILITIES = ["translate", "describe"]
LONGEST_SENTENCE = 4000

log = logging.getLogger("aurora_x.bridge")


class Registration:
    """Keeps the bridge known to nexus."""

    def __init__(self, nexus: str, own_url: str, core: str, interval: float) -> None:
        self.nexus = nexus.rstrip("/")
        self.entry = {"name": "bridge", "url": own_url, "capabilities": CAPABILITIES, "health": "ok", "core": core}
        self.interval = interval
        self.registered = False

    async def keep_registered(self) -> None:
        """Register again and again; nexus may come later than the bridge, or go and come back."""
        while True:
            try:
                await call(f"{self.nexus}/register", self.entry)
            except (OSError, ValueError) as error:
                if self.registered:
                    log.warning("nexus at %s does not answer: %s", self.nexus, error)
                self.registered = False
            else:
                if not self.registered:
                    log.info("registered with nexus at %s", self.nexus)
                self.registered = True
            await asyncio.sleep(self.interval if self.registered else min(self.interval, 0.5))


async def _translate(request: Request) -> Response:
    sentence = (await read_object(request)).get("sentence")
    if not isinstance(sentence, str) or len(sentence) > LONGEST_SENTENCE:
        raise BadRequestError(f'"sentence" must be a string of at most {LONGEST_SENTENCE} characters')
    return JSONResponse({"task": translate(sentence)})


async def _describe(request: Request) -> Response:
    body = await read_object(request)
    task, result = body.get("task"), body.get("result")
    if not isinstance(task, dict) or not isinstance(result, dict):
        raise BadRequestError('"task" and "result" must be objects')
    return JSONResponse({"sentence": describe(task, result)})


def create_app(registration: Registration) -> Starlette:
    """Make the bridge's application."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "service": "bridge", "registered": registration.registered})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(registration.keep_registered())
        yield
        task.cancel()
        await asyncio.wait([task])

    routes = [
        Route("/health", health),
        Route("/translate", _translate, methods=["POST"]),
        Route("/describe", _describe, methods=["POST"]),
        exchange_route("bridge"),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={BadRequestError: refuse})


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description="Aurora's bridge")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--core", default="http://127.0.0.1:5000", help="told to nexus as the core that tasks are for")
    parser.add_argument("--nexus", default="http://127.0.0.1:5005")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two registrations")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s: %(message)s")
    own_url = f"http://127.0.0.1:{options.port}"
    serve(create_app(Registration(options.nexus, own_url, options.core, options.interval)), options.port)


if __name__ == "__main__":
    main()
