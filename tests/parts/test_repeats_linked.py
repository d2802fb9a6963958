"""Repeats and their cases over the broker: who is told and may read, when two cases become one, and no round waits for
another that waits for it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Entry
from xinfang_contracts.repeats import ConfirmRepeat
from xinfang_contracts.sealed import SealPetition
from xinfang_contracts.vault import DocumentRead

from services.installation import Installation
from services.intake import app
from services.runtime.incoming import Incoming, own_message
from tests.eventually import eventually
from tests.flows.outside import DISTRICT, tick
from tests.parts.test_screening import counted, state_of, statuses, told
from tests.parts.vaulted import OFFICE, SCREEN, STRANGER, UNIT, WORDS, deposited, handed_in, read, said

CONFIRM, OTHER_UNIT = "intake.confirm_repeat.v1", "unit_430406002"


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


async def accept(installation: Installation, petition: str, unit: str = UNIT, **more: Any) -> None:
    """Make it a case of a unit, and wait until intake knows."""
    decision = {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": True}
    await said(installation, OFFICE, SCREEN, petition=petition, decision=decision | {"responsible_unit": unit} | more)

    async def has_unit() -> bool:
        return (await state_of(installation, petition)).get("unit") == unit

    await eventually(has_unit)


async def keep(installation: Installation, petition: str, of: str) -> None:
    decision = {"kind": "keep_on_file", "basis": "规则14", "repeat_of": of}
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)
    assert type_ == "intake.petition_kept_on_file.v1"


async def may_read(installation: Installation, unit: str, petition: str) -> bool:
    return isinstance(await read(installation, unit, petition), DocumentRead)


async def test_a_repeat_kept_on_file_before_its_case_is_assigned_is_told_to_whoever_is_given_the_case(
    installation: Installation,
) -> None:
    first, again = await handed_in(installation), await handed_in(installation)
    before = await counted(installation, "repeats")
    await keep(installation, again, first)
    assert not await told(installation, UNIT, "repeat_linked", first)
    assert await counted(installation, "repeats") == before + 1
    await accept(installation, first)
    assert await told(installation, UNIT, "repeat_linked", first) == [
        {"petition": first, "repeat": again, "unit": UNIT}
    ]
    assert not await told(installation, STRANGER, "repeat_linked", first)


async def test_only_whoever_has_the_case_reads_the_repeat_and_only_while_it_has_it(installation: Installation) -> None:
    first, again = await handed_in(installation), await handed_in(installation)
    await keep(installation, again, first)
    assert not await may_read(installation, UNIT, again)
    await accept(installation, first)
    assert [await may_read(installation, unit, again) for unit in (UNIT, OTHER_UNIT)] == [True, False]
    last = await handed_in(installation)
    await keep(installation, last, again)
    assert await may_read(installation, UNIT, last)
    await said(
        installation,
        "office_supervision_1",
        "intake.return_to_petition_office.v1",
        petition=first,
        ground="no_substance",
    )
    await said(installation, "leader_assist_1", "intake.approve_return.v1", petition=first)
    assert (await state_of(installation, first))["status"] == "registered"
    assert not await may_read(installation, UNIT, again)


async def test_one_accepted_as_a_repeat_is_told_to_the_earlier_case_and_goes_on_by_itself(
    installation: Installation,
) -> None:
    first, again = await handed_in(installation), await handed_in(installation)
    await accept(installation, first)
    await accept(installation, again, OTHER_UNIT, repeat_of=first)
    assert [one["repeat"] for one in await told(installation, UNIT, "repeat_linked", first)] == [again]
    assert await statuses(installation, again) == ("open", "awaiting")
    assert not await told(installation, OFFICE, "notice_due", again)


async def test_of_two_running_cases_the_later_goes_on_in_the_earlier(installation: Installation) -> None:
    first, again = await handed_in(installation), await handed_in(installation)
    await accept(installation, first)
    await accept(installation, again, OTHER_UNIT)
    _, record = await deposited(installation, again, WORDS, actor=OTHER_UNIT)
    counters = ("accepted", "assigned", "acceptance_notices_due", "kept_on_file", "repeats", "acceptances_joined")
    before = [await counted(installation, one) for one in counters]
    type_, joined = await said(installation, OFFICE, CONFIRM, petition=again, of=first)
    assert (type_, joined["into"]) == ("intake.petition_joined.v1", first)
    assert await told(installation, OTHER_UNIT, "case_withdrawn", again)
    assert await told(installation, UNIT, "repeat_linked", first)
    assert await statuses(installation, again) == ("withdrawn", "withdrawn")
    assert await statuses(installation, first) == ("open", "awaiting")
    changes = [await counted(installation, one) - there for one, there in zip(counters, before, strict=True)]
    assert changes == [-1, -1, -1, 1, 1, 1]
    assert not await may_read(installation, OTHER_UNIT, again)
    assert isinstance(await read(installation, UNIT, again, document=record["document"]["document"]), DocumentRead)


# -- locks -----------------------------------------------------------------------------------------------------------


def command(type_: str, message: Message) -> Incoming:
    """As the round gets it from the office."""
    entry: Entry = BY_TYPE[type_]
    incoming = own_message("intake", DISTRICT, entry, message, f"{type_}/{message}", datetime.now(UTC))
    incoming.actor = OFFICE
    return incoming


@asynccontextmanager
async def connections(installation: Installation, count: int) -> AsyncIterator[list[asyncpg.Connection]]:
    opened = [await asyncpg.connect(installation.postgres.url) for _ in range(count)]
    try:
        yield opened
    finally:
        await asyncio.gather(*(one.close() for one in opened))


LOCK = "SELECT 1 FROM intake.petitions WHERE petition = $1 FOR UPDATE NOWAIT"


async def test_a_round_that_seals_one_and_confirms_another_waits_for_the_first_before_it_locks_the_last(
    installation: Installation,
) -> None:
    """Else two such rounds could each have what the other waits for."""
    first, again, last = [await handed_in(installation) for _ in range(3)]
    messages = [
        command("intake.seal_petition.v1", SealPetition(petition=last, ground="own_leadership")),
        command(CONFIRM, ConfirmRepeat(petition=again, of=first)),
    ]
    service = app.make(installation.districts, installation.folder / "keys")
    assert service.open is not None
    async with connections(installation, 3) as (holder, round_, looker):
        waiting_for = "SELECT cardinality(pg_blocking_pids($1)) > 0"
        waiter = round_.get_server_pid()
        transaction = holder.transaction()
        await transaction.start()
        await holder.fetchval(LOCK, first)
        async with round_.transaction():
            opening = asyncio.ensure_future(service.open(round_, messages))
            await eventually(lambda: looker.fetchval(waiting_for, waiter))
            assert [await looker.fetchval(LOCK, one) for one in (again, last)] == [1, 1]
            await transaction.rollback()
            await opening
            for one in (first, again, last):
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await looker.fetchval(LOCK, one)
