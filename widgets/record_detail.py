"""One record of the journal, whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec

from aurora_console.state.ledger import Entry
from aurora_console.text import duration
from aurora_console.widgets.choice import Detail
from aurora_console.widgets.glyphs import Glyphs
from aurora_console.widgets.journal_list import JournalList
from aurora_console.widgets.line import EMPTY, Line, space, text, wrap

_NAME = 10
_MOST = 500
"""Lines of fields at most: a plan with hundreds of phases is better read in its file."""


class RecordDetail(Detail):
    """Follows the selection of the list."""

    def __init__(self, records: JournalList, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(glyphs, id=id)
        self._records = records

    def about(self) -> str:
        """Name the record by its place."""
        entry = self._records.entry()
        return "RECORD" if entry is None else f"RECORD {entry.record.seq:,} of {self._records.page.total:,}"

    def body(self, width: int) -> list[Line]:
        """Return its words, its place in the chain, and every field."""
        entry = self._records.entry()
        if entry is None:
            return [text("no record is selected", "muted")]
        rows = [*wrap(entry.words, width, "alarm" if entry.is_trouble else "strong"), EMPTY]
        for name, value in _place(entry):
            rows += wrap(value, width, "plain", indent=_NAME, head=text(name, "muted").left(_NAME))
        rows += [EMPTY, text(type(entry.record.event).__name__, "strong")]
        fields = msgspec.to_builtins(entry.record.event)
        shown = [line for name, value in fields.items() if name != "type" for line in _field(name, value, width, 0)]
        if not shown:
            return [*rows, text("has no fields", "muted")]
        rows += shown[:_MOST]
        if len(shown) > _MOST:
            rows.append(text(f"and {len(shown) - _MOST} lines more: e exports them", "muted"))
        return rows


def _place(entry: Entry) -> Iterator[tuple[str, str]]:
    at = entry.record.at
    yield "at", f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))}{f'{at % 1:.3f}'[1:]}"
    if entry.since is not None:
        yield "after", f"{duration(entry.since)} since record {entry.record.seq - 1:,}, to which it is chained"
    else:
        yield "after", "nothing: the chain begins here"
    yield "kind", entry.kind
    if entry.phase is not None:
        yield "phase", str(entry.phase)
    if entry.who:
        yield "who", entry.who


def _field(name: str, value: Any, width: int, depth: int) -> Iterator[Line]:  # noqa: ANN401  # JSON has every type
    """Yield a field, what is within it indented."""
    indent = space(2 * depth)
    head = indent + text(name, "muted").left(max(_NAME - 1 - 2 * depth, text(name).width)) + space(1)
    match value:
        case dict() if value:
            yield head
            for inner, one in value.items():
                yield from _field(str(inner), one, width, depth + 1)
        case list() if value and not all(isinstance(one, dict | list) for one in value):
            yield from wrap(", ".join(map(_said, value)), width, indent=_NAME, head=head)
        case list() if value:
            yield head
            for number, one in enumerate(value, start=1):
                yield from _field(str(number), one, width, depth + 1)
        case _:
            yield from wrap(_said(value), width, indent=_NAME, head=head)


def _said(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in ("", [], {}) else "empty"
