"""The state is a fold: wherever it is cut, written down and taken up again, it comes out the same."""

from __future__ import annotations

import types
import typing
from random import Random
from typing import Any, Literal, get_args, get_origin

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aurora_console.state import events as e
from aurora_console.state.fold import apply, fold
from aurora_console.state.model import RunState
from aurora_console.state.requests import Ticket
from aurora_console.state.scopes import redo_for, redo_preview
from aurora_console.state.values import (
    Actor,
    Evidence,
    PhaseOutline,
    PhasePreview,
    PlanOutline,
    ProcessId,
    Proof,
    RunProgram,
    ServiceOutline,
    StartService,
    StopService,
    Undo,
    Verdict,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)  # lone surrogates are no text: the journal refuses
ENGINE = Actor(user="deploy", origin="10.0.0.5", via="engine")
SERVICES = ("core", "bridge", "nexus")
GATES = {"chat": "Chat still works", "speed": "No slower"}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Return values of an annotation as they occur in events."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*map(values, inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return st.fixed_dictionaries({one.name: values(one.type) for one in fields}).map(lambda given: kind(**given))
    return {
        str: TEXT,
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        type(None): st.none(),
    }[kind]


class _Console:
    """Emits what an engine can emit: chosen at random, kept possible by looking at the state."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        # What happens is chosen by a seeded generator: drawn one by one, so many choices would keep the stories short.
        self.random = Random(draw(st.integers(0, 2**32)))
        self.known: dict[Any, list[Any]] = {}
        self.state = RunState()
        self.records: list[e.Record] = []
        self.clean_rollbacks: list[int] = []
        """Positions in `records` behind a rollback of everything in which nothing failed."""
        self.undone_rollbacks: list[tuple[int, bool]] = []
        """Positions behind the undo of a rollback, and whether all of it came back."""
        self._count = 0

    def emit(self, event: e.Event) -> None:
        record = e.Record(seq=len(self.records) + 1, at=1.7e9 + len(self.records) / 3, event=event)
        self.records.append(record)
        self.state = apply(self.state, record)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def new(self, kind: Any) -> Any:
        known = self.known.setdefault(kind, [])
        if len(known) < 3:
            known.append(self.draw(values(kind)))
        return self.random.choice(known)

    def id(self) -> str:
        self._count += 1
        return f"id{self._count}"

    def live(self) -> None:
        """Go through a number of days."""
        self.start()
        for _ in range(self.draw(st.integers(0, 8)) * 8):
            self.random.choice(self.possible())()

    def possible(self) -> list[Any]:
        state = self.state
        if state.control is None:
            return [self.start]
        if not state.run or state.finished:
            return [self.open, self.open, self.leave]
        anything = [self.request, self.leave, self.crash, self.background, self.roll_back, self.service_alone]
        anything += [self.undo_rollback] * 3 if redo_for(state) else []
        if state.paused:
            return [self.resume] * 6 + anything
        if state.is_complete:
            return [self.finish, *anything]
        phase = state.current
        if phase is None:
            return [self.propose] * 8 + [self.pause] + anything
        if state.phases[phase].status == "proposed":
            return [self.run_phase] * 8 + [self.pause] + anything
        return [self.pause, *anything]

    def start(self) -> None:
        """Take control; what an earlier console left is found again."""
        self.emit(e.EngineStarted(process=self.new(ProcessId), actor=ENGINE, version="1"))
        for phase in self.state.phases:
            for action in phase.actions:
                if action.status == "running":
                    self.emit(e.ActionFoundInDoubt(action=action.id))
        for name, service in self.state.services.items():
            if not service.managed:
                process = self.new(ProcessId | None)
                self.emit(e.ServiceSighted(service=name, process=process, program=self.new(str)))
            elif service.is_up and self.chance(50):
                self.emit(e.ServiceAdopted(service=name, process=self.new(ProcessId)))
            elif service.is_up:
                self.emit(e.ServiceExited(service=name, code=None))

    def leave(self) -> None:
        self.emit(e.EngineStopped(reason="the operator left"))

    def crash(self) -> None:
        self.start()

    def open(self) -> None:
        phases = tuple(
            PhaseOutline(
                title=f"Phase {number}",
                number=number,
                budget=self.new(float | None),
                scope="phase",
                actions=("first", "second")[: self.random.randint(0, 3)],
                criteria=("running",)[: self.random.randint(0, 1)],
            )
            for number in range(1, self.random.randint(1, 3) + 1)
        )
        services = tuple(
            ServiceOutline(name=name, layer="parallel", port=self.new(int | None), managed=name != "core")
            for name in SERVICES
        )
        outline = PlanOutline(
            name="aurora",
            root="/srv/aurora",
            path="/srv/aurora/aurora.toml",
            digest="0" * 64,
            failure_threshold=3,
            services=services,
            gates=GATES,
            phases=phases,
        )
        self.emit(e.RunOpened(run=self.id(), outline=outline))

    def request(self) -> None:
        ticket = self.new(Ticket)
        self.emit(e.RequestReceived(ticket=ticket))
        if self.chance(50):
            self.emit(e.RequestRefused(ticket=ticket.id, reason=self.new(str), hint=self.new(str)))

    def propose(self) -> None:
        phase = self.state.next_phase
        assert phase is not None
        self.emit(e.PhaseProposed(phase=phase, preview=self.new(PhasePreview)))

    def run_phase(self) -> None:
        phase = self.state.current
        assert phase is not None
        self.emit(e.PhaseApproved(phase=phase, actor=ENGINE, reason=self.new(str)))
        for index, title in enumerate(self.state.phases[phase].outline.actions):
            if not self.action(phase, index, title):
                return
        if self.chance(20):
            self.emit(e.PhaseOverran(phase=phase, budget=1.0))
        self.emit(e.PhaseGated(phase=phase))
        verdicts = [self.judge(f"{phase}.{i}", title, phase) for i, title in self.criteria(phase)]
        verdicts += [self.judge(name, title, phase) for name, title in GATES.items()]
        if all(verdict == "pass" for verdict in verdicts):
            self.emit(e.PhasePassed(phase=phase))
        elif self.chance(30):
            self.undo(phase, "phase")
            self.emit(e.PhaseDeclined(phase=phase, reason="no improvement was proven"))
        else:
            self.fail(phase)

    def criteria(self, phase: int) -> list[tuple[int, str]]:
        return list(enumerate(self.state.phases[phase].outline.criteria))

    def judge(self, gate: str, title: str, phase: int | None) -> Verdict:
        verdict: Verdict = "pass" if self.chance(75) else self.new(Verdict)
        self.emit(
            e.GateJudged(gate=gate, title=title, verdict=verdict, evidence=self.new(Evidence), phase=phase),
        )
        return verdict

    def action(self, phase: int, index: int, title: str) -> bool:
        """Do one action; False when the phase does not go on after it."""
        id_, service = self.id(), self.random.choice(SERVICES[1:])
        undo: tuple[Undo, ...] = self.random.choice(
            [
                (),
                (StopService(service=service),),
                (StartService(service=service), RunProgram(exec=("true",), timeout=1.0)),
            ]
        )
        self.emit(e.ActionIntended(action=id_, phase=phase, index=index, kind="start", title=title, undo=undo))
        if self.chance(10):
            self.crash()
            return False
        self.effect(service, undo)
        if self.chance(85):
            self.emit(e.ActionDone(action=id_, evidence=self.new(Evidence)))
            return True
        self.emit(e.ActionFailed(action=id_, reason=self.new(str)))
        self.fail(phase)
        return False

    def effect(self, service: str, undo: tuple[Undo, ...]) -> None:
        match undo:
            case (StopService(),):
                self.bring_up(service)
            case (StartService(), _):
                self.bring_down(service)
            case _:
                kinds = [e.SnapshotTaken, e.BackupBranchCreated, e.SectionRecorded, e.BaselineMeasured]
                self.emit(self.new(self.random.choice(kinds)))

    def bring_up(self, service: str) -> None:
        self.emit(
            e.ServiceStarting(service=service, token=self.id(), exec=("x",), log="/log", port=self.new(int | None))
        )
        self.emit(e.ServiceStarted(service=service, process=self.new(ProcessId)))
        if self.chance(80):
            self.emit(e.ServiceReady(service=service, seconds=0.5, how="http"))
        else:
            self.emit(e.ServiceFailed(service=service, reason=self.new(str)))

    def bring_down(self, service: str) -> None:
        self.emit(e.ServiceStopping(service=service))
        self.emit(e.ServiceStopped(service=service, seconds=0.1, killed=self.new(bool)))

    def service_alone(self) -> None:
        """Let a service that is up end by itself, and perhaps be started again."""
        up = [name for name, one in self.state.services.items() if one.managed and one.is_up]
        if not up:
            return
        name, is_restarted = self.random.choice(up), self.chance(50)
        self.emit(e.ServiceExited(service=name, code=self.new(int | None), restart_in=0.5 if is_restarted else None))
        if is_restarted:
            self.bring_up(name)

    def fail(self, phase: int) -> None:
        self.emit(e.PhaseFailed(phase=phase, reason=self.new(str), verdict=self.new(Verdict)))
        if self.chance(60):
            self.pause()

    def pause(self) -> None:
        self.emit(e.IntegrationPaused(reason=self.new(str), actor=ENGINE))

    def resume(self) -> None:
        self.emit(e.IntegrationResumed(actor=ENGINE))
        failed = self.state.open_phase
        if failed is not None:
            self.emit(e.PhaseProposed(phase=failed, preview=self.new(PhasePreview)))

    def background(self) -> None:
        gate = self.random.choice(sorted(GATES))
        verdict = self.judge(gate, GATES[gate], None)
        if verdict == "fail" and self.state.incident is None:
            self.emit(e.IncidentOpened(what=GATES[gate], suspect=self.state.last_change))
        elif verdict == "pass" and self.state.incident is not None:
            self.emit(e.IncidentClosed())

    def roll_back(self) -> None:
        phase = self.state.open_phase
        self.undo(phase, "all" if phase is None or self.chance(50) else "phase")

    def undo(self, phase: int | None, scope: str) -> None:
        rollback, is_clean = self.id(), True
        todo = [one for one in reversed(self.state.pending_undo) if scope == "all" or one.phase == phase]
        steps = tuple(one.undo.describe() for one in todo)
        self.emit(e.RollbackStarted(rollback=rollback, scope=scope, phase=phase, actor=ENGINE, steps=steps))
        if self.chance(50):
            self.emit(e.RescueTaken(rollback=rollback, ref=f"refs/aurora/rescue/{rollback}", commit="0" * 40))
        for one in todo:
            if self.chance(5):
                self.crash()
                return
            if isinstance(one.undo, StopService):
                self.bring_down(one.undo.service)
            outcome: Any = "undone" if self.chance(90) else self.random.choice(["was undone", "kept", "failed"])
            is_clean = is_clean and outcome != "failed"
            self.emit(e.StepUndone(action=one.action, index=one.index, outcome=outcome))
        phases = tuple(sorted({one.phase for one in todo} | ({phase} if phase is not None else set())))
        self.emit(e.RollbackFinished(rollback=rollback, proof=self.new(Proof), seconds=1.0, phases=phases))
        if scope == "all" and is_clean:
            self.clean_rollbacks.append(len(self.records))

    def undo_rollback(self) -> None:
        """Bring back what the newest rollback took away, or as much of it as a crash allows."""
        assert self.state.rollback is not None
        rollback, steps = self.state.rollback.id, redo_for(self.state)
        self.emit(e.RollbackUndoStarted(rollback=rollback, actor=ENGINE, steps=redo_preview(steps)))
        left = []
        for one in steps:
            if self.chance(5):
                self.crash()
                left += [step for step in steps if step not in left]
                break
            if isinstance(one.undo, StopService):
                self.bring_up(one.undo.service)
            outcome: Any = "redone" if self.chance(85) else self.random.choice(["was there", "left"])
            left += [one] if outcome == "left" else []
            self.emit(e.StepRedone(action=one.action, index=one.index, outcome=outcome, note=self.new(str)))
        incomplete = tuple(sorted({one.phase for one in left}))
        told = tuple(one.undo.describe() for one in left)
        self.emit(e.RollbackUndone(rollback=rollback, seconds=1.0, left=told, incomplete=incomplete))
        self.undone_rollbacks.append((len(self.records), not left))

    def finish(self) -> None:
        self.emit(e.RunFinished(actor=ENGINE, handed_over=self.new(tuple[str, ...])))


@st.composite
def consoles(draw: st.DrawFn) -> _Console:
    console = _Console(draw)
    console.live()
    return console


lengthy = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def rewritten(state: RunState) -> RunState:
    return msgspec.json.decode(msgspec.json.encode(state), type=RunState)


@lengthy
@given(consoles(), st.data())
def test_a_fold_resumed_from_any_prefix_gives_the_same_state(console: _Console, data: st.DataObject) -> None:
    """A state written down after some records and taken up again with the rest equals the whole fold."""
    whole = fold(console.records)
    cut = data.draw(st.integers(0, len(console.records)))
    assert fold(console.records[cut:], rewritten(fold(console.records[:cut]))) == whole
    assert whole == console.state


@lengthy
@given(consoles())
def test_the_state_after_every_record_survives_being_written_down(console: _Console) -> None:
    """Each state on the way reads back equal, and knows how far it has come."""
    state, last = RunState(), 0
    for record in console.records:
        state = apply(state, record)
        assert rewritten(state) == state
        assert state.seq == record.seq > last
        last = record.seq


@lengthy
@given(consoles())
def test_nothing_is_left_to_undo_after_a_rollback_of_everything(console: _Console) -> None:
    """When no step of a rollback of scope `all` failed, no undo is pending and it counts as over."""
    for position in console.clean_rollbacks:
        state = fold(console.records[:position])
        assert state.pending_undo == ()
        assert not state.is_rolling_back


@lengthy
@given(consoles())
def test_an_undone_rollback_is_over_and_leaves_nothing_under_way(console: _Console) -> None:
    """Nothing is offered again, no phase counts as running, and what came back is to be undone once more."""
    for position, is_whole in console.undone_rollbacks:
        state = fold(console.records[:position])
        assert redo_for(state) == ()
        assert not state.is_undoing_rollback
        assert state.rollback is not None
        assert not any(state.phases[one.phase].status in {"running", "gating"} for one in state.rollback.before)
        pending = {(one.action, one.index) for one in state.pending_undo}
        assert len(pending) == len(state.pending_undo)
        if is_whole:
            back = [one for one in state.rollback.before if one.status != "rolled back"]
            assert all(state.phases[one.phase].status != "rolled back" for one in back)


@pytest.mark.parametrize("kind", get_args(e.Event), ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_encoding_an_event_and_decoding_it_is_the_identity(kind: type[e.Event], data: st.DataObject) -> None:
    """Every kind of event comes back from JSON equal and of the same type, whatever it carries."""
    event = data.draw(values(kind))
    assert msgspec.json.decode(msgspec.json.encode(event), type=e.Event) == event


def test_every_durable_type_is_an_event() -> None:
    """The list of what must reach the disk names nothing that the journal does not hold."""
    assert set(e.DURABLE) <= set(get_args(e.Event))
