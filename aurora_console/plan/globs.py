"""Globs over paths of the work tree: `*`, `?` and `[…]` within one part of a path, `**` over any number of parts."""

from __future__ import annotations

import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

_ENTRIES_LOOKED_AT: Final = 200_000
"""A search gives up after so many entries: a check must not take minutes on a huge tree."""


def matches(pattern: str, path: str) -> bool:
    """Tell whether `path` (relative, `/` between parts) matches `pattern`, or lies in a folder that does.

    So `templates`, `templates/` and `templates/**` all mean what lies in `templates`.
    """
    wanted = [part for part in pattern.split("/") if part not in {"", "."}]
    if wanted and wanted[-1] == "**":
        wanted[-1] = "*"
    # The places in the pattern where a match may have got to; a set of them cannot backtrack without end.
    places = _past_stars({0}, wanted)
    for name in path.split("/"):
        stay = {place for place in places if wanted[place : place + 1] == ["**"]}
        go_on = {place + 1 for place in places - stay if place < len(wanted) and fnmatchcase(name, wanted[place])}
        places = _past_stars(stay | go_on, wanted)
        if len(wanted) in places:
            return bool(wanted)
    return False


def _past_stars(places: set[int], wanted: list[str]) -> set[int]:
    reached = set(places)
    for place, part in enumerate(wanted):
        if part == "**" and place in reached:
            reached.add(place + 1)
    return reached


def matches_some_file(pattern: str, root: str) -> bool:
    """Tell whether a file or link below `root` matches `pattern`; `.git` is left aside.

    True as well where the tree is too large to be sure.
    """
    parts = pattern.split("/")
    signs = [place for place, part in enumerate(parts) if any(sign in part for sign in "*?[")]
    start = Path(root, *parts[: signs[0]] if signs else parts)
    try:
        if not stat.S_ISDIR(start.lstat().st_mode):
            return not signs
    except (OSError, ValueError):  # no such file, or a name that no file can have
        return False
    looked_at = 0
    for folder, folders, files in os.walk(start):
        links = [name for name in folders if Path(folder, name).is_symlink()]
        folders[:] = [name for name in folders if name != ".git"]
        inside = os.path.relpath(folder, root)
        if any(matches(pattern, name if inside == "." else f"{inside}/{name}") for name in [*files, *links]):
            return True
        looked_at += len(files) + len(folders)
        if looked_at > _ENTRIES_LOOKED_AT:
            return True
    return False
