"""The core's application: every endpoint, registered with the API manager."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from aurora_api.body import BadRequestError, read_object, text_field
from aurora_api.chat import HELP, NOT_UNDERSTOOD, understand
from aurora_api.exchange import exchange
from aurora_api.manager import UltimateAPIManager
from aurora_api.store import SolvedTasks
from aurora_synthesis import Answer, Limits, Task, TaskError, read_task, search
from aurora_synthesis.language import OPERATORS

VERSION = "1.4.0"
PAGE = Path(__file__).parents[1] / "templates" / "index.html"
LONGEST_MESSAGE = 4000
SEARCHES_AT_ONCE = 4
"""More would only share the same processor; the others wait their turn."""
LARGE_SEARCH = 50_000
"""Candidates from which on a search leaves memory worth giving back."""


class Core:
    """What the endpoints work with."""

    def __init__(self, data: Path) -> None:
        self.store = SolvedTasks(data)
        self.manager = UltimateAPIManager()
        self.stopping = threading.Event()
        """Set when the service stops; searches under way give up."""
        self.started = time.monotonic()
        self.searching = 0
        self._memory_is_due = False
        self._turns = anyio.CapacityLimiter(SEARCHES_AT_ONCE)

    async def solve(self, task: Task, limits: Limits | None = None, costs: dict[str, int] | None = None) -> Answer:
        """Search on a thread, so that other requests are answered meanwhile; keep what was solved."""
        self.searching += 1
        try:
            answer = await anyio.to_thread.run_sync(self._solve, task, limits, costs, limiter=self._turns)
        finally:
            self.searching -= 1
        self._memory_is_due |= answer.nodes > LARGE_SEARCH
        if self._memory_is_due and not self.searching:
            # Empties the interpreter's free lists, which else keep most of a large search's memory from the system.
            gc.collect()
            self._memory_is_due = False
        return answer

    def _solve(self, task: Task, limits: Limits | None, costs: dict[str, int] | None) -> Answer:
        answer = search(task, limits, costs, self.stopping)
        if answer.solved:
            self.store.add(task, answer)
        return answer

    def uptime(self) -> float:
        """Return seconds since the start."""
        return round(time.monotonic() - self.started, 1)

    async def health(self, _: Request) -> Response:
        """GET /health: alive; touches nothing that could be slow."""
        return JSONResponse({"status": "ok", "service": "core", "pid": os.getpid(), "uptime_seconds": self.uptime()})

    async def status(self, _: Request) -> Response:
        """GET /api/status."""
        return JSONResponse(self._status())

    async def synthesize(self, request: Request) -> Response:
        """POST /api/synthesize: examples in, a program and its explanation out."""
        body = await read_object(request)
        task = _task(body.get("examples"))
        return JSONResponse(_view(await self.solve(task, _limits(body), _costs(body))))

    async def chat(self, request: Request) -> Response:
        """POST /api/chat."""
        message = text_field(await read_object(request), "message", LONGEST_MESSAGE)
        asked = understand(message)
        more: dict[str, Any] = {}
        if asked.examples:
            task = _task(list(asked.examples))
            answer = await self.solve(task)
            more = _view(answer)
            reply = f"{task}: {answer.program}" if answer.solved else f"{task}: {answer.reason}."
            if answer.solved and asked.intent == "explain":
                reply += "\n" + "\n".join(answer.steps)
        elif asked.intent == "explain":
            newest = self.store.newest()
            reply = (
                "\n".join([f"{newest['task']}: {newest['program']}", *newest["steps"]])
                if newest
                else "I have not found a program yet. Give me examples such as 1->2, 5->6."
            )
        elif asked.intent == "status":
            state = self._status()
            reply = (
                f"I am well: up {state['uptime_seconds']} s, {state['solved_tasks']} tasks solved, "
                f"{state['searching']} under way, {state['operators']} operators known."
            )
        else:
            reply = HELP if asked.intent == "help" else NOT_UNDERSTOOD
        return JSONResponse({"reply": reply, "intent": asked.intent, **more})

    async def solved(self, request: Request) -> Response:
        """GET /api/solved?after=ID&limit=N: solved tasks, oldest first, for those who learn from them."""
        after = _number(request.query_params.get("after", "0"), "after")
        limit = min(_number(request.query_params.get("limit", "100"), "limit"), 500)
        return JSONResponse({"solved": self.store.after(after, limit), "total": self.store.count()})

    async def operators(self, _: Request) -> Response:
        """GET /api/operators: the language."""
        known = [{"name": o.name, "takes": o.takes, "gives": o.gives, "says": o.says} for o in OPERATORS]
        return JSONResponse({"operators": known})

    async def routes(self, _: Request) -> Response:
        """GET /api/manager."""
        return JSONResponse(self.manager.view())

    async def page(self, _: Request) -> Response:
        """GET /: the page with the chat."""
        return HTMLResponse(await anyio.Path(PAGE).read_text("utf-8"))

    def _status(self) -> dict[str, Any]:
        return {
            "service": "core",
            "version": VERSION,
            "uptime_seconds": self.uptime(),
            "solved_tasks": self.store.count(),
            "searching": self.searching,
            "operators": len(OPERATORS),
        }


def create_app(data: Path) -> Starlette:
    """Make the application; `data` is the folder of its database. `app.state.core` is the core behind it."""
    core = Core(data)
    add = core.manager.add
    add("GET", "/", "the page with the chat", core.page)
    add("GET", "/health", "alive", core.health)
    add("GET", "/api/status", "state in figures", core.status)
    add("POST", "/api/synthesize", "examples to program", core.synthesize)
    add("POST", "/api/chat", "plain requests", core.chat)
    add("GET", "/api/solved", "solved tasks", core.solved)
    add("GET", "/api/operators", "the language", core.operators)
    add("GET", "/api/manager", "routes, their state and counts", core.routes)
    add("POST", "/exchange", "messages between services", exchange)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        core.stopping.set()
        core.store.close()

    app = Starlette(routes=core.manager.routes, lifespan=lifespan)
    app.state.core = core
    return app


def _task(examples: object) -> Task:
    try:
        return read_task(examples)
    except TaskError as error:
        raise BadRequestError(str(error)) from error


def _limits(body: dict[str, Any]) -> Limits:
    seconds = body.get("seconds", Limits().seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 10:
        raise BadRequestError('"seconds" must be a number above 0, at most 10')
    return Limits(seconds=float(seconds))


def _costs(body: dict[str, Any]) -> dict[str, int]:
    costs = body.get("costs", {})
    if not isinstance(costs, dict) or any(type(cost) is not int or not 1 <= cost <= 9 for cost in costs.values()):
        raise BadRequestError('"costs" must give operators whole numbers from 1 to 9')
    unknown = costs.keys() - {operator.name for operator in OPERATORS}
    if unknown:
        raise BadRequestError(f"there is no operator named {min(unknown)}")
    return costs


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadRequestError(f'"{name}" must be a whole number')
    return int(text)


def _view(answer: Answer) -> dict[str, Any]:
    return {
        "solved": answer.solved,
        "program": str(answer.program) if answer.solved else None,
        "steps": answer.steps,
        "milliseconds": round(answer.milliseconds, 3),
        "nodes": answer.nodes,
        "reason": answer.reason,
    }
