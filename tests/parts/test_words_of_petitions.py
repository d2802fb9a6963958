"""Words of receptions and mediations on a petition: kept, sealed and erased with it, and nowhere readable after."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.intake import PetitionSealed
from xinfang_contracts.registry import Stream
from xinfang_contracts.registry import fact as fact_entry
from xinfang_contracts.vault import DocumentRead, ItemDocumentRead, ReadRefused

from services.installation import Installation
from services.intake.vault.reapply import _page
from services.runtime import keys
from services.runtime.topology import sealed_durable
from tests.eventually import eventually
from tests.flows.outside import DISTRICT, connected, rest, rows, seal, send, stored
from tests.parts.beside import LEADER, OFFICE, TOWN, UNIT, read, refused, text_of, today, told, words
from tests.parts.test_erasure import _restore
from tests.parts.vaulted import ACCUSED, CASE, ORDER, PRINCIPAL, declined, execute, handed_in, restart
from tests.parts.vaulted import read as read_petition

SUPERIOR = "superior_430400"
AT_RECEPTION, QUARREL, FAILED = "虚构的苍鹭在接待室说", "虚构的喜鹊为鱼塘", "虚构的喜鹊不让"
SPOKEN = (AT_RECEPTION, QUARREL, FAILED)


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


async def failed(installation: Installation) -> str:
    """A mediation in which they did not agree; two texts."""
    hall = {"town": TOWN, "on": today(), "mediators": ["hesilao_1"]}
    opened = await told(installation, UNIT, "open_mediation", **hall, content=words(installation, QUARREL))
    item = str(opened["item"])
    await told(installation, UNIT, "fail_mediation", item=item, on=today(), content=words(installation, FAILED, None))
    return item


async def shift(installation: Installation) -> str:
    """Of a leader, the office and the accused's unit."""
    people = [LEADER, OFFICE, ACCUSED]
    return str((await told(installation, OFFICE, "plan_shift", on=today(), part="day", people=people))["item"])


async def received(installation: Installation, item: str, petition: str) -> dict[str, Any]:
    note = words(installation, AT_RECEPTION, None)
    return await told(installation, LEADER, "record_reception", item=item, by=LEADER, petition=petition, content=note)


async def left(installation: Installation, *numbers: str) -> dict[str, int]:
    """How many rows stand of petitions and items where words, or a village, are kept."""
    found = {}
    for table, column in (("vault", "petition"), ("documents", "petition"), ("item_places", "item")):
        statement = f"SELECT count(*) AS n FROM intake.{table} WHERE {column} = ANY($1::text[])"
        found[table] = (await rows(installation, statement, list(numbers)))[0]["n"]
    return found


NOTHING = {"vault": 0, "documents": 0, "item_places": 0}


async def handed_to(installation: Installation, reader: str, petitions: list[str]) -> dict[str, list[bytes]]:
    """All that waits for a reader, by petition, opened with the reader's key and acknowledged."""
    await rest(installation)
    private = keys.private_key(installation.folder / "keys", f"{DISTRICT}.{reader}")
    found: dict[str, list[bytes]] = {petition: [] for petition in petitions}
    async with connected(installation, f"{DISTRICT}.{reader}") as (client,):
        pull = await client.jetstream(timeout=10).pull_subscribe_bind(
            durable=sealed_durable(DISTRICT, reader), stream=Stream.SEALED.value
        )
        while (await pull.consumer_info()).num_pending:
            for message in await pull.fetch(100, timeout=5):
                await message.ack_sync()
                body = json.loads(message.data)
                found.setdefault(body["petition"], []).append(keys.unseal(body["content"], private))
    return found


async def in_hand(installation: Installation, petition: str) -> list[bytes]:
    """What the superior has of a petition."""
    return (await handed_to(installation, SUPERIOR, [petition]))[petition]


