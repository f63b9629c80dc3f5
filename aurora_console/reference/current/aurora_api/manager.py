"""The API manager: knows every route, and counts what goes through it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aurora_api.body import BadRequestError

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class RouteRecord:
    """What is known of one route."""

    method: str
    path: str
    purpose: str
    calls: int = 0
    refused: int = 0
    """Calls answered with a 4xx status."""
    errors: int = 0
    """Calls that failed on our side."""
    last_failed: bool = False
    total_seconds: float = 0.0

    @property
    def state(self) -> str:
        """Return `unused`, `ready`, or `failing` when the last call failed on our side."""
        if not self.calls:
            return "unused"
        return "failing" if self.last_failed else "ready"

    def view(self) -> dict[str, Any]:
        """Return what GET /api/manager shows of it."""
        return {
            "method": self.method,
            "path": self.path,
            "purpose": self.purpose,
            "state": self.state,
            "calls": self.calls,
            "refused": self.refused,
            "errors": self.errors,
            "mean_milliseconds": round(self.total_seconds / self.calls * 1000, 3) if self.calls else None,
        }


class UltimateAPIManager:
    """Every route of the core is registered here, so there is one place that says what the core can do."""

    def __init__(self) -> None:
        self.records: list[RouteRecord] = []
        self.routes: list[Route] = []

    def add(self, method: str, path: str, purpose: str, handler: Handler) -> None:
        """Register a route; its errors become JSON answers, its calls are counted."""
        record = RouteRecord(method, path, purpose)

        async def counted(request: Request) -> Response:
            started = time.perf_counter()
            failed = True
            try:
                response = await handler(request)
                failed = response.status_code >= 500
            except BadRequestError as error:
                failed = False
                response = JSONResponse({"error": error.message}, status_code=error.status)
            finally:
                record.calls += 1
                record.errors += failed
                record.last_failed = failed
                record.total_seconds += time.perf_counter() - started
            record.refused += 400 <= response.status_code < 500
            return response

        self.records.append(record)
        self.routes.append(Route(path, counted, methods=[method]))

    def view(self) -> dict[str, Any]:
        """Return the state of all routes."""
        return {
            "manager": "UltimateAPIManager",
            "calls": sum(record.calls for record in self.records),
            "errors": sum(record.errors for record in self.records),
            "routes": [record.view() for record in self.records],
        }
