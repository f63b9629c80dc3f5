"""Moments worth looking at, each folded from the events that an engine would have written."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from aurora_console.state import events as e
from aurora_console.state.fold import fold
from aurora_console.state.live import HISTORY, Live, Progress, ServiceSample, View
from aurora_console.state.values import (
    ActionPreview,
    Actor,
    Evidence,
    Figure,
    FileRecord,
    PhaseOutline,
    PhasePreview,
    PlanOutline,
    ProcessId,
    Proof,
    RemoveFile,
    ServiceOutline,
    StopService,
    Undo,
    Verdict,
)

START = 1_767_236_400.0
"""When every scenario begins: 03:00:00 UTC."""
OPERATOR = Actor(user="deploy", origin="10.0.0.7")
ENGINE = Actor(user="deploy", via="engine")
BOOT = "6f1c2a54-1d2e-4d0a-9a55-000000000000"
GATES = {
    "apis": "Current APIs still respond",
    "chat": "Chat still works",
    "ui": "UI still loads",
    "memory": "No memory leaks",
    "speed": "Response times acceptable",
}
PHASES: tuple[tuple[str, float, tuple[str, ...], tuple[str, ...], str], ...] = (
    (
        "Snapshot & Preparation",
        600,
        ("create branch pre-peak-integration-backup", "record endpoints", "back up files", "baseline", "list services"),
        ("branch exists", "backup files exist", "baseline recorded"),
        "abort",
    ),
    ("Inventory & Analysis", 900, ("inventory of peak",), ("inventory is complete",), "code"),
    ("Create Coordination Layer", 1800, ("import coordinator", "start coordinator"), ("fallback tested",), "code"),
    (
        "Activate First Parallel System",
        1200,
        (
            "import aurora_x/learn",
            "start learn, isolated",
            "watch resources",
            "exchange core → learn",
            "measure impact",
        ),
        ("learn runs and is ready", "learn stops cleanly"),
        "services",
    ),
    (
        "Activate Bridge & Nexus",
        1200,
        ("start bridge", "start nexus", "exchange bridge → nexus"),
        ("ready",),
        "services",
    ),
    ("Enable Parallel Execution", 1800, ("start executor",), ("no deadlock",), "services"),
    ("Enable Hybrid Mode", 1800, ("switch to hybrid",), ("decisions better",), "phase"),
    ("Enable Self-Consciousness Features", 1200, ("start insight",), ("no runaway process",), "phase"),
    ("Full Integration Test", 1800, ("run the test suite",), ("all tests pass",), "phase"),
    ("Optimization & Documentation", 1200, ("tune workers",), ("runs efficiently",), "phase"),
)
SERVICES = (
    ServiceOutline(name="core", layer="core", port=5000, managed=False),
    ServiceOutline(
        name="learn",
        layer="parallel",
        port=5010,
        exec=("python", "-m", "aurora_x.learn", "--port", "5010"),
        needs=("core",),
        env=("LEARN_TOKEN", "LEARN_RATE"),
        isolated=True,
        started_in=4,
    ),
    ServiceOutline(name="bridge", layer="parallel", port=5001, needs=("learn",), started_in=5),
    ServiceOutline(name="nexus", layer="parallel", port=5005),
)


def outline() -> PlanOutline:
    """Return the plan of every scenario."""
    return PlanOutline(
        name="aurora",
        root="/srv/aurora",
        path="/srv/aurora/aurora.toml",
        digest="0" * 64,
        target="peak",
        target_commit="9f3c1e27",
        failure_threshold=3,
        services=SERVICES,
        gates=GATES,
        phases=tuple(
            PhaseOutline(title=title, number=number, budget=budget, scope=scope, actions=actions, criteria=criteria)
            for number, (title, budget, actions, criteria, scope) in enumerate(PHASES, start=1)
        ),
    )


def preview(phase: int, problems: tuple[str, ...] = ()) -> PhasePreview:
    """Return what approving a phase would do."""
    title, _, actions, criteria, _ = PHASES[phase]
    details: dict[str, tuple[tuple[str, ...], str]] = {
        "import aurora_x/learn": (
            ("adds 4 files under aurora_x/learn/ from peak (9f3c1e2)", "overwrites nothing, touches nothing protected"),
            "remove 4 files, and aurora_x/learn if empty",
        ),
        "start learn, isolated": (
            (
                "runs python -m aurora_x.learn --port 5010 in /srv/aurora",
                "listens on 127.0.0.1:5010, which is free",
                "own home, data and temporary folders, 512 M of memory",
            ),
            "stop learn: SIGTERM, after 5 s SIGKILL",
        ),
        "watch resources": (("samples core and learn for 60 s",), "changes nothing"),
        "exchange core → learn": (
            ("sends one solved task from core to learn and waits for it to come back",),
            "changes nothing",
        ),
        "measure impact": (("measures 3 endpoints of core 40 times each",), "changes nothing"),
    }
    return PhasePreview(
        phase=phase,
        title=title,
        actions=tuple(
            ActionPreview(
                kind=action.split()[0],
                title=action,
                effects=details.get(action, ((), ""))[0],
                undo=details.get(action, ((), "changes nothing"))[1],
                problems=problems if index == 1 else (),
            )
            for index, action in enumerate(actions)
        ),
        gates=(*criteria, *GATES.values()),
    )


@dataclass
class Story:
    """Events as they come, with a clock that moves on."""

    at: float = START
    records: list[e.Record] = field(default_factory=list)
    actions: int = 0

    def tell(self, *events: e.Event, after: float = 0.0) -> Story:
        """Add events, `after` seconds later."""
        self.at += after
        for event in events:
            self.records.append(e.Record(seq=len(self.records) + 1, at=self.at, event=event))
        return self

    def opened(self) -> Story:
        """Open the run, with the core found running."""
        process = ProcessId(pid=4100, start_ticks=77, boot_id=BOOT)
        return self.tell(
            e.EngineStarted(process=process, actor=OPERATOR, version="0.1.0"),
            e.RunOpened(run="r1", outline=outline()),
            e.ServiceSighted(service="core", process=ProcessId(pid=311, start_ticks=5, boot_id=BOOT), program="python"),
        )

    def proposed(self, phase: int, problems: tuple[str, ...] = ()) -> Story:
        """Propose a phase."""
        return self.tell(e.PhaseProposed(phase=phase, preview=preview(phase, problems)))

    def approved(self, phase: int, reason: str = "") -> Story:
        """Approve it."""
        return self.tell(e.PhaseApproved(phase=phase, actor=OPERATOR, reason=reason), after=9)

    def begun(self, phase: int, index: int, undo: tuple[Undo, ...] = ()) -> Story:
        """Begin an action."""
        self.actions += 1
        title = PHASES[phase][2][index]
        return self.tell(
            e.ActionIntended(
                action=f"a{self.actions}", phase=phase, index=index, kind=title.split()[0], title=title, undo=undo
            )
        )

    def done(self, seconds: float, summary: str) -> Story:
        """End the action begun last."""
        return self.tell(e.ActionDone(action=f"a{self.actions}", evidence=Evidence(summary=summary)), after=seconds)

    def judged(self, gate: str, verdict: Verdict, summary: str, phase: int | None = None, after: float = 0.4) -> Story:
        """Judge one of the plan's gates, or a criterion `PHASE.INDEX`."""
        title = GATES.get(gate, "")
        if not title:
            position, _, index = gate.partition(".")
            title = PHASES[int(position)][3][int(index)]
        evidence = Evidence(summary=summary)
        return self.tell(
            e.GateJudged(gate=gate, title=title, verdict=verdict, evidence=evidence, phase=phase), after=after
        )

    def gates_pass(self, phase: int | None) -> Story:
        """Let the plan's gates pass."""
        self.judged("apis", "pass", "5 of 5 answer, p50 3.1 ms", phase)
        self.judged("chat", "pass", "3 of 3 as expected", phase)
        self.judged("ui", "pass", "200, 4.1 K", phase)
        self.judged("memory", "pass", "0.1 of 4.0 G, +1 %", phase)
        return self.judged("speed", "pass", "+2 % of 20 %, n 120", phase)

    def passed(self, phase: int, seconds: float) -> Story:
        """Run a phase from proposal to its end."""
        self.proposed(phase).approved(phase)
        for index in range(len(PHASES[phase][2])):
            self.begun(phase, index).done(seconds / len(PHASES[phase][2]), "done")
        self.tell(e.PhaseGated(phase=phase))
        for index in range(len(PHASES[phase][3])):
            self.judged(f"{phase}.{index}", "pass", "as required", phase)
        return self.gates_pass(phase).tell(e.PhasePassed(phase=phase), after=1)

    def learn_started(self) -> Story:
        """Import and start learn, in phase 4."""
        files = tuple(
            RemoveFile(file=FileRecord(path=f"aurora_x/learn/{name}.py", mode=0o644, size=900, sha256="0" * 64))
            for name in ("__init__", "__main__", "weights", "daemon")
        )
        self.begun(3, 0, files).done(0.3, "4 files added")
        self.begun(3, 1, (StopService(service="learn"),))
        self.tell(
            e.ServiceStarting(
                service="learn", token="t1", exec=("python", "-m", "aurora_x.learn"), log="learn.log", port=5010
            )
        )
        self.tell(
            e.ServiceStarted(service="learn", process=ProcessId(pid=4242, start_ticks=99, boot_id=BOOT)), after=0.1
        )
        self.tell(e.ServiceReady(service="learn", seconds=0.41, how="http"), after=0.4)
        return self.done(0.2, "pid 4242, ready in 0.4 s")

    def view(self, after: float = 0.0, progress: Progress | None = None, engine_error: str = "") -> View:
        """Return the moment, `after` seconds later."""
        self.at += after
        state = fold(self.records)
        up = [name for name, one in state.services.items() if one.is_up]
        ticks = 300 + round(self.at - START)
        busy = {"core": 0.03, "learn": 0.35, "bridge": 0.1, "nexus": 0.1}
        live = Live(
            at=self.at,
            samples={
                name: ServiceSample(
                    cpu=busy[name] / 2,
                    memory=(64 if name == "core" else 38) << 20,
                    descriptors=14,
                    processes=1,
                    latency=0.0031,
                )
                for name in up
            },
            cpu_history={name: _history(busy[name], ticks) for name in up},
            memory_history={
                name: tuple(
                    ((64 if name == "core" else 38) << 20) - 8192 * (HISTORY - second) for second in range(HISTORY)
                )
                for name in up
            },
            latency_history={name: tuple(0.003 + one / 500 for one in _history(busy[name], ticks)) for name in up},
            progress=progress,
            ticks=ticks,
        )
        return View(state=state, live=live, recent=tuple(self.records[-60:]), engine_error=engine_error)


