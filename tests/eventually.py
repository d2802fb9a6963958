"""Waiting without sleeping a fixed time: ask again until the answer is true, or fail with the last one."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")
_POLL_SECONDS = 0.02


@overload
async def eventually(check: Callable[[], Awaitable[T]], *, seconds: float = 10) -> T: ...


@overload
async def eventually(check: Callable[[], T], *, seconds: float = 10) -> T: ...


async def eventually(check: Callable[[], object], *, seconds: float = 10) -> object:
    """The first truthy value of `check`, sync or async; AssertionError with its last value after `seconds`.

    An exception raised by `check` ends the waiting at once: what may fail on the way is the check's to catch.
    """
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        answer = check()
        if inspect.isawaitable(answer):
            try:
                last = await asyncio.wait_for(answer, deadline - time.monotonic())
            except TimeoutError:
                break
        else:
            last = answer
        if last:
            return last
        await asyncio.sleep(_POLL_SECONDS)
    raise AssertionError(f"not within {seconds:g} s; last value: {last!r}")


def eventually_sync(check: Callable[[], T], *, seconds: float = 10) -> T:
    """The same where no event loop runs."""
    deadline = time.monotonic() + seconds
    last: T | None = None
    while time.monotonic() < deadline:
        if last := check():
            return last
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"not within {seconds:g} s; last value: {last!r}")
