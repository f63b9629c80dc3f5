"""The services of a plan: started, watched, restarted, stopped, and found again after a console died."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aurora_console.clock import Clock
from aurora_console.engine.supervise import identity, ports, probe, spawn, stop
from aurora_console.engine.supervise.breaker import RestartBudget
from aurora_console.engine.supervise.isolation import Isolation
from aurora_console.engine.unbroken import see_through
from aurora_console.errors import AuroraError
from aurora_console.plan.model import Plan
from aurora_console.plan.model import Service as Wanted
from aurora_console.plan.placeholders import fill
from aurora_console.private import make_private
from aurora_console.state import events as e
from aurora_console.state.folder import StateFolder
from aurora_console.state.model import RunState, ServiceState
from aurora_console.state.values import PortHolder, ProcessId


class ServiceError(AuroraError):
    """A service could not be started or stopped."""


@dataclass
class _Watch:
    """What is kept in memory of one running service; everything else is in the state."""

    budget: RestartBudget
    child: spawn.Child | None = None
    """None for one that was adopted: its exit code is nobody's to collect."""
    task: asyncio.Task[None] | None = None


@dataclass
class Supervisor:
    """Starts and stops what the plan names, and nothing else."""

    plan: Plan
    folder: StateFolder
    clock: Clock
    emit: Callable[[e.Event], None]
    read_state: Callable[[], RunState]
    tasks: asyncio.TaskGroup
    """Owns the watchers, so that a fault in one of them is not lost."""
    _watches: dict[str, _Watch] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.plan.limits.max_parallel)

    async def start(self, name: str) -> None:
        """Start `name` and wait until it is ready; nothing is left running when it does not get so.

        Raises ServiceError when its port is taken, its needs are not met, or it does not get ready.
        """
        async with self._lock(name), self._slots:
            state = self._state(name)
            if state.status in {"ready", "watched"} and state.process and identity.is_running(state.process):
                return
            if not self._wanted(name).managed:
                raise ServiceError(f"{name} runs without the console", "it has `managed = false`: start it yourself")
            self._check_needs(name)
            self._unwatch(name)
            self._reap(name)
            if name in self._watches:
                self._watches[name].budget.reset()
            await self._launch(name)

    async def stop(self, name: str) -> None:
        """Stop `name`, everything that came of it included; ServiceError when something would not end."""
        wanted = self._wanted(name)
        if not wanted.managed:
            raise ServiceError(f"{name} runs without the console", "it has `managed = false`: it is never stopped")
        self._unwatch(name)
        async with self._lock(name):
            state = self._state(name)
            if state.status == "off" or not state.token:
                return
            self.emit(e.ServiceStopping(service=name))
            report = await stop.stop(state.process, state.token, wanted.stop.signal, wanted.stop.grace, self.clock)
            self._reap(name)
            if report.leftovers:
                left = ", ".join(str(one.pid) for one in report.leftovers)
                self.emit(e.ServiceFailed(service=name, reason=f"process {left} does not end, not even by SIGKILL"))
                raise ServiceError(
                    f"{name}: process {left} does not end", "it waits in the kernel: look at its storage"
                )
            self.emit(e.ServiceStopped(service=name, seconds=report.seconds, killed=report.killed))

    async def stop_all(self, but: tuple[str, ...] = ()) -> None:
        """Stop every service that the run started, `but` those named, each before what it needs.

        Raises ServiceError for one that would not end, once the others have been stopped.
        """
        problem: AuroraError | None = None
        services = self.read_state().services
        ours = [name for name, state in services.items() if state.managed and state.token and name not in but]
        for name in self.stopping_order(ours):
            try:
                await self.stop(name)
            except AuroraError as error:
                problem = problem or error
        if problem is not None:
            raise problem

    def stopping_order(self, names: Sequence[str]) -> list[str]:
        """Return `names` so that each is stopped before what it needs; otherwise the last comes first."""
        ordered: list[str] = []

        def add(name: str) -> None:
            for other in reversed(names):
                if other not in ordered and name in self._wanted(other).needs:
                    add(other)
            if name not in ordered:
                ordered.append(name)

        for name in reversed(names):
            add(name)
        return ordered

    async def take_over(self) -> None:
        """Find again what an earlier console started, and start only what was to be started again after a crash.

        Returns at once for a service that is on its way up: that it gets ready is waited for apart.
        """
        found = identity.scan()
        for name, state in self.read_state().services.items():
            if not state.managed:
                continue
            try:
                if state.is_up:
                    await self._find_again(name, state, found)
                elif self._waits_for_restart(state):
                    # Without an incident it was waiting to be started again when its console ended.
                    watch = self._watches.setdefault(name, _Watch(RestartBudget(self._wanted(name).restart)))
                    delay = watch.budget.next_delay(self.clock.monotonic())
                    watch.task = self.tasks.create_task(self._start_again(name, delay))
            except AuroraError as error:
                self.emit(e.ServiceFailed(service=name, reason=error.message))

    def _waits_for_restart(self, state: ServiceState) -> bool:
        wanted = self._wanted(state.name).restart.when
        return state.status == "exited" and wanted != "never" and self.read_state().incident is None

    async def _find_again(self, name: str, state: ServiceState, found: identity.Scan) -> None:
        alive = found.members(state.process, state.token)
        leader = next((one for one in alive if state.process and one.pid == state.process.pid), None)
        if leader is None and state.process is None and alive:
            leader = alive[0]
        if state.status == "stopping":
            await self.stop(name)
        elif leader is None:
            # Children may have outlived their leader: without it the service is not what the plan means.
            await stop.stop(state.process, state.token, "SIGTERM", self._wanted(name).stop.grace, self.clock)
            self.emit(e.ServiceExited(service=name, code=None))
        else:
            self._adopt(name, identity.process_id(leader))

    def sight_unmanaged(self) -> None:
        """Look whether the services that are only watched are there, by their ports."""
        for name, wanted in self.plan.services.items():
            state = self._state(name)
            if wanted.managed or (state.process and identity.is_running(state.process)):
                continue
            holder = self._holder(name)
            process = identity.identify(holder.pid) if holder and holder.pid else None
            # The kernel tells no pid of another user's process, and yet it is there.
            is_new = (holder is not None) != (state.status == "watched")
            if process != state.process or is_new or state.status == "off":
                program = holder.program or ports.describe_holder(holder) if holder else ""
                started_at = None if process is None else self.clock.wall() - identity.age(process)
                self.emit(e.ServiceSighted(service=name, process=process, program=program, started_at=started_at))

    def leave(self) -> None:
        """Let everything run on: the console goes, the services stay."""
        self.hand_over(tuple(self._watches))

    def hand_over(self, names: tuple[str, ...]) -> None:
        """Let these run on: nothing that becomes of them is the console's concern any more."""
        for name in names:
            self._unwatch(name)
            watch = self._watches.get(name)
            if watch is not None and watch.child is not None:
                watch.child.leave()

    def describe_start(self, name: str) -> str:
        """Return what starting `name` would run, for a preview."""
        port = self.plan.port(name)
        where = f" on 127.0.0.1:{port}" if port is not None else ""
        isolated = ", isolated" if self._wanted(name).isolate else ""
        return f"runs {' '.join(self.command(name))}{where}{isolated}"

    def obstacles(self, name: str) -> list[str]:
        """Return what stands in the way of starting `name` now, in words."""
        holder = self._holder(name)
        if holder is None:
            return []
        return [f"port {holder.port}, which {name} needs, is held by {ports.describe_holder(holder)}"]

    def command(self, name: str) -> tuple[str, ...]:
        """Return the argument list of `name`, with its placeholders filled in."""
        return tuple(self._fill(name, part) for part in self._wanted(name).exec)

    def environment(self, name: str) -> dict[str, str]:
        """Return what the plan adds to the environment of `name`. It may hold secrets: never to be shown."""
        return {key: self._fill(name, value) for key, value in self._wanted(name).env.items()}

    def recover_command(self, name: str) -> tuple[str, ...]:
        """Return what the plan offers for bringing `name` back by hand, with its placeholders filled in."""
        return tuple(self._fill(name, part) for part in self._wanted(name).recover)

    def isolation(self, name: str) -> Isolation:
        """Return the folders and limits that `isolate` gives to `name`."""
        own = self.folder.service(name)
        return Isolation(home=own / "home", data=self._data(name), tmp=own / "tmp", memory=self._wanted(name).memory)

    async def _launch(self, name: str) -> None:
        wanted, port = self._wanted(name), self.plan.port(name)
        for reason in self.obstacles(name):
            self.emit(e.ServiceFailed(service=name, reason=reason))
            raise ServiceError(reason, "stop that process, or give the service another port in the plan")
        token, log = uuid.uuid4().hex, self._log(name)
        command = self.command(name)
        self.emit(e.ServiceStarting(service=name, token=token, exec=command, log=str(log), port=port))
        try:
            child = self._spawn(name, command, token, log)
        except AuroraError as error:
            self.emit(e.ServiceFailed(service=name, reason=error.message))
            raise
        self.emit(e.ServiceStarted(service=name, process=child.process))
        watch = self._watches.setdefault(name, _Watch(RestartBudget(wanted.restart)))
        watch.child = child
        started = probe.Started(
            port=port,
            log=log,
            log_offset=child.log_offset,
            is_alive=lambda: identity.is_running(child.process),
            members=lambda: identity.members(child.process, token),
            exit_code=child.poll,
        )
        try:
            report = await probe.wait_ready(wanted.ready, started, self.clock)
        except AuroraError as error:
            await self._clear(name, child.process, token)
            self.emit(e.ServiceFailed(service=name, reason=error.message))
            raise
        except asyncio.CancelledError:
            await see_through(self._clear(name, child.process, token))
            raise
        self.emit(e.ServiceReady(service=name, seconds=report.seconds, how=report.how))
        self._watch(name, child.process)

    def _spawn(self, name: str, command: tuple[str, ...], token: str, log: Path) -> spawn.Child:
        wanted = self._wanted(name)
        make_private(self._data(name))
        return spawn.spawn(
            spawn.Launch(
                argv=command,
                cwd=Path(self.plan.root),
                log=log,
                token=token,
                pycache=self.folder.pycache,
                env=self.environment(name),
                isolate=self.isolation(name) if wanted.isolate else None,
            )
        )

    async def _clear(self, name: str, process: ProcessId, token: str) -> None:
        """Leave nothing of a start that came to nothing."""
        self.emit(e.ServiceStopping(service=name))
        report = await stop.stop(process, token, "SIGTERM", self._wanted(name).stop.grace, self.clock)
        self._reap(name)
        self.emit(e.ServiceStopped(service=name, seconds=report.seconds, killed=report.killed))

    def _adopt(self, name: str, process: ProcessId) -> None:
        was_ready = self._state(name).ready_seconds is not None
        watch = self._watches[name] = _Watch(RestartBudget(self._wanted(name).restart))
        self.emit(e.ServiceAdopted(service=name, process=process))
        if was_ready:
            self._watch(name, process)
        else:
            watch.task = self.tasks.create_task(self._see_ready(name, process))

    async def _see_ready(self, name: str, process: ProcessId) -> None:
        """Wait for a service that another console had begun to start."""
        token, log = self._state(name).token, self._log(name)
        started = probe.Started(
            port=self.plan.port(name),
            log=log,
            log_offset=0,
            is_alive=lambda: identity.is_running(process),
            members=lambda: identity.members(process, token),
        )
        async with self._lock(name):
            try:
                report = await probe.wait_ready(self._wanted(name).ready, started, self.clock)
            except AuroraError as error:
                await self._clear(name, process, token)
                self.emit(e.ServiceFailed(service=name, reason=error.message))
                return
            self.emit(e.ServiceReady(service=name, seconds=report.seconds, how=report.how))
            self._watch(name, process)

    def _watch(self, name: str, process: ProcessId) -> None:
        self._watches[name].task = self.tasks.create_task(self._until_exit(name, process))

    def _unwatch(self, name: str) -> None:
        watch = self._watches.get(name)
        if watch is not None and watch.task is not None and watch.task is not asyncio.current_task():
            watch.task.cancel()
            watch.task = None

    async def _until_exit(self, name: str, process: ProcessId) -> None:
        """Wait for the end of a service, and do what the plan wants then."""
        await identity.wait_exit(process)
        async with self._lock(name):
            watch, state = self._watches[name], self._state(name)
            if state.process != process:
                return  # it was stopped meanwhile
            code = self._reap(name)
            heirs = identity.members(process, state.token) if code == 0 else []
            if heirs:
                # It has gone into the background: its first process ends well, and others go on.
                watch.child = None
                self.emit(e.ServiceAdopted(service=name, process=heirs[0]))
                self._watch(name, heirs[0])
                return
            await self._end_rest(name, state)
            delay = watch.budget.next_delay(self.clock.monotonic()) if watch.budget.applies(code) else None
            self.emit(e.ServiceExited(service=name, code=code, restart_in=delay))
        if delay is not None:
            await self._start_again(name, delay)

    async def _end_rest(self, name: str, state: ServiceState) -> None:
        """End what outlived the process that the service is known by."""
        how = self._wanted(name).stop
        try:
            await stop.stop(state.process, state.token, how.signal, how.grace, self.clock)
        except AuroraError as error:
            self.emit(e.ServiceFailed(service=name, reason=error.message))

    async def _start_again(self, name: str, delay: float | None) -> None:
        """Start a service that ended by itself, until it is ready or its budget is spent."""
        budget = self._watches[name].budget
        while delay is not None:
            await asyncio.sleep(delay)
            try:
                async with self._lock(name), self._slots:
                    await self._launch(name)
            except AuroraError:  # the journal has it as ServiceFailed; the budget decides whether to try again
                delay = budget.next_delay(self.clock.monotonic())
            else:
                return
        self.emit(e.ServiceExited(service=name, code=None))

    def _reap(self, name: str) -> int | None:
        watch = self._watches.get(name)
        return watch.child.poll() if watch is not None and watch.child is not None else None

    def _check_needs(self, name: str) -> None:
        for need in self._wanted(name).needs:
            state = self._state(need)
            if state.status not in {"ready", "watched"}:
                reason = f"{name} needs {need}, which is {state.status}"
                raise ServiceError(reason, f"start {need} first")

    def _wanted(self, name: str) -> Wanted:
        return self.plan.services[name]

    def _state(self, name: str) -> ServiceState:
        return self.read_state().services[name]

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    def _holder(self, name: str) -> PortHolder | None:
        port = self.plan.port(name)
        return None if port is None else ports.port_holder(port)

    def _log(self, name: str) -> Path:
        return self.folder.logs(name) / "output.log"

    def _data(self, name: str) -> Path:
        return self.folder.service(name) / "data"

    def _fill(self, name: str, text: str) -> str:
        return fill(text, self.plan, service=name, python=sys.executable, data=str(self._data(name)))
