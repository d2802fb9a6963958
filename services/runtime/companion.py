"""What lives beside the rounds of a service: begun, ended, asked how it is; most do one turn after another."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from .log import failure, place

log = structlog.get_logger()


class Companion(Protocol):
    """Something that lives beside the rounds, as the metrics publisher does."""

    def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End."""

    def wrong(self) -> list[str]:
        """What keeps it from doing its work, in words for an operator; empty when all is well."""


Turn = Callable[[], Awaitable[bool]]
"""One piece of work; whether there may be more of it at once."""


class Turns:
    """A companion that does one turn after another, and rests when there is nothing to do.

    A turn must be safe to break off and to repeat: the process may die in it, and other replicas have the same. One
    that fails is logged under the companion's name and tried again after a rest; it keeps nobody from the rounds.
    """

    def __init__(self, name: str, turn: Turn, rest_seconds: float) -> None:
        self._name = name
        self._turn = turn
        self._rest = rest_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is in hand is taken up by whoever runs next."""
        # A cancellation that meets a connection attempt can be lost (``wait_for`` of Python 3.11): asked again.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.2)

    def wrong(self) -> list[str]:
        """Whatever it lacks, it lacks for a while only."""
        return []

    async def _run(self) -> None:
        while True:
            try:
                is_busy = await self._turn()
            except Exception as error:  # noqa: BLE001 - nothing is lost: what was to be done is still there
                log.warning("companion.stumbled", companion=self._name, error=failure(error), at=place(error))
                is_busy = False
            if not is_busy:
                await asyncio.sleep(self._rest)
