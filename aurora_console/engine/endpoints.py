"""Asking endpoints: one request with its expectations, and many for their times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aurora_console.clock import Clock
from aurora_console.errors import AuroraError
from aurora_console.plan.model import Expect, Plan
from aurora_console.state.values import Value
from aurora_console.text import clean

if TYPE_CHECKING:
    import httpx

BODY_LIMIT = 1024 * 1024
"""Bytes of an answer that are read; more is a failure."""


class Answer(Value, frozen=True, kw_only=True):
    """How an endpoint answered."""

    endpoint: str
    problem: str = ""
    """What is not as expected, in words; empty when all is."""
    status: int | None = None
    seconds: float | None = None
    """From sending to the last byte; None without an answer."""


class Reply(Value, frozen=True, kw_only=True):
    """An answer as it came."""

    status: int
    body: bytes
    seconds: float

    @property
    def document(self) -> object:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Client:
    """One HTTP client for the plan's endpoints; loopback only, never through a proxy."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._http: httpx.AsyncClient | None = None

    async def ask(self, name: str) -> Answer:
        """Send the endpoint's request once and compare the answer with what is expected."""
        import httpx  # noqa: PLC0415  as in `_send`

        endpoint = self._plan.endpoints[name]
        port, request = self._plan.port(endpoint.service), endpoint.request
        try:
            reply = await self._send(request.method, port, request.path, request.json)
        except (httpx.HTTPError, TimeoutError) as error:
            return Answer(endpoint=name, problem=f"no answer: {clean(str(error) or type(error).__name__, 120)}")
        problem = _compare(endpoint.expect, reply)
        return Answer(endpoint=name, problem=problem, status=reply.status, seconds=reply.seconds)

    async def post(self, port: int | None, path: str, document: object) -> Reply:
        """Send JSON to a service of ours; AuroraError when it does not answer 200."""
        import httpx  # noqa: PLC0415  as in `_send`

        try:
            reply = await self._send("POST", port, path, document)
        except (httpx.HTTPError, TimeoutError) as error:
            words = clean(str(error) or type(error).__name__, 120)
            raise AuroraError(
                f"port {port} did not answer POST {path}: {words}", "look at the service's log"
            ) from error
        if reply.status != 200:
            raise AuroraError(f"port {port} answered {reply.status} to POST {path}", "look at the service's log")
        return reply

    async def measure(self, names: Sequence[str], requests: int) -> dict[str, list[Answer]]:
        """Ask each endpoint `requests` times, in turn, so that a slow moment touches all of them alike."""
        answers: dict[str, list[Answer]] = {name: [] for name in names}
        for _ in range(requests):
            for name in names:
                answers[name].append(await self.ask(name))
        return answers

    def safe_endpoints(self) -> tuple[str, ...]:
        """Return the endpoints that may be asked repeatedly on a live system."""
        return tuple(name for name, endpoint in self._plan.endpoints.items() if endpoint.safe)

    async def aclose(self) -> None:
        """Close what is open."""
        if self._http is not None:
            await self._http.aclose()

    async def _send(self, method: str, port: int | None, path: str, document: object) -> Reply:
        import httpx  # noqa: PLC0415  slow to import, and not needed before the first request

        limit = self._plan.limits.action_timeout
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False, timeout=limit)
        started, body = self._clock.monotonic(), b""
        # httpx limits each read, not the whole: a service that answers drop by drop would hold a gate up for ever.
        async with (
            asyncio.timeout(limit),
            self._http.stream(method, f"http://127.0.0.1:{port}{path}", json=document) as answer,
        ):
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > BODY_LIMIT:
                    break
        return Reply(status=answer.status_code, body=body, seconds=self._clock.monotonic() - started)


def _compare(expect: Expect, reply: Reply) -> str:
    """Return the first difference from what is expected, or nothing."""
    if reply.status != expect.status:
        return f"answered {reply.status}, not {expect.status}"
    if len(reply.body) > BODY_LIMIT:
        return f"answered more than {BODY_LIMIT // 1024} KiB"
    text = reply.body.decode(errors="replace")
    if expect.body_has is not None and expect.body_has not in text:
        return f"the answer does not hold {expect.body_has!r}"
    if not expect.json_has and not expect.json:
        return ""
    return _compare_json(expect, reply.document)


def _compare_json(expect: Expect, document: object) -> str:
    if not isinstance(document, dict):
        return "the answer is not a JSON object"
    missing = [key for key in (*expect.json_has, *expect.json) if key not in document]
    if missing:
        return f"the answer lacks {', '.join(missing)}"
    for key, wanted in expect.json.items():
        if document[key] != wanted:
            return f"{key} is {clean(json.dumps(document[key]), 60)}, not {json.dumps(wanted)}"
    return ""
