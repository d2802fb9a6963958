"""The work beside petitions on real servers: numbers without gaps, words in the vault, villages in intake alone."""

import asyncio
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.mediation import OpenMediation
from xinfang_contracts.registry import Stream
from xinfang_contracts.vault import ItemDocumentRead, ReadRefused

from services.demo.actors import Actor, Refused
from services.installation import Installation
from services.runtime import keys, tokens
from tests.flows.outside import DISTRICT, fresh, http, rows, stored
from tests.parts.beside import (
    LEADER,
    OFFICE,
    OTHER_LEADER,
    STRANGER,
    TOWN,
    UNIT,
    VILLAGE,
    opened,
    read,
    refused,
    text_of,
    today,
    told,
    words,
)
from tests.parts.vaulted import CASE, ORDER, PRINCIPAL, execute, restart

AGREED = "虚构:两家各让半尺,喜鹊作证"
FAR_VILLAGE = "430406004002"
QUARREL = "虚构:两家为一道墙不说话"


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


def serial(number: str) -> int:
    return int(number.rsplit("-", 1)[1])


# -- numbers and states


async def test_twenty_at_once_have_numbers_without_gaps_and_what_is_refused_uses_none_up(
    installation: Installation,
) -> None:
    first = serial(await opened(installation, QUARREL))
    unit = await Actor.sign_in(installation, DISTRICT, UNIT)

    async def one(village: str) -> str:
        content = words(installation, QUARREL, village)
        message = OpenMediation(town=TOWN, on=date.fromisoformat(today()), mediators=["hesilao_1"], content=content)
        try:
            return str((await unit.command(message)).data["item"])
        except Refused as no:
            return str(no)

    answers = await asyncio.gather(*(one(VILLAGE if place % 4 else FAR_VILLAGE) for place in range(20)))
    await unit.sign_out()
    numbers = sorted(serial(one) for one in answers if one.startswith(DISTRICT))
    assert numbers == list(range(first + 1, first + 16))
    assert sum("unknown_place" in one for one in answers) == 5


async def test_a_roster_is_planned_swapped_and_kept_by_the_day(installation: Installation) -> None:
    plan = {"on": today(), "part": "morning", "people": [LEADER, OFFICE]}
    item = (await told(installation, OFFICE, "plan_shift", **plan))["item"]
    await told(installation, LEADER, "ask_swap", item=item, other=OTHER_LEADER)
    await told(installation, OTHER_LEADER, "agree_swap", item=item)
    petition = await petition_of(installation, VILLAGE)
    note = words(installation, "虚构:坐了半小时", None)
    received = await told(
        installation, OTHER_LEADER, "record_reception", item=item, by=OTHER_LEADER, petition=petition, content=note
    )
    assert (received["petition"], received["by"]) == (petition, OTHER_LEADER)
    await told(installation, OFFICE, "record_attendance", item=item, present=[OTHER_LEADER, OFFICE])
    assert (await refused(installation, OFFICE, "plan_shift", **plan | {"town": "990001100"})) == "unknown_place"
    (row,) = await rows(installation, "SELECT state FROM intake.items WHERE item = $1", item)
    state = json.loads(row["state"])
    assert (state["people"], state["receptions"]) == ([OTHER_LEADER, OFFICE], 1)
    assert text_of(installation, OTHER_LEADER, await read(installation, OTHER_LEADER, item)) == {
        "text": "虚构:坐了半小时"
    }


async def test_a_concern_has_the_next_number_of_its_own_kind_and_is_solved_once(installation: Installation) -> None:
    activity = await told(
        installation,
        UNIT,
        "start_outreach",
        form="survey",
        town=TOWN,
        starts_on=today(),
        ends_on=today(),
        members=[UNIT],
        content=words(installation, "虚构:走访"),
    )
    collect = {"outreach": activity["item"], "on": today(), "content": words(installation, "虚构:没有路灯")}
    first, second = [await told(installation, UNIT, "collect_concern", **collect) for _ in range(2)]
    assert serial(second["item"]) == serial(first["item"]) + 1
    solve = {"item": first["item"], "on": today(), "by": UNIT, "recovered_yuan": 300}
    assert (await told(installation, UNIT, "solve_concern", **solve))["recovered_yuan"] == 300
    assert await refused(installation, UNIT, "solve_concern", **solve) == "already_decided"
    assert await refused(installation, STRANGER, "collect_concern", **collect) == "not_entitled"


async def test_two_supervisors_of_a_village_cover_it_once(installation: Installation) -> None:
    village = "430406001004"
    appoint = {"since": today(), "content": words(installation, "虚构:某某", village)}
    one = await told(installation, UNIT, "appoint_supervisor", supervisor="supervisor_a", **appoint)
    other = await told(installation, UNIT, "appoint_supervisor", supervisor="supervisor_b", **appoint)
    assert (one["first"], other["first"]) == (True, False)
    ended = [
        await told(installation, UNIT, "end_supervisor", item=item["item"], until=today()) for item in (one, other)
    ]
    assert [fact["last"] for fact in ended] == [False, True]


# -- words


async def test_words_are_read_with_the_askers_own_key_and_by_nobody_else(installation: Installation) -> None:
    item = await opened(installation, QUARREL)
    settled = await told(
        installation, UNIT, "settle_mediation", item=item, on=today(), content=words(installation, AGREED, None)
    )
    whole = await read(installation, UNIT, item)
    assert isinstance(whole, ItemDocumentRead) and whole.others is not None
    assert text_of(installation, UNIT, whole) == {"text": QUARREL, "village": VILLAGE}
    assert [one.document for one in whole.others] == [settled["document"]["document"]]
    agreed = await read(installation, OFFICE, item, document=settled["document"]["document"])
    assert text_of(installation, OFFICE, agreed) == {"text": AGREED}
    assert await read(installation, STRANGER, item) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    audited = await rows(
        installation, "SELECT actor, granted FROM intake.readings WHERE petition = $1 ORDER BY id", item
    )
    assert [tuple(row) for row in audited] == [(UNIT, True), (OFFICE, True), (STRANGER, False)]


async def test_each_item_has_a_key_of_its_own(installation: Installation) -> None:
    one, other = [await opened(installation, QUARREL) for _ in range(2)]
    found = await rows(
        installation, "SELECT DISTINCT wrapped_key FROM intake.vault WHERE petition = ANY($1)", [one, other]
    )
    assert len(found) == 2


async def test_an_erased_item_is_erased_again_after_a_restore(installation: Installation) -> None:
    item = await opened(installation, QUARREL)
    await told(installation, UNIT, "settle_mediation", item=item, on=today())
    kept = {table: await of_item(installation, table, item) for table in ("vault", "documents", "items")}
    await told(installation, OFFICE, "propose_item_erasure", item=item, **ORDER)
    await told(installation, PRINCIPAL, "approve_item_erasure", item=item)
    assert await left(installation, item) == (1, 1, "settled")
    await told(installation, CASE, "approve_item_erasure", item=item)
    assert await left(installation, item) == (0, 0, "erased")
    assert not await rows(installation, "SELECT item FROM intake.item_places WHERE item = $1", item)
    assert await read(installation, OFFICE, item) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]
    for table, found in kept.items():
        column = COLUMN[table]
        await execute(installation, f"DELETE FROM intake.{table} WHERE {column} = $1", item)
        for row in found:
            places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
            await execute(
                installation, f"INSERT INTO intake.{table} ({', '.join(row.keys())}) VALUES ({places})", *row.values()
            )
    await execute(installation, "DELETE FROM intake.reapplied WHERE subject LIKE '%item_erased%'")
    assert await left(installation, item) == (1, 1, "settled")
    await restart(installation)
    assert await left(installation, item) == (0, 0, "erased")


COLUMN = {"vault": "petition", "documents": "petition", "items": "item"}


async def of_item(installation: Installation, table: str, item: str) -> list[asyncpg.Record]:
    return await rows(installation, f"SELECT * FROM intake.{table} WHERE {COLUMN[table]} = $1", item)


async def left(installation: Installation, item: str) -> tuple[int, int, str]:
    found = {table: await of_item(installation, table, item) for table in COLUMN}
    return len(found["vault"]), len(found["documents"]), json.loads(found["items"][0]["state"])["status"]


# -- villages and satisfaction


async def petition_of(installation: Installation, village: str) -> str:
    return (await handed_in(installation, village))["petition"]


