from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import msgspec

from aurora_console.engine.supervise import procfs
from aurora_console.engine.supervise.identity import boot_id, identify, is_running, members, scan, wait_exit

Until = Callable[[Callable[[], object]], None]

WAITS = "import signal; signal.pause()"

LEAVES_A_GRANDCHILD = """
    import os, signal, sys
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.pause()
        os._exit(0)
    os.wait()
    print("ready", flush=True)
    if sys.argv[1:] != ["and exits"]:
        signal.pause()
"""


def test_a_process_is_running_until_it_ends_even_if_nobody_reaps_it(services: Any, until: Until) -> None:
    """A zombie is not running: it answers nothing and holds nothing."""
    child, _ = services.start(WAITS)
    assert identify(child.process.pid) == child.process
    assert is_running(child.process)

    os.kill(child.process.pid, signal.SIGKILL)

    until(lambda: not is_running(child.process))
    zombie = procfs.read_stat(child.process.pid)
    assert zombie is not None
    assert zombie.state == "Z"
    assert identify(child.process.pid) is None


def test_a_later_process_of_the_same_number_is_another_one(services: Any) -> None:
    """Start time and boot are part of the identity."""
    child, launch = services.start(WAITS)
    earlier = msgspec.structs.replace(child.process, start_ticks=child.process.start_ticks - 1)
    other_boot = msgspec.structs.replace(child.process, boot_id="another")

    assert not is_running(earlier)
    assert not is_running(other_boot)
    assert members(earlier, "no such token") == []
    assert members(other_boot, "no such token") == []
    assert members(child.process, launch.token) == [child.process]


def test_no_process_is_identified_where_there_is_none() -> None:
    """A number beyond the kernel's range belongs to nobody."""
    assert identify(2**22 + 1) is None
    assert boot_id()


def test_a_name_with_brackets_and_spaces_does_not_shift_the_fields(services: Any, until: Until) -> None:
    """The program's name is under its own control; it must not be able to fake the rest."""
    child, _ = services.start("""
        import signal
        open("/proc/self/comm", "w").write(") Z 1 1 (")
        print("named", flush=True)
        signal.pause()
    """)
    until(lambda: b") Z 1 1 (" in procfs.read(child.process.pid, "comm"))

    stat = procfs.read_stat(child.process.pid)

    assert stat is not None
    assert (stat.session, stat.parent) == (child.process.pid, os.getpid())
    assert is_running(child.process)


def test_children_that_leave_the_session_are_still_members(services: Any, until: Until) -> None:
    """A grandchild in another session is known by its token."""
    child, launch = services.start(LEAVES_A_GRANDCHILD)

    until(lambda: len(members(child.process, launch.token)) == 2 and "ready" in launch.log.read_text())
    found = members(child.process, launch.token)

    assert found[0] == child.process
    assert os.getsid(found[1].pid) != child.process.pid


def test_a_service_is_found_by_its_token_alone(services: Any, until: Until) -> None:
    """A console that was killed before it recorded the leader leaves only the token that it had planned."""
    child, launch = services.start(WAITS)

    until(lambda: members(None, launch.token) == [child.process])
    assert members(None, launch.token[:-1]) == []
    assert members(None, "") == []


def test_members_are_found_when_their_leader_has_gone_and_their_environment_too(services: Any, until: Until) -> None:
    """Workers that overwrite or drop their environment are still in the session."""
    child, launch = services.start("""
        import os, sys
        if os.fork() == 0:
            os.execve(sys.executable, [sys.executable, "-S", "-c", "import signal; signal.pause()"], {})
    """)
    child.popen.wait(20)

    until(lambda: all(procfs.instance(process.pid) is None for process in members(child.process, launch.token)))
    [left] = members(child.process, launch.token)

    assert os.getsid(left.pid) == child.process.pid


def test_this_process_is_never_a_member() -> None:
    """Even a test's own session and environment do not make the console part of a service."""
    own = identify(os.getsid(0))
    token = procfs.instance(os.getpid()) or "none"
    assert os.getpid() not in {process.pid for process in members(own, token)}


def test_a_tree_is_a_process_and_its_descendants(services: Any, until: Until) -> None:
    """A service that was not started here has no token; its family is known by parenthood."""
    child, _ = services.start("""
        import subprocess, sys
        subprocess.run([sys.executable, "-S", "-c", "import signal; signal.pause()"])
    """)
    until(lambda: len(scan().tree(child.process)) == 2)
    assert scan().tree(msgspec.structs.replace(child.process, start_ticks=1)) == []


async def test_the_end_of_a_process_that_is_not_our_child_is_awaited(services: Any, until: Until) -> None:
    """An adopted service has another parent; its end is noticed all the same."""
    _, launch = services.start(LEAVES_A_GRANDCHILD)
    until(lambda: "ready" in launch.log.read_text())
    [grandchild] = members(None, launch.token)[1:]

    waiting = asyncio.create_task(wait_exit(grandchild))
    await asyncio.sleep(0)
    assert not waiting.done()
    os.kill(grandchild.pid, signal.SIGKILL)

    await asyncio.wait_for(waiting, 20)
    assert not is_running(grandchild)


async def test_waiting_can_be_given_up_and_leaves_no_descriptor(services: Any) -> None:
    """Cancellation closes what waiting opened; waiting for what is gone returns at once."""
    child, _ = services.start(WAITS)
    await wait_exit(msgspec.structs.replace(child.process, start_ticks=1))
    before = procfs.descriptor_count(os.getpid())

    waiting = asyncio.create_task(wait_exit(child.process))
    await asyncio.sleep(0)
    assert procfs.descriptor_count(os.getpid()) == before + 1
    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    assert procfs.descriptor_count(os.getpid()) == before


def test_the_modules_for_supervision_load_without_anything_heavy() -> None:
    """They are imported while the console starts."""
    heavy = "{'psutil', 'httpx', 'git', 'textual', 'rich'} & set(sys.modules)"
    modules = "identity, spawn, probe, stop, stats, breaker"
    code = f"import sys; from aurora_console.engine.supervise import {modules}; print({heavy})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
