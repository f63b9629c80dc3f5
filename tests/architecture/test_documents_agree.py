"""What the documents say is what the program does: keys, commands, exit codes, links."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from aurora_console.cli import cli
from aurora_console.commands.command import Panel
from aurora_console.commands.registry import COMMANDS
from aurora_console.errors import ExitCode
from tests.architecture.documents import DOCUMENTS, blocks, rows, sections, text
from tests.architecture.sources import ROOT, product_sources, project_files

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)]+)\)")
_SPAN = re.compile(r"`(aurora-console[^`]*)`")


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield every `aurora-console …` in the documents, with the document that it stands in."""
    for path in DOCUMENTS:
        content = path.read_text(encoding="utf-8")
        found = [span.group(1) for span in _SPAN.finditer(content)]
        for block in blocks(path):
            found += [line for line in block.text.splitlines() if line.startswith("aurora-console")]
        for line in found:
            # what follows on a line of a block is a comment, or what the command does
            yield path.name, re.split(r"  |#|\||\[", line.replace("\\|", " "))[0].strip()


def options_of(command: click.Command) -> set[str]:
    """Return everything beginning with a dash that a command takes."""
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "-h", "--version"}


def key_rows(panel: Panel | None) -> list[list[str]]:
    """Return the registry's rows of a panel, or (None) of all panels."""
    return [[f"`{one.shown_key}`", one.title, one.help] for one in COMMANDS if one.on == panel]


def test_the_readme_lists_the_keys_of_the_registry() -> None:
    """The table of keys is the registry's own, word for word; `make docs` writes it."""
    assert rows(sections(text("README.md"))["Keys"]) == key_rows(None)


def test_the_page_of_keys_is_complete() -> None:
    """Each panel's own keys have their table; `make docs` writes them."""
    listed = {heading: rows(part) for heading, part in sections(text("docs/keys.md")).items() if rows(part)}
    wanted = {f"On the panel {panel}": key_rows(panel) for panel in Panel if key_rows(panel)}
    assert listed == {"Everywhere": key_rows(None)} | wanted


def test_the_readme_lists_every_subcommand() -> None:
    """Each subcommand has its line, and each line is a subcommand."""
    listed = [re.match(r"`aurora-console (\w+)", row[0]) for row in rows(sections(text("README.md"))["Commands"])]
    assert sorted(one.group(1) for one in listed if one) == sorted(cli.commands)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_each_subcommand_explains_itself(name: str) -> None:
    """`--help` works for each of them."""
    told = CliRunner().invoke(cli, [name, "--help"], prog_name="aurora-console")
    assert told.exit_code == 0
    assert f"aurora-console {name}" in told.output


def test_command_lines_in_documents_are_understood() -> None:
    """Every subcommand and option that a document shows exists."""
    seen = 0
    for document, line in command_lines():
        words = shlex.split(line)[1:]
        command: click.Command = cli
        if words and not words[0].startswith("-"):
            assert words[0] in cli.commands, f"{document}: {line}"
            command = cli.commands[words[0]]
        unknown = {word for word in words if word.startswith("-")} - options_of(command)
        assert not unknown, f"{document}: {line}"
        seen += 1
    assert seen > 20


@pytest.mark.parametrize("row", rows(sections(text("README.md"))["Commands"]), ids=lambda row: row[0].strip("`"))
def test_options_in_the_readmes_table_exist(row: list[str]) -> None:
    """What the table says that a subcommand takes, it takes."""
    found = re.match(r"`aurora-console (\w+)", row[0])
    assert found
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", " ".join(row)))
    assert named <= options_of(cli.commands[found.group(1)])


def make_targets() -> set[str]:
    """Return every TARGET of a `make TARGET` in the documents."""
    named = re.compile(r"(?:`|^)make ([a-z]+)", re.MULTILINE)
    return {target for path in DOCUMENTS for target in named.findall(path.read_text(encoding="utf-8"))}


def test_the_documents_name_the_two_commands() -> None:
    """A newcomer is told how to run it and how to test it."""
    assert {"run", "test"} <= make_targets()


@pytest.mark.parametrize("target", sorted(make_targets()))
def test_make_knows_the_targets_of_the_documents(target: str) -> None:
    """`make TARGET` is understood; nothing is run here."""
    found = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr


def test_exit_codes_are_those_of_the_program() -> None:
    """README and operations list every code, and no other but that of an interrupt."""
    wanted = [str(code.value) for code in ExitCode]
    assert [row[0] for row in rows(sections(text("README.md"))["Exit codes"])] == wanted
    assert [row[0] for row in rows(sections(text("docs/operations.md"))["Exit codes"])] == [*wanted, "130"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file that is there, and a heading that is in it."""
    for link in _LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            headings = sections(target.read_text(encoding="utf-8"))
            assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}, link


def test_architecture_names_every_room() -> None:
    """Who looks for a place to change finds each folder of the program in ARCHITECTURE.md."""
    told = text("ARCHITECTURE.md")
    reference = ("aurora_console", "reference")  # the system under control has rooms of its own
    rooms = {path.parent.name for path in product_sources() if path.parent.parts[:2] != reference and path.parent.name}
    assert sorted(room for room in rooms if f"{room}/" not in told) == []


def test_architecture_names_no_module_that_is_gone() -> None:
    """Each module that is named there exists, unless it is told to be what was built otherwise."""
    built = re.sub(r"^\|.*$", "", text("ARCHITECTURE.md"), flags=re.MULTILINE)
    names = {path.name for path in project_files()}
    assert sorted(set(re.findall(r"\w+\.py\b", built)) - names) == []
