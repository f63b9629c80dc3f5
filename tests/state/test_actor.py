"""The journal names the person who asked, and lets nothing else into that name."""

from __future__ import annotations

import os
import pwd

import pytest

from aurora_console.state.actor import current_actor

USER = pwd.getpwuid(os.getuid()).pw_name


def test_the_user_is_the_one_that_runs_the_process() -> None:
    """USER and LOGNAME, which anybody can set, do not count; without SSH there is no origin."""
    actor = current_actor("console", {"USER": "somebody", "LOGNAME": "else"})
    assert (actor.user, actor.origin, actor.via) == (USER, "", "console")


@pytest.mark.parametrize(
    ("environ", "origin"),
    [
        ({"SSH_CONNECTION": "10.0.0.5 50022 10.0.0.1 22"}, "10.0.0.5"),
        ({"SSH_CLIENT": "2001:db8::7 50022 22"}, "2001:db8::7"),
        ({"SSH_CONNECTION": "::ffff:10.0.0.5 1 ::1 22"}, "10.0.0.5"),
        ({"SSH_CONNECTION": "fe80::1%eth0 1 fe80::2%eth0 22"}, "fe80::1%eth0"),
        ({"SSH_CONNECTION": "fe80::1%\x1b[31m 1 x 22"}, "fe80::1"),
        ({"SSH_CONNECTION": "UNKNOWN 65535 UNKNOWN 65535"}, ""),
        ({"SSH_CONNECTION": "[@click=app.boom]x[/]", "SSH_CLIENT": "10.0.0.6 1 22"}, "10.0.0.6"),
        ({"SSH_CONNECTION": ""}, ""),
    ],
)
def test_the_origin_is_an_address_or_nothing(environ: dict[str, str], origin: str) -> None:
    """What is not an IP address is left out."""
    assert current_actor("command line", environ).origin == origin


@pytest.mark.parametrize(
    ("name", "is_named"),
    [("deploy-person", True), ("DOMAIN\\deploy", True), ("\x1b[31mroot", False), ("two words", False), ("", False)],
)
def test_under_sudo_the_person_is_named(name: str, is_named: bool) -> None:
    """The person stands in front, if it can be a user's name at all."""
    suffix = "(sudo)" if os.getuid() == 0 else f"(sudo as {USER})"
    assert current_actor("console", {"SUDO_USER": name}).user == (f"{name} {suffix}" if is_named else USER)
