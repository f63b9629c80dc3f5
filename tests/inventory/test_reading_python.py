from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurora_console.inventory.python import UnreadableSourceError, read_python


def routes(source: str) -> set[tuple[str, str]]:
    return {(" ".join(route.methods), route.path) for route in read_python("m.py", source.encode()).routes}


def ports(source: str) -> set[tuple[int, str]]:
    return {(port.port, port.role) for port in read_python("m.py", source.encode()).ports}


def mentions(source: str, kind: str) -> set[str]:
    return {mention.name for mention in read_python("m.py", source.encode()).mentions if mention.kind == kind}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("routes = [Route('/health', health)]", {("GET", "/health")}),
        ("Route('/chat', chat, methods=['POST', 'GET'])", {("GET POST", "/chat")}),
        (
            "Mount('/api', routes=[Route('/a', a), Mount('/v2', routes=[Route('/b', b)])])",
            {("GET", "/api/a"), ("GET", "/api/v2/b")},
        ),
        ("Mount('/static', StaticFiles(directory='static'))", {("", "/static")}),
        ("WebSocketRoute('/live', live)", {("WEBSOCKET", "/live")}),
        ("@app.get('/x')\nasync def x(): ...", {("GET", "/x")}),
        ("@app.post(path='/x')\ndef x(): ...", {("POST", "/x")}),
        ("r = APIRouter(prefix='/api')\n@r.get('/x')\ndef x(): ...", {("GET", "/api/x")}),
        (
            "b = Blueprint('b', __name__, url_prefix='/b')\n@b.route('/x', methods=['PUT'])\ndef x(): ...",
            {("PUT", "/b/x")},
        ),
        ("@app.route('/x')\ndef x(): ...", {("GET", "/x")}),
        ("@app.websocket('/ws')\nasync def ws(): ...", {("WEBSOCKET", "/ws")}),
        ("app.add_url_rule('/x', view_func=x, methods=('POST',))", {("POST", "/x")}),
        ("app.router.add_get('/x', x)", {("GET", "/x")}),
        ("app.router.add_route('DELETE', '/x', x)", {("DELETE", "/x")}),
        ("app.add_routes([web.post('/x', x)])", {("POST", "/x")}),
        ("HEALTH = '/health'\nRoute(HEALTH, health)", {("GET", "/health")}),
        ("table = [('GET', '/x', handle), ('POST', '/y', self.handle)]", {("GET", "/x"), ("POST", "/y")}),
        ("class H(B):\n def do_POST(self):\n  if self.path in ('/a', '/b'): pass", {("POST", "/a"), ("POST", "/b")}),
        ("client.get('/x')\nclient.request('GET', '/x', headers)\nrows = ('GET', '/x', 'text')", set()),
    ],
)
def test_routes_of_the_common_frameworks_are_found(source: str, expected: set[tuple[str, str]]) -> None:
    """Decorators, route objects, registrars, tables and the standard library's handlers."""
    assert routes(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("p.add_argument('--port', type=int, default=5000)", {(5000, "listens")}),
        ("p.add_argument('--core-port', default='5000')", {(5000, "connects")}),
        ("@click.option('-p', '--port', default=8000)\ndef main(port): ...", {(8000, "listens")}),
        ("def main(port: int = typer.Option(8001, '--port')): ...", {(8001, "listens")}),
        ("PORT = 5001", {(5001, "listens")}),
        ("DEFAULT_PORT: int = 5002", {(5002, "listens")}),
        ("CORE_PORT = 5000", {(5000, "connects")}),
        ("PORT = int(os.environ.get('PORT', '5003'))", {(5003, "listens")}),
        ("port = os.getenv('PORT') or 5004", {(5004, "listens")}),
        ("BASE = 5005\nuvicorn.run(app, port=BASE)", {(5005, "listens")}),
        ("HTTPServer(('127.0.0.1', 8080), Handler)", {(8080, "listens")}),
        ("sock.bind(('', 9000))\nother.connect(('127.0.0.1', 9001))", {(9000, "listens"), (9001, "connects")}),
        ("await asyncio.start_server(serve, '127.0.0.1', 7000)", {(7000, "listens")}),
        ("def serve(*, port=6000, nexus_port=6001): ...", {(6000, "listens"), (6001, "connects")}),
        ("class Client:\n def __init__(self, host, port=6002): ...", {(6002, "connects")}),
        ("URL = 'http://127.0.0.1:5005/register'", {(5005, "connects")}),
        ("REPORT = 12\nsupport = 13\nport = 0\nport = True\nport = 70000", set()),
    ],
)
def test_ports_are_found_and_told_apart(source: str, expected: set[tuple[int, str]]) -> None:
    """A program's own port is not that of somebody it talks to."""
    assert ports(source) == expected