async def handed_in(installation: Installation, village: str) -> dict[str, str]:
    given = {"channel": "web", "text": "虚构的一件", "village": village}
    async with http(installation) as door:
        key = {"Idempotency-Key": fresh("beside-")}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=given, headers=key)
    assert answer.status_code == 201
    taken: dict[str, str] = answer.json()
    return taken


def bearer(installation: Installation, actor: str) -> dict[str, str]:
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    return {"Authorization": f"Bearer {tokens.make(secret, actor, DISTRICT, hours=1)}"}


async def test_the_petition_office_alone_is_told_of_villages_and_of_none_with_few(
    installation: Installation,
) -> None:
    few = "430406002003"
    for village in [FAR_VILLAGE] * 5 + [few] * 4 + [TOWN] * 6 + ["990001100201"] * 6:
        await petition_of(installation, village)
    async with http(installation) as door:
        path = f"/v1/{DISTRICT}/outreach/villages"
        answer = await door.get(path, headers=bearer(installation, OFFICE))
        assert answer.status_code == 200
        assert [(one["village"], one["petitions"]) for one in answer.json()["villages"]] == [(FAR_VILLAGE, 5)]
        assert answer.json()["withheld_below"] == 5
        assert (await door.get(path)).status_code == 401
        assert (await door.get(path, headers=bearer(installation, "office_trial"))).status_code == 403
        assert (await door.get(f"{path}?years=0", headers=bearer(installation, OFFICE))).status_code == 422


async def test_a_reporter_rates_a_contact_once_and_what_is_counted_names_no_petition(
    installation: Installation,
) -> None:
    taken = await handed_in(installation, VILLAGE)
    async with http(installation) as door:

        async def rate(key: str, contact: str = "answer") -> tuple[int, Any]:
            body = {"receipt": taken["receipt"], "contact": contact, "level": "dissatisfied"}
            headers = {"Idempotency-Key": key}
            answer = await door.post(f"/v1/{DISTRICT}/returns/satisfaction", json=body, headers=headers)
            return answer.status_code, answer.json().get("reason")

        key = fresh("rating-")
        assert await rate(key) == (404, "unknown_contact")
        decision = {"kind": "decline", "ground": "no_substance", "basis": "规则13(3)"}
        await told(installation, OFFICE, "screen_petition", petition=taken["petition"], decision=decision)
        before = len(await ratings(installation))
        once = await asyncio.gather(*(rate(fresh("rating-")) for _ in range(8)))
        assert sorted(status for status, _ in once) == [201, *[409] * 7]
        page = await door.post(f"/{DISTRICT}/status", data={"receipt": taken["receipt"]})
        assert "《纪检监察信访举报指南》" in page.text and "satisfaction" not in page.text
    said = (await ratings(installation))[before:]
    assert [json.loads(one)["dissatisfied"] for one in said] == [1]
    assert all(taken["petition"].encode() not in one for one in said)


async def ratings(installation: Installation) -> list[bytes]:
    found = await stored(installation, Stream.EVENTS)
    return [one.data for one in found if ".satisfaction_recorded." in one.subject]


async def test_a_rating_may_be_given_on_the_page(installation: Installation) -> None:
    taken = await handed_in(installation, VILLAGE)
    decision = {"kind": "decline", "ground": "litigation", "basis": "规则13(1)"}
    await told(installation, OFFICE, "screen_petition", petition=taken["petition"], decision=decision)
    form = {"receipt": taken["receipt"], "contact": "answer", "key": fresh("page-key-")}
    async with http(installation) as door:
        page = await door.post(f"/{DISTRICT}/status", data={"receipt": taken["receipt"]})
        assert 'name="level"' in page.text
        wrong = await door.post(f"/{DISTRICT}/status/satisfaction", data=form)
        assert wrong.status_code == 422 and 'name="level"' in wrong.text
        done = await door.post(f"/{DISTRICT}/status/satisfaction", data=form | {"level": "satisfied"})
        assert done.status_code == 200 and "评价已收到" in done.text and 'name="level"' not in done.text
        again = await door.post(f"/{DISTRICT}/status/satisfaction", data=form | {"level": "satisfied"})
        assert again.status_code == 200
