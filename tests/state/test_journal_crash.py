"""What the journal has acknowledged survives whatever happens to its writer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aurora_console.state import events as e
from aurora_console.state.folder import BALLAST, StateFolder
from aurora_console.state.journal import Journal
from aurora_console.state.values import Actor

PREAMBLE = """
import os, resource, sys
from pathlib import Path
from aurora_console.state import events as e
from aurora_console.state.folder import BALLAST
from aurora_console.state.journal import Journal, JournalError
from aurora_console.state.values import Actor

path = Path(sys.argv[1])
durable = e.IntegrationPaused(reason="r" * 3000, actor=Actor(user="deploy"))
passing = e.IncidentOpened(what="w" * 1500, suspect="")

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""

WRITES_FOR_EVER = """
journal = Journal.open(path)
while True:
    say(journal.append(durable, 1.0).seq)
    say(journal.append_many([passing, durable, passing], 1.0)[-1].seq)
"""


def run(script: str, path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREAMBLE + script, str(path), *words]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
    )


def seqs(path: Path) -> list[int]:
    with Journal.read_only(path) as journal:
        journal.verify()
        return [record.seq for record in journal.records()]


@pytest.mark.parametrize(
    ("point", "acknowledged", "kept"),
    [
        ("journal.inserted:1", 0, 0),
        ("journal.inserted:2", 1, 1),
        ("journal.inserted:9", 16, 17 - 1),
        ("journal.committed:1", 0, 1),
        ("journal.committed:2", 1, 4),
        ("journal.committed:40", 77, 80),
    ],
)
def test_a_writer_killed_between_two_steps_leaves_whole_records(
    tmp_path: Path, point: str, acknowledged: int, kept: int
) -> None:
    """Before the commit nothing of an append is there, behind it everything is, and never a part."""
    path = tmp_path / "journal.db"
    ended = run(WRITES_FOR_EVER, path, AURORA_CONSOLE_FAULT=point)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert (ended.stdout.split() or ["0"])[-1] == str(acknowledged)
    assert seqs(path) == list(range(1, kept + 1))


