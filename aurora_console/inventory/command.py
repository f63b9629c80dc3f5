"""How to take an inventory in a process of its own, where parsing holds nobody up and a deadline ends it."""

from __future__ import annotations

import sys
from pathlib import Path


def inventory_command(root: Path, target: str = "") -> list[str]:
    """Return the program to run. It prints one JSON document, an `Inventory`; status 2 means a message on stderr.

    `-P` keeps the folder in which it is started off the module path: the tree that is looked at may hold modules with
    the names of ours or of Python's. Run it without PYTHONPATH in the environment for the same reason.
    """
    command = [sys.executable, "-P", "-m", "aurora_console.inventory", str(root.absolute())]
    return [*command, "--target", target] if target else command
