"""Actions that make the way back: the backup branch, the snapshot, copies of protected files."""

from __future__ import annotations

from aurora_console.engine.actions.base import Action
from aurora_console.engine.context import Context
from aurora_console.engine.snapshot import files
from aurora_console.engine.snapshot.taking import Wanted, take_snapshot
from aurora_console.engine.unbroken import in_thread
from aurora_console.plan.vocabulary import FileGlob
from aurora_console.state.events import BackupBranchCreated, SectionRecorded, SnapshotTaken
from aurora_console.state.values import ActionPreview, Evidence, Figure

KEPT = "stays until `finish --clean`; changes no file and no other ref"


class BackupBranch(Action):
    """Mark the commit from which the run began with a branch."""

    kind = "backup-branch"

    def title(self) -> str:
        return "create the backup branch"

    async def preview(self, context: Context) -> ActionPreview:
        name = context.plan.system.backup_branch
        repository = context.repository
        problems = []
        existing = repository.refs().get(f"refs/heads/{name}")
        if existing is not None and context.state.backup_branch != name and existing != repository.head().commit:
            problems.append(
                f"branch {name} exists and is not this run's: it is never moved; "
                "name another with `backup_branch` under [system]"
            )
        return ActionPreview(
            kind=self.kind,
            title=self.title(),
            effects=(f"creates branch {name} at {repository.head().commit[:10]}; HEAD stays where it is",),
            undo=KEPT,
            problems=tuple(problems),
        )

    async def apply(self, context: Context) -> None:
        if context.state.backup_branch:
            return
        repository = context.repository
        name, commit = context.plan.system.backup_branch, repository.head().commit
        is_new = await in_thread(repository.create_branch, name, commit)
        context.emit(BackupBranchCreated(name=name, commit=commit, was_there=not is_new))

    async def observe(self, context: Context) -> Evidence | None:
        name = context.state.backup_branch
        commit = context.repository.refs().get(f"refs/heads/{name}")
        return None if commit is None else Evidence(summary=f"{name} at {commit[:10]}")


class Snapshot(Action):
    """Take the state to which a rollback goes back, and read it back."""

    kind = "snapshot"

    def title(self) -> str:
        return "take the snapshot"

    async def preview(self, context: Context) -> ActionPreview:
        repository = context.repository
        secrets = [path for path in files.work_tree_paths(repository) if files.looks_secret(path)]
        effects = [
            f"writes refs/aurora/snapshot/{context.state.run}: work tree and index, byte for byte",
            f"copies protected files to {context.snapshot_folder}",
        ]
        if secrets:
            effects.append(f"copies {len(secrets)} files that look like secrets there too, 0600, never into git")
        return ActionPreview(kind=self.kind, title=self.title(), effects=tuple(effects), undo=KEPT)

    async def apply(self, context: Context) -> None:
        if context.state.snapshot is not None:
            return
        wanted = Wanted(
            id=context.state.run,
            folder=context.snapshot_folder,
            protect=context.plan.system.protect,
            ports=context.ports,
            processes=context.processes,
        )
        taken = await in_thread(take_snapshot, context.repository, wanted)
        context.emit(
            SnapshotTaken(
                id=wanted.id,
                ref=taken.ref,
                commit=taken.commit,
                branch=taken.branch,
                head=taken.head,
                folder=str(wanted.folder),
                files=len(taken.files),
                protected=len(taken.protected),
            )
        )

    async def observe(self, context: Context) -> Evidence | None:
        snapshot = context.state.snapshot
        if snapshot is None or context.repository.refs().get(snapshot.ref) != snapshot.commit:
            return None
        return Evidence(
            summary=f"{snapshot.files} files, {snapshot.protected} protected, read back and equal",
            figures=(Figure(name="files", value=snapshot.files), Figure(name="protected", value=snapshot.protected)),
            details=(f"{snapshot.ref} {snapshot.commit}", snapshot.folder),
        )


class BackupFiles(Action):
    """Copy named files, with checksums, outside the work tree."""

    kind = "backup-files"
    args_type = tuple[FileGlob, ...]

    def title(self) -> str:
        return f"back up {', '.join(self.args)}"

    def effects(self, context: Context) -> tuple[str, ...]:
        return (f"copies {', '.join(self.args)} to {context.snapshot_folder / 'backup'}",)

    async def apply(self, context: Context) -> None:
        paths = files.match(self.args, files.work_tree_paths(context.repository))
        folder = context.snapshot_folder / "backup"
        copied = await in_thread(files.copy_out, context.root, paths, folder)
        summary = f"{len(copied)} {'file' if len(copied) == 1 else 'files'} copied with checksums"
        context.emit(SectionRecorded(section=self._section, path=str(folder), summary=summary))

    async def observe(self, context: Context) -> Evidence | None:
        recorded = context.state.recorded.get(self._section)
        paths = files.match(self.args, files.work_tree_paths(context.repository))
        folder = context.snapshot_folder / "backup"
        if recorded is None or any(not (folder / path).is_file() for path in paths):
            return None
        return Evidence(summary=recorded.summary, details=tuple(str(folder / path) for path in paths))

    @property
    def _section(self) -> str:
        return f"backup {', '.join(self.args)}"
