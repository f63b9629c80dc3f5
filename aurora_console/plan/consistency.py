"""What a plan's tables say about each other and about the machine: names, ports, cycles, programs, files."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aurora_console.plan.decode import Mention
from aurora_console.plan.globs import matches, matches_some_file
from aurora_console.plan.model import Endpoint, Gate, Service, System
from aurora_console.plan.placeholders import PLACEHOLDERS, placeholders
from aurora_console.plan.problems import Finding, KeyPath, nearest

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ENVIRONMENT_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_URL_PATH: Final = re.compile(r"/[!-~]*")
_TABLES: Final = {"service": "services", "endpoint": "endpoints", "gate": "gates"}


@dataclass(frozen=True)
class Draft:
    """What could be decoded of a plan, however much is wrong with the rest."""

    root: str
    port_offset: int
    system: System | None
    services: Mapping[str, Service]
    endpoints: Mapping[str, Endpoint]
    gates: Mapping[str, Gate]
    names: Mapping[str, frozenset[str]]
    """The names of all services, endpoints and gates in the file, by `service`, `endpoint`, `gate`."""
    mentions: Sequence[Mention]
    broken: frozenset[KeyPath]
    """Where something is known to be wrong already: nothing is concluded from what is not there."""

    def has_no_port(self, service: str) -> bool:
        """Tell whether `service` is surely without a port."""
        known = self.services.get(service)
        return known is not None and known.port is None and ("services", service, "port") not in self.broken


def inconsistencies(draft: Draft) -> Iterator[Finding]:
    """Yield everything that is wrong although each value by itself is right."""
    for finding in _all(draft):
        follows = finding.path in draft.broken or any(path[:-1] == finding.path for path in draft.broken)
        if not follows:
            yield finding


def _all(draft: Draft) -> Iterator[Finding]:
    yield from _system(draft)
    yield from _names(draft)
    yield from _services(draft)
    yield from _ports(draft)
    yield from _endpoints(draft)
    yield from _cycles(draft)
    yield from _phases(draft)
    for mention in draft.mentions:
        if mention.kind == "template":
            yield from _placeholders(draft, mention)
        elif mention.kind == "command":
            yield from _command(draft, mention)
        elif mention.kind in {"file", "target-file"}:
            yield from _glob(draft, mention)


def _system(draft: Draft) -> Iterator[Finding]:
    if draft.system is None:
        return
    if not _FILE_NAME.fullmatch(draft.system.name):
        yield _bad_name(("system", "name"), draft.system.name)
    for key, ref in (("target", draft.system.target), ("backup_branch", draft.system.backup_branch)):
        # git would take a leading dash for an option.
        if ref is not None and (not ref or ref.startswith("-") or not ref.isprintable() or " " in ref):
            yield Finding(("system", key), f"'{ref}' cannot be the name of a branch or commit")


def _bad_name(path: tuple[str, ...], name: str) -> Finding:
    return Finding(path, f"'{name}' cannot name a folder", "use letters, digits, '-', '_' and '.', at most 64 of them")


def _names(draft: Draft) -> Iterator[Finding]:
    for name in sorted(draft.names["service"]):
        if not _FILE_NAME.fullmatch(name):
            yield _bad_name(("services", name), name)
    for mention in draft.mentions:
        if mention.kind in _TABLES and mention.value not in draft.names[mention.kind]:
            known = draft.names[mention.kind]
            hint = nearest(mention.value, known) or f"the plan has no [{_TABLES[mention.kind]}]"
            yield Finding(mention.path, f"unknown {mention.kind} '{mention.value}'", hint)


def _services(draft: Draft) -> Iterator[Finding]:
    for name, service in draft.services.items():
        here = ("services", name)
        ready = service.ready
        ways = [way for way, given in (("http", ready.http), ("tcp", ready.tcp), ("log", ready.log)) if given]
        if not ways:
            yield Finding(
                (*here, "ready"), "says no way to see that it is ready", 'give one of http = "/path", tcp, log'
            )
        elif len(ways) > 1:
            yield Finding((*here, "ready"), f"says {len(ways)} ways to be ready: {', '.join(ways)}", "keep one")
        elif draft.has_no_port(name) and ways != ["log"]:
            yield Finding(
                (*here, "ready"),
                f"{ways[0]} needs a port, and '{name}' has none",
                'give a port, or ready = { log = "…" }',
            )
        if ready.http is not None and not _URL_PATH.fullmatch(ready.http):
            yield Finding((*here, "ready", "http"), f"'{ready.http}' is not a path", 'begin it with "/"')
        if service.managed and not service.exec:
            yield Finding((*here, "exec"), f"'{name}' has nothing to run", "give exec, or managed = false")
        if not service.managed and draft.has_no_port(name):
            yield Finding(here, f"'{name}' is not managed and has no port to find it by", "give its port")
        for key in service.env:
            if not _ENVIRONMENT_NAME.fullmatch(key):
                yield Finding(
                    (*here, "env", key),
                    f"'{key}' cannot name an environment variable",
                    "use letters, digits and '_', not a digit first",
                )


def _ports(draft: Draft) -> Iterator[Finding]:
    holders: dict[int, str] = {}
    for name, service in draft.services.items():
        if service.port is None:
            continue
        path = ("services", name, "port")
        holder = holders.setdefault(service.port, name)
        if holder != name:
            yield Finding(path, f"port {service.port} is that of '{holder}' as well", "give each service its own port")
        if not 1 <= service.port + draft.port_offset <= 65535:
            yield Finding(
                path,
                f"port {service.port} shifted by {draft.port_offset} is not between 1 and 65535",
                "choose another port offset",
            )


def _endpoints(draft: Draft) -> Iterator[Finding]:
    for name, endpoint in draft.endpoints.items():
        path = ("endpoints", name)
        if draft.has_no_port(endpoint.service):
            yield Finding((*path, "service"), f"'{endpoint.service}' has no port to ask", "give the service a port")
        request = endpoint.request
        if (request.get is None) == (request.post is None):
            found = "neither" if request.get is None else "both"
            yield Finding((*path, "request"), f"needs one of get and post, has {found}", 'such as { get = "/health" }')
        for key, place in (("get", request.get), ("post", request.post)):
            if place is not None and not _URL_PATH.fullmatch(place):
                yield Finding((*path, "request", key), f"'{place}' is not a path", 'begin it with "/", without spaces')


def _phases(draft: Draft) -> Iterator[Finding]:
    taken: set[int] = set()
    for mention in draft.mentions:
        if mention.kind == "phase-number":
            if mention.value in taken:
                yield Finding(mention.path, f"another phase is number {mention.value} as well", "number them apart")
            taken.add(mention.value)


def _cycles(draft: Draft) -> Iterator[Finding]:
    needs = {name: service.needs for name, service in draft.services.items()}
    for cycle in find_cycles(needs):
        yield Finding(
            ("services", cycle[0], "needs"), f"a cycle: {' needs '.join(cycle)}", "one of them must start first"
        )
    chains: dict[str, list[str]] = {name: [] for name in draft.gates}
    for mention in draft.mentions:
        if mention.kind == "gate" and mention.path[0] == "gates":
            chains.setdefault(str(mention.path[1]), []).append(mention.value)
    for cycle in find_cycles(chains):
        yield Finding(("gates", cycle[0], "check"), f"refers to itself: {' → '.join(cycle)}", "check something else")


def find_cycles(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield cycles of `graph` (node -> its successors), the first node again at the end; at least one a loop."""
    done: set[str] = set()
    for start in graph:
        trail: list[str] = []
        on_trail: set[str] = set()
        pending = [iter((start,))]
        while pending:
            node = next(pending[-1], None)
            if node is None:
                pending.pop()
                if trail:
                    done.add(trail[-1])
                    on_trail.discard(trail.pop())
            elif node in on_trail:
                yield [*trail[trail.index(node) :], node]
            elif node not in done:
                trail.append(node)
                on_trail.add(node)
                pending.append(iter(graph.get(node, ())))


