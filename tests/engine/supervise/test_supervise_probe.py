from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aurora_console.clock import SystemClock
from aurora_console.engine.supervise.identity import is_running, members
from aurora_console.engine.supervise.ports import describe_holder, owns_port, port_holder, port_holders, program
from aurora_console.engine.supervise.probe import (
    NotReadyError,
    ProbeError,
    Started,
    http_probe,
    wait_ready,
)
from aurora_console.errors import AuroraError
from aurora_console.plan.model import Ready
from aurora_console.state.values import PortHolder

Until = Callable[[Callable[[], object]], None]

ANSWERS = """
    import http.server, sys, time
    from threading import Thread
    port, status = int(sys.argv[1]), int(sys.argv[2])
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")
    print("coming up", flush=True)
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

LISTENS_IN_A_CHILD = """
    import os, signal, socket, sys
    if os.fork() == 0:
        os.setsid()
        sock = socket.create_server(("127.0.0.1", int(sys.argv[1])))
        signal.pause()
    if sys.argv[2] == "leave":
        sys.exit(0)
    signal.pause()
"""

NEVER_READY = """
    import signal
    print("still \\x1b[31mthinking\\x1b[0m", flush=True)
    signal.pause()
"""


def _started(child: Any, launch: Any, port: int | None) -> Started:
    return Started(
        port=port,
        log=launch.log,
        log_offset=child.log_offset,
        is_alive=lambda: is_running(child.process),
        members=lambda: members(child.process, launch.token),
        exit_code=child.poll,
    )


async def test_a_service_is_ready_when_it_answers_itself(services: Any, clock: SystemClock, free_port: int) -> None:
    """HTTP readiness names the answer that showed it."""
    child, launch = services.start(ANSWERS, str(free_port), "204")
    report = await wait_ready(Ready(http="/health", timeout=20), _started(child, launch, free_port), clock)
    assert report.how.startswith("GET /health answered 204 in ")
    assert report.seconds > 0


async def test_a_service_that_listens_is_ready_by_tcp(services: Any, clock: SystemClock, free_port: int) -> None:
    """The socket may be held by a child in another session."""
    child, launch = services.start(LISTENS_IN_A_CHILD, str(free_port), "stay")
    report = await wait_ready(Ready(tcp=True, timeout=20), _started(child, launch, free_port), clock)
    assert report.how == f"listens on port {free_port}"


async def test_a_service_that_daemonizes_can_get_ready(services: Any, clock: SystemClock, free_port: int) -> None:
    """Its first process ends well, another goes on."""
    child, launch = services.start(LISTENS_IN_A_CHILD, str(free_port), "leave")
    await wait_ready(Ready(tcp=True, timeout=20), _started(child, launch, free_port), clock)
    [daemon] = members(child.process, launch.token)
    assert daemon != child.process


async def test_a_line_of_output_makes_ready_but_not_one_of_an_earlier_run(
    services: Any, clock: SystemClock, tmp_path: Path
) -> None:
    """Only what was written after the start counts, also when it comes in pieces."""
    child, launch = services.start("""
        import sys, signal, time
        sys.stdout.write("now rea"); sys.stdout.flush(); time.sleep(0.1)
        sys.stdout.write("dy to serve\\n"); sys.stdout.flush()
        signal.pause()
    """)
    report = await wait_ready(Ready(log="ready to serve", timeout=20), _started(child, launch, None), clock)
    assert report.how == "its output says “ready to serve”"

    old = tmp_path / "old.log"
    old.write_text("ready to serve\n")
    later = Started(
        port=None,
        log=old,
        log_offset=old.stat().st_size,
        is_alive=lambda: True,
        members=lambda: members(child.process, launch.token),
    )
    with pytest.raises(NotReadyError, match="never said"):
        await wait_ready(Ready(log="ready to serve", timeout=0.1), later, clock)


async def test_a_service_that_ends_at_once_is_reported_at_once(
    services: Any, clock: SystemClock, free_port: int
) -> None:
    """With its exit code and the last lines that it wrote, cleaned; not after the whole timeout."""
    child, launch = services.start("""
        import sys
        print("\\x1b]0;owned\\x07cannot read settings")
        sys.exit(3)
    """)
    with pytest.raises(NotReadyError, match=r"ended with exit code 3 after .*, before it was ready") as failed:
        await wait_ready(Ready(http="/health", timeout=3600), _started(child, launch, free_port), clock)
    assert failed.value.lines == ("cannot read settings",)
    assert "cannot read settings" in str(failed.value)


async def test_a_service_that_never_gets_ready_is_reported_in_time(
    services: Any, clock: SystemClock, free_port: int
) -> None:
    """It runs on (the caller stops it) and the message says that nothing listens."""
    child, launch = services.start(NEVER_READY)
    with pytest.raises(NotReadyError, match=f"not ready within .*: nothing listens on port {free_port}") as failed:
        await wait_ready(Ready(tcp=True, timeout=0.5), _started(child, launch, free_port), clock)
    assert failed.value.lines == ("still thinking",)
    assert is_running(child.process)


async def test_a_service_that_answers_500_is_not_ready(services: Any, clock: SystemClock, free_port: int) -> None:
    """The message says what it answered."""
    child, launch = services.start(ANSWERS, str(free_port), "500")
    with pytest.raises(NotReadyError, match="GET /health answered 500"):
        await wait_ready(Ready(http="/health", timeout=2), _started(child, launch, free_port), clock)


async def test_a_stranger_on_the_port_makes_nobody_ready(
    services: Any, until: Until, clock: SystemClock, free_port: int
) -> None:
    """The stranger answers 200, and is named; it was never asked."""
    stranger, stranger_launch = services.start(ANSWERS, str(free_port), "200")
    until(lambda: port_holder(free_port))
    child, launch = services.start(NEVER_READY)
    with pytest.raises(NotReadyError, match=f"port {free_port} is held by pid {stranger.process.pid} "):
        await wait_ready(Ready(http="/health", timeout=0.5), _started(child, launch, free_port), clock)
    assert "GET" not in stranger_launch.log.read_text()


async def test_a_second_instance_that_dies_on_a_taken_port_names_the_holder(
    services: Any, until: Until, clock: SystemClock, free_port: int
) -> None:
    """The reason comes before the traceback."""
    first, _ = services.start(ANSWERS, str(free_port), "200")
    until(lambda: port_holder(free_port))
    second, launch = services.start(ANSWERS, str(free_port), "200")
    with pytest.raises(NotReadyError, match=f"exit code 1 .* held by pid {first.process.pid} ") as failed:
        await wait_ready(Ready(http="/health", timeout=20), _started(second, launch, free_port), clock)
    assert "Address already in use" in failed.value.lines[-1]


async def test_readiness_by_port_needs_a_port(services: Any, clock: SystemClock) -> None:
    """A plan without one gets a hint, not a traceback."""
    child, launch = services.start(NEVER_READY)
    with pytest.raises(AuroraError, match="needs a port"):
        await wait_ready(Ready(tcp=True), _started(child, launch, None), clock)


def test_holders_of_many_ports_are_found_in_one_look(free_port: int) -> None:
    """Any address, loopback, both families; free ports are absent."""
    families = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")]
    sockets = [socket.create_server((host, 0), family=family) for family, host in families]
    sockets.append(socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True))
    elsewhere = socket.create_server(("127.0.0.2", free_port))
    connection = socket.create_connection(sockets[0].getsockname())
    try:
        ports = [sock.getsockname()[1] for sock in sockets]
        found = port_holders([*ports, free_port])
        assert found == {port: PortHolder(port=port, pid=os.getpid(), program=program(os.getpid())) for port in ports}
        assert [owns_port(port, [os.getpid()]) for port in ports] == [True, True, False, True]
        assert not owns_port(ports[0], [os.getppid()])
        assert not owns_port(free_port, [os.getpid()])
    finally:
        for sock in (*sockets, elsewhere, connection):
            sock.close()


def test_a_port_that_is_shared_with_a_stranger_is_not_owned(services: Any, until: Until) -> None:
    """With SO_REUSEPORT the kernel might hand our connection to the other one."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as ours:
        port = ours.getsockname()[1]
        assert owns_port(port, [os.getpid()])
        _, launch = services.start(
            """
            import signal, socket, sys
            sock = socket.create_server(("127.0.0.1", int(sys.argv[1])), reuse_port=True)
            print("ready", flush=True)
            signal.pause()
            """,
            str(port),
        )
        until(lambda: launch.log.read_text() == "ready\n")
        assert not owns_port(port, [os.getpid()])


