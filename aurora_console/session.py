"""What every subcommand begins with: which plan, whether this user trusts it, where its state is, who has control."""

from __future__ import annotations

import hashlib
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aurora_console.errors import AuroraError, NeedsOperatorError
from aurora_console.plan.reading import read_plan_bytes
from aurora_console.state.actor import current_actor
from aurora_console.state.events import RequestCarriedOut, RequestReceived, RequestRefused
from aurora_console.state.folder import ControlLock, StateFolder
from aurora_console.state.inbox import Inbox
from aurora_console.state.journal import Journal
from aurora_console.state.model import RunState
from aurora_console.state.requests import Request, Ticket
from aurora_console.state.sentences import who
from aurora_console.state.values import PlanOutline
from aurora_console.text import clean_lines

if TYPE_CHECKING:  # slow to import, and not needed for the first frame
    from aurora_console.engine.host import EngineHost
    from aurora_console.plan.model import Plan
    from aurora_console.plan.trust import Disclosure, TrustStore

PLAN_FILE = "aurora.toml"
POLL = 0.05
"""Seconds between looks at the journal."""
PATIENCE = 3.0
"""Seconds without a sign of the console in control after which its trouble is told."""


def trust_store() -> TrustStore:
    """Return this user's record of trusted plans."""
    from platformdirs import user_state_path  # noqa: PLC0415  slow to import

    from aurora_console.plan.trust import TrustStore  # noqa: PLC0415  slow to import

    return TrustStore(user_state_path("aurora-console", appauthor=False) / "trust")


def find_state(plan_path: Path) -> StateFolder | None:
    """Return the state folder of the system whose plan lies at `plan_path`, even when that file is gone or broken."""
    return StateFolder.find(plan_path.resolve().parent)


def read_state(folder: StateFolder) -> RunState:
    """Return what the journal adds up to, without taking control."""
    with Journal.read_only(folder.journal) as journal:
        return journal.state()


@dataclass(frozen=True)
class Session:
    """A plan with its state folder."""

    plan: Plan
    folder: StateFolder

    def host(self, via_command_line: bool = False) -> EngineHost:
        """Return an engine for it, not started yet."""
        from aurora_console.engine.host import EngineHost  # noqa: PLC0415  slow to import

        actor = current_actor("command line" if via_command_line else "console")
        return EngineHost(self.plan, self.folder, actor)


def open_session(
    plan_path: Path, port_offset: int = 0, ask_trust: Callable[[Disclosure], bool] | None = None
) -> Session:
    """Open the plan at `plan_path`, or the one that the run under way has pinned.

    `ask_trust` shows the user a plan that is not trusted and returns whether it is now; None where nobody can be asked.
    Raises PlanError for a plan with problems, NeedsOperatorError for one that this user has not trusted.
    """
    from aurora_console.engine.registry import vocabulary  # noqa: PLC0415  slow to import
    from aurora_console.plan.load import load, read_text  # noqa: PLC0415  slow to import

    pinned = open_pinned(plan_path)
    if pinned is not None and plan_path.exists():
        if digest_of(plan_path) == pinned.plan.digest:
            return pinned
        raise NeedsOperatorError(
            f"the plan {plan_path} has changed since this run began, which goes on with the plan as it was",
            "take the change back, or end the run: `aurora-console rollback all`, then `aurora-console finish`",
        )
    plan, store = load(plan_path, vocabulary(), port_offset), trust_store()
    if not store.is_trusted(plan.path, plan.digest):
        shown = store.disclose(plan, read_text(plan_path))
        if ask_trust is None or not ask_trust(shown):
            raise NeedsOperatorError(
                f"the plan {plan.path} runs programs, and you have not trusted it as it is now",
                f"see what it would run, and trust it: aurora-console trust {plan_path}",
            )
        store.trust(plan.path, plan.digest, shown.text)
    return Session(plan, StateFolder.for_root(Path(plan.root), plan.system.name))


def open_pinned(plan_path: Path) -> Session | None:
    """Open the plan that the run under way at this place was begun with; None when no run is under way."""
    from aurora_console.engine.registry import vocabulary  # noqa: PLC0415  slow to import
    from aurora_console.plan.load import load_pinned  # noqa: PLC0415  slow to import

    folder = find_state(plan_path)
    outline = None if folder is None else _outline(folder)
    if folder is None or outline is None:
        return None
    copy = folder.plans / f"{outline.digest}.toml"
    return Session(load_pinned(copy, vocabulary(), outline.root, outline.path, outline.port_offset), folder)


def is_known(plan_path: Path, folder: StateFolder | None) -> bool:
    """Tell whether the plan at `plan_path`, with the bytes that it has now, is being carried out or else trusted."""
    digest = digest_of(plan_path)
    if digest is None:
        return False
    outline = None if folder is None else _outline(folder)
    if outline is not None:
        return outline.digest == digest
    return trust_store().is_trusted(plan_path.resolve(), digest)


