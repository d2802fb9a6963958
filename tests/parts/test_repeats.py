"""A repeat through the doors: proposed soon after it came in, confirmed, linked; its signature ends with an erasure."""

import json

import asyncpg
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.repeats.index import Repeats
from services.intake.repeats.preload import Old, preload
from services.intake.vault.shelf import destroy
from tests.eventually import eventually
from tests.flows.outside import (
    DISTRICT,
    connected,
    fresh,
    headers_of,
    http,
    next_notice,
    rows,
    send,
    stored,
    tick,
)

OFFICE, CONFIRM, REJECT = "office_petition", "intake.confirm_repeat.v1", "intake.reject_repeat.v1"
FIRST = "反映柳树湾村支书赵德旺把低保给了开小车的弟弟,镇里拨下的低保资金12.8万元从不公示,真正困难的老人没有评上。"
AGAIN = "柳树湾的赵书记,自己的弟弟开小车还吃低保,十二万八千元低保资金不公示,困难的老人反而没有评上,请查。"
OTHER = "城东小学食堂的承包商换了以后,一份青菜五元,学生吃了拉肚子,校长不管。"


async def hand_in(installation: Installation, text: str) -> str:
    """A petition by the web; its number."""
    async with http(installation) as door:
        headers = {"Idempotency-Key": fresh("repeats-")}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json={"channel": "web", "text": text}, headers=headers)
        return str(answer.json()["petition"])


async def all_looked_up(installation: Installation) -> None:
    """Wait until nothing is left to be looked up."""

    async def is_so() -> bool:
        return not await rows(installation, "SELECT 1 FROM intake.unsigned")

    await eventually(is_so)


async def test_a_repeat_is_proposed_confirmed_and_kept_on_file(installation: Installation) -> None:
    await tick(installation, "2023-03-01")
    first, again, other = [await hand_in(installation, text) for text in (FIRST, AGAIN, OTHER)]
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        proposed = json.loads((await next_notice(office, OFFICE, f"{again}/repeats")).data)
        assert [one["petition"] for one in proposed["of"]] == [first]
        headers = headers_of(CONFIRM)
        await send(office, OFFICE, CONFIRM, json.dumps({"petition": again, "of": first}).encode(), headers)
        headers = headers_of(REJECT)
        await send(office, OFFICE, REJECT, json.dumps({"petition": again, "of": first}).encode(), headers)
        refused = json.loads((await next_notice(office, OFFICE, headers["ce-id"])).data)
        assert refused["reason"] == "already_decided"
    said = [one for one in await stored(installation, Stream.EVENTS) if one.subject.endswith("kept_on_file.v1")]
    assert (again, first) in [(one["petition"], one["repeat_of"]) for one in (json.loads(x.data or b"") for x in said)]
    (case,) = await rows(installation, "SELECT state->>'linked' AS l FROM intake.petitions WHERE petition = $1", first)
    assert json.loads(case["l"]) == [again]
    await all_looked_up(installation)
    indexed = await rows(installation, "SELECT petition FROM intake.signatures")
    assert {first, again, other} <= {row["petition"] for row in indexed}


async def test_an_erased_petition_leaves_no_signature(installation: Installation) -> None:
    await tick(installation, "2023-03-01")
    petition = await hand_in(installation, FIRST)
    await all_looked_up(installation)
    assert await rows(installation, "SELECT 1 FROM intake.signatures WHERE petition = $1", petition)
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await destroy(connection, [petition])
    finally:
        await connection.close()
    assert not await rows(installation, "SELECT 1 FROM intake.signatures WHERE petition = $1", petition)


async def test_a_new_petition_is_found_to_repeat_one_of_a_preloaded_ledger(installation: Installation) -> None:
    old = Old(f"{DISTRICT}-2019-000007", FIRST, "赵德旺", "柳树湾村")
    repeats = Repeats.of(installation.folder / "keys")
    for new in (1, 0):
        assert await preload(installation.postgres.url, [old], repeats, lambda _: None) == new
    await tick(installation, "2023-03-01")
    again = await hand_in(installation, AGAIN)
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        proposed = json.loads((await next_notice(office, OFFICE, f"{again}/repeats")).data)
    assert old.petition in [one["petition"] for one in proposed["of"]]
