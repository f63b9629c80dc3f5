"""Keys as a user writes them, and commands with a user's own keys in place of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character

from aurora_console.commands.command import Command
from aurora_console.config import ConfigError
from aurora_console.plan.problems import nearest
from aurora_console.text import clean

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "backspace": "Bksp",
    "delete": "Del",
}
_TAKEN = {
    "ctrl+c": "the wish to leave",
    "ctrl+q": "the wish to leave",
    "ctrl+z": "the shell",
    "enter": "what is selected",
    "tab": "the next list",
    "shift+tab": "the list before",
}
_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<"))


def key_named(written: str) -> str:
    """Return Textual's name of a key written as `a`, `?`, `^x`, `ctrl+x`, `f5` or `pageup`.

    Raises ConfigError when there is no such key.
    """
    key = written
    if len(key) == 1:
        # There is no public way from a character to the name that Textual gives its key.
        key = _character_to_key(key)
    elif key.startswith("^") and len(key) == 2:
        key = f"ctrl+{key[1].lower()}"
    elif character_of(key) is None and key not in _NAMED:
        raise ConfigError(f"[keys]: there is no key '{clean(written, 40)}'", nearest(written, _NAMED))
    return key


def shown(key: str) -> str:
    """Return a key, named as Textual does, as it is shown: `?`, `^x`, `Esc`, `F5`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"^{shown(key.removeprefix('ctrl+'))}"
    character = character_of(key)
    if character is not None:
        return character
    return key.capitalize()


def character_of(key: str) -> str | None:
    """Return what a key types; None for one that types nothing to be seen."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character if character is not None and character.isprintable() and character != " " else None


def is_deliberate(key: str) -> bool:
    """Tell whether a key is hard to press by a slip: a capital, or one with a modifier or name of its own."""
    character = character_of(key)
    return character is None or (character.isalpha() and character.isupper())


def remapped(commands: Sequence[Command], wanted: Mapping[str, str | tuple[str, ...]]) -> tuple[Command, ...]:
    """Return the commands with the `wanted` keys, by command id.

    Raises ConfigError for an unknown command or key, for a key that two commands of a panel would have, and for an
    easy key on what changes the system at once.
    """
    known = {command.id for command in commands}
    for id_ in wanted:
        if id_ not in known:
            raise ConfigError(f"[keys]: there is no command '{clean(id_, 60)}'", nearest(id_, known))
    result = tuple(_with_keys(one, wanted[one.id]) if one.id in wanted else one for one in commands)
    _refuse_conflicts(commands, result)
    return result


def _with_keys(command: Command, written: str | tuple[str, ...]) -> Command:
    keys = tuple(dict.fromkeys(key_named(one) for one in ((written,) if isinstance(written, str) else written)))
    if not keys:
        raise ConfigError(f"[keys]: {command.id} has no key", f"leave the line out, and it keeps {command.shown_key}")
    for key in keys:
        if key in _TAKEN and key not in command.keys:
            raise ConfigError(
                f"[keys]: '{shown(key)}' cannot be given to {command.id}", f"it stands for {_TAKEN[key]} everywhere"
            )
        if command.acts_at_once and not is_deliberate(key):
            raise ConfigError(
                f"[keys]: {command.id} changes the system at once, and '{shown(key)}' is pressed too easily",
                "give it a capital, a key with ctrl, or a function key",
            )
    return replace(command, keys=keys, shown_key=shown(keys[0]))


def _refuse_conflicts(declared: Sequence[Command], result: Sequence[Command]) -> None:
    """Refuse a key that two commands of a panel have, unless they share it as declared: those never apply together."""
    as_declared = {command.id: set(command.keys) for command in declared}
    for one, other in combinations(result, 2):
        if one.on is not None and other.on is not None and one.on != other.on:
            continue
        if as_declared[one.id] & as_declared[other.id]:
            continue
        both = set(one.keys) & set(other.keys)
        if both:
            where = f" on {one.on or other.on}" if one.on or other.on else ""
            raise ConfigError(
                f"[keys]: {one.id} and {other.id} would both have '{shown(min(both))}'{where}",
                f"give one of them another key: `aurora-console keys` lists all ({one.id}: {one.title}; "
                f"{other.id}: {other.title})",
            )
