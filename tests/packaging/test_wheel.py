"""The wheel is the product: it holds everything, and works where the repository is not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from aurora_console.reference.core import stop_core
from tests.architecture.sources import ROOT, project_files
from tests.demo import free_offset

PACKAGED = ("aurora_console", "screens", "state", "widgets")
HOSTILE = ("screens", "state", "widgets", "engine", "plan")
"""Names that a system under control may well have, and that rooms of ours have, too."""


class Installed(NamedTuple):
    """The console in an environment of its own, and a folder in which every import of a stranger leaves a trace."""

    program: Path
    elsewhere: Path
    trace: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `aurora-console` in the hostile folder, which is on PYTHONPATH as well."""
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.elsewhere,
            env=os.environ | {"PYTHONPATH": str(self.elsewhere)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing is left in the repository."""
    copy = tmp_path_factory.mktemp("source")
    for path in project_files():
        (copy / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    for name in PACKAGED[1:]:
        (copy / "aurora_console" / name).symlink_to(Path("..", name))
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", copy], capture_output=True, check=True, timeout=120
    )
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel into a new environment; its dependencies are those that are there, so no network is needed."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, env=os.environ | {"PIP_CONFIG_FILE": os.devnull}, capture_output=True, check=True, timeout=120)
    # A path file adds the folder alone: the .pth files in it, the editable install among them, are not read.
    own = Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    trace = elsewhere / "trace"
    for name in HOSTILE:
        (elsewhere / name).mkdir()
        words = f"open({str(trace)!r}, 'a').write({name!r})\n"
        (elsewhere / name / "__init__.py").write_text(words, encoding="utf-8")
    return Installed(environment / "bin" / "aurora-console", elsewhere, trace)


def test_everything_is_in_the_wheel(wheel: Path) -> None:
    """Every file of the package is there: code, styles, and the reference system with its dotfiles."""
    wanted = set()
    for path in project_files():
        if path.parts[0] in PACKAGED:
            wanted.add(path.as_posix() if path.parts[0] == PACKAGED[0] else f"{PACKAGED[0]}/{path.as_posix()}")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == wanted
    assert {
        "aurora_console/screens/cockpit.tcss",
        "aurora_console/reference/aurora.toml",
        "aurora_console/reference/current/.gitignore",
        "aurora_console/reference/current/templates/index.html",
    } <= held


def test_the_installed_console_is_the_wheels_own(installed: Installed) -> None:
    """What runs is what was installed, not the repository that these tests lie in."""
    python = installed.program.with_name("python")
    words = "import aurora_console.state; print(aurora_console.state.__file__)"
    found = subprocess.run([python, "-P", "-c", words], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.startswith(str(installed.program.parents[1]))


def test_the_installed_console_works_beside_hostile_modules(installed: Installed, tmp_path: Path) -> None:
    """It checks a plan and carries out a phase on the demo, and never imports a stranger's `state`."""
    assert installed.run("--version").stdout.startswith("aurora-console, version ")
    demo = str(tmp_path / "demo")
    offset = str(free_offset())
    try:
        ran = installed.run("demo", demo, "--headless", "--approve", "all", "--until", "1", "--port-offset", offset)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "phase 1 passed" in ran.stdout
        checked = installed.run("check", f"{demo}/aurora.toml")
        assert checked.returncode == 0, checked.stdout
        assert "core stopped" in installed.run("demo", demo, "--down").stdout
    finally:
        stop_core(Path(demo))
    assert not installed.trace.exists(), installed.trace.read_text(encoding="utf-8")


def test_the_trace_would_be_seen(installed: Installed) -> None:
    """The hostile modules do leave a trace where they are imported; the test above could fail."""
    python = installed.program.with_name("python")
    subprocess.run([python, "-c", "import state"], cwd=installed.elsewhere, check=True, timeout=60)
    assert installed.trace.read_text(encoding="utf-8") == "state"
    installed.trace.unlink()
