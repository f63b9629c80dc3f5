"""Small real systems for the engine's tests: a git repository, a plan, and services that start in a moment."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import tomli_w

from aurora_console.engine.context import Context
from aurora_console.engine.engine import Engine
from aurora_console.engine.gates.base import Found
from aurora_console.engine.host import EngineHost
from aurora_console.engine.registry import action_types, check_types, vocabulary
from aurora_console.plan.load import load
from aurora_console.plan.model import Plan
from aurora_console.session import trust_store
from aurora_console.state import events as e
from aurora_console.state.actor import current_actor
from aurora_console.state.folder import StateFolder
from aurora_console.state.journal import Journal
from aurora_console.state.model import RunState
from aurora_console.state.requests import ApprovePhase, Request, RollBack

T = TypeVar("T")
E = TypeVar("E")

Answer = e.RequestCarriedOut | e.RequestRefused

PATIENCE = 30.0
"""Seconds after which a condition that does not come true fails a test; never a measure of speed."""

SERVICE = '''\
"""One HTTP service. What it does wrong is read from its mood file at every request."""

import json, os, signal, socket, subprocess, sys, threading, time

port, mood_file, options = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
held = []


def mood():
    try:
        with open(mood_file) as file:
            return file.read().split()
    except FileNotFoundError:
        return []


def exchange(body):
    message = json.loads(body)
    if "to" not in message:
        mark = "forgotten" if "forgetful" in mood() else message["id"]
        return {"id": mark, "echo": message["payload"]}
    import urllib.request
    document = json.dumps({"id": message["id"], "payload": message["payload"]}).encode()
    request = urllib.request.Request(message["to"] + "/exchange", document, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return {"reply": json.load(answer)}


def serve(connection):
    data = b""
    while b"\\r\\n\\r\\n" not in data:
        part = connection.recv(65536)
        if not part:
            return
        data += part
    head, _, body = data.partition(b"\\r\\n\\r\\n")
    lengths = [line for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    path, now = head.split(b" ")[1].decode(), mood()
    document, status = {"status": "ok", "pid": os.getpid()}, "200 OK"
    if "sick" in now or (now[:1] == ["500"] and path != "/health"):
        status = "500 Broken"
    if path == "/exchange":
        document = exchange(body)
    if path != "/health" and now:
        if now[0] == "wrong":
            document["status"] = "broken"
        elif now[0] == "slow":
            time.sleep(float(now[1]))
        elif now[0] == "huge":
            document["more"] = "x" * 3_000_000
        elif now[0] == "leak":
            held.append(bytearray(os.urandom(1)) * int(now[1]))
        elif now[0] == "never":
            time.sleep(3600)
        elif now[0] == "garbage":
            connection.sendall(b"\\x00\\x01 no HTTP at all\\r\\n\\r\\n")
            return
        elif now[0] == "drip":
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n")
            while True:
                connection.sendall(b".")
                time.sleep(0.05)
    answer = json.dumps(document).encode()
    head = "HTTP/1.1 %s\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % (status, len(answer))
    connection.sendall(head.encode() + answer)


def handle(connection):
    with connection:
        try:
            serve(connection)
        except OSError:
            pass


if "--deaf" in options:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "--child" in options:
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"], start_new_session=True)
if "--daemon" in options and os.fork():
    os._exit(0)
if "--wait" in options:
    time.sleep(float(options[options.index("--wait") + 1]))
if "--fail" in options:
    sys.exit("it cannot go on")
if "crash-at-start" in mood():
    sys.exit(7)
print("TOKEN is", "set" if os.environ.get("TOKEN") else "not set", flush=True)
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(64)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=handle, args=(connection,), daemon=True).start()
'''


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until `condition` is true; fail after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {patience:.0f} s in vain until {what}")
        time.sleep(0.01)


def git(root: Path, *arguments: str) -> str:
    """Return what plain git says, as a person of a known name."""
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_AUTHOR_NAME": "Somebody Else",
        "GIT_AUTHOR_EMAIL": "else@example.invalid",
        "GIT_COMMITTER_NAME": "Somebody Else",
        "GIT_COMMITTER_EMAIL": "else@example.invalid",
    }
    done = subprocess.run(["git", "-C", str(root), *arguments], env=environment, capture_output=True, check=True)
    return os.fsdecode(done.stdout).strip()


def refs(root: Path) -> dict[str, str]:
    """Return every ref with what it names."""
    lines = git(root, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is not just waiting to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def is_free(port: int) -> bool:
    """Whether nobody listens on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@dataclass
