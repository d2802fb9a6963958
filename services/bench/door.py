"""How long a person waits at the HTTP door: petitions in the clear, each on a connection of many, at a steady rate."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

import httpx
from xinfang_contracts.district import District
from xinfang_contracts.message import Form

from services.installation import Installation, new_id

from .latency import percentile
from .mix import text_of

PER_SECOND = 200
CONNECTIONS = 64


class NotTaken(Exception):
    """Some petitions were not answered with a number; the text counts the answers by status."""


@dataclass(frozen=True)
class DoorResult:
    """petitions handed in, a second; and milliseconds until the answer, which comes after the commit."""

    petitions: int
    per_s: float
    p50_ms: float
    p99_ms: float


async def measure(installation: Installation, district: District, seconds: float) -> DoorResult:
    """Hand in PER_SECOND petitions a second, whether or not the earlier ones are answered."""
    channel = next(one.code for one in district.channels if one.form is Form.NET and one.partner is None)
    base = f"http://127.0.0.1:{installation.running['intake'].port}"
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    waited: list[float] = []
    statuses: Counter[int] = Counter()

    async def hand_in(client: httpx.AsyncClient, serial: int, due: float) -> None:
        body = {"channel": channel, "text": text_of(serial)}
        answer = await client.post(
            f"/v1/{district.code}/petitions", json=body, headers={"Idempotency-Key": f"door-{new_id()}"}
        )
        # From when it was due, not from when it was sent: a sender that falls behind would hide the wait.
        waited.append((time.perf_counter() - due) * 1000)
        statuses[answer.status_code] += 1

    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=30) as client:
        await client.get("/livez")
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for serial in range(round(PER_SECOND * seconds)):
                due = started + serial / PER_SECOND
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(hand_in(client, serial, due))
        took = time.perf_counter() - started
    if set(statuses) != {201}:
        raise NotTaken(str(dict(statuses)))
    return DoorResult(
        petitions=len(waited),
        per_s=round(len(waited) / took, 1),
        p50_ms=round(percentile(waited, 50), 2),
        p99_ms=round(percentile(waited, 99), 2),
    )