def test_names_shared_with_the_surroundings_are_found() -> None:
    """Options, variables, files, databases and other services' paths, but no docstrings and no passwords."""
    source = '''
"""Reads notes.json."""
import os, sqlite3
p.add_argument("-d", "--data", "--folder")
home = os.environ["AURORA_HOME"]; os.environ.get("AURORA_MODE", "x"); os.getenv("TOKEN"); "DEBUG" in os.environ
sqlite3.connect(folder / "solved.db"); open("data/weights.json")
url = "postgresql://me:secret@db.example/aurora?sslmode=no"
client.post(f"{core}/api/solved?limit={n}"); client.get("http://127.0.0.1:5000/health")
'''
    assert mentions(source, "option") == {"--data", "--folder"}
    assert mentions(source, "environment") == {"AURORA_HOME", "AURORA_MODE", "TOKEN", "DEBUG"}
    assert mentions(source, "store") == {"solved.db", "data/weights.json", "postgresql://db.example/aurora"}
    assert mentions(source, "call") == {"/api/solved", "/health"}


def test_a_route_that_is_served_is_no_call() -> None:
    """The string that defines a route is not also taken for a use of it."""
    assert mentions("Route('/health', health)", "call") == set()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def broken(:\n", "not valid Python: "),
        (b"name = '\xe9'\n", "not UTF-8"),
        (b"a = 1\0\n", "not valid Python: "),
        (b"# -*- coding: no-such -*-\n", "not UTF-8"),
        (b"(" * 5000 + b")" * 5000, "not valid Python: |nested too deeply"),
        (b"x = " + b"-" * 200_000 + b"1", "not valid Python: |nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    """Broken, binary and hostile sources raise one error with a reason."""
    with pytest.raises(UnreadableSourceError, match=reason):
        read_python("m.py", content)


def test_another_declared_encoding_is_read() -> None:
    """A coding line is honoured, as Python honours it."""
    assert read_python("m.py", b"# -*- coding: latin-1 -*-\nPORT = 5000  # \xe9\n").ports[0].port == 5000


def test_a_doubtful_escape_is_no_warning_of_ours() -> None:
    """A source that makes the compiler warn is read in silence."""
    assert read_python("m.py", b"pattern = '\\d'\nPORT = 5000\n").ports


def test_deep_expressions_are_walked() -> None:
    """A sum of thousands of terms does not exhaust the stack."""
    try:
        facts = read_python("m.py", b"PORT = 5000\nx = " + b"+".join([b"y"] * 2000))
    except UnreadableSourceError as error:
        assert "nested too deeply" in str(error)  # noqa: PT017  either is right, as this interpreter's limit has it
    else:
        assert facts.ports


pieces = st.sampled_from(
    [
        "Route(",
        "'/x'",
        "@app.get(",
        ")",
        "\ndef f(): ...\n",
        "port",
        "=",
        "5000",
        ",",
        "Mount(",
        "[",
        "]",
        "os.environ",
        "x",
    ]
)


@given(st.one_of(st.binary(max_size=60), st.lists(pieces, max_size=14).map(lambda parts: "".join(parts).encode())))
def test_no_source_does_more_than_be_unreadable(content: bytes) -> None:
    """Whatever the bytes: facts, or the one error."""
    try:
        read_python("m.py", content)
    except UnreadableSourceError as error:
        assert str(error)  # noqa: PT017  any source may or may not be readable
