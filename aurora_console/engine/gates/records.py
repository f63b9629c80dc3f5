"""Checks on what is kept: branches, files, what was written down, and that protected files are untouched."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aurora_console.engine.context import Context
from aurora_console.engine.gates.base import Check, Found, failed, passed
from aurora_console.engine.snapshot import files, working_state
from aurora_console.engine.snapshot.manifest import read_manifest
from aurora_console.state.values import Evidence
from aurora_console.text import clean


class Branch(Check):
    """A branch exists."""

    kind = "branch"
    args_type = str

    def title(self) -> str:
        return f"branch {self.args} exists"

    async def judge(self, context: Context, window: int) -> Found:
        commit = context.repository.refs().get(f"refs/heads/{self.args}")
        return passed(f"at {commit[:10]}") if commit else failed(f"there is no branch {self.args}")


class Files(Check):
    """Files exist, in the run's folder or in the work tree."""

    kind = "file"
    args_type = tuple[str, ...]

    def title(self) -> str:
        return f"{', '.join(self.args)} {'exists' if len(self.args) == 1 else 'exist'}"

    async def judge(self, context: Context, window: int) -> Found:
        folders = (context.snapshot_folder, context.snapshot_folder / "backup", context.root)
        found = {
            name: next((folder / name for folder in folders if (folder / name).is_file()), None) for name in self.args
        }
        missing = [name for name, path in found.items() if path is None]
        if missing:
            return failed(f"{', '.join(missing)} does not exist", f"looked in {', '.join(map(str, folders))}")
        return passed(f"{len(found)} of {len(found)}", *(str(path) for path in found.values()))


class Recorded(Check):
    """Sections of the working state were written down, and are on disk."""

    kind = "recorded"
    args_type = tuple[str, ...]

    def title(self) -> str:
        return f"{', '.join(self.args)} documented"

    async def judge(self, context: Context, window: int) -> Found:
        recorded = context.state.recorded
        missing = [name for name in self.args if name not in recorded or not _is_kept(name, Path(recorded[name].path))]
        if missing:
            return failed(f"{', '.join(missing)}: not written down")
        return passed(recorded[self.args[0]].summary, *(f"{name}: {recorded[name].summary}" for name in self.args))


def _is_kept(section: str, path: Path) -> bool:
    """Whether what was written down at `path` is still there; of the working state that section."""
    if path.name == working_state.FILE_NAME:
        return section in working_state.read(path.parent)
    return path.exists()


class Protected(Check):
    """Protected files are byte for byte as they were when the snapshot was taken."""

    kind = "protected"

    def title(self) -> str:
        return "protected files unchanged"

    async def judge(self, context: Context, window: int) -> Found:
        snapshot = context.state.snapshot
        if snapshot is None:
            return Found("inconclusive", Evidence(summary="no snapshot yet to compare with"))
        taken = await asyncio.to_thread(read_manifest, context.snapshot_folder)
        before = {one.path: one for one in taken.protected}
        paths = files.match(context.plan.system.protect, {*before, *files.work_tree_paths(context.repository)})
        now = await asyncio.to_thread(files.manifest, context.root, paths)
        changed = files.differences(before, now)
        if changed:
            return failed(
                f"{clean(changed[0].path)} {changed[0].change}", *(f"{clean(one.path)} {one.change}" for one in changed)
            )
        return passed(f"{len(paths)} of {len(paths)}, by SHA-256")