def test_a_holder_is_described_by_what_is_known_of_it(until: Until) -> None:
    """Programs name themselves as they like; what is shown is short and harmless."""
    words = ["\x1b[31mred", "-S", "-c", "import signal; signal.pause()", "long" * 50]
    with subprocess.Popen(words, executable=sys.executable) as named:
        until(lambda: "import" in program(named.pid))  # the kernel fills it in just after the start
        shown = program(named.pid)
        named.kill()
    assert shown.startswith("red -S -c import")
    assert len(shown) == 80
    assert describe_holder(PortHolder(port=1, pid=7, program="x")) == "pid 7 (x)"
    assert describe_holder(PortHolder(port=1)) == "a process of another user"


@asynccontextmanager
async def _answering(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any],
) -> AsyncIterator[int]:
    """Serve one kind of answer on a port of its own."""
    asked: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        asked.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
        except ConnectionError:  # the probe had enough
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def _saying(*parts: bytes, then_hang: bool = False, again: bool = False, pause: float = 0.0) -> Any:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
            if not again:
                break
        if then_hang:
            await asyncio.Event().wait()

    return answer


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (_saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", then_hang=True), 200),
        (_saying(b"HTTP/1.0 503 Busy\r\n\r\n"), 503),
        (_saying(b"HTTP/1.1 204\r\n\r\n"), 204),
        (_saying(b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n", b"\r\n"), 200),
        (_saying(b"HTTP/1.1 200 OK\r\n\r\n", b"event: again\n\n" * 1000, again=True), 200),
        (_saying(*[bytes([byte]) for byte in b"HTTP/1.1 201 Created\r\nA: b\r\n\r\n"]), 201),
    ],
    ids=["stays open", "old", "no reason", "early hint", "endless body", "byte by byte"],
)
async def test_an_answer_counts_when_its_headers_are_in(answer: Any, status: int) -> None:
    """Whatever the body does, or however the bytes come."""
    async with _answering(answer) as port:
        found = await http_probe(port, "/health", 20)
    assert found.status == status
    assert found.is_success == (status < 300)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_saying(then_hang=True), "did not answer within"),
        (_saying(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", then_hang=True), "did not answer within"),
        (_saying(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000, again=True), "headers do not end"),
        (_saying(b"H", again=True, pause=0.01), "did not answer within|does not speak HTTP"),
        (_saying(b"x" * 100_000), "does not speak HTTP"),
        (_saying(b"SSH-2.0-OpenSSH\r\n", then_hang=True), "does not speak HTTP"),
        (_saying(b"HTTP/1.1 20 \x1b[31m\r\n\r\n"), "does not speak HTTP"),
        (_saying(b"HTTP/1.1 200 OK\r\n"), "headers do not end"),
        (_saying(), "closed unanswered"),
    ],
    ids=["silent", "half", "endless headers", "drip", "flood", "ssh", "bad status", "cut", "closes"],
)
async def test_a_hostile_answer_is_given_up(answer: Any, words: str) -> None:
    """In time, and without reading on for ever."""
    async with _answering(answer) as port:
        with pytest.raises(ProbeError, match=words):
            await http_probe(port, "/health", 0.5 if "within" in words else 20)


async def test_nobody_there_is_said(free_port: int) -> None:
    """A refused connection is an answer too."""
    with pytest.raises(ProbeError, match=f"nothing listens on port {free_port}"):
        await http_probe(free_port, "/", 20)


async def test_a_path_cannot_smuggle_a_second_request() -> None:
    """Line breaks and spaces of a path are encoded."""
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(100_000))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.drain()

    async with _answering(answer) as port:
        with pytest.raises(ProbeError):
            await http_probe(port, "/a b\r\n\r\nDELETE / HTTP/1.1\r\n\r\n", 0.3)
    assert seen in ([], [b""])