def _placeholders(draft: Draft, mention: Mention) -> Iterator[Finding]:
    own = str(mention.path[1]) if mention.path[0] == "services" else None
    for word, argument in placeholders(mention.value):
        shown = f"{{{word}}}" if argument is None else f"{{{word}:{argument}}}"
        if word not in PLACEHOLDERS or (argument is not None and word != "port"):
            hint = nearest(word, PLACEHOLDERS) + f"; write {{{shown}}} for the text itself"
            yield Finding(mention.path, f"unknown placeholder {shown}", hint)
        elif own is None and argument is None and word == "port":
            yield Finding(mention.path, f"{shown} belongs to a service, and this is none", "write {port:NAME}")
        elif word == "port":
            name = argument if argument is not None else own
            if name not in draft.names["service"]:
                yield Finding(
                    mention.path, f"unknown service '{name}' in {shown}", nearest(name or "", draft.names["service"])
                )
            elif draft.has_no_port(name or ""):
                yield Finding(mention.path, f"'{name}' has no port for {shown}", "give it a port")


def _command(draft: Draft, mention: Mention) -> Iterator[Finding]:
    if not mention.value:
        if mention.path[0] != "services":
            yield Finding(mention.path, "there is nothing to run", "name a program")
        return
    service = draft.services.get(str(mention.path[1])) if mention.path[0] == "services" else None
    if service is not None and not service.managed:
        return  # it runs already, and is never started here
    path = (*mention.path, 0)
    program: str = mention.value[0].replace("{root}", draft.root)
    if any(True for _ in placeholders(program)):
        return
    if "/" not in program:
        search = service.env.get("PATH") if service is not None else None
        if not program or shutil.which(program, path=search) is None:
            beside = _is_program(Path(draft.root, program)) if program else False
            hint = f"write './{program}' for the one in the root" if beside else "install it, or give its path"
            yield Finding(path, f"there is no program '{program}' on PATH", hint)
        return
    file = Path(draft.root, program)
    brought = any(one.kind == "target-file" and matches(one.value, os.path.normpath(program)) for one in draft.mentions)
    if _is_program(file) or brought:
        return
    if file.is_file():
        yield Finding(path, f"'{program}' is not executable", f"chmod +x {program}")
    else:
        yield Finding(path, f"there is no program '{program}'", "a path is relative to the plan's folder")


def _is_program(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.stat().st_mode) and os.access(file, os.X_OK)
    except (OSError, ValueError):  # no such file, or a name that no file can have
        return False


def _glob(draft: Draft, mention: Mention) -> Iterator[Finding]:
    pattern: str = mention.value
    if pattern.startswith("/") or ".." in pattern.split("/"):
        yield Finding(mention.path, f"'{pattern}' leads out of the plan's folder", "give a path relative to it")
    elif mention.kind == "file" and not matches_some_file(pattern, draft.root):
        yield Finding(mention.path, f"'{pattern}' matches no file", "a path is relative to the plan's folder")
