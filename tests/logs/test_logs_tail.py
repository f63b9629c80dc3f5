from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from aurora_console.logs.sink import trim
from aurora_console.logs.tail import follow, last_lines


@pytest.mark.parametrize(("count", "expected"), [(0, []), (1, ["c"]), (2, ["b", "c"]), (9, ["a", "b", "c"])])
@pytest.mark.parametrize("end", [b"", b"\n"], ids=["unfinished", "finished"])
def test_the_last_lines_come_oldest_first(tmp_path: Path, count: int, expected: list[str], end: bytes) -> None:
    """A last line that has not ended counts."""
    log = tmp_path / "log"
    log.write_bytes(b"a\nb\nc" + end)
    assert last_lines(log, count) == expected


def test_a_log_that_is_missing_or_empty_has_no_lines(tmp_path: Path) -> None:
    """A service that never started has written nothing."""
    assert last_lines(tmp_path / "log", 5) == []
    (tmp_path / "log").touch()
    assert last_lines(tmp_path / "log", 5) == []


def test_lines_are_read_back_over_many_blocks_and_cleaned(tmp_path: Path) -> None:
    """Lines longer than a block, bytes that are no text, escape sequences."""
    log = tmp_path / "log"
    log.write_bytes(b"first\n" + b"x" * 200_000 + b"\n\xff\xfe\x1b[2J\n")
    first, long, last = last_lines(log, 3)
    assert (first, last) == ("first", "\ufffd\ufffd")
    assert long == "x" * 1999 + "…"


def test_only_one_run_is_shown_when_asked(tmp_path: Path) -> None:
    """From a byte offset; a log that was trimmed since is all of the newer run."""
    log = tmp_path / "log"
    log.write_bytes(b"old\nnew\n")
    assert last_lines(log, 5, since=4) == ["new"]
    assert last_lines(log, 5, since=8) == []
    assert last_lines(log, 5, since=100) == ["old", "new"]


async def _next(lines: AsyncIterator[str]) -> str:
    return await asyncio.wait_for(anext(lines), 20)


async def test_lines_are_followed_as_they_are_written(tmp_path: Path) -> None:
    """From now on; half a line waits for its end."""
    log = tmp_path / "log"
    log.write_bytes(b"earlier\n")
    with log.open("ab", buffering=0) as writer:
        async with aclosing(follow(log, interval=0.01)) as lines:
            waiting = asyncio.create_task(_next(lines))
            await asyncio.sleep(0)
            writer.write(b"half")
            await asyncio.sleep(0)
            writer.write(b" and \x1b[1mhalf\nnext\n")
            assert await waiting == "half and half"
            assert await _next(lines) == "next"


async def test_following_goes_on_when_the_log_is_trimmed(tmp_path: Path) -> None:
    """What was written before and after comes, in order."""
    log = tmp_path / "log"
    log.write_bytes(b"one\ntwo")
    with log.open("ab", buffering=0) as writer:
        async with aclosing(follow(log, from_end=False, interval=0.01)) as lines:
            assert await _next(lines) == "one"
            assert trim(log, 1)
            waiting = asyncio.create_task(_next(lines))
            assert await waiting == "two"
            writer.write(b"three\n")
            assert await _next(lines) == "three"


async def test_following_waits_for_a_log_and_takes_up_a_new_one(tmp_path: Path) -> None:
    """A log that does not exist yet, and one that was replaced."""
    log = tmp_path / "log"
    async with aclosing(follow(log, interval=0.01)) as lines:
        waiting = asyncio.create_task(_next(lines))
        await asyncio.sleep(0)
        log.write_bytes(b"first\n")
        assert await waiting == "first"
        (tmp_path / "new").write_bytes(b"second\n")
        (tmp_path / "new").replace(log)
        assert await _next(lines) == "second"


async def test_a_line_that_never_ends_is_handed_on_in_pieces(tmp_path: Path) -> None:
    """A service that writes no line ends cannot fill the console's memory."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * 1_000_000)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a count, of no path in particular
    async with aclosing(follow(log, from_end=False, interval=0.01)) as lines:
        assert (await _next(lines)).startswith("xxx")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  as above
