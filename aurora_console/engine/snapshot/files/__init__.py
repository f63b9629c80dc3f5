"""Files of a work tree: told apart by name, recorded, copied out, added and taken away again.

Paths are relative to the root, with `/` between parts. No link is followed, neither at a path nor on the way to it.
"""

from aurora_console.engine.snapshot.files.copies import copy_out, write_private
from aurora_console.engine.snapshot.files.names import looks_secret, match
from aurora_console.engine.snapshot.files.placing import (
    Removal,
    missing_parents,
    remove_created,
    remove_empty_directory,
    write_new,
)
from aurora_console.engine.snapshot.files.records import Difference, differences, manifest, record, work_tree_paths

__all__ = [
    "Difference",
    "Removal",
    "copy_out",
    "differences",
    "looks_secret",
    "manifest",
    "match",
    "missing_parents",
    "record",
    "remove_created",
    "remove_empty_directory",
    "work_tree_paths",
    "write_new",
    "write_private",
]
