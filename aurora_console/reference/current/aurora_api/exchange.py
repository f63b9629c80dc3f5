"""POST /exchange: answers a message, or passes it to another service of this machine and brings its answer back."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aurora_api.body import BadRequestError, read_object

NAME = "core"
TIMEOUT = 5.0
"""Seconds to wait for the other service."""

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


async def exchange(request: Request) -> Response:
    """Answer `{"id", "payload", "to"}`."""
    message = await read_object(request)
    if "id" not in message or "payload" not in message:
        raise BadRequestError('a message needs an "id" and a "payload"')
    to = message.get("to")
    if to is None:
        return JSONResponse({"id": message["id"], "from": NAME, "echo": message["payload"]})
    if not isinstance(to, str) or urlsplit(to).scheme != "http" or urlsplit(to).hostname != "127.0.0.1":
        raise BadRequestError('"to" must be the address of a service on 127.0.0.1')
    try:
        reply = await run_in_threadpool(_post, f"{to.rstrip('/')}/exchange", message["id"], message["payload"])
    except (OSError, ValueError) as error:
        return JSONResponse({"id": message["id"], "error": f"no answer from {to}: {error}"}, status_code=502)
    return JSONResponse({"id": message["id"], "via": NAME, "reply": reply})


def _post(url: str, number: Any, payload: Any) -> Any:
    body = json.dumps({"id": number, "payload": payload}).encode()
    outgoing = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with _OPENER.open(outgoing, timeout=TIMEOUT) as answer:
        return json.load(answer)