@pytest.mark.parametrize("appends", [1, 2, 25, 300])
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path, appends: int) -> None:
    """After `kill -9` every acknowledged record is there, at most one append more, and the next writer goes on."""
    path = tmp_path / "journal.db"
    command = [sys.executable, "-c", PREAMBLE + WRITES_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(appends):
            assert writer.stdout.readline()
        writer.kill()
        rest = writer.stdout.read().split()
    acknowledged = int(rest[-1]) if rest else 0
    found = seqs(path)
    assert found == list(range(1, len(found) + 1))
    assert acknowledged <= len(found) <= max(acknowledged, 2 * appends) + 3
    with Journal.open(path) as journal:
        assert journal.append(e.IncidentClosed(), 1.0).seq == len(found) + 1
        journal.verify()


def test_a_stopped_reader_does_not_stop_the_writer(tmp_path: Path) -> None:
    """A reader halted at an arbitrary moment of its reading hinders no append."""
    path = tmp_path / "journal.db"
    script = (
        "say('reads')\nwhile True:\n    with Journal.read_only(path) as journal:\n        list(journal.records())\n"
    )
    with Journal.open(path) as journal:
        journal.append_many([e.IncidentOpened(what="x" * 500, suspect="")] * 600, 1.0)
        command = [sys.executable, "-c", PREAMBLE + script, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
            assert reader.stdout is not None
            reader.stdout.readline()
            try:
                for n in range(20):
                    os.kill(reader.pid, signal.SIGSTOP)
                    wait_until_stopped(reader.pid)
                    journal.append(e.IntegrationPaused(reason=str(n), actor=Actor(user="deploy")), 1.0)
                    os.kill(reader.pid, signal.SIGCONT)
                assert reader.poll() is None, "the reader failed"
            finally:
                reader.kill()
    assert seqs(path) == list(range(1, 621))


def wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline
        time.sleep(0.001)


FILLS_UP = """
journal = Journal.open(path)
acknowledged = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    while True:
        acknowledged = journal.append(durable, 1.0).seq
except JournalError as error:
    say(acknowledged)
    say(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
say("again", journal.append(durable, 1.0).seq)
"""


def test_a_full_disk_is_a_clear_error_after_the_ballast_is_gone(tmp_path: Path) -> None:
    """Where giving up the ballast does not help, the error says what to do; nothing is torn; it goes on with room."""
    folder = StateFolder.for_root(tmp_path / "root", "aurora", tmp_path / "state")
    ended = run(FILLS_UP, folder.journal)
    assert ended.returncode == 0, ended.stderr
    acknowledged, message, hint, again = ended.stdout.splitlines()
    assert "No room left to write the journal" in message
    assert "Free some space" in hint
    assert int(acknowledged) > 10
    assert again == f"again {int(acknowledged) + 1}"
    assert not folder.ballast.exists()
    assert seqs(folder.journal) == list(range(1, int(acknowledged) + 2))


GETS_ROOM = """
journal = Journal.open(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

def make_room(event, arguments):
    # Stands in for the file system: what the removed file took can be written again.
    if event == "os.remove" and os.fspath(arguments[0]).endswith(BALLAST) and os.path.exists(arguments[0]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        say("given up", journal._seq)

sys.addaudithook(make_room)
try:
    while True:
        acknowledged = journal.append(durable, 1.0).seq
except JournalError as error:
    say("full", acknowledged)
"""


def test_the_ballast_lets_the_append_that_met_the_full_disk_succeed(tmp_path: Path) -> None:
    """The append is tried again with the space of the ballast, once; the chain has no gap and no doublet."""
    folder = StateFolder.for_root(tmp_path / "root", "aurora", tmp_path / "state")
    ended = run(GETS_ROOM, folder.journal)
    assert ended.returncode == 0, ended.stderr
    given_up, full = ended.stdout.splitlines()
    before, after = int(given_up.split()[-1]), int(full.split()[-1])
    assert after > before + 10
    assert seqs(folder.journal) == list(range(1, after + 1))
    StateFolder.for_root(tmp_path / "root", "aurora", tmp_path / "state")
    assert (folder.path / BALLAST).stat().st_size == 1024 * 1024, "the next console lays it again"


OPENS_WITHOUT_ROOM = """
from aurora_console.state.inbox import Inbox
from aurora_console.state.requests import Pause, Ticket

# SQLite's own files beside an existing one are bigger than this.
resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, resource.RLIM_INFINITY))

def make_room(event, arguments):
    if event == "os.remove" and os.fspath(arguments[0]).endswith(BALLAST) and os.path.exists(arguments[0]):
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        say("given up")

sys.addaudithook(make_room)
ticket = Ticket(id="a", actor=Actor(user="deploy"), request=Pause(reason="r" * 30_000))
match sys.argv[2]:
    case "write":
        say(Journal.open(path).append(durable, 1.0).seq)
    case "read":
        say(Journal.read_only(path).newest() + 1)
    case "ask":
        inbox = Inbox.open(path.with_name("inbox.db"))
        inbox.put(ticket)
        say(len(inbox.peek()) + 1)
    case "put":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        inbox = Inbox.open(path.with_name("inbox.db"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (33_000, resource.RLIM_INFINITY))
        inbox.put(ticket)
        say(len(inbox.peek()) + 1)
"""


@pytest.mark.parametrize("what", ["write", "read", "ask", "put"])
def test_the_ballast_is_given_up_for_opening_and_for_requests(tmp_path: Path, what: str) -> None:
    """A full disk lets no file be made beside the journal or the inbox, and a rollback needs both."""
    folder = StateFolder.for_root(tmp_path / "root", "aurora", tmp_path / "state")
    with Journal.open(folder.journal) as journal:
        journal.append(e.IncidentClosed(), 1.0)
    ended = run(OPENS_WITHOUT_ROOM, folder.journal, what)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == ["given up", "2"]


WAITS_FOR_THE_DISK = """
journal = Journal.open(path)
journal.append(durable, 1.0)
say("# passing")
journal.append(passing, 1.0)
journal.append(passing, 1.0)
say("# durable")
journal.append(durable, 1.0)
say("# end")
os._exit(0)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace to see what is synced")
def test_only_durable_events_wait_for_the_disk(tmp_path: Path) -> None:
    """An intent, approval or result is synced before `append` returns; other events do not cost a sync."""
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-o", str(trace), "-e", "trace=fsync,fdatasync,write"]
    command += [sys.executable, "-c", PREAMBLE + WAITS_FOR_THE_DISK, str(tmp_path / "journal.db")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "ptrace" in ended.stderr:
        pytest.skip("this machine does not let strace trace")
    assert ended.returncode == 0, ended.stderr
    text = trace.read_text()
    passing, durable = text[text.index("# passing") : text.index("# durable")], text[text.index("# durable") :]
    assert "sync(" not in passing
    assert "sync(" in durable
