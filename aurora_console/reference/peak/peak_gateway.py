"""The old gateway: stood on the core's port and passed everything on. Superseded by nexus; kept for the record."""

from __future__ import annotations

import argparse

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aurora_x.service import serve

PORT = 5000


async def status(_: Request) -> Response:
    """GET /api/status, as the gateway answered it."""
    return JSONResponse({"service": "gateway", "parallel": True})


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description="Aurora's old gateway")
    parser.add_argument("--port", type=int, default=PORT)
    serve(Starlette(routes=[Route("/api/status", status)]), parser.parse_args().port)


if __name__ == "__main__":
    main()