def _history(busy: float, ticks: int) -> tuple[float, ...]:
    return tuple(busy * (0.6 + 0.4 * math.sin((ticks - HISTORY + second) / 9)) for second in range(HISTORY))


def _before_phase_4() -> Story:
    return Story().opened().passed(0, 41).passed(1, 63).passed(2, 48)


def nothing_opened() -> View:
    """Return the moment: nothing has been opened yet."""
    return View(state=fold([]), live=Live(at=START))


def waiting() -> View:
    """Return the moment: phase 4 waits for approval."""
    return _before_phase_4().proposed(3).view(after=31)


def running() -> View:
    """Return the moment: phase 4 is under way."""
    story = _before_phase_4().proposed(3).approved(3, "change 1182").learn_started().begun(3, 2)
    return story.view(after=38, progress=Progress(action=f"a{story.actions}", fraction=38 / 60, text="38 of 60 s"))


def _gating() -> Story:
    story = _before_phase_4().proposed(3).approved(3).learn_started()
    story.begun(3, 2).done(60, "core 64 M, learn 38 M, no growth")
    story.begun(3, 3).done(0.1, "went out and came back in 12 ms")
    story.begun(3, 4).done(6.2, "p50 3.1 ms, +3 %")
    return story.tell(e.PhaseGated(phase=3))


