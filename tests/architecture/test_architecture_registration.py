"""Actions and checks are found as anybody's are, and the environment is pinned whole."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aurora_console.engine.actions.base import Action
from aurora_console.engine.gates.base import Check
from aurora_console.engine.registry import ACTIONS_GROUP, CHECKS_GROUP, action_types, check_types
from tests.architecture.sources import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
POINTS = [
    EntryPoint(name, value, group)
    for group in (ACTIONS_GROUP, CHECKS_GROUP)
    for name, value in PROJECT["entry-points"][group].items()
]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+) ", LOCK, re.MULTILINE)}
WANTED = [Requirement(one) for one in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.group.rpartition('.')[2]}: {point.name}")
def test_an_entry_point_leads_to_what_its_name_says(point: EntryPoint) -> None:
    """The class that an entry point names is of its group, has its name as `kind`, and says what it is for."""
    loaded = point.load()
    assert issubclass(loaded, Action if point.group == ACTIONS_GROUP else Check)
    assert loaded.kind == point.name
    assert loaded.__doc__


def test_what_is_installed_is_what_the_project_declares() -> None:
    """The installed console knows the kinds of pyproject.toml: after a change there, `make` installs it anew."""
    assert set(PROJECT["entry-points"][ACTIONS_GROUP]) <= set(action_types())
    assert set(PROJECT["entry-points"][CHECKS_GROUP]) <= set(check_types())


@pytest.mark.parametrize("requirement", WANTED, ids=lambda requirement: requirement.name)
def test_the_lock_file_pins_what_the_project_needs(requirement: Requirement) -> None:
    """Every dependency, for running and for building, is pinned at a version that the project accepts."""
    assert PINNED[canonicalize_name(requirement.name)] in requirement.specifier


def test_every_line_of_the_lock_file_is_a_pin_with_hashes() -> None:
    """Nothing is installed unseen, and where it comes from is the machine's own matter."""
    entries = re.split(r"(?<!\\)\n", LOCK.strip())
    for entry in entries:
        assert re.fullmatch(r"[\w.-]+==\S+(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry
    assert "://" not in LOCK
