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
from aurora_console.commands.registry import COMMANDS
from aurora_console.errors import ExitCode
from tests.architecture.documents import DOCUMENTS, blocks, rows, sections, text
from tests.architecture.sources import ROOT

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


def test_the_readme_lists_the_keys_of_the_registry() -> None:
    """The table of keys is the registry's own, word for word."""
    wanted = [[f"`{one.shown_key}`", one.title, one.help] for one in COMMANDS]
    assert rows(sections(text("README.md"))["Keys"]) == wanted


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


@pytest.mark.parametrize("target", ["run", "test", "lint", "bench", "docs", "crash"])
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
