from __future__ import annotations

from pathlib import Path

import pytest

from aurora_console.plan.globs import matches, matches_some_file


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("core.py", "core.py", True),
        ("core.py", "old/core.py", False),
        ("*.py", "core.py", True),
        ("*.py", "old/core.py", False),
        ("**/*.py", "core.py", True),
        ("**/*.py", "a/b/core.py", True),
        ("templates/**", "templates/a/b.html", True),
        ("templates/**", "templates", False),
        ("templates", "templates/a/b.html", True),
        ("templates/", "templates/a", True),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "b/z", False),
        ("a?.[ch]", "ab.c", True),
        ("**", "a", True),
        ("", "a", False),
    ],
)
def test_globs_match_whole_paths(pattern: str, path: str, expected: bool) -> None:
    """`*` stays within one part, `**` spans any number, a folder means what is in it."""
    assert matches(pattern, path) is expected


def test_a_hostile_glob_ends() -> None:
    """Stars do not multiply."""
    assert not matches("/".join(["**"] * 40 + ["x"]), "/".join(["a"] * 200))
    assert not matches("*a" * 30 + "b", "a" * 250)


def test_a_glob_finds_files_and_links_but_no_empty_folder(tmp_path: Path) -> None:
    """What matches must be something that can change."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "full" / "deep").mkdir(parents=True)
    (tmp_path / "full" / "deep" / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("")
    root = str(tmp_path)
    assert matches_some_file("full/**", root)
    assert matches_some_file("full", root)
    assert matches_some_file("**/file", root)
    assert matches_some_file("link", root)
    assert not matches_some_file("empty/**", root)
    assert not matches_some_file("**/HEAD", root)
    assert not matches_some_file("x" * 5000, root)
    assert not matches_some_file("a\0b", root)
