"""Work that must not be left half done: whoever waits for it may be cancelled, it goes on to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def see_through(work: Coroutine[Any, Any, _T], hurry: Callable[[], object] = lambda: None) -> _T:
    """Carry `work` to its end, however often this is cancelled meanwhile; the cancellation follows then.

    `hurry` is called when that happens, to have the work come to its end soon.
    """
    task = asyncio.ensure_future(work)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
            hurry()
    result = task.result()
    if is_cancelled:
        raise asyncio.CancelledError
    return result


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run `function` in a thread and return only when it has: a thread cannot be cancelled, and would act on alone."""
    return await see_through(asyncio.to_thread(function, *args, **kwargs))


async def cancel(task: asyncio.Task[None]) -> None:
    """Cancel `task` and wait for its end; a fault of its own is raised."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise
