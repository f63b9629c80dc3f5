import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aurora_console.cli import cli
from aurora_console.commands import registry
from aurora_console.commands.command import Gesture, Local, Panel
from aurora_console.commands.keymap import is_deliberate, key_named, shown
from aurora_console.config import Config, ConfigError, config_path, load_config
from aurora_console.state.requests import ApprovePhase, JudgeGates, LookForForeignChanges, Pause, Resume, RollBack
from aurora_console.widgets.key_bar import KeyBar
from tests.ui.driving import cockpit
from tests.visual import scenarios
from tests.visual.scenarios import SCENARIOS

HARMLESS = (Pause, Resume, JudgeGates, LookForForeignChanges)
"""Requests that hold something up, let it go on, or look."""


@pytest.fixture(autouse=True)
def own_keys_afterwards() -> Iterator[None]:
    """Leave the commands with their own keys."""
    yield
    registry.remap({})


def test_what_changes_the_system_has_a_capital_or_asks() -> None:
    """A slip of the finger changes nothing."""
    for command in registry.COMMANDS:
        if command.acts_at_once:
            assert all(is_deliberate(key) for key in command.keys), command.id
        if isinstance(command.makes, (Gesture, Local, Panel)):
            continue
        for make in SCENARIOS.values():
            view = make()
            if command.is_available(view) and not isinstance(command.makes(view), HARMLESS):
                assert command.acts_at_once, f"{command.id} changes the system and does not say so"


async def test_a_user_s_own_key_is_bound_and_shown() -> None:
    """In the footer, and in what it does; the key from before does nothing."""
    config = Config(keys={"approve": "f5", "roll-back": ("Z", "^r")})
    async with cockpit(scenarios.waiting(), config=config) as drive:
        assert drive.app.screen.query_one(KeyBar).lines.rows[0].words.startswith("F5 approve")
        await drive.press("a", "enter")
        assert drive.link.requests == []
        await drive.press("f5", "enter")
        assert drive.link.requests == [ApprovePhase(phase=3)]
        drive.link.show(scenarios.incident())
        await drive.sees("INCIDENT")
        await drive.press("R")
        assert len(drive.link.requests) == 1
        await drive.press("ctrl+r")
        assert drive.link.requests[-1] == RollBack(scope="current")


async def test_help_shows_the_user_s_own_keys() -> None:
    """What it says is what holds."""
    async with cockpit(scenarios.waiting(), (120, 40), config=Config(keys={"approve": "%"})) as drive:
        await drive.press("question_mark")
        await drive.sees("%    approve")


@pytest.mark.parametrize(
    ("keys", "said", "advice"),
    [
        ({"aprove": "a"}, "no command 'aprove'", "'approve'"),
        ({"approve": "pagedwn"}, "no key 'pagedwn'", "'pagedown'"),
        ({"approve": "q"}, "approve and leave would both have 'q'", "another key"),
        ({"roll-back": "r"}, "pressed too easily", "capital"),
        ({"approve": "ctrl+c"}, "cannot be given to approve", "leave"),
        ({"approve": ()}, "approve has no key", "keeps a"),
    ],
)
def test_keys_that_cannot_be_are_refused_with_advice(
    keys: dict[str, str | tuple[str, ...]], said: str, advice: str
) -> None:
    """And the keys from before stay in force."""
    with pytest.raises(ConfigError) as error:
        registry.remap(keys)
    assert said in error.value.message
    assert advice in error.value.hint
    assert registry.in_force() == registry.COMMANDS


def test_two_commands_may_change_keys() -> None:
    """What counts is how it all ends."""
    registry.remap({"approve": "q", "leave": "a"})
    assert registry.command_for("q", scenarios.waiting()).id == "approve"
    assert registry.command_for("a", scenarios.waiting()).id == "leave"


def test_keys_are_written_in_more_ways_than_one() -> None:
    """As they are read on the keyboard, or by name."""
    assert [key_named(one) for one in ("?", "/", "^x", "f5", "A", "question_mark")] == [
        "question_mark",
        "slash",
        "ctrl+x",
        "f5",
        "A",
        "question_mark",
    ]
    assert [shown(one) for one in ("question_mark", "slash", "ctrl+x", "f5", "A", "escape")] == [
        "?",
        "/",
        "^x",
        "F5",
        "A",
        "Esc",
    ]


def test_keys_lists_every_command() -> None:
    """With the key that the user gave it."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text('[keys]\napprove = "f5"\n')
    done = CliRunner().invoke(cli, ["keys"])
    assert done.exit_code == 0
    for command in registry.COMMANDS:
        assert any(command.id in line.split() and command.help in line for line in done.output.splitlines())
    assert re.search(r"^F5 +all +approve ", done.output, re.MULTILINE)


def test_the_example_changes_nothing_even_when_all_of_it_is_in_force() -> None:
    """Each line of it is right."""
    done = CliRunner().invoke(cli, ["keys", "--write"])
    assert done.exit_code == 0
    text = config_path().read_text()
    assert load_config() == Config()
    config_path().write_text(re.sub(r"^# (?=[a-z0-9-]+ = )", "", text, flags=re.MULTILINE))
    config = load_config()
    assert len(config.keys) == sum(bool(command.keys) for command in registry.COMMANDS)
    registry.remap(config.keys)
    assert [one.keys for one in registry.in_force()] == [one.keys for one in registry.COMMANDS]


def test_a_configuration_that_is_there_is_not_written_over() -> None:
    """It is the user's."""
    config_path().parent.mkdir(parents=True)
    config_path().write_text("# mine\n")
    done = CliRunner().invoke(cli, ["keys", "--write"])
    assert "is left alone" in str(done.exception)
    assert config_path().read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("text", "said", "advice"),
    [
        ("[kesy]\n", "unknown key 'kesy'", "'keys'"),
        ('[theme]\nnme = "dark"\n', "unknown key 'theme.nme'", "'name'"),
        ('[theme]\nname = "drak"\n', "$.theme.name", "'dark'"),
        ("[incident]\nbell = 1\n", "$.incident.bell", "keys --write"),
        ("theme = 3\n", "$.theme", "keys --write"),
        ("[theme\n", "line 1", "TOML"),
    ],
)
def test_what_is_wrong_with_a_configuration_is_said_with_file_and_key(
    tmp_path: Path, text: str, said: str, advice: str
) -> None:
    """And what to do about it."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert str(path) in error.value.message
    assert said in error.value.message
    assert advice in error.value.hint
