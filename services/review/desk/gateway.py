"""From the desk to the services' doors, with the person's own token: what it may not, the desk may not either."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What a door said."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Its body."""
        return httpx.Response(self.status, content=self.body).json()


class Away(Exception):
    """The service does not answer, or is not set up here."""


class Gateway:
    """service -> a client of its doors. ``own``: of review's, in this process, entered the same way."""

    def __init__(self, places: Mapping[str, str | None], own: httpx.AsyncClient) -> None:
        self._clients = {
            service: httpx.AsyncClient(base_url=place, timeout=SECONDS) for service, place in places.items() if place
        }
        self._clients["review"] = own

    async def post(self, service: str, path: str, token: str, body: bytes, key: str | None = None) -> Answered:
        """Hand something in; Away when nobody is there."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self._ask(service, "POST", path, headers, body)

    async def get(self, service: str, path: str, token: str) -> Answered:
        """Ask for something."""
        return await self._ask(service, "GET", path, {"Authorization": f"Bearer {token}"}, b"")

    async def _ask(self, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
        client = self._clients.get(service)
        if client is None:
            raise Away
        try:
            answer = await client.request(method, path, headers=dict(headers), content=body)
        except httpx.HTTPError:
            raise Away from None
        return Answered(answer.status_code, answer.content)
