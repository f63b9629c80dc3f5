"""The inventory's panel: both sides, what overlaps, clashes and meets, and who imports whom."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from aurora_console.screens.cockpit import CockpitScreen
from aurora_console.screens.inventory import InventoryScreen
from aurora_console.state.inventory import Component, Dependency, Inventory, Tree
from aurora_console.widgets.dependency_drawing import draw_dependencies
from aurora_console.widgets.inventory_list import InventoryList
from aurora_console.widgets.inventory_rows import VIEWS, counts_of, groups_of, rows_of
from tests.ui.driving import ASCII_TERMINAL, Drive, cockpit
from tests.ui.inventories import recorded, small
from tests.ui.test_cockpit_hostile_names import HOSTILE, MARKUP
from tests.visual import scenarios


def rows(drive: Drive) -> InventoryList:
    """Return the panel's list."""
    return drive.app.screen.query_one(InventoryList)


async def open_inventory(drive: Drive) -> InventoryList:
    """Open the panel and wait until it shows something."""
    await drive.press("2")
    await drive.until(lambda: rows(drive).count() > 0)
    return rows(drive)


def repository(folder: Path) -> Path:
    """Make a work tree with a program, and a branch `peak` with one more."""
    root = folder / "system"
    root.mkdir()

    def git(*words: str) -> None:
        identity = ("-c", "user.name=t", "-c", "user.email=t@localhost")
        subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (root / "serve.py").write_text("import http.server\nPORT = 8123\nif __name__ == '__main__':\n    print(PORT)\n")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    git("checkout", "-q", "-b", "peak")
    (root / "fresh.py").write_text("import serve\nif __name__ == '__main__':\n    serve\n")
    git("add", ".")
    git("commit", "-q", "-m", "two")
    git("checkout", "-q", "main")
    return root


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_shows_all_that_it_is_about(view: str) -> None:
    """With all groups open each file stands there once."""
    inventory = small()
    shown = rows_of(inventory, view, groups_of(inventory, view), "")  # type: ignore[arg-type]  # a literal
    heads = [row.head for row in shown]
    keys = [row.key for row in shown]
    assert len(keys) == len(set(keys))
    files = [head[2:] for head in heads if head.startswith(("├ ", "└ "))]
    if view == "current":
        assert len(files) == len(set(files)) == inventory.current.files
    elif view == "target":
        assert inventory.target is not None
        assert len(files) == len(set(files)) == inventory.target.files
    elif view == "overlap":
        assert len(files) == len(set(files)) == inventory.current.files + 3
    elif view == "conflicts":
        assert len(heads) == 3


def test_counts_add_up_to_every_file() -> None:
    """What is classified and what is not, what is here and what is there."""
    assert counts_of(small(), "current") == ("9 files = 8 in 4 components + 1 unclassified · 1 not read",)
    assert counts_of(small(), "target") == ("11 files = 11 in 5 components + 0 unclassified",)
    assert counts_of(small(), "overlap") == (
        "current 9 files = 6 same + 2 different + 1 only current",
        "target  11 files = 6 same + 2 different + 3 only target",
    )
    assert counts_of(small(), "conflicts") == ("3 conflicts = 2 serious + 1 note",)


def test_imports_are_drawn_below_those_that_nobody_imports() -> None:
    """A component that was drawn is not unfolded a second time, and a ring ends."""
    target = small().target
    assert target is not None
    assert [node.drawn for node in draw_dependencies(target)] == [
        "TARGET peak",
        "aurora_core.py",
        "└─ aurora_api",
        "   └─ aurora_synthesis",
        "aurora_x/learn",
        "└─ aurora_synthesis",
    ]
    ring = replace(
        target,
        dependencies=(
            Dependency(source="a", target="b", file="a.py", line=1),
            Dependency(source="b", target="a", file="b.py", line=1),
        ),
    )
    assert [node.drawn for node in draw_dependencies(ring)] == ["TARGET peak", "a", "└─ b", "   └─ a"]


def test_what_is_too_deep_or_too_much_to_draw_is_listed() -> None:
    """An import a line, with the place in the code."""
    components = tuple(Component(name=f"c{n}", kind="package", files=(), lines=0) for n in range(100))
    edges = tuple(Dependency(source=f"c{n}", target=f"c{n + 1}", file=f"c{n}.py", line=1) for n in range(99))
    for count in (12, 99):
        tree = Tree(name="", files=0, components=components, dependencies=edges[:count])
        listed = draw_dependencies(tree)
        assert [node.drawn for node in listed[1:]] == [f"c{n} → c{n + 1}" for n in range(count)]
        assert len({node.place for node in listed}) == count + 1


async def test_views_are_turned_by_keys(tmp_path: Path) -> None:
    """H and l, left and right, Tab and shift+Tab; each remembers what was selected."""
    async with cockpit(recorded(scenarios.waiting(), tmp_path, small())) as drive:
        shown = await open_inventory(drive)
        await drive.press("j", "j")
        for keys, view in (("l", "target"), ("right", "overlap"), ("tab", "conflicts"), ("l", "points")):
            await drive.press(keys)
            assert shown.shown == view
            assert f"[{view}" in drive.text
        for keys, view in (("h", "conflicts"), ("left", "overlap"), ("shift+tab", "target"), ("h", "current")):
            await drive.press(keys)
            assert shown.shown == view
        assert shown.selected == 2
        await drive.press("h")
        await drive.sees("└─ aurora_api")


