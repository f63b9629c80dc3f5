"""The engine: requests in, events out. One loop, one writer of the journal, no toolkit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from aurora_console import __version__
from aurora_console.clock import Clock
from aurora_console.engine.by_hand import ByHand
from aurora_console.engine.context import Context
from aurora_console.engine.endpoints import Client
from aurora_console.engine.finish import finish
from aurora_console.engine.foreign import ForeignChanges
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.health import Health
from aurora_console.engine.history import History
from aurora_console.engine.on_request import JudgingOnRequest
from aurora_console.engine.opening import open_run
from aurora_console.engine.phases import ENGINE, PhaseRunner, preview_phase
from aurora_console.engine.reception import Reception
from aurora_console.engine.recovery import interrupted_rollback, take_over
from aurora_console.engine.redo import settle_interrupted, undo_rollback
from aurora_console.engine.rollback import InterruptedRollback, roll_back
from aurora_console.engine.supervise import identity
from aurora_console.engine.supervise.supervisor import Supervisor
from aurora_console.engine.unbroken import cancel
from aurora_console.engine.watch import Watcher
from aurora_console.errors import AuroraError
from aurora_console.plan.model import Plan
from aurora_console.state import events as e
from aurora_console.state import requests as r
from aurora_console.state.fold import apply
from aurora_console.state.folder import ControlLock, StateFolder
from aurora_console.state.inbox import Inbox
from aurora_console.state.journal import Journal
from aurora_console.state.live import Live
from aurora_console.state.model import ControlState, RunState
from aurora_console.state.scopes import redo_for
from aurora_console.state.values import Actor
from aurora_console.text import clean

RECENT = 200
"""Events kept in memory for the screens."""
LEFT = "the console was left"
PERIOD = 0.05
"""Seconds between looks at work that is to come to a halt."""


class Engine:
    """Drives one plan. `run` owns everything that is started here; it returns when `stop` was called."""

    def __init__(self, plan: Plan, folder: StateFolder, actor: Actor, clock: Clock, wake: Callable[[], None]) -> None:
        self.plan = plan
        self.folder = folder
        self.actor = actor
        self.clock = clock
        self.state = RunState()
        self.recent: tuple[e.Record, ...] = ()
        self._wake = wake
        self._tickets: asyncio.Queue[r.Ticket] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._resumed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        """The phase or rollback that is under way."""
        self._work_ticket = ""
        self._taken_up: InterruptedRollback | None = None
        """The rollback of an earlier console that is brought to its end."""
        self._joined: list[str] = []
        """Tickets that its end answers."""

    @property
    def live(self) -> Live:
        """What is seen at this moment."""
        return self._watcher.live if hasattr(self, "_watcher") else Live()

    def submit(self, ticket: r.Ticket) -> None:
        """Take a request; to be called on the engine's loop."""
        self._tickets.put_nowait(ticket)

    def stop(self) -> None:
        """Have `run` return; to be called on the engine's loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Take control, drive the plan until `stop` is called, and let go. Raises AuroraError when control is held."""
        process = identity.current()
        lock = ControlLock(self.folder.lock)
        lock.acquire(ControlState(process=process, actor=self.actor, since=self.clock.wall()))
        with lock, Journal.open(self.folder.journal) as self._journal, Inbox.open(self.folder.inbox) as inbox:
            self.state = self._journal.state()
            self.recent = tuple(self._journal.records(after=max(0, self.state.seq - RECENT)))
            await self._drive(inbox, e.EngineStarted(process=process, actor=self.actor, version=__version__))

    async def _drive(self, inbox: Inbox, started: e.EngineStarted) -> None:
        async with asyncio.TaskGroup() as self._tasks:
            self._assemble(self._tasks, inbox)
            await open_run(self._context)
            self.emit(started)
            self._reception.refuse_left_over(self._journal)
            self._health.recall()
            self._supervisor.sight_unmanaged()
            self._set_resumed()
            serving = self._tasks.create_task(self._serve())
            background = [
                self._tasks.create_task(self._watcher.run()),
                self._tasks.create_task(self._watcher.probe()),
                self._tasks.create_task(self._watcher.trim_logs()),
                self._tasks.create_task(self._history.run()),
                self._tasks.create_task(self._health.run()),
                self._tasks.create_task(self._reception.run()),
                self._tasks.create_task(self._foreign.run()),
            ]
            # It takes the request at hand to its end: half of a `finish` would be worse than a slow farewell.
            await serving
            await self._halt()
            await self._judging.settle(LEFT)
            for task in background:
                task.cancel()
            await asyncio.wait(background)
            self._refuse_waiting()
            self._supervisor.leave()
            await self._context.client.aclose()
            self.emit(e.EngineStopped(reason=LEFT))

    def _assemble(self, tasks: asyncio.TaskGroup, inbox: Inbox) -> None:
        self._reception = Reception(inbox, self.submit, self.emit)
        self._supervisor = Supervisor(self.plan, self.folder, self.clock, self.emit, lambda: self.state, tasks)
        self._history = History(self.folder.samples, self.clock)
        self._watcher = Watcher(
            self.plan,
            self.clock,
            lambda: self.state,
            self._supervisor,
            self._wake,
            lambda: self._health.suspect(),  # noqa: PLW0108  made below
            history=self._history,
        )
        self._context = Context(
            plan=self.plan,
            folder=self.folder,
            clock=self.clock,
            emit=self.emit,
            read_state=lambda: self.state,
            supervisor=self._supervisor,
            client=Client(self.plan, self.clock),
            watcher=self._watcher,
        )
        self._gatekeeper = Gatekeeper(self._context)
        self._by_hand = ByHand(self._context, tasks)
        self._health = Health(self._context, self._gatekeeper, self._is_busy)
        self._foreign = ForeignChanges(self._context)
        self._judging = JudgingOnRequest(self._context, self._gatekeeper, tasks, self._health.close_if_well)

    def emit(self, event: e.Event) -> None:
        """Write `event` down, fold it, and let everybody know."""
        record = self._journal.append(event, self.clock.wall())
        before, self.state = self.state, apply(self.state, record)
        self.recent = (*self.recent[-RECENT + 1 :], record)
        self._set_resumed()
        self._health.notice(event, before)
        self._trip_breaker()
        self._wake()

    def _set_resumed(self) -> None:
        if self.state.paused is None:
            self._resumed.set()
        else:
            self._resumed.clear()

    def _trip_breaker(self) -> None:
        """Pause when as many different things have failed as the plan allows."""
        failures, paused = self.state.failures, self.state.paused
        if len(failures) < self.plan.limits.failure_threshold or self.state.is_rolling_back or self.state.finished:
            return
        reason = f"{len(failures)} distinct failures: {'; '.join(failures)}"
        if paused is None or paused.reason != reason:
            self.emit(e.IntegrationPaused(reason=reason, actor=ENGINE))

    def _is_busy(self) -> bool:
        judging = any(phase.status == "gating" for phase in self.state.phases)
        return judging or self.state.is_rolling_back or self.state.is_undoing_rollback

    async def _serve(self) -> None:
        """Settle what an earlier console left, then take requests one after the other until the engine is to stop."""
        await take_over(self._context)
        settle_interrupted(self._context)
        rollback = interrupted_rollback(self.state)
        if rollback is not None:
            self._taken_up = rollback
            self._begin(self._take_up(rollback))
        while not self._stopping.is_set():
            await self._propose_when_idle()
            ticket = await self._next_ticket()
            if ticket is not None:
                await self._take(ticket)

    async def _next_ticket(self) -> r.Ticket | None:
        """Return the next request, or None when the work under way has ended or the engine is to stop."""
        getting = asyncio.ensure_future(self._tickets.get())
        stopping = asyncio.ensure_future(self._stopping.wait())
        work = [self._work] if self._work else []
        try:
            await asyncio.wait([getting, stopping, *work], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not getting.done():
                getting.cancel()
        if self._work is not None and self._work.done():
            ended, self._work = self._work, None
            ended.result()
        return getting.result() if getting.done() and not getting.cancelled() else None

    def _refuse_waiting(self) -> None:
        """Answer what nobody will look at any more."""
        while not self._tickets.empty():
            ticket = self._tickets.get_nowait()
            self.emit(e.RequestReceived(ticket=ticket))
            self._reception.settle(ticket.id)
            self.emit(e.RequestRefused(ticket=ticket.id, reason=LEFT, hint="ask again"))

    async def _take(self, ticket: r.Ticket) -> None:
        if isinstance(ticket.request, r.LookForForeignChanges):
            self._reception.settle(ticket.id)
            self._foreign.ask()
            return
        self.emit(e.RequestReceived(ticket=ticket))
        self._reception.settle(ticket.id)
        try:
            if await self._obey(ticket):
                self.emit(e.RequestCarriedOut(ticket=ticket.id))
        except AuroraError as error:
            self.emit(e.RequestRefused(ticket=ticket.id, reason=clean(error.message, 500), hint=clean(error.hint, 500)))

    async def _obey(self, ticket: r.Ticket) -> bool:
        """Do what is asked, or begin it; return whether it is over. AuroraError when it is refused."""
        if self.state.is_rolling_back:
            if not self._is_being_done(ticket.request):
                raise AuroraError("a rollback is under way", "wait for its proof")
            self._joined.append(ticket.id)
            return False
        if self.state.finished:
            raise AuroraError("this run is finished", "open the console again to begin a new one")
        match ticket.request:
            case r.ApprovePhase(phase=phase, reason=reason):
                await self._approve(phase, ticket, reason)
                return False
            case r.RollBack(scope=scope, reason=reason):
                await self._abandon_work("a rollback was asked for")
                wanted = self.state.scope_of_r() if scope == "current" else scope
                self._begin(self._roll_back(wanted, ticket.actor, reason), ticket.id)
                return False
            case r.Pause(reason=reason):
                if self.state.paused is None:
                    self.emit(e.IntegrationPaused(reason=reason or "asked by the operator", actor=ticket.actor))
            case r.Resume():
                self.emit(e.IntegrationResumed(actor=ticket.actor))
            case r.StopServices():
                await self._abandon_work("all services are to be stopped")
                await self._supervisor.stop_all()
            case r.FinishRun():
                if self._work is not None:
                    raise AuroraError("a phase is running", "wait for its end, or roll it back")
                await self._by_hand.settle("the run is finished")
                await finish(self._context, ticket.request, ticket.actor)
            case _:
                self._begin_beside(ticket)
                return False
        return True

    def _is_being_done(self, request: r.Request) -> bool:
        """Whether the rollback that was taken up does what is asked; who asks cannot know of it."""
        if self._taken_up is None or not isinstance(request, r.RollBack):
            return False
        wanted = self.state.scope_of_r() if request.scope == "current" else request.scope
        return self._taken_up.scope in {"all", wanted}

    def _begin_beside(self, ticket: r.Ticket) -> None:
        """Begin what the phases do not wait for. AuroraError when it is refused."""
        match ticket.request:
            case r.StartOne() | r.StopOne() | r.RestartOne():
                self._by_hand.begin(ticket.id, ticket.request)
            case r.UndoRollback(reason=reason):
                self._undo_rollback(ticket, reason)
            case r.JudgeGates():
                self._judging.begin(ticket.id, self._work is not None or self._is_busy())

    async def _approve(self, phase: int, ticket: r.Ticket, reason: str) -> None:
        state = self.state
        if state.paused is not None:
            raise AuroraError(f"the integration is paused: {state.paused.reason}", "resume it first, or roll back")
        if not 0 <= phase < len(state.phases) or state.phases[phase].status != "proposed":
            raise AuroraError(f"phase {phase + 1} does not wait for approval", "look at `aurora-console status`")
        preview = await preview_phase(self._context, phase)
        if preview.problems:
            self.emit(e.PhaseProposed(phase=phase, preview=preview))
            raise AuroraError(
                f"it cannot be done as things stand: {preview.problems[0]}", "mend that, then approve again"
            )
        self.emit(e.PhaseApproved(phase=phase, actor=ticket.actor, reason=clean(reason, 500)))
        runner = PhaseRunner(self._context, self._gatekeeper, phase, self._resumed)
        self._begin(self._run_phase(runner), ticket.id)

    async def _run_phase(self, runner: PhaseRunner) -> None:
        await runner.run()
        why = runner.wants_rollback or runner.declined
        if why:
            scope = self.plan.phases[runner.index].rollback
            await roll_back(self._context, self._gatekeeper, scope, ENGINE, why)
        if runner.declined:
            self.emit(e.PhaseDeclined(phase=runner.index, reason=runner.declined))
        self._health.close_if_well()

    async def _roll_back(
        self, scope: str, actor: Actor, reason: str, interrupted: InterruptedRollback | None = None
    ) -> None:
        await roll_back(self._context, self._gatekeeper, scope, actor, reason, interrupted)
        self._health.close_if_well()

    async def _take_up(self, rollback: InterruptedRollback) -> None:
        """Bring a rollback to its end, and answer whoever asked for the same meanwhile."""
        await self._roll_back(rollback.scope, rollback.actor, "taken up again", rollback)
        self._taken_up = None
        joined, self._joined = self._joined, []
        for ticket in joined:
            self.emit(e.RequestCarriedOut(ticket=ticket))

    def _undo_rollback(self, ticket: r.Ticket, reason: str) -> None:
        if self._work is not None:
            raise AuroraError("a phase is running", "wait for its end, or roll it back")
        if not redo_for(self.state):
            raise AuroraError(
                "there is no rollback to undo: none took anything away, or a phase was approved since",
                "look at the rollback panel, or at `aurora-console status`",
            )
        work = undo_rollback(self._context, self._gatekeeper, ticket.actor, clean(reason, 500))
        self._begin(self._then_look(work), ticket.id)

    async def _then_look(self, work: Coroutine[None, None, None]) -> None:
        await work
        self._health.close_if_well()

    def _begin(self, work: Coroutine[None, None, None], ticket: str = "") -> None:
        self._work_ticket = ticket
        self._work = self._tasks.create_task(self._carry_out(work, ticket))

    async def _carry_out(self, work: Coroutine[None, None, None], ticket: str) -> None:
        await work
        if ticket:
            self.emit(e.RequestCarriedOut(ticket=ticket))

    async def _abandon_work(self, reason: str) -> None:
        """Stop the phase under way; what it was doing ends as failed, for that reason."""
        await self._by_hand.settle(reason)
        work, self._work = self._work, None
        if work is None or work.done():
            return
        await cancel(work)
        if not work.cancelled():
            return  # it came to its end just now, and has answered
        if self._work_ticket:
            self.emit(e.RequestRefused(ticket=self._work_ticket, reason=f"stopped: {reason}"))
        for phase in self.state.phases:
            for action in phase.actions:
                if action.status == "running":
                    self.emit(e.ActionFailed(action=action.id, reason=reason))

    async def _propose_when_idle(self) -> None:
        """Look up what the next phase would do, and put it before the operator."""
        state = self.state
        if self._work is not None or state.paused is not None or state.is_rolling_back or state.finished:
            return
        phase = state.next_phase
        if phase is None or state.phases[phase].status == "proposed":
            return
        self.emit(e.PhaseProposed(phase=phase, preview=await preview_phase(self._context, phase)))

    async def _halt(self) -> None:
        """End by the plan's policy: let the action under way finish, go on to the phase's end, or roll back."""
        await self._by_hand.settle(LEFT)
        if self._work is None:
            return
        policy = self.plan.system.on_disconnect
        if self.state.is_rolling_back or self.state.is_undoing_rollback:
            await asyncio.wait([self._work])
            return
        if policy == "rollback":
            await self._abandon_work(LEFT)
            await self._roll_back(self.state.scope_of_r(), ENGINE, LEFT)
            return
        if policy == "hold" and self.state.paused is None:
            self.emit(e.IntegrationPaused(reason=f"{LEFT} during this phase", actor=ENGINE))
        await self._until_held()
        await self._abandon_work(LEFT)

    async def _until_held(self) -> None:
        """Wait until the work under way has ended, or stands still between two actions because of a pause."""
        assert self._work is not None
        while not self._work.done() and (self.state.paused is None or not self._context.idle.is_set()):
            await asyncio.wait([self._work], timeout=PERIOD)
