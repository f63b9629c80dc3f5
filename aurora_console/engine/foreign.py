"""What others changed since the snapshot: looked for while somebody asks, or during an incident. Read-only."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field

from msgspec.structs import replace

from aurora_console.engine.context import Context, words_of
from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.git import OUR_REFS
from aurora_console.engine.snapshot.manifest import Manifest, read_manifest
from aurora_console.errors import AuroraError
from aurora_console.state.values import FileRecord, RemoveFile
from aurora_console.text import clean

PERIOD = 10.0
"""Seconds between two looks, at least."""
ASKED_FOR = 15.0
"""Seconds for which one asking holds."""
MOST = 50
"""Changes that are listed one by one."""

_Identity = tuple[int, int, int, int]
"""Inode, size, times of the last write and of the last change: the same as before means the same content."""


@dataclass
class ForeignChanges:
    """Looks, and puts what it finds into `Watcher.live`."""

    context: Context
    _asked_until: float = 0.0
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: tuple[str, Manifest] | None = None
    """The run, and what its snapshot holds."""
    _known: dict[str, tuple[_Identity, FileRecord]] = field(default_factory=dict)
    """What each file was found to hold, so that only what changed is read again."""

    def ask(self) -> None:
        """Have it look soon, and go on looking for a while."""
        self._asked_until = self.context.clock.monotonic() + ASKED_FOR
        self._wanted.set()

    async def run(self) -> None:
        """Look while it is wanted, for ever."""
        while True:
            await self._until_wanted()
            found = await asyncio.to_thread(self._look)
            watcher = self.context.watcher
            if found != watcher.foreign:
                watcher.foreign = found
                watcher.live = replace(watcher.live, foreign=found)
                watcher.wake()
            await asyncio.sleep(PERIOD)

    async def _until_wanted(self) -> None:
        while not self._is_wanted():
            try:
                async with asyncio.timeout(1.0):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            # Asked, it may still not be the time: without this it would come back here at once, for ever.
            self._wanted.clear()

    def _is_wanted(self) -> bool:
        if self.context.state.snapshot is None or self.context.state.is_rolling_back:
            return False
        return self.context.state.incident is not None or self.context.clock.monotonic() < self._asked_until

    def _look(self) -> tuple[str, ...]:
        try:
            taken = self._manifest()
            return (*self._refs(taken), *self._files(taken))
        except (AuroraError, OSError) as error:
            return (f"what others changed cannot be told: {words_of(error)}",)

    def _manifest(self) -> Manifest:
        run = self.context.state.run
        if self._taken is None or self._taken[0] != run:
            self._taken = run, read_manifest(self.context.snapshot_folder)
        return self._taken[1]

    def _refs(self, taken: Manifest) -> list[str]:
        repository = self.context.repository
        ours = f"refs/heads/{self.context.state.backup_branch}"
        now = {name: sha for name, sha in repository.refs().items() if name != ours and not name.startswith(OUR_REFS)}
        told = []
        for name in sorted({*taken.refs, *now} - {ours}):
            was, now_is = taken.refs.get(name), now.get(name)
            if was == now_is:
                continue
            if was is None or now_is is None:
                told.append(f"{clean(name)} {'appeared' if was is None else 'is gone'}")
                continue
            try:
                commits = repository.log_between(was, now_is)
            except AuroraError:  # one of them is no commit, or is gone: that the ref moved is all there is to tell
                commits = []
            told += [f"commit {one.sha[:7]} “{one.subject}” by {one.author}" for one in commits[:5]]
            if not commits:
                told.append(f"{clean(name)} moved")
        branch = repository.head().branch
        if branch != taken.branch:
            told.append(f"HEAD is on {clean(branch or 'no branch')} now")
        return told

    def _files(self, taken: Manifest) -> list[str]:
        before = {one.path: one for one in (*taken.files, *taken.withheld)}
        pending = (one.undo for one in self.context.state.pending_undo)
        ours = {undo.file.path: undo.file for undo in pending if isinstance(undo, RemoveFile)}
        now = self._contents()
        told = []
        for one in files.differences({**before, **ours}, now):
            is_gone_of_ours = one.path in ours and one.path not in now
            if not is_gone_of_ours:
                told.append(f"{clean(one.path)} {one.change} by somebody else")
        return told if len(told) <= MOST else [*told[:MOST], f"and {len(told) - MOST} more"]

    def _contents(self) -> dict[str, FileRecord]:
        """Return what each file holds; only those are read that changed since the last look."""
        root = self.context.root
        identities: dict[str, _Identity] = {}
        for path in files.work_tree_paths(self.context.repository):
            try:
                found = os.lstat(root / path)
            except OSError:  # gone, or on its way: it has no content
                continue
            identities[path] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        stale = [
            path for path, identity in identities.items() if path not in self._known or self._known[path][0] != identity
        ]
        read = files.manifest(root, stale)
        kept = {path: one for path, one in self._known.items() if identities.get(path) == one[0]}
        self._known = kept | {path: (identities[path], record) for path, record in read.items()}
        return {path: record for path, (_, record) in self._known.items()}
