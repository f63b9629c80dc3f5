"""Proving a rollback: everything is compared with what is expected, the snapshot and what others changed since."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

from aurora_console.engine.context import Context, words_of
from aurora_console.engine.gatekeeper import Gatekeeper
from aurora_console.engine.programs import program_token
from aurora_console.engine.snapshot import files, system
from aurora_console.engine.snapshot.git import OUR_REFS
from aurora_console.engine.snapshot.manifest import Manifest, read_manifest
from aurora_console.engine.snapshot.taking import read_system
from aurora_console.engine.supervise import identity
from aurora_console.engine.undo import Outcome
from aurora_console.errors import AuroraError
from aurora_console.state.model import PendingUndo
from aurora_console.state.values import Proof, RemoveFile, RollbackVerdict
from aurora_console.text import clean


@dataclass(frozen=True)
class Undone:
    """One undo record and what came of it."""

    pending: PendingUndo
    outcome: Outcome
    note: str


@dataclass
class Prover:
    """Compares, and gathers what it finds."""

    context: Context
    gatekeeper: Gatekeeper
    checks: list[str] = field(default_factory=list)
    """What is as expected."""
    broken: list[str] = field(default_factory=list)
    """What the run did and that is still there: the rollback failed."""
    doubtful: list[str] = field(default_factory=list)
    """What is not as it was, though nothing of the run is left: the rollback is partial."""
    kept: list[str] = field(default_factory=list)
    """What others changed, and that was left alone."""

    async def prove(self, undone: list[Undone], rescue_problem: str) -> Proof:
        """Compare paths, refs, index, HEAD, processes and ports, run the gates again, and return the proof."""
        if rescue_problem:
            self.doubtful.append(rescue_problem)
        self._steps(undone)
        if self.context.state.snapshot is None:
            self.checks.append("no snapshot was taken yet: files, refs and ports were not compared")
        else:
            try:
                await asyncio.to_thread(self._compare, undone)
            except Exception as error:  # noqa: BLE001  a proof that cannot be made is a result, and the run goes on
                self.doubtful.append(f"could not compare with the snapshot: {words_of(error)}")
        self._processes()
        await self._gates()
        verdict: RollbackVerdict = "failed" if self.broken else "partial" if self.doubtful else "restored"
        return Proof(
            verdict=verdict,
            checks=tuple(self.checks),
            differences=(*self.broken, *self.doubtful),
            kept=tuple(self.kept),
        )

    def _steps(self, undone: list[Undone]) -> None:
        self.broken += [one.note for one in undone if one.outcome == "failed"]
        self.doubtful += [f"kept: {one.note}" for one in undone if one.outcome == "kept"]
        done = sum(one.outcome in {"undone", "was undone"} for one in undone)
        if undone:
            self.checks.append(f"{done} of {len(undone)} steps undone")

    def _compare(self, undone: list[Undone]) -> None:
        folder = self.context.snapshot_folder
        taken = read_manifest(folder)
        self._files(taken, undone)
        self._refs(taken)
        self._index(taken)
        self._services(read_system(folder))

    def _files(self, taken: Manifest, undone: list[Undone]) -> None:
        before = {one.path: one for one in (*taken.files, *taken.withheld)}
        now = files.manifest(self.context.root, files.work_tree_paths(self.context.repository))
        still_ours = {one.undo.file.path for one in self.context.state.pending_undo if isinstance(one.undo, RemoveFile)}
        handled = {one.pending.undo.file.path for one in undone if isinstance(one.pending.undo, RemoveFile)}
        different = files.differences(before, now)
        self.checks.append(f"{len(before) - sum(one.path in before for one in different)} of {len(before)} files equal")
        for one in different:
            if one.path not in still_ours and one.path not in handled:
                self.kept.append(f"{clean(one.path)} {one.change} by somebody else")

    def _refs(self, taken: Manifest) -> None:
        repository = self.context.repository
        ours = f"refs/heads/{self.context.state.backup_branch}"
        before = {name: sha for name, sha in taken.refs.items() if name != ours}
        now = {name: sha for name, sha in repository.refs().items() if name != ours and not name.startswith(OUR_REFS)}
        for name in sorted(before.keys() | now.keys()):
            was, now_is = before.get(name), now.get(name)
            if was == now_is:
                continue
            if was is None or now_is is None:
                self.kept.append(f"{clean(name)} {'appeared' if was is None else 'is gone'}")
                continue
            try:
                commits = repository.log_between(was, now_is)
            except AuroraError:  # one of them is no commit, or is gone: that the ref moved is all there is to tell
                commits = []
            told = ", ".join(f"{one.sha[:7]} “{one.subject}” by {one.author}" for one in commits[:3])
            self.kept.append(f"{clean(name)} moved: {told or f'{was[:7]} → {now_is[:7]}'}")
        equal = sum(now.get(name) == sha for name, sha in before.items())
        self.checks.append(f"{equal} of {len(before)} refs equal")
        if repository.head().branch == taken.branch:
            self.checks.append(f"HEAD on {clean(taken.branch) if taken.branch else 'the same detached commit'}")
        else:
            self.kept.append(f"HEAD is on {clean(repository.head().branch or 'no branch')} now")

    def _index(self, taken: Manifest) -> None:
        path = self.context.repository.index_path()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
        if digest == taken.index_sha256:
            self.checks.append("index equal, byte for byte")
            return
        repository = self.context.repository
        # An index with conflicts can be no tree; the snapshot's had none, so somebody else has made them since.
        if not repository.unmerged() and repository.index_tree(path) == repository.tree_of(f"{taken.ref}^2"):
            self.checks.append("index holds the same entries")
        else:
            self.kept.append("the index was changed by somebody else")

    def _services(self, before: system.SystemRecord) -> None:
        """Compare processes and ports, those left out that the scope left running."""
        state = self.context.state
        now = system.capture(self.context.ports, self.context.processes)
        left_running = {name for name, one in state.services.items() if one.managed and one.is_up}
        was = {one.service: one for one in before.services}
        same, ports = 0, 0

        def is_ours(one: system.ServiceRecord) -> bool:
            known = state.services[one.service]
            return known.managed and one.process is not None and one.process == known.process

        for one in now.services:
            old = was.get(one.service)
            if one.service in left_running or old is None:
                continue
            if (old.listening, old.process) == (one.listening, one.process):
                same += 1
                ports += one.port is not None
            elif is_ours(one):
                self.broken.append(f"{one.service}: {old.describe()} before, now {one.describe()}")
            elif one.process is None:
                self.doubtful.append(f"{one.service}: {old.describe()} before, now {one.describe()}")
            else:
                self.kept.append(f"{one.service}: {old.describe()} before, now {one.describe()}")
        self.checks.append(f"{same} services and {ports} ports as before")

    def _processes(self) -> None:
        """Nothing carries the mark of a service that was stopped, or of a program that an action ran."""
        state, marks = self.context.state, identity.scan().by_token
        stopped = [(name, one.token) for name, one in state.services.items() if one.token and not one.is_up]
        acted = [
            (action.title, program_token(state.run, action.id))
            for phase in state.phases
            for action in phase.actions
            if action.id
        ]
        for name, token in (*stopped, *acted):
            if left := marks.get(token):
                self.broken.append(f"{name}: process {', '.join(map(str, sorted(left)))} is left")
        if stopped and not self.broken:
            self.checks.append("no process of ours is left")

    async def _gates(self) -> None:
        judged = await self.gatekeeper.judge_plan_gates(None)
        if not judged:
            return
        passed = sum(one.verdict == "pass" for one in judged)
        self.checks.append(f"{passed} of {len(judged)} gates pass")
        for one in judged:
            if one.verdict in {"fail", "error"}:
                self.doubtful.append(f"gate {one.title}: {one.evidence.summary}")
            elif one.verdict == "inconclusive":
                self.checks.append(f"inconclusive: {one.title}")
