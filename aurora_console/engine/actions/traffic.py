"""Actions that send something through the system and watch what it does."""

from __future__ import annotations

import asyncio
import uuid
from statistics import median

import msgspec

from aurora_console.engine import estimates, measure
from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context
from aurora_console.engine.supervise import identity
from aurora_console.plan.vocabulary import Duration, ServiceName
from aurora_console.state.values import Evidence, Figure
from aurora_console.text import duration, size


class _Measuring(Action):
    """An action whose whole effect is what it found."""

    _evidence: Evidence | None = None

    async def observe(self, context: Context) -> Evidence | None:
        return self._evidence


class ExchangeArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Between whom, and how often."""

    source: ServiceName = msgspec.field(name="from")
    target: ServiceName = msgspec.field(name="to")
    path: str = "/exchange"
    """Where both take `POST {"id", "payload", "to"}`; the source hands the message on to `to` and returns the reply."""
    count: int = 5


class Exchange(_Measuring):
    """Prove that a message really goes from one service to another and comes back."""

    kind = "exchange"
    args_type = ExchangeArgs

    def title(self) -> str:
        return f"exchange {self.args.source} → {self.args.target}"

    def effects(self, context: Context) -> tuple[str, ...]:
        return (f"sends {self.args.count} marked messages from {self.args.source} to {self.args.target} and back",)

    async def apply(self, context: Context) -> None:
        ports = [context.plan.port(name) for name in (self.args.source, self.args.target)]
        times: list[float] = []
        for number in range(self.args.count):
            mark, payload = uuid.uuid4().hex, f"message {number + 1}"
            message = {"id": mark, "payload": payload, "to": f"http://127.0.0.1:{ports[1]}"}
            reply = await context.client.post(ports[0], self.args.path, message)
            self._check(reply.document, mark, payload)
            times.append(reply.seconds)
            context.report(fraction=(number + 1) / self.args.count, text=f"{number + 1} of {self.args.count}")
        middle = median(times)
        self._evidence = Evidence(
            summary=f"{len(times)} of {self.args.count} came back unchanged · p50 {duration(middle)}",
            figures=(Figure(name="messages", value=len(times)), Figure(name="p50", value=middle, unit="s")),
            samples=tuple(times),
            unit="s",
        )

    def _check(self, document: object, mark: str, payload: str) -> None:
        answer = document.get("reply") if isinstance(document, dict) else None
        if not isinstance(answer, dict) or answer.get("id") != mark or answer.get("echo") != payload:
            raise ActionError(
                f"{self.args.source} did not bring back what {self.args.target} was sent",
                f"both services need POST {self.args.path}: look at their logs",
            )


class MonitorArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to watch, and how long."""

    services: tuple[ServiceName, ...]
    seconds: Duration = 10.0


class Monitor(_Measuring):
    """Watch services' resources for a while."""

    kind = "monitor"
    args_type = MonitorArgs

    def title(self) -> str:
        return f"watch {', '.join(self.args.services)}"

    def effects(self, context: Context) -> tuple[str, ...]:
        return (f"watches for {duration(self.args.seconds)}: processor, memory, descriptors; sends nothing",)

    async def apply(self, context: Context) -> None:
        begun = context.clock.monotonic()
        cpu: dict[str, list[float]] = {name: [] for name in self.args.services}
        memory: dict[str, list[int]] = {name: [] for name in self.args.services}
        descriptors: dict[str, list[int]] = {name: [] for name in self.args.services}
        while (elapsed := context.clock.monotonic() - begun) < self.args.seconds:
            await asyncio.sleep(min(1.0, self.args.seconds - elapsed))
            now = context.watcher.live.samples
            if any(name not in now for name in self.args.services):  # started since the newest look
                now = context.watcher.look().samples
            for name in self.args.services:
                process = context.state.services[name].process
                if name not in now or process is None or not identity.is_running(process):
                    raise ActionError(f"{name} does not run any more", f"aurora-console logs {name}")
                cpu[name].append(now[name].cpu)
                memory[name].append(now[name].memory)
                descriptors[name].append(now[name].descriptors)
            elapsed = context.clock.monotonic() - begun
            text = f"{elapsed:.0f} of {self.args.seconds:.0f} s"
            context.report(fraction=min(1.0, elapsed / self.args.seconds), text=text)
        self._evidence = _resources(cpu, memory, descriptors)


def _resources(
    cpu: dict[str, list[float]], memory: dict[str, list[int]], descriptors: dict[str, list[int]]
) -> Evidence:
    lines, figures = [], []
    for name, shares in cpu.items():
        mean, peak = sum(shares) / len(shares), max(memory[name])
        lines.append(f"{name}: CPU {mean:.0%}, memory {size(peak)} at most, {max(descriptors[name])} descriptors")
        figures += [
            Figure(name=f"{name} cpu", value=mean),
            Figure(name=f"{name} memory", value=peak, unit="B"),
            Figure(name=f"{name} descriptors", value=max(descriptors[name])),
        ]
    summary = (
        lines[0] if len(lines) == 1 else f"{len(lines)} services, {size(sum(max(one) for one in memory.values()))}"
    )
    return Evidence(summary=summary, figures=tuple(figures), details=tuple(lines))


class ImpactArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the impact is measured."""

    requests: int = 60
    """For each safe endpoint."""


class Impact(_Measuring):
    """Compare response times now with the baseline. It measures; the gates judge."""

    kind = "impact"
    args_type = ImpactArgs

    def title(self) -> str:
        return "measure the impact"

    def effects(self, context: Context) -> tuple[str, ...]:
        count = len(context.client.safe_endpoints())
        return (f"sends {self.args.requests} requests to each of {count} endpoints",)

    async def apply(self, context: Context) -> None:
        baseline = context.state.baseline_response
        names = [name for name in context.client.safe_endpoints() if name in baseline]
        if not names:
            raise ActionError("there is no baseline to compare with", "put a `baseline` action into an earlier phase")
        now = await measure.response_times(context, names, self.args.requests)
        lines, figures, worst = [], [], 0.0
        for name in names:
            if not now.seconds[name]:
                raise ActionError(f"{name} does not answer as expected", "; ".join(now.problems[:3]))
            shift = estimates.hodges_lehmann(baseline[name], now.seconds[name])
            fraction = shift.estimate / median(baseline[name])
            worst = fraction if abs(fraction) > abs(worst) else worst
            between = "too few samples for a range"
            if shift.lower is not None and shift.upper is not None:
                between = f"{shift.lower * 1000:+.1f} … {shift.upper * 1000:+.1f} ms, 95 %"
            lines.append(f"{name}: {fraction:+.0%} ({between})")
            figures.append(Figure(name=name, value=fraction))
        self._evidence = Evidence(
            summary=f"{len(names)} endpoints against the baseline, largest change {worst:+.0%}",
            figures=tuple(figures),
            details=tuple(lines),
        )
