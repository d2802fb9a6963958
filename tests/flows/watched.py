"""A plain client that keeps what the server says against it."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats
from nats.aio.client import Client

from services.installation import Installation
from services.runtime.credentials import seed_file
from tests.eventually import eventually

REFUSAL_SECONDS = 5


@dataclass
class Watched:
    """A plain client and what the server has said against it."""

    client: Client
    said: list[str] = field(default_factory=list)

    async def may_publish(self, subjects: Iterable[str]) -> list[str]:
        """Which of these subjects the server does not refuse."""
        subjects = list(subjects)
        for subject in subjects:
            await self.client.publish(subject, b"{}", reply=self.client.new_inbox())
        return await self._not_refused("publish", subjects)

    async def may_hear(self, subjects: Iterable[str]) -> list[str]:
        """Which of these subjects the server does not refuse."""
        subjects = list(subjects)
        for subject in subjects:
            await self.client.subscribe(subject)
        return await self._not_refused("subscription", subjects)

    async def _not_refused(self, what: str, subjects: list[str]) -> list[str]:
        def left() -> list[str]:
            said = "\n".join(one for one in self.said if what in one)
            return [subject for subject in subjects if f'"{subject.lower()}"' not in said]

        # A flush proves nothing: nats-py's PING may overtake what it has not written yet.
        with contextlib.suppress(AssertionError):
            await eventually(lambda: not left(), seconds=REFUSAL_SECONDS)
        return left()


@asynccontextmanager
async def watched(installation: Installation, user: str) -> AsyncIterator[Watched]:
    """Connect as this user with nothing but its seed."""
    found = next(one for one in installation.users if one.name == user)
    errors: list[str] = []

    async def note(error: Exception) -> None:
        errors.append(str(error))

    client = await nats.connect(
        installation.nats.url,
        nkeys_seed=str(seed_file(installation.folder / "credentials", user)),
        inbox_prefix=found.inbox.encode(),
        error_cb=note,
    )
    yield Watched(client, errors)
    await client.close()
