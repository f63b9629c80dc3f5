"""What a path's name alone tells: whether a glob means it, whether it usually holds a secret."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from aurora_console.plan.globs import matches

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
    """Return those of `paths` that a glob matches, in order, as the plan's check reads globs."""
    patterns = tuple(globs)
    return tuple(path for path in paths if any(matches(pattern, path) for pattern in patterns))
