"""What a path's name alone tells: whether a glob means it, whether it usually holds a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

_SECRET_NAMES = (
    ".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdb", "*.kdbx", "*.ppk",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".npmrc", ".pypirc",
    ".git-credentials", "credentials*", "*credentials.json", "secret.*", "secrets.*", "service-account*.json",
    "*.tfstate", "*.ovpn",
)  # fmt: skip
_SECRET_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".kube", "secrets"})
_NOT_SECRET = ("*.example", "*.sample", "*.template", "*.dist", "*.pub")


def looks_secret(path: str) -> bool:
    """Say whether a file of this name usually holds a key or password."""
    *folders, name = path.lower().split("/")
    if any(fnmatchcase(name, pattern) for pattern in _NOT_SECRET):
        return False
    return not _SECRET_FOLDERS.isdisjoint(folders) or any(fnmatchcase(name, pattern) for pattern in _SECRET_NAMES)


def match(globs: Iterable[str], paths: Iterable[str]) -> tuple[str, ...]:
    """Return those of `paths` that a glob matches, in order.

    `*` and `?` stay within one part, `**` spans any number of folders, `folder/` means `folder/**`; a glob without `/`
    matches at the top level only.
    """
    patterns = [_pattern(glob) for glob in globs]
    return tuple(path for path in paths if any(pattern.fullmatch(path) for pattern in patterns))


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    if glob.endswith("/"):
        glob += "**"
    parts = glob.split("/")
    written = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "**":
            written += ".+" if last else "(?:[^/]+/)*"
        else:
            written += _part_pattern(part) + ("" if last else "/")
    return re.compile(written, re.DOTALL)


def _part_pattern(part: str) -> str:
    """Translate one part: `*`, `?` and `[...]` never match `/`."""
    written, rest = "", part
    while rest:
        character, rest = rest[0], rest[1:]
        if character == "*":
            written += "[^/]*"
        elif character == "?":
            written += "[^/]"
        elif character == "[" and (found := re.match(r"([!^]?)(\]?[^\]]*)\]", rest)):
            negated = "^/" if found[1] else ""
            written += f"[{negated}{found[2].replace(chr(92), chr(92) * 2).replace('[', chr(92) + '[')}]"
            rest = rest[found.end() :]
        else:
            written += re.escape(character)
    return written
