"""Which processes run and who holds which port, so that a rollback can prove that both are as they were."""

from __future__ import annotations

from collections.abc import Mapping

from aurora_console.engine.supervise.identity import identify, is_running
from aurora_console.engine.supervise.ports import port_holders
from aurora_console.state.values import ProcessId, Value


class ServiceRecord(Value, frozen=True, kw_only=True):
    """One service at one moment."""

    service: str
    port: int | None = None
    """None for a service without one."""
    listening: bool = False
    """Whether anybody listens on the port."""
    process: ProcessId | None = None
    """Who listens, or for a service without a port who runs; None when nobody does or the kernel does not tell."""
    program: str = ""
    """Of the port's holder, cleaned for a terminal."""

    def describe(self) -> str:
        """Say how the service stood."""
        who = f"pid {self.process.pid}" if self.process else "a process of another user"
        who += f" ({self.program})" if self.program else ""
        if self.port is None:
            return f"runs as {who}" if self.process else "does not run"
        return f"port {self.port} held by {who}" if self.listening else f"port {self.port} free"


class SystemRecord(Value, frozen=True, kw_only=True):
    """All services at one moment."""

    services: tuple[ServiceRecord, ...]


def capture(ports: Mapping[str, int], processes: Mapping[str, ProcessId] | None = None) -> SystemRecord:
    """Look who holds the port of each service, and which of `processes` (service -> leader, known otherwise) run.

    Reads /proc once for all ports; never asks the services themselves.
    """
    processes = processes or {}
    holders = port_holders(set(ports.values()))
    services = []
    for service in dict.fromkeys([*ports, *processes]):
        port = ports.get(service)
        if port is None:
            leader = processes[service]
            services.append(ServiceRecord(service=service, process=leader if is_running(leader) else None))
            continue
        holder = holders.get(port)
        pid = holder.pid if holder else None
        services.append(
            ServiceRecord(
                service=service,
                port=port,
                listening=holder is not None,
                process=None if pid is None else identify(pid),
                program=holder.program if holder else "",
            )
        )
    return SystemRecord(services=tuple(services))


def compare(before: SystemRecord, after: SystemRecord) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return, a sentence each, what is as before and what is not."""
    same, different = [], []
    old = {one.service: one for one in before.services}
    new = {one.service: one for one in after.services}
    for service in dict.fromkeys([*old, *new]):
        was, now = old.get(service), new.get(service)
        if was is None or now is None:
            gone = was or now
            assert gone is not None
            which = "before" if now is None else "after"
            different.append(f"{service}: looked at only {which}: {gone.describe()}")
        elif (was.port, was.listening, was.process) == (now.port, now.listening, now.process):
            same.append(f"{service}: {now.describe()}")
        else:
            different.append(f"{service}: {was.describe()} before, now {now.describe()}")
    return tuple(same), tuple(different)
