"""A task that loses a cancellation is ended all the same."""

import asyncio
import contextlib

import pytest

from services.runtime.ending import end


@pytest.mark.parametrize("lost", [0, 1, 3])
async def test_a_task_that_loses_cancellations_is_cancelled_until_it_has_ended(lost: int) -> None:
    began = asyncio.Event()

    async def stubborn() -> None:
        began.set()
        for _ in range(lost):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await began.wait()
    async with asyncio.timeout(30):
        await end([task])
    assert task.cancelled()
