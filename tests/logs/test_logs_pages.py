"""Lines of long logs, found from anywhere, searched by a process of its own."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from aurora_console.clock import SystemClock
from aurora_console.logs import matching
from aurora_console.logs.chosen import ChosenLines
from aurora_console.logs.index import LogLine, LogPages
from aurora_console.logs.merge import MergedLogs
from aurora_console.logs.search import Found, Query, Search
from aurora_console.logs.sink import rolled, trim

LINES = st.lists(st.binary(max_size=12).map(lambda one: one.replace(b"\n", b"").replace(b"\r", b"")), max_size=30)


def _words(lines: list[LogLine]) -> list[bytes]:
    return [line.data for line in lines]


def _find(pages: LogPages, pattern: str, start: int, direction: int, **more: object) -> Found:
    return Search(
        Query(pattern=pattern, start=start, direction=direction, parts=pages.parts, **more)  # type: ignore[arg-type]
    ).find()


@settings(max_examples=60, deadline=None)
@given(older=LINES, newer=LINES, ends=st.booleans())
def test_every_walk_meets_every_line(
    tmp_path_factory: object, older: list[bytes], newer: list[bytes], ends: bool
) -> None:
    """Forwards and backwards, by one line or many, over the part that was moved aside as well; a search likewise."""
    folder = tmp_path_factory.mktemp("log")  # type: ignore[attr-defined]
    log: Path = folder / "output.log"
    if older:
        rolled(log).write_bytes(b"".join(line + b"\n" for line in older))
    whole = b"\n".join(newer) + (b"\n" if ends and newer else b"")
    log.write_bytes(whole)
    kept = whole.split(b"\n")
    wanted = older + (kept[:-1] if not kept[-1] else kept)
    pages = LogPages(log)
    assert _words(pages.before(pages.end, 1000)) == wanted
    assert _words(pages.after(0, 1000)) == wanted
    place, met = 0, []
    while lines := pages.after(place, 1):
        met += lines
        place = lines[0].end
    assert _words(met) == wanted
    parts = [list(part) for part in pages.parts]
    assert [one[2] for one in matching.lines_of(parts, 0, 1)] == wanted
    back = list(matching.lines_of(parts, pages.end, -1))
    assert [one[:2] for one in reversed(back)] == [(line.at, line.end) for line in met]
    for line in met:
        assert _words(pages.before(line.end, 1)) == [line.data]
    pages.close()


def test_a_log_grows_and_is_trimmed_while_it_is_read(tmp_path: Path) -> None:
    """What is new is met; that places have changed is told."""
    log = tmp_path / "output.log"
    log.write_bytes(b"one\ntwo\n")
    pages = LogPages(log)
    with log.open("ab") as file:
        file.write(b"three\n")
    assert not pages.refresh()
    assert _words(pages.before(pages.end, 1)) == [b"three"]
    trim(log, limit=8)
    assert pages.refresh()
    assert _words(pages.before(pages.end, 9)) == [b"three"]
    pages.close()


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    """It is found once its service writes."""
    log = tmp_path / "output.log"
    pages = LogPages(log)
    assert pages.before(pages.end, 5) == []
    log.write_bytes(b"hello\n")
    pages.refresh()
    assert _words(pages.before(pages.end, 5)) == [b"hello"]
    pages.close()


def test_a_search_finds_the_nearest_first_and_says_how_far_it_came(tmp_path: Path) -> None:
    """In either direction; a capital letter makes it strict."""
    log = tmp_path / "output.log"
    log.write_bytes(b"".join(b"line %d %s\n" % (one, b"ERROR" if one % 10 == 0 else b"fine") for one in range(100)))
    pages = LogPages(log)
    up = _find(pages, "error", pages.end, -1, limit=2)
    assert [pages.after(at, 1)[0].data for at, _ in up.hits] == [b"line 90 ERROR", b"line 80 ERROR"]
    assert not up.is_whole
    down = _find(pages, r"line \d0 ERROR", 0, 1)
    assert len(down.hits) == 9
    assert down.is_whole
    assert _find(pages, "eRROR", 0, 1).hits == ()
    assert len(_find(pages, "error", 0, 1, inverse=True).hits) == 90
    assert "no regular expression" in _find(pages, "(", 0, 1).problem
    pages.close()


def test_an_expression_that_would_take_for_ever_is_given_up(tmp_path: Path) -> None:
    """Its process is ended; nothing of it is left."""
    log = tmp_path / "output.log"
    log.write_bytes(b"a" * 60 + b"!\n")
    pages = LogPages(log)
    found = _find(pages, "(a+)+$", pages.end, -1, seconds=0.1)
    assert "takes too long" in found.problem
    pages.close()


def test_chosen_lines_are_walked_like_a_log(tmp_path: Path) -> None:
    """They grow at both ends as the search goes on."""
    log = tmp_path / "output.log"
    log.write_bytes(b"a1\nb\na2\nb\na3\n")
    pages = LogPages(log)
    chosen = ChosenLines(pages)
    found = _find(pages, "a", chosen.looked_from, -1, limit=2)
    chosen.add_older(found.hits, found.reached)
    assert _words(chosen.before(chosen.end, 9)) == [b"a2", b"a3"]
    assert not chosen.is_whole
    found = _find(pages, "a", chosen.looked_from, -1)
    chosen.add_older(found.hits, found.reached)
    with log.open("ab") as file:
        file.write(b"b\na4\n")
    pages.refresh()
    found = _find(pages, "a", chosen.looked_to, 1)
    chosen.add_newer(found.hits, found.reached)
    assert _words(chosen.after(0, 9)) == [b"a1", b"a2", b"a3", b"a4"]
    assert chosen.looked_from == 0
    pages.close()


def test_merged_logs_stand_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    """With the name of who wrote each line; a line counts once it has ended."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"before\n")
    merged = MergedLogs({"one": one, "other": other}, SystemClock())
    other.write_bytes(b"first\nhalf")
    merged.poll()
    with one.open("ab") as file:
        file.write(b"second\n")
    merged.poll()
    with other.open("ab") as file:
        file.write(b" whole\n")
    merged.poll()
    lines = merged.before(merged.end, 9)
    assert [(line.service, line.data) for line in lines] == [
        ("one", b"before"),
        ("other", b"first"),
        ("one", b"second"),
        ("other", b"half whole"),
    ]
    assert lines[0].seen_at is None
    assert lines[1].seen_at is not None
    assert merged.after(merged.start + 1, 1) == [lines[1]]
