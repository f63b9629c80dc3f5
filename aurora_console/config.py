"""What a user has chosen for every console of theirs: keys, colours, how loud an incident is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from aurora_console.errors import AuroraError
from aurora_console.plan.problems import nearest
from aurora_console.text import clean

ThemeName = Literal["dark", "light", "high-contrast", "monochrome", "ascii"]
THEMES: tuple[ThemeName, ...] = get_args(ThemeName)


class ConfigError(AuroraError):
    """The configuration cannot be used as it is."""


class ThemeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """`[theme]`."""

    name: ThemeName = "dark"


class IncidentNotice(msgspec.Struct, frozen=True, kw_only=True):
    """`[incident]`: what a console does, once, when an incident opens."""

    bell: bool = True
    notification: bool = True
    """Whether the terminal is asked to notify its user (OSC 9); terminals that cannot do it ignore that."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    keys: dict[str, str | tuple[str, ...]] = {}
    """Command -> its key, or its keys of which the first one is shown. The registry checks both."""
    theme: ThemeChoice = ThemeChoice()
    incident: IncidentNotice = IncidentNotice()


def config_path() -> Path:
    """Return where this user's configuration is, whether there is one or not."""
    from platformdirs import user_config_path  # noqa: PLC0415  slow to import

    return user_config_path("aurora-console", appauthor=False) / "config.toml"


def load_config(path: Path | None = None) -> Config:
    """Return the configuration at `path` (None for the user's own), the defaults where there is none.

    Raises ConfigError, which names the file and the key.
    """
    path = path or config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}", "mend it, or move it away") from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "that is no TOML: mend the place") from error
    _refuse_unknown(found, path)
    try:
        return msgspec.convert(found, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {clean(str(error))}", _advice(found)) from error


def _refuse_unknown(found: dict[str, Any], path: Path) -> None:
    """Raise ConfigError for a table or key that means nothing: it is a slip, not a wish to be passed over."""
    known = {"theme": ThemeChoice, "incident": IncidentNotice}
    for table, values in found.items():
        if table not in Config.__struct_fields__:
            raise ConfigError(f"{path}: unknown key '{clean(table)}'", nearest(table, Config.__struct_fields__))
        if table not in known or not isinstance(values, dict):
            continue
        fields = known[table].__struct_fields__
        for key in values:
            if key not in fields:
                raise ConfigError(f"{path}: unknown key '{clean(f'{table}.{key}')}'", nearest(key, fields))


def _advice(found: dict[str, Any]) -> str:
    theme = found.get("theme")
    name = theme.get("name") if isinstance(theme, dict) else None
    if isinstance(name, str) and name not in THEMES:
        return nearest(name, THEMES)
    return "see `aurora-console keys --write` for an example with every key"