def _outline(folder: StateFolder) -> PlanOutline | None:
    """Return what the run under way was begun with; None when none is under way."""
    if not folder.journal.exists():
        return None
    state = read_state(folder)
    return None if state.finished else state.outline


def digest_of(plan_path: Path) -> str | None:
    """Return the SHA-256 of the plan file, in hex; None when it cannot be read."""
    try:
        return hashlib.sha256(read_plan_bytes(plan_path)).hexdigest()
    except OSError:
        return None


def ask(session: Session, request: Request) -> RunState:
    """Have `request` carried out by whoever has control, or by this process when nobody has; return the state after it.

    Raises AuroraError when the request was refused, or when the console that had taken it ended first.
    """
    if ControlLock.is_held_by_any(session.folder.lock):
        state = _ask_holder(session, request)
        return ask(session, request) if state is None else state
    host = session.host(via_command_line=True)
    after = _newest(session.folder)
    host.start()
    try:
        ticket = host.submit(request)
        state = _wait(session.folder, after, ticket, lambda: host.is_running)
        if state is None:
            raise _fault(host)
        return state
    finally:
        host.stop(60.0)


def _ask_holder(session: Session, request: Request) -> RunState | None:
    """Leave the request for the console in control; None when that ended before it took it: it is withdrawn then."""
    after = _newest(session.folder)
    ticket = Ticket(id=uuid.uuid4().hex, actor=current_actor("command line"), request=request)
    with Inbox.open(session.folder.inbox) as inbox:
        inbox.put(ticket)
    concern = _Concern(session.folder, after, ticket.id)
    state = _wait(session.folder, after, ticket.id, concern.look)
    if state is not None:
        return state
    if _was_received(session.folder, after, ticket.id):
        raise AuroraError("the console that had control has ended before it answered", "ask again")
    with Inbox.open(session.folder.inbox) as inbox:
        inbox.forget([ticket.id])
    return None


@dataclass
class _Concern:
    """Looks after the console in control, and tells once when it is stopped or does not take a request."""

    folder: StateFolder
    after: int
    ticket: str
    _next_look: float = field(default_factory=lambda: time.monotonic() + PATIENCE)

    def look(self) -> bool:
        """Return whether somebody has control."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + PATIENCE
            trouble = self._trouble()
            if trouble:
                print(f"aurora-console: {clean_lines(trouble)}", file=sys.stderr, flush=True)
                self._next_look = float("inf")
        return ControlLock.is_held_by_any(self.folder.lock)

    def _trouble(self) -> str:
        from aurora_console.engine.supervise import identity  # noqa: PLC0415  slow to import

        holder = ControlLock.holder(self.folder.lock)
        if holder is None:
            return ""
        pid = holder.process.pid
        console = f"{who(holder.actor)} (pid {pid}) has control and"
        if identity.is_stopped(holder.process):
            return (
                f"{console} is stopped\n  `kill -CONT {pid}` to wake it, or `kill -9 {pid}` and this command takes over"
            )
        if _was_received(self.folder, self.after, self.ticket):
            return ""  # at work on it
        return f"{console} does not answer yet\n  if it hangs: `kill -9 {pid}`, and this command takes over"


def _was_received(folder: StateFolder, after: int, ticket: str) -> bool:
    """Tell whether the journal has the request, so that whoever took it may have begun on it."""
    if not folder.journal.exists():
        return False
    with Journal.read_only(folder.journal) as journal:
        events = [record.event for record in journal.records(after)]
    return any(isinstance(event, RequestReceived) and event.ticket.id == ticket for event in events)


def _fault(host: EngineHost) -> AuroraError:
    """Return why an engine ended before it had answered."""
    if isinstance(host.error, AuroraError):
        return host.error
    return AuroraError(host.view().engine_error or "the engine ended before it had answered", "look at the status")


def _newest(folder: StateFolder) -> int:
    return read_state(folder).seq if folder.journal.exists() else 0


def _wait(
    folder: StateFolder,
    after: int,
    ticket: str,
    is_alive: Callable[[], bool],
) -> RunState | None:
    """Follow the journal until the answer is there; None when it cannot come any more."""
    while not folder.journal.exists() and is_alive():
        time.sleep(POLL)
    if not folder.journal.exists():
        return None
    with Journal.read_only(folder.journal) as journal:
        while True:
            was_alive = is_alive()
            for record in journal.records(after):
                after = record.seq
                if isinstance(record.event, RequestRefused) and record.event.ticket == ticket:
                    raise AuroraError(record.event.reason, record.event.hint)
                if isinstance(record.event, RequestCarriedOut) and record.event.ticket == ticket:
                    return journal.state()
            if not was_alive:
                return None
            time.sleep(POLL)