async def test_groups_open_and_close(tmp_path: Path) -> None:
    """`o` one, `z` all; what a file has stands beside it."""
    async with cockpit(recorded(scenarios.waiting(), tmp_path, small())) as drive:
        shown = await open_inventory(drive)
        await drive.press("j", "o")
        await drive.sees("runs · listens 5000")
        await drive.press("j", "o")
        assert "listens 5000" not in drive.text
        assert shown.selected == 1
        await drive.press("z")
        await drive.sees("aurora_api/store.py")
        await drive.press("z")
        assert "aurora_api/store.py" not in drive.text


async def test_a_filter_finds_files_in_closed_groups(tmp_path: Path) -> None:
    """Live, as a plain part of the path; Esc takes it away."""
    async with cockpit(recorded(scenarios.waiting(), tmp_path, small())) as drive:
        shown = await open_inventory(drive)
        await drive.press("slash", *"store")
        await drive.sees("aurora_api/store.py")
        assert shown.count() == 2
        await drive.press("enter", "tab", "tab", "tab")
        await drive.sees("Nothing has “store” in it")
        await drive.press("slash", "escape")
        await drive.sees("aurora_core.py and peak_gateway.py want it")


async def test_the_detail_says_everything(tmp_path: Path) -> None:
    """Ports and routes with their places, and who imports it."""
    async with cockpit(recorded(scenarios.waiting(), tmp_path, small()), size=(80, 40)) as drive:
        await open_inventory(drive)
        await drive.press("enter")
        for words in ("PACKAGE", "GET /api/status · aurora_api/app.py:152", "IMPORTED BY", "starlette", "Esc back"):
            assert words in drive.text
        await drive.press("escape", "escape")
        assert isinstance(drive.app.screen, CockpitScreen)


async def test_before_the_phase_it_says_which_one_makes_it(tmp_path: Path) -> None:
    """And how to look without it; when the phase has recorded it, it is there."""
    async with cockpit(scenarios.waiting()) as drive:
        await drive.press("2")
        await drive.sees("Phase 2, Inventory & Analysis, makes")
        drive.link.show(recorded(scenarios.waiting(), tmp_path, small()))
        await drive.sees("[current 9]")


async def test_capital_i_looks_now_and_changes_nothing(tmp_path: Path) -> None:
    """In a process of its own; nothing is written, neither into the tree nor into the state."""
    root = repository(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    view = scenarios.waiting()
    outline = replace(scenarios.outline(), root=str(root), target="peak", target_commit="peak")
    async with cockpit(replace(view, state=replace(view.state, outline=outline))) as drive:
        await drive.press("2", "I")
        await drive.sees("looked at")
        assert "serve.py" in drive.text
        await drive.press("l")
        await drive.sees("fresh.py")
        await drive.press("1", "2")
        await drive.sees("looked at")
        assert drive.link.requests == []
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()} == before


async def test_a_look_that_fails_says_why(tmp_path: Path) -> None:
    """There is no work tree at that place."""
    view = scenarios.waiting()
    outline = replace(scenarios.outline(), root=str(tmp_path))
    async with cockpit(replace(view, state=replace(view.state, outline=outline))) as drive:
        await drive.press("2", "I")
        await drive.sees("An inventory needs a git work tree.")


async def test_a_recorded_inventory_that_is_damaged_or_gone_says_so(tmp_path: Path) -> None:
    """With the file's name, and what to do."""
    view = recorded(scenarios.waiting(), tmp_path, small())
    (tmp_path / "inventory.json").write_text("{")
    async with cockpit(view) as drive:
        await drive.press("2")
        await drive.sees("I looks again")
    (tmp_path / "inventory.json").unlink()
    async with cockpit(view) as drive:
        await drive.press("2")
        await drive.sees("I looks again")


async def test_without_an_integration_every_key_is_harmless() -> None:
    """There is nothing to look at, and it says so."""
    async with cockpit(scenarios.nothing_opened()) as drive:
        await drive.press("2")
        await drive.sees("No integration is open yet")
        await drive.press("j", "k", "enter", "o", "z", "l", "tab", "end", "pageup", "I", "slash", "x", "enter")
        assert isinstance(drive.app.screen, InventoryScreen)


async def test_without_a_target_only_what_is_there_is_shown(tmp_path: Path) -> None:
    """Views that need a second side are left out."""
    alone = Inventory(root="/srv/aurora", current=small().current)
    async with cockpit(recorded(scenarios.waiting(), tmp_path, alone)) as drive:
        shown = await open_inventory(drive)
        seen = []
        for _ in range(2):
            await drive.press("l")
            seen.append(shown.shown)
        assert seen == ["imports", "current"]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_hostile_names_in_a_tree_are_shown_as_they_read(tmp_path: Path, size: tuple[int, int]) -> None:
    """Paths come from a repository: neither markup nor escapes get through, in ASCII as well."""
    component = Component(name=HOSTILE, kind="program", files=(HOSTILE,), lines=1, entry_points=(HOSTILE,))
    inventory = Inventory(root="/", current=Tree(name="", files=1, components=(component,)))
    async with cockpit(recorded(scenarios.waiting(), tmp_path, inventory), size=size, terminal=ASCII_TERMINAL) as drive:
        await open_inventory(drive)
        await drive.press("o", "enter")
        await drive.sees(MARKUP[:10])
        assert drive.text.replace("\n", "").isprintable()
        assert drive.text.isascii()
        for strip in drive.app.screen._compositor.render_strips():
            assert not any(segment.style and segment.style.meta.get("@click") for segment in strip)