def gating() -> View:
    """Return the moment: the gates of phase 4 are being judged."""
    story = _gating().judged("3.0", "pass", "pid 4242, ready", 3)
    return story.view(after=2)


def gates_failed() -> View:
    """Return the moment: a gate of phase 4 failed, and the integration is paused."""
    story = _gating().judged("3.0", "pass", "pid 4242, ready", 3).judged("3.1", "pass", "0.3 s, nothing left", 3)
    story.judged("apis", "pass", "5 of 5 answer, p50 3.2 ms", 3)
    story.judged("chat", "fail", "1 of 3 as expected, 2 answered 500", 3)
    story.judged("ui", "pass", "200, 4.1 K", 3).judged("memory", "pass", "0.1 of 4.0 G, +1 %", 3)
    story.judged("speed", "inconclusive", "n 43, 28 more needed", 3)
    story.tell(e.PhaseFailed(phase=3, reason="Chat still works: 1 of 3 as expected, 2 answered 500"))
    story.tell(e.IntegrationPaused(reason="gate failed: Chat still works, 2 of 3 answered 500", actor=ENGINE))
    return story.view(after=74)


def paused() -> View:
    """Return the moment: an operator paused phase 4."""
    story = _before_phase_4().proposed(3).approved(3).learn_started()
    story.tell(e.IntegrationPaused(reason="", actor=OPERATOR), after=4)
    return story.view(after=12)


