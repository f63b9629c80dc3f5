"""`python -P -m aurora_console.inventory ROOT [--target REF]` prints an inventory as JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from aurora_console.errors import AuroraError
from aurora_console.inventory.compare import take_inventory


def main() -> int:
    """Take the inventory that the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m aurora_console.inventory", description=__doc__)
    parser.add_argument("root", type=Path, metavar="ROOT", help="the work tree to look at")
    parser.add_argument("--target", default="", metavar="REF", help="the git ref to compare it with")
    arguments = parser.parse_args()
    try:
        inventory = take_inventory(arguments.root, arguments.target)
    except AuroraError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    sys.stdout.buffer.write(msgspec.json.encode(inventory) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
