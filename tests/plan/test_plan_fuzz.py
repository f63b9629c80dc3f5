from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurora_console.plan.check import check
from aurora_console.plan.disclose import what_runs
from aurora_console.plan.load import load
from aurora_console.plan.problems import PlanError
from aurora_console.plan.vocabulary import Vocabulary

# What turns one right plan into another, or into something wrong of every kind.
PIECES = st.sampled_from(
    [
        "[", "]", "{", "}", "[[", "]]", "=", ",", ".", '"', "'", '"""', "'''", "\n", "\r", "#", "\\", "\0", "é",
        "\ufeff", "true", "1", "-1", "1e400", "nan", "9" * 5000, "1979-05-27", "07:32:00", '"30s"', '"\\u0000"',
        "[services.x]\n", "[[phases]]\n", "[a.b.c]\n", "needs = []\n", "[[[[[[]]]]]]", '"\\ud800"', "x" * 300,
        '"{port:x}"', "[" * 3000, "gates = 1\n", "phases = [1, {}, []]\n", "{ = }", "start",
        "exec = [1]\n", 'exec = ["a/\\u0000"]\n',
    ]
)  # fmt: skip


def load_bytes(content: bytes, vocabulary: Vocabulary) -> None:
    """Load `content`: whatever it is, the answer is a plan or a PlanError whose text a terminal can show."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "aurora.toml")
        path.write_bytes(content)
        (Path(folder) / "core.py").touch()
        problems = check(path, vocabulary)
        assert all(str(problem).isprintable() for problem in problems)
        lines = content.count(b"\n") + 1
        assert all(0 <= problem.line <= lines for problem in problems)
        if problems:
            with pytest.raises(PlanError):
                load(path, vocabulary)
        else:
            assert all(line.isprintable() for line in what_runs(load(path, vocabulary)))


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=200))
def test_arbitrary_bytes_are_a_plan_error(content: bytes, vocabulary: Vocabulary) -> None:
    """Never another exception."""
    load_bytes(content, vocabulary)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_mutated_plan_is_a_plan_or_a_plan_error(data: st.DataObject, right: str, vocabulary: Vocabulary) -> None:
    """Pieces put in, cut out and exchanged at any place."""
    text = right.replace(', "templates/**"', "")
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 0, 1, 2, 5, 20]))
        text = text[:start] + data.draw(PIECES) + text[start + length :]
    load_bytes(text.encode(errors="surrogatepass"), vocabulary)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_plan_with_any_value_in_any_place_is_a_plan_or_a_plan_error(
    data: st.DataObject, right: str, vocabulary: Vocabulary
) -> None:
    """The file stays TOML, so that the types are reached."""
    lines = right.replace(', "templates/**"', "").split("\n")
    values = st.sampled_from(
        [
            "1",
            "true",
            '"x"',
            "[]",
            "{}",
            "[1]",
            '[["a"]]',
            "{ a = 1 }",
            "1.5",
            "inf",
            "1979-05-27",
            '"\\u0000"',
            "9" * 30,
        ]
    )
    for index in data.draw(st.sets(st.sampled_from([i for i, line in enumerate(lines) if " = " in line]), max_size=4)):
        key = lines[index].split(" = ")[0]
        if not lines[index].endswith("["):
            lines[index] = f"{key} = {data.draw(values)}"
    load_bytes("\n".join(lines).encode(), vocabulary)
