from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aurora_console.plan.locate import Locator
from aurora_console.plan.problems import KeyPath

# Keys that are bare, quoted, empty, with dots, escapes and decoys in them.
KEYS = st.sampled_from(
    [
        ("a", "a"),
        ("b-1", "b-1"),
        ("3", "3"),
        ('"q.k"', "q.k"),
        ("'l[0]'", "l[0]"),
        ('"e\\"]"', 'e"]'),
        ('""', ""),
        ('"\\u0041"', "A"),
        ("'# no'", "# no"),
        ("zeta_9", "zeta_9"),
    ]
)
# Values of one line, and of more, which hold what looks like structure.
SCALARS = st.sampled_from(
    [
        "1",
        "-0.5e3",
        "true",
        "0xff",
        "1979-05-27 07:32:00",
        "1979-05-27T07:32:00Z",
        "07:32:00",
        "inf",
        '"text # with [ { = "',
        '"a\\"b\\\\"',
        '""',
        "''",
        "'C:\\'",
        '"""one\n[decoy]\nkey = 1 \\""" # still\n"""',
        '"""ends in quotes"""""',
        '"""\\\n   joined\n\n"""',
        '""""quoted" inside"""',
        "'''raw\n# no comment\n]\n'quote' ''ends'''''",
    ]
)
BLANKS = st.sampled_from(["", "\n", '  # comment = [ \' """\n', "\n\n\t\n", "\r\n", "# ünïcode\n"])


class Writer:
    """Writes TOML and knows on which line everything went."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    @property
    def line(self) -> int:
        """The line that is being written."""
        return self.text.count("\n") + 1

    def blank(self) -> None:
        """Write what means nothing."""
        self.text += self.draw(BLANKS)

    def value(self, path: KeyPath, depth: int) -> None:
        """Write a scalar, an array over several lines, or an inline table."""
        kind = self.draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
        if kind == "scalar":
            self.text += self.draw(SCALARS)
        elif kind == "array":
            self.text += "["
            for index in range(self.draw(st.integers(0, 3))):
                self.text += "," if index else ""
                self.blank()
                self.lines[(*path, index)] = self.line
                self.value((*path, index), depth - 1)
                self.blank()
            if self.text[-1] != "[" and self.draw(st.booleans()):
                self.text += ","
            self.blank()
            self.text += "]"
        else:
            self.text += "{ "
            self.pairs(path, depth - 1, ", ")
            self.text += " }"

    def pairs(self, path: KeyPath, depth: int, separator: str) -> None:
        """Write pairs with different first keys, some of them dotted."""
        keys = self.draw(st.lists(KEYS, max_size=3, unique_by=lambda key: key[1]))
        for index, (written, key) in enumerate(keys):
            if separator == "\n":
                self.blank()
            elif index:
                self.text += separator
            self.lines[(*path, key)] = self.line
            full: KeyPath = (*path, key)
            self.text += written
            if self.draw(st.booleans()):
                dotted, second = self.draw(KEYS)
                full = (*full, second)
                self.lines[full] = self.line
                self.text += " . " + dotted
            self.text += self.draw(st.sampled_from(["=", " = ", "\t=  "]))
            self.value(full, depth)
            if separator == "\n":
                self.text += self.draw(st.sampled_from(["\n", " # [x]\n", "\r\n"]))


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """Return a text of pairs, tables and arrays of tables, and the line of each key in it."""
    writer = Writer(draw)
    writer.pairs((), 2, "\n")
    for number in range(draw(st.integers(0, 4))):
        table = f"t{number}"
        kind = draw(st.sampled_from(["table", "deep", "array"]))
        writer.blank()
        if kind == "table":
            writer.lines[(table,)] = writer.line
            writer.text += f"[ {table} ]\n"
            writer.pairs((table,), 3, "\n")
        elif kind == "deep":
            writer.lines[(table,)] = writer.lines[(table, "x y")] = writer.line
            writer.text += f'[{table}."x y"] # [no]\n'
            writer.pairs((table, "x y"), 3, "\n")
            if draw(st.booleans()):
                writer.lines[(table,)] = writer.line
                writer.text += f"[{table}]\n"
        else:
            for index in range(draw(st.integers(1, 3))):
                writer.blank()
                writer.lines.setdefault((table,), writer.line)
                writer.lines[(table, index)] = writer.line
                writer.text += f"[[{table}]]\n"
                writer.pairs((table, index), 2, "\n")
                writer.lines[(table, index, "sub")] = writer.line
                writer.text += f"[{table}.sub]\n"
                writer.pairs((table, index, "sub"), 1, "\n")
    return writer.text, writer.lines


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of everything in `value`."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from paths(one, (*path, key))


@settings(max_examples=150, deadline=None)
@given(documents())
def test_every_key_is_found_on_its_line(document: tuple[str, dict[KeyPath, int]]) -> None:
    """Whatever strings, comments and nesting stand around it."""
    text, expected = document
    data = tomllib.loads(text)
    assert Locator(text).lines == expected
    assert set(paths(data)) == set(expected)


def test_what_is_not_written_is_at_the_nearest_thing_around_it() -> None:
    """A missing key is shown at its table."""
    locator = Locator('\n[services.core]\nport = 1\nready = {\thttp = "/" }\n')
    assert locator.line(("services", "core", "layer")) == 2
    assert locator.line(("services", "core", "ready", "timeout")) == 4
    assert locator.line(("phases",)) == 1


def test_an_empty_text_has_no_lines() -> None:
    """And does not fail."""
    assert Locator("").lines == {}
