"""Ending tasks for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancel until all have ended, not once.

    Before Python 3.12 ``wait_for`` loses a cancellation that comes together with its result. A NATS client that
    reconnects for ever then went on for ever, and its service with it, when broker and service were stopped at once.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)


async def end_all_others() -> None:
    """Every task of this loop but the one that asks."""
    await end(asyncio.all_tasks() - {asyncio.current_task()})