class System:
    """One work tree with a core that runs already, two services that the plan may start, and an engine."""

    root: Path
    """The work tree: `main` is checked out, `peak` has more files."""
    folder: StateFolder = field(init=False)
    host: EngineHost = field(init=False)
    _programs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _hosts: list[EngineHost] = field(default_factory=list)
    _commands: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        core, alpha, beta, spare = free_ports(4)
        self.ports = {"core": core, "alpha": alpha, "beta": beta, "spare": spare}
        self.moods = self.root.parent / "moods"
        self.moods.mkdir()

    def lay_out(self) -> None:
        """Make the repository."""
        self.root.mkdir()
        git(self.root, "init", "--quiet", "--initial-branch=main")
        self.write("service.py", SERVICE)
        self.write("core.txt", "the core\n")
        self.write("templates/page.html", "<p>page</p>\n")
        self.commit("what works today")
        git(self.root, "checkout", "--quiet", "-b", "peak")
        self.write("extra/new.txt", "new\n")
        self.write("extra/deep/more.txt", "more\n")
        self.write("extra/tool.sh", "#!/bin/sh\nexit 0\n", 0o755)
        (self.root / "extra/link").symlink_to("new.txt")
        self.write("core.txt", "another core\n")
        self.commit("what is to come")
        git(self.root, "checkout", "--quiet", "main")

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """Put a file into the work tree."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)
        return target

    def commit(self, subject: str) -> None:
        """Commit all that is in the work tree, as somebody else than the console."""
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "-m", subject)

    def mood(self, service: str, mood: str) -> None:
        """Have a service do something wrong from the next request on; empty for nothing."""
        path = self.moods / service
        path.with_suffix(".new").write_text(mood)
        path.with_suffix(".new").replace(path)

    def service(self, name: str, *options: str, **settings: Any) -> dict[str, Any]:
        """Return a service's table for the plan."""
        table: dict[str, Any] = {
            "layer": "parallel",
            "exec": ["{python}", "-S", "-B", "service.py", "{port}", str(self.moods / name), *options],
            "port": self.ports[name],
            "ready": {"http": "/health", "timeout": "10s"},
            "stop": {"grace": "2s"},
        }
        return table | settings

    def start_core(self, *options: str, name: str = "core") -> subprocess.Popen[bytes]:
        """Start a service the way an operator would have: it is not the console's child."""
        command = [sys.executable, "-S", "-B", "service.py", str(self.ports[name]), str(self.moods / name), *options]
        program = subprocess.Popen(command, cwd=self.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._programs.append(program)
        wait_until(lambda: not is_free(self.ports[name]), f"{name} listens")
        return program

    def plan(
        self,
        *phases: dict[str, Any],
        services: dict[str, Any] | None = None,
        gates: dict[str, Any] | None = None,
        **tables: Any,
    ) -> Plan:
        """Write the plan, commit it, and load it."""
        document: dict[str, Any] = {
            "system": {"name": "small", "target": "peak", "protect": ["core.txt", "templates/**"]}
            | tables.pop("system", {}),
            "limits": {"action_timeout": "10s", "health_interval": "1h"} | tables.pop("limits", {}),
            "services": {
                "core": self.service("core", layer="core", managed=False),
                "alpha": self.service("alpha"),
                "beta": self.service("beta"),
            }
            | (services or {}),
            "endpoints": {
                "page": {
                    "service": "core",
                    "request": {"get": "/"},
                    "safe": True,
                    "expect": {"status": 200, "json": {"status": "ok"}},
                }
            }
            | tables.pop("endpoints", {}),
            "gates": gates or {},
            "phases": [{"title": f"Phase {number}", "budget": "10m", **one} for number, one in enumerate(phases, 1)],
        } | tables
        path = self.root / "aurora.toml"
        path.write_text(tomli_w.dumps(document))
        if git(self.root, "status", "--porcelain", "aurora.toml"):
            git(self.root, "add", "aurora.toml")
            git(self.root, "commit", "--quiet", "-m", "plan")
        return self.load()

    def load(self) -> Plan:
        """Load the plan that lies in the work tree."""
        plan = load(self.root / "aurora.toml", vocabulary())
        self.folder = StateFolder.for_root(Path(plan.root), plan.system.name)
        return plan

    @property
    def core(self) -> subprocess.Popen[bytes]:
        """The program that an operator has started."""
        return self._programs[0]

    def load_folder(self) -> None:
        """Make the state folder known before there is a plan that names it."""
        self.folder = StateFolder.for_root(self.root, "small")

    def open(self, plan: Plan | None = None, *, wait: bool = True) -> EngineHost:
        """Start an engine on the plan, and wait until it is in control or has ended; with `wait`, until it proposes."""
        self.host = EngineHost(plan or self.load(), self.folder, current_actor("console"))
        self._hosts.append(self.host)
        self.host.start()
        wait_until(self._has_begun, "the engine is in control")
        if wait:
            self.until(
                lambda state: state.control is not None and (state.current is not None or state.is_complete),
                "there is something to approve",
            )
        return self.host

    def _has_begun(self) -> bool:
        control = self.state.control
        return self.host.error is not None or (control is not None and control.process.pid == os.getpid())

    def trust(self) -> None:
        """Trust the plan that lies in the work tree, as the user would."""
        path = self.root / "aurora.toml"
        content = path.read_bytes()
        trust_store().trust(path, hashlib.sha256(content).hexdigest(), content.decode())

    def command(self, *arguments: str, fault: str = "") -> subprocess.Popen[str]:
        """Start `aurora-console` in the work tree; a `fault` kills it at that crash point."""
        child = subprocess.Popen(
            [sys.executable, "-m", "aurora_console", *arguments],
            cwd=self.root,
            env=os.environ | ({"AURORA_CONSOLE_FAULT": fault} if fault else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._commands.append(child)
        return child

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `aurora-console` in the work tree to its end."""
        child = self.command(*arguments)
        out, err = child.communicate(timeout=PATIENCE * 2)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def kill_at(self, is_time: Callable[[dict[str, Any]], bool], *arguments: str) -> None:
        """Run the plan without a screen, and kill that as soon as it tells an event for which `is_time` is true."""
        child = self.command("run", "--headless", "--approve", "all", "--json", *arguments)
        assert child.stdout is not None
        for line in child.stdout:
            if is_time(json.loads(line)):
                child.kill()
                child.wait()
                return
        pytest.fail("that event never came")

    def leave(self) -> None:
        """End the engine; services stay."""
        assert self.host.stop(PATIENCE), "the engine did not end"

    @property
    def state(self) -> RunState:
        """The engine's newest state."""
        return self.host.view().state

    @property
    def engine(self) -> Engine:
        """The engine itself."""
        return self.host._engine

    @property
    def context(self) -> Context:
        """What actions and checks work with."""
        return self.engine._context

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the engine's own loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.host._loop).result(PATIENCE)

    def judge(self, kind: str, args: Any, window: int = 1) -> Found:
        """Judge a check as a gate would be, on the engine's loop."""
        wanted = check_types()[kind]
        return self.call(wanted(_decoded(args, wanted.args_type)).judge(self.context, window))

    def action(self, kind: str, args: Any = True) -> Any:
        """Return an action as the plan would name it."""
        wanted = action_types()[kind]
        return wanted(_decoded(args, wanted.args_type))

    def until(self, condition: Callable[[RunState], object], what: str, patience: float = PATIENCE) -> RunState:
        """Wait until the state is as wanted, and return it; fail at once when the engine has ended by a fault."""

        def is_so() -> object:
            if self.host.error is not None:
                pytest.fail(f"the engine ended: {self.host.view().engine_error}")
            return condition(self.state)

        wait_until(is_so, what, patience)
        return self.state

    def ask(self, request: Request) -> Answer:
        """Ask the engine, wait for the answer, and return it."""
        return self.answer(self.host.submit(request))

    def answer(self, ticket: str) -> Answer:
        """Wait for the answer to a ticket, and return it."""
        found: list[Answer] = []

        def is_answered() -> bool:
            if self.host.error is not None:
                pytest.fail(f"the engine ended: {self.host.view().engine_error}")
            found[:] = [one for one in self.answers() if one.ticket == ticket]
            return bool(found)

        wait_until(is_answered, "the request is answered")
        return found[0]

    def answers(self) -> list[Answer]:
        """Return every answer to a request."""
        return [one for one in self.journal() if isinstance(one, e.RequestCarriedOut | e.RequestRefused)]

    def approve(self, phase: int = 0, reason: str = "") -> RunState:
        """Approve a phase and wait for its end."""
        self.until(lambda state: state.phases[phase].status == "proposed", f"phase {phase} is proposed")
        answer = self.ask(ApprovePhase(phase=phase, reason=reason))
        assert isinstance(answer, e.RequestCarriedOut), answer
        return self.state

    def roll_back(self, scope: Any = "current") -> RunState:
        """Roll back and wait for the proof."""
        answer = self.ask(RollBack(scope=scope))
        assert isinstance(answer, e.RequestCarriedOut), answer
        return self.state

    def status_of(self, service: str) -> str:
        """Return how a service stands now."""
        return self.state.services[service].status

    def journal(self) -> list[e.Event]:
        """Return every event, oldest first."""
        with Journal.read_only(self.folder.journal) as journal:
            return [record.event for record in journal.records()]

    def events(self, kind: type[E]) -> list[E]:
        """Return every event of one type, oldest first."""
        return [event for event in self.journal() if isinstance(event, kind)]

    def take_down(self) -> None:
        """End everything that this system started."""
        for host in self._hosts:
            if host._thread.ident is not None and not host.stop(3.0):
                host._loop.call_soon_threadsafe(_cancel_all, host._loop)
                host.join(PATIENCE)
            if hasattr(host._engine, "_supervisor"):
                host._engine._supervisor.leave()
        for command in self._commands:
            if command.poll() is None:
                command.kill()
            command.communicate()
        for program in self._programs:
            program.kill()
            program.wait()
        for pid in self.marked():
            os.kill(pid, signal.SIGKILL)

    def marked(self) -> list[int]:
        """Return the processes that an engine of this test has started: their environment names its state folder."""
        if not hasattr(self, "folder"):
            return []
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:  # gone, or another user's
                continue
            if b"AURORA_INSTANCE=" in environment and os.fsencode(self.folder.path) in environment:
                found.append(int(entry.name))
        return sorted(found)


@pytest.fixture
def system(tmp_path: Path, own_state: Path) -> Iterator[System]:
    """Lay out a small system with its core running; end everything of it afterwards."""
    assert own_state.is_dir()
    made = System(tmp_path / "tree")
    made.lay_out()
    made.start_core()
    try:
        yield made
    finally:
        made.take_down()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """End an engine whatever it does, as nothing but a test may."""
    for task in asyncio.all_tasks(loop):
        task.cancel()


def _decoded(args: Any, wanted: Any) -> Any:
    import msgspec  # noqa: PLC0415  only here

    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and args is True:
        return wanted()
    if isinstance(args, dict) and isinstance(wanted, type):
        return wanted(**{one.replace("-", "_"): value for one, value in args.items()})
    return tuple(args) if isinstance(args, list) else args
