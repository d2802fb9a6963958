"""What a tick finds due, on a real database: worked off in pages, and never without end."""

from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import nats
from joserfc.jwk import OKPKey
from xinfang_contracts.registry import Entry, Kind, Stream, clock_subject

from services.routing.expiring import CaseDue
from services.runtime.deadletters import Cemetery
from services.runtime.inbox import Connection
from services.runtime.incoming import Delivery, Incoming, own_message
from services.runtime.round import Rounds
from services.runtime.rules import Step
from services.runtime.service import Due, Service
from tests.eventually import eventually
from tests.rules.given import NOW, YANFENG

CASE_DUE = Entry(Kind.CLOCK, "routing", CaseDue)


@dataclass
class Settled:
    """How the broker was told of a tick."""

    retried: list[float] = field(default_factory=list)
    acknowledged: int = 0

    def acknowledgement(self) -> bytes:
        self.acknowledged += 1
        return b"PING\r\n"

    def retry(self, seconds: float) -> None:
        self.retried.append(seconds)

    def term(self) -> None:
        raise AssertionError("a tick that failed once is not given up")


def due_of(*pages: list[str]) -> Due:
    """What falls due at each look; the last page at every look after that."""
    left = list(pages)

    async def due(_: Connection, district: str, now: datetime, limit: int) -> list[Incoming]:
        page = left.pop(0) if len(left) > 1 else left[0]
        return [own_message("routing", district, CASE_DUE, CaseDue(petition=one), one, now) for one in page]

    return due


def numbers(first: int, count: int) -> list[str]:
    return [f"{YANFENG.code}-2023-{number:06d}" for number in range(first, first + count)]


async def ticked(database: str, nats_url: str, due: Due) -> tuple[Settled, int]:
    """One tick, with a rule that changes nothing: how it was settled, and how many messages became known."""
    service = Service(
        name="routing",
        due=due,
        own_handlers={CASE_DUE.type: lambda message: Step(None, lambda *_, now: [])},
    )
    client = await nats.connect(nats_url)
    async with asyncpg.create_pool(database, min_size=1) as pool:
        vault = OKPKey.generate_key("X25519")
        cemetery = Cemetery("routing", lambda: client, vault)
        rounds = Rounds(service, pool, lambda: client, {YANFENG.code: YANFENG}, cemetery)
        rounds.start()
        settled = Settled()
        rounds.offer(
            Delivery(
                clock_subject(YANFENG.code, "day"), {}, b"{}", Stream.CLOCK, 1, deliveries=1, at=NOW, settling=settled
            )
        )
        await eventually(lambda: settled.retried or settled.acknowledged)
        assert rounds.is_running
        await rounds.stop()
        known: int = await pool.fetchval("SELECT count(*) FROM routing.inbox")
    await client.close()
    return settled, known - 1  # the tick is known too


async def test_what_is_due_is_worked_off_page_by_page_and_the_tick_acknowledged(database: str, nats_url: str) -> None:
    settled, known = await ticked(database, nats_url, due_of(numbers(1, 3), numbers(3, 3), []))
    assert (settled.acknowledged, settled.retried, known) == (1, [], 5)


async def test_what_stays_due_ends_the_tick_for_now_and_keeps_the_service_from_nothing(
    database: str, nats_url: str
) -> None:
    settled, known = await ticked(database, nats_url, due_of(numbers(1, 3)))
    assert (settled.acknowledged, len(settled.retried), known) == (0, 1, 3)


async def test_what_comes_back_among_others_page_after_page_ends_too(database: str, nats_url: str) -> None:
    """The same two in turn: no page is like the one before, and still nothing moves."""
    one, other = numbers(1, 1), numbers(2, 1)
    settled, known = await ticked(database, nats_url, due_of(one, other, one))
    assert (settled.acknowledged, len(settled.retried), known) == (0, 1, 2)
