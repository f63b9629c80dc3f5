"""On which line of a TOML text a key stands.

tomllib tells values but not places. This scanner reads a text that tomllib has accepted and needs to understand only
its structure: keys, and where values end.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from typing import Final

from aurora_console.plan.problems import KeyPath

_BLANK: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART: Final = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')[ \t]*""")
# A multi-line string ends at the first three quotes; up to two more quotes still belong to it.
_STRING: Final = re.compile(
    r'''"""(?s:\\.|[^\\])*?""""{0,2}'''
    r"""|'''(?s:.)*?''''{0,2}"""
    r"""|"(?:\\.|[^"\\])*"|'[^']*'"""
)
_BARE_VALUE: Final = re.compile(r"[^,\]}\n#]*")


class Locator:
    """Tells the line of each key of one text that tomllib accepts."""

    def __init__(self, text: str) -> None:
        scan = _Scan(text)
        scan.document()
        self.lines = scan.lines
        """The line (from 1) of each table's header, each key, each array element."""

    def line(self, path: KeyPath) -> int:
        """Return the line of `path`, or of the nearest thing around it that is written in the file."""
        for length in range(len(path), 0, -1):
            found = self.lines.get(path[:length])
            if found is not None:
                return found
        return 1


class _Scan:
    """One pass over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self._newlines = [found.start() for found in re.finditer("\n", text)]
        self._tables: dict[KeyPath, int] = {}
        """How many elements each array of tables has so far."""

    def document(self) -> None:
        prefix: KeyPath = ()
        self._skip_blank()
        while self.at < len(self.text):
            prefix = self._header() if self.text[self.at] == "[" else self._pair(prefix)
            self._skip_blank()

    def _header(self) -> KeyPath:
        line = self._line()
        is_element = self.text.startswith("[[", self.at)
        self.at += 2 if is_element else 1
        keys = self._keys()
        self.at += 2 if is_element else 1
        path: KeyPath = ()
        for key in keys[:-1]:
            path = (*path, key)
            self.lines.setdefault(path, line)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        path = (*path, keys[-1])
        if is_element:
            self.lines.setdefault(path, line)
            index = self._tables.get(path, 0)
            self._tables[path] = index + 1
            path = (*path, index)
        self.lines[path] = line
        return path

    def _pair(self, prefix: KeyPath) -> KeyPath:
        """Read `key = value` below `prefix`, which is returned: it holds for the next pair as well."""
        line = self._line()
        path = prefix
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1
        self._skip_blank()
        self._value(path)
        return prefix

    def _value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self.at += 1
            self._skip_blank()
            index = 0
            while self.text[self.at] != "]":
                self.lines[(*path, index)] = self._line()
                self._value((*path, index))
                self._skip_comma()
                index += 1
            self.at += 1
        elif opening == "{":
            self.at += 1
            self._skip_blank()
            while self.text[self.at] != "}":
                self._pair(path)
                self._skip_comma()
            self.at += 1
        else:
            found = _STRING.match(self.text, self.at) or _BARE_VALUE.match(self.text, self.at)
            assert found
            self.at = found.end()

    def _keys(self) -> list[str]:
        keys = []
        while True:
            found = _KEY_PART.match(self.text, self.at)
            assert found, "tomllib accepted something that is not a key"
            self.at = found.end()
            token = found.group(1)
            keys.append(tomllib.loads(f"key = {token}")["key"] if token[0] in "\"'" else token)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _skip_blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found
        self.at = found.end()

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self.text[self.at] == ",":
            self.at += 1
            self._skip_blank()

    def _line(self) -> int:
        return bisect_left(self._newlines, self.at) + 1
