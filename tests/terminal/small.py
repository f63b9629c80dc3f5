"""A system that is laid out and run in a second or two: one service, and a phase that lasts until it is let go."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurora_console.session import find_state, trust_store
from aurora_console.state.journal import Journal
from tests.demo import Demo, wait_until
from tests.terminal.pty_console import PtyConsole

PORT = 5001

_PLAN = """
[system]
name = "small"
on_disconnect = "{policy}"

[limits]
health_interval = "1s"

[services.worker]
layer = "parallel"
exec = ["{{python}}", "-B", "worker.py", "{{port}}"]
port = {port}
ready = {{ http = "/" }}

[endpoints.answer]
service = "worker"
request = {{ get = "/" }}
safe = true
expect = {{ status = 200 }}

[gates.main]
title = "The branch is there"
check = {{ branch = "main" }}

[[phases]]
title = "Look back"
actions = [{{ backup-branch = true }}, {{ snapshot = true }}]

[[phases]]
title = "Start work"
rollback = "services"
actions = [{{ start = ["worker"] }}]
criteria = [{{ endpoints = ["answer"] }}]

[[phases]]
title = "Wait long"
actions = [
    {{ run = {{ exec = {wait}, read_only = true }}, title = "Wait for it", timeout = "100s" }},
    {{ run = {{ exec = ["{{python}}", "-c", "print(1)"], read_only = true }}, title = "Say one" }},
]
criteria = [{{ running = ["worker"] }}]
"""

_WORKER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""

_WAIT = """
import pathlib, sys, time
begun, go = map(pathlib.Path, sys.argv[1:])
begun.touch()
while not go.exists():
    time.sleep(0.02)
"""


@dataclass
class SmallSystem(Demo):
    """The small system; no core, so nothing runs before the console."""

    policy: str = "hold"

    @property
    def begun(self) -> Path:
        """A file that is there once the third phase waits."""
        return self.directory.with_name("begun")

    @property
    def go(self) -> Path:
        """A file that lets the third phase go on."""
        return self.directory.with_name("go")

    def lay_out(self) -> None:
        """Make the repository with its plan, and trust it."""
        self.directory.mkdir()
        wait = ["{python}", "-B", "wait.py", str(self.begun), str(self.go)]
        plan = _PLAN.format(policy=self.policy, port=PORT, wait=json.dumps(wait))
        for name, text in {"aurora.toml": plan, "worker.py": _WORKER, "wait.py": _WAIT}.items():
            (self.directory / name).write_text(text)
        for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "as it was"]):
            subprocess.run(["git", "-C", str(self.directory), *command], check=True, env=os.environ | IDENTITY)
        digest = hashlib.sha256(plan.encode()).hexdigest()
        trust_store().trust(self.plan, digest, plan)

    def bring_up(self) -> None:
        """Run the first two phases: the worker runs, and nobody has control."""
        done = self.headless("--approve", "all", "--until", "2")
        assert done.returncode == 0, done.stderr

    def worker_pid(self) -> int:
        """Return the worker's process id, as the journal has it."""
        process = self.state().services["worker"].process
        assert process is not None
        return process.pid

    def wait_for_event(self, kind: str, patience: float = 30.0) -> None:
        """Wait until the journal holds an event of that kind, written after this call or before."""
        wait_until(lambda: kind in self.kinds(), f"the journal has {kind}", patience)

    def kinds(self, after: int = 0) -> list[str]:
        """Return the types of the journal's events behind number `after`, in order."""
        folder = find_state(self.plan)
        assert folder is not None
        with Journal.read_only(folder.journal) as journal:
            return [type(record.event).__name__ for record in journal.records(after)]


def open_cockpit(system: Demo, **options: Any) -> PtyConsole:
    """Return a cockpit on `system` in a terminal; `options` are those of PtyConsole."""
    return PtyConsole(("run", "--port-offset", str(system.offset)), system.directory, **options)


IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Operator"), ("EMAIL", "operator@example.org"))
}
