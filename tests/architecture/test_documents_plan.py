"""The reference of the plan file is complete and right, and its examples are plans that pass `check`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import tomli_w

from aurora_console.engine.registry import vocabulary
from aurora_console.plan import model
from aurora_console.plan.check import check
from aurora_console.plan.decode import Decoder
from tests.architecture.documents import DOCUMENTS, Block, blocks, rows, sections, text

TABLES: dict[str, type[msgspec.Struct]] = {
    "[system]": model.System,
    "[limits]": model.Limits,
    "[targets]": model.Targets,
    "[services.NAME]": model.Service,
    "ready": model.Ready,
    "restart": model.Restart,
    "stop": model.Stop,
    "[endpoints.NAME]": model.Endpoint,
    "request": model.Request,
    "expect": model.Expect,
    "[[phases]]": model.Phase,
}
PLACES_OF_EXAMPLES = ("aurora_core.py", "templates/index.html", "migrate.py", "tests/test_all.py")
STUB: dict[str, Any] = {
    "system": {"name": "aurora", "target": "peak"},
    "services": {
        "core": {"layer": "core", "port": 5000, "managed": False},
        "bridge": {"layer": "parallel", "port": 5001, "exec": ["{python}", "-m", "bridge"]},
        "nexus": {"layer": "parallel", "port": 5005, "exec": ["{python}", "-m", "nexus"]},
    },
    "endpoints": {
        "health": {"service": "core", "request": {"get": "/health"}, "safe": True},
        "chat": {"service": "core", "request": {"post": "/api/chat"}, "safe": True},
    },
    "gates": {"chat": {"title": "Chat", "check": {"endpoints": ["chat"]}}},
    "phases": [{"title": "Look", "actions": [{"list-services": True}]}],
}
"""A plan that the fragments in the documents are part of."""

EXAMPLES = [
    block
    for path in DOCUMENTS
    for block in blocks(path)
    if block.language == "toml" and "project" not in tomllib.loads(block.text)
]


def whole(block: Block) -> dict[str, Any]:
    """Return the plan that a block shows, or is a fragment of."""
    shown = tomllib.loads(block.text)
    if {"system", "phases"} <= shown.keys():
        return shown
    steps = {key: shown.pop(key) for key in ("actions", "criteria") if key in shown}
    plan = {key: {**STUB.get(key, {}), **shown[key]} if isinstance(shown[key], dict) else shown[key] for key in shown}
    plan = STUB | plan
    if steps:
        plan["phases"] = [STUB["phases"][0] | steps]
    return plan


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.place)
def test_an_example_passes_check(block: Block, tmp_path: Path) -> None:
    """Laid out beside the files that it speaks of, an example has no problem."""
    for name in PLACES_OF_EXAMPLES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    plan = tmp_path / "aurora.toml"
    plan.write_text(tomli_w.dumps(whole(block)), encoding="utf-8")
    assert [str(problem) for problem in check(plan, vocabulary())] == []


def test_the_readmes_plan_passes_check_as_it_stands(tmp_path: Path) -> None:
    """The README's example is a whole plan, not a fragment."""
    (block,) = (one for one in EXAMPLES if one.place.startswith("README.md"))
    for name in PLACES_OF_EXAMPLES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    plan = tmp_path / "aurora.toml"
    plan.write_text(block.text, encoding="utf-8")
    assert [str(problem) for problem in check(plan, vocabulary())] == []


def assert_documented(table: list[list[str]], wanted: type[msgspec.Struct], besides: Mapping[str, str]) -> None:
    """Compare a table of keys with the fields of a type; `besides` says what the document says of some defaults."""
    fields = {one.encode_name: one for one in msgspec.structs.fields(wanted)}
    documented = {row[0].strip("`"): row[2] for row in table}
    assert documented.keys() == fields.keys()
    for key, said in documented.items():
        field = fields[key]
        if key in besides:
            assert said == besides[key]
        elif field.required:
            assert said == "required", key
        elif said == "none":
            assert field.default is None, key
        else:
            decoder = Decoder(vocabulary())
            decoded = decoder.decode(field.type, tomllib.loads(f"value = {said.strip('`')}")["value"], (key,))
            assert not decoder.findings, key
            default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            assert decoded == default, key


@pytest.mark.parametrize("heading", TABLES)
def test_every_key_of_a_table_is_documented(heading: str) -> None:
    """Each key stands there, with its default as the program has it."""
    besides = {"number": "its place in the file"} if heading == "[[phases]]" else {}
    assert_documented(rows(sections(text("docs/plan.md"))[heading]), TABLES[heading], besides)


def test_gates_and_steps_are_documented() -> None:
    """So are the keys of a gate, and those beside an action or a check."""
    of_gate = {row[0].strip("`"): row[2] for row in rows(sections(text("docs/plan.md"))["[gates.NAME]"])}
    on_fail = next(one.default for one in msgspec.structs.fields(model.Step) if one.name == "on_fail")
    assert of_gate == {"title": "required", "check": "required", "on_fail": f'`"{on_fail}"`'}
    of_step = {row[0].strip("`") for row in rows(sections(text("docs/plan.md"))["An action or a check"])}
    assert of_step == {one.name for one in msgspec.structs.fields(model.Step)} - {"kind", "args"}


@pytest.mark.parametrize("family", ["actions", "checks"])
def test_every_kind_is_documented(family: str) -> None:
    """Each action and check has its line, its section, its arguments with their defaults, and an example."""
    document = text(f"docs/{family}.md")
    kinds = vocabulary().actions if family == "actions" else vocabulary().checks
    parts = sections(document)
    top = document[document.index("| kind |") :]
    assert [row[0].split("`")[1] for row in rows(top)] == sorted(kinds)
    for kind, wanted in kinds.items():
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            assert_documented(rows(parts[kind]), wanted, {})
        elif wanted is bool:
            assert parts[kind].strip().startswith("No arguments.")
        else:
            assert parts[kind].strip().startswith("Takes "), kind
        assert f"{kind} = " in parts[kind]


def test_values_to_choose_from_are_named() -> None:
    """Where a key takes one of a few words, each of them is in the document."""
    document = text("docs/plan.md") + text("docs/operations.md") + text("docs/actions.md")
    for table in TABLES.values():
        for field in msgspec.structs.fields(table):
            for choice in get_args(field.type) if "Literal" in str(field.type) else ():
                assert str(choice) in document, f"{field.name}: {choice}"
