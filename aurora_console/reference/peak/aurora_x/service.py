"""What every service of the parallel layer has in common: serving, JSON bodies, calls to others, /exchange."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LARGEST_BODY = 64 * 1024
"""Bytes."""
TIMEOUT = 5.0
"""Seconds that another service may take to answer."""

Handler = Callable[[Request], Awaitable[Response]]

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BadRequestError(Exception):
    """The request cannot be answered; the message goes to the sender with status 400."""


async def refuse(_: Request, error: Exception) -> Response:
    """Answer a BadRequestError."""
    return JSONResponse({"error": str(error)}, status_code=400)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body; raises BadRequestError."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise BadRequestError(f"the body is larger than {LARGEST_BODY} bytes")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the body is not JSON") from error
    if not isinstance(value, dict):
        raise BadRequestError("the body must be a JSON object")
    return value


def is_local(url: object) -> bool:
    """Tell whether `url` is the address of a service on this machine."""
    return isinstance(url, str) and urlsplit(url).scheme == "http" and urlsplit(url).hostname == "127.0.0.1"


async def call(url: str, body: dict[str, Any] | None = None) -> Any:
    """GET `url`, or POST `body` to it, and return the JSON answered; raises OSError or ValueError."""
    return await anyio.to_thread.run_sync(_call, url, body, abandon_on_cancel=True)


def _call(url: str, body: dict[str, Any] | None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with _OPENER.open(request, timeout=TIMEOUT) as answer:
        return json.load(answer)


def exchange_route(name: str) -> Route:
    """Return the route that answers a message, or passes it to another service and brings its answer back."""

    async def exchange(request: Request) -> Response:
        message = await read_object(request)
        if "id" not in message or "payload" not in message:
            raise BadRequestError('a message needs an "id" and a "payload"')
        to = message.get("to")
        if to is None:
            return JSONResponse({"id": message["id"], "from": name, "echo": message["payload"]})
        if not is_local(to):
            raise BadRequestError('"to" must be the address of a service on 127.0.0.1')
        try:
            reply = await call(f"{to.rstrip('/')}/exchange", {"id": message["id"], "payload": message["payload"]})
        except (OSError, ValueError) as error:
            return JSONResponse({"id": message["id"], "error": f"no answer from {to}: {error}"}, status_code=502)
        return JSONResponse({"id": message["id"], "via": name, "reply": reply})

    return Route("/exchange", exchange, methods=["POST"])


def serve(app: Starlette, port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT; exits with a failure when the port cannot be had."""
    # uvicorn raises the signal again once it has shut down; a stop that was asked for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, access_log=False, timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise SystemExit(1)
