"""A program: looks for a regular expression in logs. Run by its path, apart from the console that it may outlast.

Reads one JSON object from stdin and writes one to stdout, as `search.py` has them. It needs Python alone.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator

_BLOCK = 1024 * 1024
_LONGEST = 64 * 1024
_CONTROL_SEQUENCE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


def lines_of(parts: list[list[object]], start: int, direction: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield place, end and bytes of each line, from `start` on or, where `direction` is negative, back from there."""
    for path, base, length in parts if direction > 0 else reversed(parts):
        assert isinstance(path, str)
        assert isinstance(base, int)
        assert isinstance(length, int)
        try:
            with open(path, "rb") as file:  # noqa: PTH123  a plain open is all that it takes
                yield from (_ahead if direction > 0 else _back)(file, base, length, start - base)
        except FileNotFoundError:
            continue


def _ahead(file, base: int, length: int, start: int) -> Iterator[tuple[int, int, bytes]]:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a file
    at = max(0, start)
    rest = b""
    file.seek(at)
    left = length - at
    while left > 0:
        block = file.read(min(_BLOCK, left))
        if not block:
            return
        left -= len(block)
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield base + at, base + at + len(line) + 1, line
            at += len(line) + 1
        if len(rest) > _BLOCK:
            yield base + at, base + at + len(rest), rest
            at, rest = at + len(rest), b""
    if rest:
        yield base + at, base + at + len(rest), rest


def _back(file, base: int, length: int, start: int) -> Iterator[tuple[int, int, bytes]]:  # type: ignore[no-untyped-def]  # noqa: ANN001  # a file
    end = position = max(0, min(length, start))
    rest, has_break = b"", False
    while position > 0:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        rest, *lines = (file.read(size) + rest).split(b"\n")
        if position == 0:
            lines.insert(0, rest)
        for line in reversed(lines):
            at = end - has_break - len(line)
            if has_break or line:  # behind the last line break there is no line
                yield base + at, base + end, line
                end = at
            has_break = True


def main() -> None:
    """Answer one question."""
    query = json.load(sys.stdin)
    try:
        flags = 0 if any(one.isupper() for one in query["pattern"]) else re.IGNORECASE
        pattern = re.compile(query["pattern"], flags)
    except (re.error, RecursionError, OverflowError) as error:
        json.dump({"problem": f"this is no regular expression: {error}"}, sys.stdout)
        return
    deadline = time.monotonic() + query["seconds"]
    hits: list[tuple[int, int]] = []
    reached, is_whole = query["start"], True
    source: Iterator[tuple[int, int, bytes]]
    if query["lines"] is not None:
        source = ((at, at + 1, line.encode()) for at, line in query["lines"])
    else:
        source = lines_of(query["parts"], query["start"], query["direction"])
    for count, (at, end, line) in enumerate(source):
        if len(hits) >= query["limit"] or (count % 1000 == 0 and time.monotonic() > deadline):
            is_whole = False
            break
        if b"\x1b" in line:
            line = _CONTROL_SEQUENCE.sub(b"", line)  # noqa: PLW2901  what is shown is what is searched
        is_match = pattern.search(line[:_LONGEST].decode("utf-8", "replace")) is not None
        if is_match != query["inverse"]:
            hits.append((at, end))
        reached = end if query["direction"] > 0 else at
    json.dump({"hits": hits, "reached": reached, "is_whole": is_whole}, sys.stdout)


if __name__ == "__main__":
    main()
