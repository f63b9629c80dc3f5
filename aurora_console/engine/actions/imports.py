"""Bringing files in from the target: only such as the work tree lacks."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Iterable
from typing import Literal

import msgspec

from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import ActionError, Context
from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.git import TreeEntry
from aurora_console.engine.unbroken import in_thread, see_through
from aurora_console.plan.vocabulary import TargetGlob
from aurora_console.state.sentences import plural
from aurora_console.state.values import ActionPreview, Evidence, Figure, FileRecord, RemoveDirectory, RemoveFile, Undo
from aurora_console.text import clean, size

LINK_MODE = 0o120000


class ImportArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is brought in."""

    source: Literal["target"] = msgspec.field(default="target", name="from")
    paths: tuple[TargetGlob, ...]


class ImportFiles(Action):
    """Take files that only the target has. Never overwrites, never touches what is protected."""

    kind = "import-files"
    args_type = ImportArgs

    def title(self) -> str:
        return f"bring in {', '.join(self.args.paths)}"

    async def preview(self, context: Context) -> ActionPreview:
        found = await in_thread(self._find, context)
        missing = await in_thread(self._missing, context)
        total = sum(entry.size or 0 for entry in missing.values())
        problems = [] if found else [f"no file of the target matches {', '.join(self.args.paths)}"]
        protected = files.match(context.plan.system.protect, found)
        problems += [f"{clean(path)} is protected" for path in protected]
        problems += [f"{clean(path)} is not UTF-8: such a name cannot be kept track of" for path in _untold(missing)]
        present = sorted(set(found) - set(missing))
        effects = (
            [f"adds {plural(len(missing), 'file')} ({size(total)}): {_shorten(sorted(missing))}"] if missing else []
        )
        if present:
            effects.append(f"leaves {len(present)} that are there already: {_shorten(present)}")
        return ActionPreview(
            kind=self.kind,
            title=self.title(),
            effects=tuple(effects),
            undo=f"remove {plural(len(missing), 'file')}, where still as added" if missing else "changes nothing",
            problems=tuple(problems),
        )

    async def undo(self, context: Context) -> tuple[Undo, ...]:
        return await in_thread(self._undo, context)

    def _undo(self, context: Context) -> tuple[Undo, ...]:
        undo: list[Undo] = []
        missing = self._missing(context)
        if untold := _untold(missing):
            raise ActionError(f"{clean(untold[0])} is not UTF-8", "rename it in the target, or take it out of `paths`")
        contents = dict(context.repository.blobs({entry.sha for entry in missing.values()}))
        for path, entry in sorted(missing.items()):
            for folder in files.missing_parents(context.root, path):
                step = RemoveDirectory(path=folder)
                if step not in undo:
                    undo.append(step)
            content = contents[entry.sha]
            kind, mode = _kind_and_mode(entry)
            digest = hashlib.sha256(content).hexdigest()
            undo.append(RemoveFile(file=FileRecord(path=path, kind=kind, mode=mode, size=len(content), sha256=digest)))
        return tuple(undo)

    async def apply(self, context: Context) -> None:
        given_up = threading.Event()
        await see_through(asyncio.to_thread(self._write, context, given_up), hurry=given_up.set)

    async def observe(self, context: Context) -> Evidence | None:
        found = await in_thread(self._find, context)
        missing = await in_thread(self._missing, context)
        if not found or missing:
            return None
        total = sum(entry.size or 0 for entry in found.values())
        return Evidence(
            summary=f"{len(found)} files, {size(total)}, from {context.plan.system.target}",
            figures=(Figure(name="files", value=len(found)), Figure(name="size", value=total, unit="B")),
            details=tuple(clean(path) for path in sorted(found)),
        )

    def _find(self, context: Context) -> dict[str, TreeEntry]:
        """Return the target's files that the plan asks for; submodules are not brought in."""
        target = context.state.outline.target_commit if context.state.outline else ""
        tree = context.repository.tree(target)
        return {path: tree[path] for path in files.match(self.args.paths, tree) if tree[path].size is not None}

    def _missing(self, context: Context) -> dict[str, TreeEntry]:
        # A tracked file that is not on disk was removed by somebody: that is theirs to decide.
        tracked = set(context.repository.paths().tracked)
        return {
            path: one
            for path, one in self._find(context).items()
            if path not in tracked and not _is_there(context, path)
        }

    def _write(self, context: Context, given_up: threading.Event) -> None:
        missing = self._missing(context)
        protected = files.match(context.plan.system.protect, missing)
        if protected:
            raise ActionError(f"{', '.join(protected)} is protected", "take it out of `paths`")
        contents = dict(context.repository.blobs({entry.sha for entry in missing.values()}))
        for path, entry in sorted(missing.items()):
            if given_up.is_set():
                return
            kind, mode = _kind_and_mode(entry)
            files.write_new(context.root, path, contents[entry.sha], mode, kind)


def _is_there(context: Context, path: str) -> bool:
    return os.path.lexists(context.root / path)


def _kind_and_mode(entry: TreeEntry) -> tuple[Literal["file", "link"], int]:
    if entry.mode == LINK_MODE:
        return "link", 0o777
    return "file", 0o755 if entry.mode & 0o100 else 0o644


def _untold(paths: Iterable[str]) -> list[str]:
    """Return the names that are not UTF-8: the journal, which is text, could not say how to undo them."""
    return [path for path in sorted(paths) if any("\ud800" <= character <= "\udfff" for character in path)]


def _shorten(paths: list[str], most: int = 6) -> str:
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(clean(path, 200) for path in paths[:most]) + more
