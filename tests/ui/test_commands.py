import subprocess
import sys

import pytest

from aurora_console.commands.registry import COMMANDS, available, by_id, command_for
from tests.visual.scenarios import SCENARIOS


def test_a_command_is_declared_whole() -> None:
    """Footer, palette and help have what they need."""
    for command in COMMANDS:
        assert command.title
        assert command.help.endswith(".")
        assert command.shown_key
        assert by_id(command.id) is command
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_key_gives_one_command_at_most(name: str) -> None:
    """Two commands may share a key, but never apply together."""
    keys = [key for command in available(SCENARIOS[name]()) for key in command.keys]
    assert len(keys) == len(set(keys))


def test_a_key_that_nothing_has_is_an_error() -> None:
    """It was never bound."""
    with pytest.raises(KeyError):
        command_for("f12", SCENARIOS["running"]())


def test_the_console_opens_without_what_is_slow() -> None:
    """Git, HTTP and process libraries would nearly double the time to the first picture."""
    code = "import sys, aurora_console.app; print([one for one in ('git', 'httpx', 'psutil') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