def stopped_by_hand() -> View:
    """Return the moment: an operator paused phase 4 and stopped learn."""
    story = _before_phase_4().proposed(3).approved(3).learn_started()
    story.tell(e.IntegrationPaused(reason="", actor=OPERATOR), after=4)
    story.tell(e.ServiceStopping(service="learn"), after=3)
    return story.tell(e.ServiceStopped(service="learn", seconds=0.3), after=0.3).view(after=5)


def _incident() -> Story:
    story = _before_phase_4().proposed(3).approved(3).learn_started().begun(3, 2)
    story.judged("chat", "fail", "0 of 3 as expected, 3 answered 500", after=6)
    story.tell(
        e.IncidentOpened(what="Chat still works: 3 of 3 answered 500", suspect="start learn, isolated, 6 s before"),
        e.IntegrationPaused(reason="incident: Chat still works", actor=ENGINE),
    )
    return story


def incident() -> View:
    """Return the moment: something that worked does not work any more."""
    return _incident().view(after=8)


def _rolling_back() -> Story:
    story = _incident()
    story.tell(
        e.RollbackStarted(
            rollback="b1", scope="services", phase=3, actor=OPERATOR, steps=("stop learn", "remove 4 files")
        ),
        e.RescueTaken(rollback="b1", ref="refs/aurora/rescue/b1", commit="1f3c9e2"),
        after=8,
    )
    return story.tell(e.ServiceStopping(service="learn"))


def rolling_back() -> View:
    """Return the moment: a rollback is under way."""
    return _rolling_back().view(after=1)


def _rolled_back(proof: Proof) -> View:
    return _rolled_back_story(proof).view(after=5)


def _rolled_back_story(proof: Proof) -> Story:
    story = _rolling_back()
    story.tell(e.ServiceStopped(service="learn", seconds=0.3), after=0.3)
    pending = fold(story.records).pending_undo
    story.tell(*(e.StepUndone(action=one.action, index=one.index, outcome="undone") for one in reversed(pending)))
    story.tell(e.RollbackFinished(rollback="b1", proof=proof, seconds=0.7, phases=(3,)), after=0.4)
    story.gates_pass(None)
    return story.tell(e.IncidentClosed()).proposed(3)


def restored() -> View:
    """Return the moment: a rollback is over and proven."""
    return _rolled_back(
        Proof(
            verdict="restored",
            checks=("42 files", "index", "HEAD", "7 refs", "1 process", "1 port as before", "5 of 5 gates pass"),
            kept=("commit 1f3c9e2 by mara",),
        )
    )


def partial() -> View:
    """Return the moment: a rollback is over, and not everything is as before."""
    return _rolled_back(
        Proof(
            verdict="partial",
            checks=("41 of 42 files", "index", "HEAD", "7 refs", "1 process", "1 port"),
            differences=("aurora_x/learn/weights.py was changed by somebody since: theirs is kept",),
            kept=("commit 1f3c9e2 by mara",),
        )
    )


def _answers(count: int, middle: float, spread: float) -> tuple[float, ...]:
    """Return seconds as a service answers: most near the middle, some late."""
    return tuple(
        middle + spread * ((index * 37 % 97) / 97) ** 4 * 3 + spread * (index % 7) / 20 for index in range(count)
    )


def evidence_at_hand() -> View:
    """Return the moment: the gates of phase 4 were judged, with figures and samples; one needs more evidence."""
    before, now = _answers(60, 0.0028, 0.0006), _answers(43, 0.0030, 0.0009)
    story = _before_phase_4()
    story.tell(
        e.BaselineMeasured(response={"chat": before, "health": _answers(60, 0.001, 0.0002)}, memory={"core": 64 << 20})
    )
    story.proposed(3).approved(3).learn_started().tell(e.PhaseGated(phase=3))
    story.judged("3.0", "pass", "pid 4242, ready", 3).judged("3.1", "pass", "0.3 s, nothing left", 3)
    story.judged("apis", "pass", "5 of 5 answer, p50 3.2 ms", 3)
    story.judged("chat", "fail", "1 of 3 as expected, 2 answered 500", 3)
    story.judged("ui", "pass", "200, 4.1 K", 3).judged("memory", "pass", "0.1 of 4.0 G, +1 %", 3)
    reason = "p50 2.9 → 3.1 ms, +5 % (+1 … +24), allowed 20 %, n 60 and 43, about 28 more decide"
    evidence = Evidence(
        summary=f"chat: {reason}",
        figures=(
            Figure(name="chat p50 before", value=median(before), unit="s"),
            Figure(name="chat p50 now", value=median(now), unit="s"),
            Figure(name="chat shift", value=0.00015, unit="s"),
            Figure(name="chat allowed", value=0.00056, unit="s"),
            Figure(name="chat p (Mann-Whitney)", value=0.0312),
            Figure(name="chat n before", value=60),
            Figure(name="chat n now", value=43),
        ),
        details=(f"chat: {reason}", "in force: at most 20% or 2 ms slower, whichever is more; errors at most 1%"),
        samples=now,
        unit="s",
    )
    story.tell(
        e.GateJudged(gate="speed", title=GATES["speed"], verdict="inconclusive", evidence=evidence, phase=3), after=4
    )
    story.tell(e.PhaseFailed(phase=3, reason="Chat still works: 1 of 3 as expected, 2 answered 500"))
    story.tell(e.IntegrationPaused(reason="gate failed: Chat still works, 2 of 3 answered 500", actor=ENGINE))
    return story.view(after=74)


