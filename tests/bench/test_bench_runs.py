import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_figure_is_measured_and_kept_with_its_method(tmp_path: Path) -> None:
    """The quickest one, once: a table with its peers, and a document that tells how. No figure is judged."""
    kept = tmp_path / "bench.md"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "journal", "--repetitions", "1", "--write", str(kept)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.count("| durable appends |") == 2
    assert "fsync of a file" in done.stdout
    assert "## The journal" in kept.read_text()
    assert "Machine: " in kept.read_text()


def test_an_unknown_figure_is_named() -> None:
    """And so are those that there are."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "speed"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert "no figure speed; there are first_paint, " in done.stderr
