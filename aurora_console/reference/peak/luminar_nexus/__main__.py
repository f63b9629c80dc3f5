"""python -m luminar_nexus --port 5005."""

from __future__ import annotations

import argparse

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aurora_x.service import BadRequestError, exchange_route, is_local, read_object, refuse, serve
from luminar_nexus.registry import Registry


def create_app(registry: Registry) -> Starlette:
    """Make the application."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "service": "nexus", "services": len(registry.services())})

    async def register(request: Request) -> Response:
        body = await read_object(request)
        name, url, capabilities = body.get("name"), body.get("url"), body.get("capabilities", [])
        state = body.get("health", "ok")
        if not isinstance(name, str) or not 0 < len(name) <= 100 or not isinstance(state, str) or len(state) > 100:
            raise BadRequestError('"name" and "health" must be short strings')
        if not is_local(url):
            raise BadRequestError('"url" must be the address of a service on 127.0.0.1')
        if not isinstance(capabilities, list) or not all(isinstance(item, str) for item in capabilities):
            raise BadRequestError('"capabilities" must be a list of strings')
        try:
            registry.register(name, str(url), tuple(capabilities), state)
        except OverflowError as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        return JSONResponse({"registered": name, "ttl": registry.ttl})

    async def services(_: Request) -> Response:
        return JSONResponse({"services": registry.services()})

    async def discover(request: Request) -> Response:
        capability = request.query_params.get("capability")
        if not capability:
            raise BadRequestError('which "capability"?')
        return JSONResponse({"services": registry.discover(capability)})

    routes = [
        Route("/health", health),
        Route("/register", register, methods=["POST"]),
        Route("/services", services),
        Route("/discover", discover),
        exchange_route("nexus"),
    ]
    return Starlette(routes=routes, exception_handlers={BadRequestError: refuse})


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description="Luminar Nexus")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--ttl", type=float, default=15.0, help="seconds until a silent service counts as late")
    options = parser.parse_args()
    serve(create_app(Registry(options.ttl)), options.port)


if __name__ == "__main__":
    main()
