"""The embedded reference system as a demo: laid out once, taken up again, taken down whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aurora_console.errors import AuroraError
from aurora_console.session import PLAN_FILE, ask, open_pinned, read_state, trust_store
from aurora_console.state.requests import StopServices

CORE_PORT = 5000


def default_directory() -> Path:
    """Return where a demo goes that names no directory."""
    from platformdirs import user_data_path  # noqa: PLC0415  slow to import

    return user_data_path("aurora-console", appauthor=False) / "demo"


def prepare(directory: Path, port_offset: int) -> tuple[Path, int]:
    """Lay the demo out if it is not there, and start its core if that does not run.

    Returns its plan and the port offset in force: a core that runs already keeps its own. AuroraError when the
    directory holds something else, or a port is taken.
    """
    from aurora_console.reference.core import core_port, start_core  # noqa: PLC0415  slow to import
    from aurora_console.reference.layout import lay_out  # noqa: PLC0415

    plan = directory / PLAN_FILE
    if not plan.exists():
        lay_out(directory)
        content = plan.read_bytes()
        # What was laid out a moment ago is ours, whole; anything that is changed in it later asks like any other plan.
        trust_store().trust(plan, hashlib.sha256(content).hexdigest(), content.decode())
    running_on = core_port(directory)
    if running_on is not None:
        return plan, running_on - CORE_PORT
    pinned = open_pinned(plan)
    if pinned is not None:
        port_offset = pinned.plan.port_offset
    start_core(directory, CORE_PORT + port_offset)
    return plan, port_offset


def take_down(directory: Path) -> list[str]:
    """Stop everything of the demo in `directory`, and say what was stopped."""
    from aurora_console.reference.core import stop_core  # noqa: PLC0415  slow to import

    if not (directory / PLAN_FILE).exists():
        raise AuroraError(f"there is no demo in {directory}", "give the directory that it was laid out in")
    said = []
    pinned = open_pinned(directory / PLAN_FILE)
    if pinned is not None:
        running = [one.name for one in read_state(pinned.folder).services.values() if one.managed and one.is_up]
        ask(pinned, StopServices())
        said += [f"{name} stopped" for name in running]
    said.append("core stopped" if stop_core(directory) else "the core was not running")
    return said