def spoken_in(found: list[bytes]) -> list[str]:
    """Which of the words are among it."""
    return [word for word in SPOKEN if any(word.encode() in one for one in found)]


# -- whose they are


async def test_what_was_said_on_a_petition_lies_under_its_key_and_who_is_tied_to_it_reads_nothing(
    installation: Installation,
) -> None:
    petition, item = await handed_in(installation), await shift(installation)
    fact = await received(installation, item, petition)
    document = fact["document"]["document"]
    (row,) = await rows(installation, "SELECT petition, kind FROM intake.documents WHERE id = $1::uuid", document)
    assert tuple(row) == (petition, "reception")
    assert text_of(installation, LEADER, await read(installation, LEADER, item)) == {"text": AT_RECEPTION}
    whole = await read_petition(installation, OFFICE, petition)
    assert isinstance(whole, DocumentRead) and [one.kind for one in whole.others or ()] == ["reception"]
    not_entitled = ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    decision = {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": False}
    accepted = decision | {"responsible_unit": UNIT, "accused_unit": ACCUSED}
    await told(installation, OFFICE, "screen_petition", petition=petition, decision=accepted)
    assert await read(installation, ACCUSED, item, document=document) == not_entitled


async def test_an_erased_shift_leaves_a_petition_what_was_said_on_it(installation: Installation) -> None:
    petition, item = await handed_in(installation), await shift(installation)
    await told(installation, LEADER, "record_reception", item=item, by=LEADER, content=words(installation, QUARREL))
    await received(installation, item, petition)
    assert (await left(installation, item))["documents"] == 1
    await told(installation, OFFICE, "propose_item_erasure", item=item, **ORDER)
    for actor in (PRINCIPAL, CASE):
        await told(installation, actor, "approve_item_erasure", item=item)
    assert await left(installation, item) == NOTHING
    assert (await left(installation, petition))["documents"] == 2


# -- erased


async def erase(installation: Installation, petition: str) -> None:
    await told(installation, OFFICE, "propose_erasure", petition=petition, **ORDER)
    for actor in (PRINCIPAL, CASE):
        await told(installation, actor, "approve_erasure", petition=petition)


async def test_with_a_petition_goes_what_was_said_at_receptions_and_mediations_also_after_a_restore(
    installation: Installation,
) -> None:
    petition, item, mediation = (
        await declined(installation),
        await shift(installation),
        await failed(installation),
    )
    document = (await received(installation, item, petition))["document"]["document"]
    numbers = (petition, item, mediation)
    backup = {
        table: await rows(installation, f"SELECT * FROM intake.{table} WHERE petition = ANY($1::text[])", numbers)
        for table in ("vault", "documents", "petitions")
    }
    await told(installation, OFFICE, "link_mediation", item=mediation, petition=petition)
    assert await left(installation, *numbers) == {"vault": 2, "documents": 4, "item_places": 1}
    await erase(installation, petition)
    assert await left(installation, *numbers) == NOTHING
    for actor, asked in ((LEADER, item), (UNIT, mediation)):
        answer = await read(installation, actor, asked, document=document)
        assert answer == ReadRefused(reason="unknown_document")  # type: ignore[arg-type]
    late = {"item": item, "by": LEADER, "petition": petition, "content": words(installation, AT_RECEPTION, None)}
    assert await refused(installation, LEADER, "record_reception", **late) == "erased"

    # The backup is older than the link: a restore knows of none.
    await _restore(installation, backup)
    await execute(installation, "DELETE FROM intake.handed_over")
    await execute(installation, "DELETE FROM intake.reapplied")
    assert (await left(installation, *numbers))["documents"] == 4
    await restart(installation)
    assert await left(installation, *numbers) == NOTHING


# -- sealed


async def test_what_is_sealed_late_takes_the_words_along_to_its_reader(installation: Installation) -> None:
    petition, item, mediation = (
        await handed_in(installation),
        await shift(installation),
        await failed(installation),
    )
    await received(installation, item, petition)
    await told(installation, OFFICE, "link_mediation", item=mediation, petition=petition)
    await told(installation, OFFICE, "seal_petition", petition=petition, ground="own_leadership")
    assert await left(installation, petition, item, mediation) == NOTHING
    assert spoken_in(await in_hand(installation, petition)) == list(SPOKEN)


async def test_what_is_said_on_a_sealed_petition_goes_to_its_reader_and_is_kept_by_nobody_here(
    installation: Installation,
) -> None:
    petition, item, mediation = (
        await handed_in(installation),
        await shift(installation),
        await failed(installation),
    )
    await told(installation, OFFICE, "seal_petition", petition=petition, ground="own_leadership")
    await in_hand(installation, petition)
    assert "document" not in await received(installation, item, petition)
    await told(installation, OFFICE, "link_mediation", item=mediation, petition=petition)
    assert await left(installation, petition, item, mediation) == NOTHING
    assert spoken_in(await in_hand(installation, petition)) == list(SPOKEN)
    assert not isinstance(await read(installation, LEADER, item), ItemDocumentRead)


async def test_what_is_said_and_sealed_in_one_round_is_not_destroyed_unsent(installation: Installation) -> None:
    """Of the one all waits before the order to seal, of the other after it: either way the reader has it all."""
    before, after, item = await handed_in(installation), await handed_in(installation), await shift(installation)
    installation.kill_service("intake")
    async with connected(installation, f"{DISTRICT}.{LEADER}", f"{DISTRICT}.{OFFICE}") as (leader, office):

        async def say(actor: str, name: str, **body: Any) -> None:
            client = leader if actor == LEADER else office
            await send(client, actor, f"intake.{name}.v1", json.dumps(body).encode())

        note = {"item": item, "by": LEADER, "content": words(installation, AT_RECEPTION, None)}
        remarks = {"kind": "remarks", "content": seal(installation, {"text": FAILED})}
        await say(LEADER, "record_reception", petition=before, **note)
        await say(OFFICE, "deposit_document", petition=before, **remarks)
        for petition in (before, after):
            await say(OFFICE, "seal_petition", petition=petition, ground="own_leadership")
        await say(LEADER, "record_reception", petition=after, **note)
    installation.start_service("intake")
    await asyncio.to_thread(installation.wait_ready, ["intake"])

    async def are_sealed() -> bool:
        found = "SELECT state->>'status' AS status FROM intake.petitions WHERE petition = ANY($1::text[])"
        return {row["status"] for row in await rows(installation, found, [before, after])} == {"sealed"}

    await eventually(are_sealed, seconds=30)
    assert await left(installation, before, after, item) == NOTHING
    for_reader = await handed_to(installation, SUPERIOR, [before, after])
    assert spoken_in(for_reader[before]) == [AT_RECEPTION, FAILED]
    assert spoken_in(for_reader[after]) == [AT_RECEPTION]


async def test_what_is_destroyed_while_a_service_starts_keeps_it_from_nothing(installation: Installation) -> None:
    """Facts said after the end that the start knows are their own round's: twice asked, nothing is read again."""
    petition = await handed_in(installation)
    await told(installation, OFFICE, "seal_petition", petition=petition, ground="own_leadership")
    await rest(installation)
    subject = fact_entry("intake", PetitionSealed).subject("*")
    async with connected(installation, "intake") as (client,), asyncpg.create_pool(installation.postgres.url) as pool:
        js = client.jetstream(timeout=10)
        sealed = [one.seq for one in await stored(installation, Stream.EVENTS) if "petition_sealed" in one.subject]
        last = sealed[-1] - 1
        await execute(installation, "DELETE FROM intake.reapplied WHERE subject = $1", subject)
        await _page(pool, js, subject, PetitionSealed, last)
        assert await _page(pool, js, subject, PetitionSealed, last) == 0
