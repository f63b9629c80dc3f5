"""A small inventory, in which everything is to be seen that a panel can show."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec.structs import replace

from aurora_console.state.inventory import (
    Component,
    Conflict,
    Dependency,
    IntegrationPoint,
    Inventory,
    Mention,
    NotRead,
    Port,
    Route,
    Tree,
)
from aurora_console.state.live import View
from aurora_console.state.model import RecordState

API = Component(
    name="aurora_api",
    kind="package",
    files=("aurora_api/__init__.py", "aurora_api/app.py", "aurora_api/store.py"),
    lines=551,
    routes=tuple(
        Route(path=path, methods=("GET",), file="aurora_api/app.py", line=150 + line)
        for line, path in enumerate(("/", "/health", "/api/status", "/api/manager"))
    ),
    mentions=(Mention(kind="store", name="solved.db", file="aurora_api/store.py", line=32),),
    imports=("aurora_synthesis",),
    external=("starlette",),
)
SYNTHESIS = Component(
    name="aurora_synthesis",
    kind="package",
    files=("aurora_synthesis/__init__.py", "aurora_synthesis/search.py"),
    lines=511,
)
CORE = Component(
    name="aurora_core.py",
    kind="program",
    files=("aurora_core.py",),
    lines=55,
    entry_points=("aurora_core.py",),
    ports=(Port(port=5000, role="listens", source="--port", file="aurora_core.py", line=34),),
    imports=("aurora_api",),
    external=("uvicorn",),
)
DOCS = Component(name="docs", kind="docs", files=("README.md", "docs/usage.md"), lines=40)
LEARN = Component(
    name="aurora_x/learn",
    kind="program",
    files=("aurora_x/learn/__init__.py", "aurora_x/learn/__main__.py", "aurora_x/learn/weights.py"),
    lines=211,
    entry_points=("aurora_x/learn/__main__.py",),
    ports=(Port(port=5010, role="listens", source="--port", file="aurora_x/learn/__main__.py", line=80),),
    routes=(Route(path="/health", methods=("GET",), file="aurora_x/learn/__main__.py", line=60),),
    imports=("aurora_synthesis",),
)
_EDGES = (
    Dependency(source="aurora_core.py", target="aurora_api", file="aurora_core.py", line=15),
    Dependency(source="aurora_api", target="aurora_synthesis", file="aurora_api/app.py", line=24),
)


def small() -> Inventory:
    """Return an inventory of 9 files now, and 11 in the target."""
    current = Tree(
        name="",
        commit="1f3c9e2a",
        files=9,
        components=(API, CORE, SYNTHESIS, DOCS),
        unclassified=("notes.xyz",),
        dependencies=_EDGES,
        not_read=(NotRead(path="notes.xyz", reason="not text"),),
    )
    learns = Dependency(source="aurora_x/learn", target="aurora_synthesis", file="aurora_x/learn/weights.py", line=9)
    target = Tree(
        name="peak",
        commit="9f3c1e27",
        files=11,
        components=(API, CORE, SYNTHESIS, LEARN, DOCS),
        dependencies=(*_EDGES, learns),
    )
    same = (*API.files, *SYNTHESIS.files, "docs/usage.md")
    return Inventory(
        root="/srv/aurora",
        current=current,
        target=target,
        same=same,
        different=("README.md", "aurora_core.py"),
        only_current=("notes.xyz",),
        only_target=LEARN.files,
        conflicts=(
            Conflict(kind="content", subject="README.md", explanation="in both, with different content", serious=False),
            Conflict(kind="content", subject="aurora_core.py", explanation="in both, with different content"),
            Conflict(kind="port", subject="5000", explanation="aurora_core.py and peak_gateway.py want it"),
        ),
        points=(
            IntegrationPoint(
                kind="route",
                name="/health",
                current=("aurora_api serves",),
                target=("aurora_api serves", "aurora_x/learn serves"),
            ),
        ),
    )


def recorded(view: View, folder: Path, inventory: Inventory) -> View:
    """Return the moment in which a phase has recorded `inventory`, which lies in `folder`."""
    path = folder / "inventory.json"
    path.write_bytes(msgspec.json.encode(inventory))
    one = RecordState(path=str(path), summary="4 components")
    return replace(view, state=replace(view.state, recorded={**view.state.recorded, "inventory": one}))
