from collections.abc import Callable

from aurora_console.errors import AuroraError
from aurora_console.late_engine import late_engine
from aurora_console.state.requests import Pause, Resume
from tests.demo import wait_until
from tests.terminal.small import SmallSystem


def test_what_was_last_is_shown_and_requests_wait_until_the_engine_is_there(small: Callable[[], SmallSystem]) -> None:
    """Before it starts nobody has control; then it takes what was asked meanwhile, in order."""
    system = small()
    engine, folder = late_engine(system.plan, system.offset, lambda _: False)
    assert folder is not None
    before = engine.view()
    assert [phase.status for phase in before.state.phases] == ["passed", "passed", "proposed"]
    assert before.recent[-1].seq == before.state.seq == len(system.kinds())
    engine.submit(Pause(reason="first"))
    engine.submit(Resume())
    engine.submit(Pause(reason="then"))
    engine.start()
    try:
        wait_until(
            lambda: (paused := engine.view().state.paused) and paused.reason == "then", "the last request is done"
        )
        assert engine.error is None
    finally:
        assert engine.stop(60.0)
    told = [kind for kind in system.kinds(before.state.seq) if kind.startswith("Integration")]
    assert told == ["IntegrationPaused", "IntegrationResumed", "IntegrationPaused"]


def test_a_moment_never_goes_back_while_the_engine_reads_its_journal(small: Callable[[], SmallSystem]) -> None:
    """The engine's own state is empty for an instant; nobody gets to see that."""
    engine, _ = late_engine(small().plan, 0, lambda _: False)
    seen = [engine.view().state.seq]

    def has_begun() -> bool:
        seen.append(engine.view().state.seq)
        return seen[-1] > seen[0]

    engine.start()
    try:
        wait_until(has_begun, "the engine has begun")
    finally:
        assert engine.stop(60.0)
    assert seen == sorted(seen)


def test_a_plan_that_turns_out_not_to_load_is_told_and_there_is_no_engine(small: Callable[[], SmallSystem]) -> None:
    """Who waits for it is called; the view and the error say what is wrong."""
    system = small()
    told: list[bool] = []
    engine, folder = late_engine(system.plan, system.offset, lambda _: False)
    assert folder is not None
    for pinned in folder.plans.iterdir():
        pinned.write_text("[system")
    engine.on_fault = lambda: told.append(True)
    engine.start()
    wait_until(lambda: told, "it is told")
    engine.start()  # once more, which does nothing
    assert isinstance(engine.error, AuroraError)
    assert str(engine.error) == engine.view().engine_error
    assert engine.stop(1.0)
