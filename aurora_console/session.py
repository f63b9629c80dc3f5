"""What every subcommand begins with: which plan, whether this user trusts it, where its state is, who has control."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aurora_console.engine.host import EngineHost
from aurora_console.engine.registry import vocabulary
from aurora_console.errors import AuroraError, NeedsOperatorError
from aurora_console.plan.load import load, load_pinned, read_text
from aurora_console.plan.model import Plan
from aurora_console.plan.trust import Disclosure, TrustStore
from aurora_console.state.actor import current_actor
from aurora_console.state.events import RequestCarriedOut, RequestRefused
from aurora_console.state.folder import ControlLock, StateFolder
from aurora_console.state.inbox import Inbox
from aurora_console.state.journal import Journal
from aurora_console.state.model import RunState
from aurora_console.state.requests import Request, Ticket

PLAN_FILE = "aurora.toml"
POLL = 0.05
"""Seconds between looks at the journal."""


def trust_store() -> TrustStore:
    """Return this user's record of trusted plans."""
    from platformdirs import user_state_path  # noqa: PLC0415  slow to import

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
        actor = current_actor("command line" if via_command_line else "console")
        return EngineHost(self.plan, self.folder, actor)


def open_session(
    plan_path: Path, port_offset: int = 0, ask_trust: Callable[[Disclosure], bool] | None = None
) -> Session:
    """Open the plan at `plan_path`, or the one that the run under way has pinned.

    `ask_trust` shows the user a plan that is not trusted and returns whether it is now; None where nobody can be asked.
    Raises PlanError for a plan with problems, NeedsOperatorError for one that this user has not trusted.
    """
    pinned = open_pinned(plan_path)
    if pinned is not None and plan_path.exists():
        if load_digest(plan_path) == pinned.plan.digest:
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
    folder = find_state(plan_path)
    if folder is None:
        return None
    state = read_state(folder)
    if state.outline is None or state.finished:
        return None
    outline = state.outline
    copy = folder.plans / f"{outline.digest}.toml"
    return Session(load_pinned(copy, vocabulary(), outline.root, outline.path, outline.port_offset), folder)


def load_digest(plan_path: Path) -> str:
    """Return the SHA-256 of the plan file, in hex."""
    import hashlib  # noqa: PLC0415  only here

    return hashlib.sha256(read_text(plan_path).encode()).hexdigest()


def ask(session: Session, request: Request) -> RunState:
    """Have `request` carried out by whoever has control, or by this process when nobody has; return the state after it.

    Raises AuroraError when the request was refused, or when the console that had it ended first.
    """
    if ControlLock.is_held_by_any(session.folder.lock):
        return _ask_holder(session, request)
    host = session.host(via_command_line=True)
    after = _newest(session.folder)
    host.start()
    try:
        ticket = host.submit(request)
        return _wait(session.folder, after, ticket, lambda: host.is_running, lambda: _fault(host))
    finally:
        host.stop(60.0)


def _ask_holder(session: Session, request: Request) -> RunState:
    after = _newest(session.folder)
    ticket = Ticket(id=uuid.uuid4().hex, actor=current_actor("command line"), request=request)
    with Inbox.open(session.folder.inbox) as inbox:
        inbox.put(ticket)
    return _wait(
        session.folder,
        after,
        ticket.id,
        lambda: ControlLock.is_held_by_any(session.folder.lock),
        lambda: AuroraError("the console that had control has ended before it answered", "ask again"),
    )


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
    why_not: Callable[[], AuroraError],
) -> RunState:
    """Follow the journal until the answer is there."""
    while not folder.journal.exists() and is_alive():
        time.sleep(POLL)
    if not folder.journal.exists():
        raise why_not()
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
                raise why_not()
            time.sleep(POLL)
