"""Reading JSON bodies without trusting them."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

LARGEST_BODY = 64 * 1024
"""Bytes."""


class BadRequestError(Exception):
    """The request cannot be answered; `status` and the message go to the sender."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body; raises BadRequestError for anything else and for more than LARGEST_BODY."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise BadRequestError(f"the body is larger than {LARGEST_BODY} bytes", 413)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("the body is not JSON") from error
    if not isinstance(value, dict):
        raise BadRequestError("the body must be a JSON object")
    return value


def text_field(body: dict[str, Any], name: str, longest: int) -> str:
    """Return a string field of the body; raises BadRequestError."""
    value = body.get(name)
    if not isinstance(value, str):
        raise BadRequestError(f'"{name}" must be a string')
    if len(value) > longest:
        raise BadRequestError(f'"{name}" is longer than {longest} characters')
    return value
