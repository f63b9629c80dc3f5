"""Who asks: the user of this process and where they sit."""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
from collections.abc import Mapping
from typing import Literal

from aurora_console.state.values import Actor

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,63}\$?")  # also DOMAIN\user and user@domain


def current_actor(via: Literal["console", "command line", "engine"], environ: Mapping[str, str] = os.environ) -> Actor:
    """Return the user that runs this process, with the address of the SSH client if there is one.

    Under sudo it is the person that is named: `deploy (sudo)`, or `deploy (sudo as aurora)` where that is not root.
    The environment is only as honest as whoever set it: this is for the record, it grants nothing.
    """
    return Actor(user=_user(environ), origin=_origin(environ), via=via)


def _user(environ: Mapping[str, str]) -> str:
    uid = os.getuid()
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = f"uid {uid}"
    person = environ.get("SUDO_USER", "")
    if not _USER.fullmatch(person) or person == user:
        return user
    return f"{person} (sudo)" if uid == 0 else f"{person} (sudo as {user})"


def _origin(environ: Mapping[str, str]) -> str:
    for name in ("SSH_CONNECTION", "SSH_CLIENT"):
        first = environ.get(name, "").split(" ", 1)[0]
        # An interface may follow the address (`fe80::1%eth0`), and `ipaddress` would let anything pass there.
        address, _, interface = first.partition("%")
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            continue
        if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{parsed}%{interface}" if re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", interface) else str(parsed)
    return ""
