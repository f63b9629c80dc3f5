from pathlib import Path

from aurora_console.state.samples import KEPT, STEPS, Sample, SampleStore

NOW = 1_767_236_400.0


def sample(step: int, age: float, service: str = "core") -> Sample:
    """Return a sample from `age` seconds ago."""
    return Sample(step, int((NOW - age) // step), service, 0.25, 64 << 20, None)


def test_what_was_added_is_there_after_opening_again(tmp_path: Path) -> None:
    """Oldest first, from where one asks for it."""
    path = tmp_path / "samples.db"
    store = SampleStore.open(path)
    added = [sample(5, age) for age in (20, 15, 10, 5)]
    store.add(added, NOW)
    store.close()
    store = SampleStore.open(path)
    assert store.newest(5, added[1].number) == added[1:]
    assert store.newest(30, 0) == []
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()


def test_a_sample_of_the_same_step_replaces_the_one_before(tmp_path: Path) -> None:
    """A console that took over in the middle of it."""
    store = SampleStore.open(tmp_path / "samples.db")
    store.add([sample(5, 10)], NOW)
    store.add([sample(5, 10)._replace(cpu=0.5)], NOW)
    assert [one.cpu for one in store.newest(5, 0)] == [0.5]
    store.close()


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    """An hour of the fine ones, a day of the coarse ones."""
    store = SampleStore.open(tmp_path / "samples.db")
    for step in STEPS:
        store.add([sample(step, KEPT[step] + 2 * step), sample(step, KEPT[step] - step)], NOW)
        assert len(store.newest(step, 0)) == 1
    store.close()


def test_too_much_loses_its_older_half(tmp_path: Path) -> None:
    """So the file is bounded, however many services there are."""
    store = SampleStore.open(tmp_path / "samples.db")
    for age in range(3000, 0, -50):
        store.add([sample(5, age, f"service {index}") for index in range(100)], NOW, largest=200_000)
        assert store.used() <= 220_000
    kept = store.newest(5, 0)
    assert kept[-1].number == sample(5, 50).number
    assert 0 < len(kept) < 6000
    store.close()
