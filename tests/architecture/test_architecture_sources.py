"""What holds for every file: it is small enough to be read, and speaks of the product alone."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOT, product_sources, project_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONG_FILES = {"state/events.py": 600}
"""Files that may be longer, and how long at most: the catalogue of every event is read as one. None is added."""
LONG_FUNCTIONS: dict[str, int] = {}
"""Functions (`path:name`) that may be longer; as above."""

FOREIGN = re.compile(
    rb"""
    /(?:root|work)/            # a machine of ours
    | /(?:home|Users)/(?!\.)\w # somebody's home
    | (?:pypi|python|pythonhosted)\.org/simple | files\.pythonhosted | pypi\.org | registry\.npmjs
    | --(?:extra-)?index-url | --find-links | --trusted-host
    """,
    re.VERBOSE,
)
THIS_FILE = "tests/architecture/test_architecture_sources.py"


def test_files_can_be_read_in_one_go() -> None:
    """No file outside the tests is longer than 400 lines but those named here."""
    lengths = {
        path.as_posix(): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in product_sources()
    }
    long = {path: lines for path, lines in lengths.items() if lines > LONG_FILES.get(path, LONGEST_FILE)}
    assert not long
    assert all(lengths.get(path, 0) > LONGEST_FILE for path in LONG_FILES), "take the short ones out of the list"


def test_functions_can_be_read_in_one_go() -> None:
    """No function outside the tests is longer than 60 lines but those named here."""
    long = {}
    for path in product_sources():
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                name = f"{path.as_posix()}:{node.name}"
                if lines > LONG_FUNCTIONS.get(name, LONGEST_FUNCTION):
                    long[name] = lines
    assert not long


def test_no_file_names_a_machine_or_a_package_index() -> None:
    """Nothing in the repository works only where it was written."""
    found = []
    for path in project_files():
        if path.as_posix() == THIS_FILE:
            continue
        for number, line in enumerate((ROOT / path).read_bytes().splitlines(), 1):
            if FOREIGN.search(line):
                found.append(f"{path}:{number}: {line[:120]!r}")
    assert not found


def test_rooms_have_names_that_say_something() -> None:
    """No module is called after what could be in any module."""
    empty = {"util", "utils", "helper", "helpers", "manager", "misc", "common"}
    reference = ("aurora_console", "reference")  # the system under control, which has names of its own
    assert not [path for path in product_sources() if path.stem in empty and path.parts[:2] != reference]
