"""One HTTP request, as light as a liveness probe needs to be, safe against whatever answers."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from aurora_console.errors import AuroraError

_MOST_HEAD = 64 * 1024  # bytes of status line and headers
_MOST_BODY = 64 * 1024  # bytes read so that the server can finish its sentence
_LINGER = 0.2  # seconds spent on that
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True)
class HttpAnswer:
    """What a service answered."""

    status: int
    seconds: float
    """From the start of the connection to the end of the headers."""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


class ProbeError(AuroraError):
    """Nothing, or nothing that is HTTP, answered in time."""


async def http_probe(port: int, path: str, within: float) -> HttpAnswer:
    """Ask 127.0.0.1 at `port` for `path` with GET; the whole of it takes at most `within` seconds and 128 KiB.

    Raises ProbeError when nobody listens, nothing comes in time, or what comes is not HTTP.
    """
    now = asyncio.get_running_loop().time
    started = now()
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_MOST_HEAD)
            try:
                writer.write(_request(port, path))
                status = await _status(reader)
                seconds = now() - started
                await _linger(reader, min(_LINGER, (within - seconds) / 2))
            finally:
                # Nothing is left to be sent, and a peer that does not close must not hold us.
                writer.transport.abort()
    except TimeoutError as error:
        raise ProbeError(f"GET {path} on port {port} did not answer within {within:.1f} s") from error
    except ConnectionRefusedError as error:
        raise ProbeError(f"nothing listens on port {port}") from error
    except OSError as error:
        raise ProbeError(f"GET {path} on port {port} failed: {error.strerror or error}") from error
    return HttpAnswer(status, seconds)


def _request(port: int, path: str) -> bytes:
    target = quote(path if path.startswith("/") else f"/{path}", safe="/?&=%:@!$'()*+,;~#[]")
    return (
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: aurora-console\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


async def _status(reader: asyncio.StreamReader) -> int:
    """Read up to the end of the headers of the final answer; return its status."""
    data = b""
    while True:
        end = _END_OF_HEAD.search(data)
        if end is None:
            part = await reader.read(_MOST_HEAD)
            data += part
            start = _STATUS.match(data)
            if start is None and (b"\n" in data or len(data) > 1024 or not part):
                raise ProbeError(
                    "what answered does not speak HTTP" if data else "the connection was closed unanswered"
                )
            if not part or len(data) > _MOST_HEAD:
                raise ProbeError("the answer's headers do not end")
            continue
        start = _STATUS.match(data)
        if start is None:
            raise ProbeError("what answered does not speak HTTP")
        status = int(start[1])
        if status >= 200:
            return status
        data = data[end.end() :]  # 1xx: the real answer follows


async def _linger(reader: asyncio.StreamReader, within: float) -> None:
    """Read what is left, so that the service does not log a broken connection; give up early."""
    left = _MOST_BODY
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(max(within, 0)):
            while left > 0 and (part := await reader.read(left)):
                left -= len(part)
