"""The extension that operations.md shows works as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w

from tests.architecture.documents import blocks
from tests.architecture.sources import ROOT

PLAN = {
    "system": {"name": "small"},
    "phases": [
        {"title": "Look", "actions": [{"list-services": True}], "criteria": [{"disk-free": {"least": "1KB"}}]},
        {
            "title": "Ask too much",
            "actions": [{"list-services": True}],
            "criteria": [{"disk-free": {"least": "900TB"}}],
        },
    ],
}


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the two files of the document and install them into a folder of their own."""
    source = tmp_path_factory.mktemp("disk-check")
    shown = [one for one in blocks(ROOT / "docs" / "operations.md") if one.language in {"toml", "python"}]
    (manifest,) = (one.text for one in shown if one.language == "toml")
    (module,) = (one.text for one in shown if one.language == "python")
    (source / "pyproject.toml").write_text(manifest, encoding="utf-8")
    (source / "disk_check.py").write_text(module, encoding="utf-8")
    site = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--target", str(site), str(source)],
        env=os.environ | {"PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return site


def test_the_documented_extension_is_used(extension: Path, tmp_path: Path) -> None:
    """A plan may name its check, and it judges: one phase passes by it, the next one fails."""
    plan = tmp_path / "aurora.toml"
    plan.write_text(tomli_w.dumps(PLAN), encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "begin"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True, timeout=60)

    def console(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aurora_console", *arguments],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(extension)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert "no problems" in console("check").stdout
    assert console("trust", "--yes").returncode == 0
    first = console("run", "--headless", "--approve", "all", "--until", "1")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "at least 1.0 K free: pass" in first.stdout
    second = console("run", "--headless", "--approve", "all")
    assert second.returncode == 1, second.stdout + second.stderr
    assert "wanted 900 T" in second.stdout
