from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aurora_console.errors import AuroraError
from aurora_console.logs.sink import open_sink, rolled, trim
from aurora_console.logs.tail import last_lines


def test_a_log_is_for_its_user_alone_and_appended_to(tmp_path: Path) -> None:
    """Also when somebody had made it readable before."""
    log = tmp_path / "logs" / "bridge" / "output.log"
    for text in (b"one\n", b"two\n"):
        descriptor = open_sink(log)
        os.write(descriptor, text)
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)
        log.chmod(0o644)
    os.close(open_sink(log))
    assert log.read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A link in its place is not followed either."""
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AuroraError, match=r"cannot write the log .*/log"):
        open_sink(tmp_path / "log")
    assert not (tmp_path / "elsewhere").exists()


def test_a_short_log_is_left_as_it_is(tmp_path: Path) -> None:
    """And one that is not there is no error."""
    log = tmp_path / "log"
    assert not trim(log, 10)
    log.write_bytes(b"0123456789")
    assert not trim(log, 10)
    assert log.read_bytes() == b"0123456789"


def test_trimming_keeps_the_last_whole_lines_aside(tmp_path: Path) -> None:
    """The older part is at most as long as the limit and starts with a line."""
    log = tmp_path / "log"
    log.write_bytes(b"".join(b"line %04d\n" % number for number in range(1000)))
    assert trim(log, 105)
    assert log.read_bytes() == b""
    assert rolled(log).read_bytes() == b"".join(b"line %04d\n" % number for number in range(990, 1000))
    assert stat.S_IMODE(rolled(log).stat().st_mode) == 0o600
    assert last_lines(log, 2) == ["line 0998", "line 0999"]


def test_trimming_a_log_without_line_ends_keeps_its_tail(tmp_path: Path) -> None:
    """There is no better place to cut."""
    log = tmp_path / "log"
    log.write_bytes(b"x" * 1000)
    assert trim(log, 100)
    assert rolled(log).read_bytes() == b"x" * 100


def test_a_long_log_is_trimmed_when_a_service_is_started(tmp_path: Path) -> None:
    """So that restarts alone keep it in bounds."""
    log = tmp_path / "log"
    log.write_bytes(b"old\n" * 100)
    os.close(open_sink(log, 40))
    assert log.read_bytes() == b""
    assert rolled(log).read_bytes() == b"old\n" * 10


def test_a_writer_goes_on_while_its_log_is_trimmed(tmp_path: Path) -> None:
    """It holds the file open, knows nothing of the trimming, and leaves no hole of zeros."""
    log = tmp_path / "log"
    sink = open_sink(log)
    code = "import os\nwhile True: os.write(1, b'a line of a talkative service\\n')"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=sink) as writer:
        os.close(sink)
        try:
            for _ in range(3):
                deadline = time.monotonic() + 20
                while log.stat().st_size < 20_000:
                    assert time.monotonic() < deadline
                assert trim(log, 10_000)
        finally:
            writer.kill()
    for part in (log, rolled(log)):
        assert set(part.read_text().splitlines()[:-1]) <= {"a line of a talkative service"}
