from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.plan.load import load
from aurora_console.plan.placeholders import fill
from aurora_console.plan.vocabulary import Vocabulary

Write = Callable[..., Path]


def test_placeholders_are_filled_with_the_run_s_own_values(write: Write, vocabulary: Vocabulary) -> None:
    """Ports with their offset."""
    plan = load(write(), vocabulary, port_offset=10)
    text = "{python} {root} {data} {port} {port:core}"
    assert fill(text, plan, "bridge", "/bin/py", "/d") == f"/bin/py {plan.root} /d 5011 5010"


def test_what_is_filled_in_is_not_filled_again(write: Write, vocabulary: Vocabulary) -> None:
    """A folder may be called {port}."""
    plan = load(write(), vocabulary)
    assert fill("{data}", plan, "bridge", "py", "/x/{port}") == "/x/{port}"


@pytest.mark.parametrize("text", ["${HOME}", '{"a":{"b":1}}', "{print $1}", "{}", "a{b"])
def test_other_braces_stay(text: str, write: Write, vocabulary: Vocabulary) -> None:
    """Only a lower-case word in braces is a placeholder."""
    assert fill(text, load(write(), vocabulary), None, "py", "/d") == text


def test_a_doubled_placeholder_is_its_text(write: Write, vocabulary: Vocabulary) -> None:
    """So that any text can be said."""
    assert fill("{{port}} {{x:y}}", load(write(), vocabulary), None, "py", "/d") == "{port} {x:y}"


@pytest.mark.parametrize("text", ["{prot}", "{port:nobody}", "{port}", "{python:x}"])
def test_a_placeholder_without_a_value_is_an_error(text: str, write: Write, vocabulary: Vocabulary) -> None:
    """Never an empty argument."""
    with pytest.raises(AuroraError, match="has no value here"):
        fill(text, load(write(), vocabulary), None, "py", "/d")