def partly_rolled_back() -> View:
    """Return the moment: a rollback of everything is half done."""
    story = _incident()
    story.tell(
        e.RollbackStarted(rollback="b1", scope="all", phase=3, actor=OPERATOR, steps=("stop learn", "remove 4 files")),
        e.RescueTaken(rollback="b1", ref="refs/aurora/rescue/b1", commit="1f3c9e2"),
        e.ServiceStopping(service="learn"),
        after=8,
    )
    story.tell(e.ServiceStopped(service="learn", seconds=0.3), after=0.3)
    first, _, third, *_ = reversed(fold(story.records).pending_undo)
    changed = "aurora_x/learn/weights.py was changed by somebody since"
    story.tell(
        e.StepUndone(action=first.action, index=first.index, outcome="undone", note="learn stopped in 0.3 s"),
        e.StepUndone(action=third.action, index=third.index, outcome="kept", note=changed),
    )
    return story.view(after=1)


def rollback_undone() -> View:
    """Return the moment: a rollback was undone, and one file could not be brought back."""
    story = _rolled_back_story(
        Proof(verdict="restored", checks=("42 files", "index", "HEAD", "7 refs", "1 process", "5 of 5 gates pass"))
    )
    story.tell(
        e.RollbackUndoStarted(rollback="b1", actor=OPERATOR, steps=("bring back 4 files", "start learn again")), after=9
    )
    steps = fold(story.records).pending_undo
    for one in steps[1:]:
        note = f"{one.undo.describe().replace('remove', 'brought back').replace('stop', 'started')}"
        story.tell(e.StepRedone(action=one.action, index=one.index, outcome="redone", note=note), after=0.1)
    left = "aurora_x/learn/__init__.py is there already, and holds something else"
    story.tell(
        e.StepRedone(action=steps[0].action, index=steps[0].index, outcome="left", note=left),
        e.RollbackUndone(rollback="b1", seconds=0.9, left=(left,), incomplete=(3,)),
        e.IntegrationPaused(reason="phase 4 is open again: the rollback was undone", actor=ENGINE),
    )
    return story.view(after=5)


def complete() -> View:
    """Return the moment: every phase is done."""
    story = Story().opened()
    for phase in range(len(PHASES)):
        if phase == 3:
            story.proposed(3).approved(3).learn_started()
            story.tell(e.PhaseGated(phase=3)).gates_pass(3).tell(e.PhasePassed(phase=3), after=680)
        elif phase == 6:
            story.proposed(6).approved(6).begun(6, 0).done(12, "switched").tell(
                e.PhaseDeclined(phase=6, reason="decisions not proven better: +1 % ±4")
            )
        else:
            story.passed(phase, 40 + 31 * phase)
    return story.view(after=20)


def blocked() -> View:
    """Return the moment: phase 4 waits, and cannot be done as things stand."""
    return _before_phase_4().proposed(3, ("port 5010 is held by pid 812 (python3 -m http.server 5010)",)).view(after=4)


def engine_stopped() -> View:
    """Return the moment: the engine ended by a fault of its own."""
    story = _before_phase_4().proposed(3).approved(3).learn_started()
    return story.view(engine_error="OSError: [Errno 28] No space left on device: journal.db")


SCENARIOS: dict[str, Callable[[], View]] = {
    one.__name__: one
    for one in (
        nothing_opened,
        waiting,
        running,
        gating,
        gates_failed,
        paused,
        incident,
        rolling_back,
        restored,
        partial,
        complete,
        engine_stopped,
    )
}
