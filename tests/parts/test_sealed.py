"""The sealed path on real servers, from every door to its reader; transfers from above; other organs' systems."""

import asyncio
import csv
import hashlib
import io
import json
from datetime import datetime
from typing import Any

import nats.errors
import pytest
from nats.aio.client import Client
from xinfang_contracts.intake import SealedPetition
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.ledgers.register import COLUMNS
from services.runtime import keys
from services.runtime.topology import notice_durable, sealed_durable
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    clerk,
    connected,
    fresh,
    headers_of,
    http,
    next_notice,
    rest,
    rows,
    seal,
    send,
    submission,
    tick,
)

OFFICE, PRINCIPAL, SUPERIOR, COURT = "office_petition", "leader_principal", "superior_430400", "partner_court"
CANARY = "金丝雀拟名"
LEADERSHIP: dict[str, Any] = {"text": f"虚构:{CANARY}收了画眉", "accused": [{"organisation": "区纪委", "post": "书记"}]}
CADRE: dict[str, Any] = {
    "text": f"虚构:{CANARY}用公车",
    "accused": [{"name": CANARY, "organisation": "虚构的某局", "rank": "county"}],
}
ORDINARY: dict[str, Any] = {
    "text": f"虚构:{CANARY}的鱼塘",
    "accused": [{"name": CANARY, "organisation": "某村民委员会"}],
}


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def say(client: Client, actor: str, name: str, body: dict[str, Any], id_: str | None = None) -> dict[str, Any]:
    """Send a command as JSON and return its answer, the fact's name beside its data."""
    type_ = f"intake.{name}.v1"
    headers = headers_of(type_, id_)
    await send(client, actor, type_, json.dumps(body).encode(), headers)
    notice = await next_notice(client, actor, headers["ce-id"])
    told: dict[str, Any] = json.loads(notice.data)
    return told | {"fact": notice.subject.split(".")[4]}


async def by_http(installation: Installation, content: dict[str, Any]) -> str:
    """The number of a petition that a web form posts."""
    async with http(installation) as door:
        answer = await door.post(
            f"/v1/{DISTRICT}/petitions", json=content | {"channel": "web"}, headers={"Idempotency-Key": fresh()}
        )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["petition"])


async def by_ledger(installation: Installation, cells: dict[str, str]) -> str:
    """The number of a petition that a clerk takes in with a ledger."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow({"编号": fresh(), "收件日期": "2023-02-28", "渠道": "来信"} | cells)
    async with http(installation) as door:
        answer = await door.post(
            f"/v1/{DISTRICT}/ledger", content=text.getvalue().encode(), headers=clerk(installation)
        )
    (row,) = answer.json()["rows"]
    return str(row["petition"])


async def by_push(installation: Installation, content: dict[str, Any]) -> str:
    """The number of a petition that a partner pushes."""
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        headers = headers_of(SUBMIT)
        await send(partner, PARTNER, SUBMIT, submission(installation, content), headers)
        return str(json.loads((await next_notice(partner, PARTNER, headers["ce-id"])).data)["petition"])


async def take(client: Client, reader: str, petition: str) -> SealedPetition:
    """What waits for a reader of that number, taken with the reader's own durable and acknowledged."""
    js = client.jetstream(timeout=10)
    pull = await js.pull_subscribe_bind(durable=sealed_durable(DISTRICT, reader), stream=Stream.SEALED.value)
    try:
        while True:
            (message,) = await pull.fetch(1, timeout=10)
            await message.ack_sync()
            sealed = SealedPetition.model_validate_json(message.data)
            if sealed.petition == petition:
                return sealed
    finally:
        await pull.unsubscribe()


async def notices(client: Client, actor: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything that an actor has been told and not yet read: fact and data."""
    js = client.jetstream(timeout=10)
    pull = await js.pull_subscribe_bind(durable=notice_durable(DISTRICT, actor), stream=Stream.NOTICES.value)
    found = []
    try:
        while True:
            for notice in await pull.fetch(100, timeout=0.5):
                await notice.ack_sync()
                found.append((notice.subject.split(".")[4], json.loads(notice.data)))
    except nats.errors.TimeoutError:
        return found
    finally:
        await pull.unsubscribe()


def opened(installation: Installation, reader: str, sealed: SealedPetition) -> dict[str, Any]:
    """What the reader reads."""
    private = keys.private_key(installation.folder / "keys", f"{DISTRICT}.{reader}")
    found: dict[str, Any] = json.loads(keys.unseal(sealed.content, private))
    return found


async def state_of(installation: Installation, petition: str) -> dict[str, Any]:
    (row,) = await rows(installation, "SELECT state FROM intake.petitions WHERE petition = $1", petition)
    found: dict[str, Any] = json.loads(row["state"])
    return {name: value for name, value in found.items() if value not in (None, False)}


async def vault_rows(installation: Installation, petition: str) -> int:
    counted = (
        "SELECT (SELECT count(*) FROM intake.vault WHERE petition = $1)"
        " + (SELECT count(*) FROM intake.documents WHERE petition = $1) AS rows"
    )
    (row,) = await rows(installation, counted, petition)
    return int(row["rows"])


# -- at every door


async def test_at_every_door_it_goes_sealed_to_its_reader_and_only_the_envelope_stays(
    installation: Installation,
) -> None:
    ledger = {"反映内容": LEADERSHIP["text"], "被反映人单位": "区纪委监委", "被反映人职务": "主要领导"}
    handed_in = {
        await by_http(installation, LEADERSHIP): SUPERIOR,
        await by_ledger(installation, ledger): SUPERIOR,
        await by_push(installation, LEADERSHIP): SUPERIOR,
        await by_push(installation, CADRE): PRINCIPAL,
    }
    for petition, reader in handed_in.items():
        async with connected(installation, f"{DISTRICT}.{reader}") as (client,):
            sealed = await take(client, reader, petition)
            assert CANARY in opened(installation, reader, sealed)["text"]
            proof = {"petition": petition, "digest": digest(sealed.content)}
            answer = await say(client, reader, "confirm_hand_over", proof)
        assert (answer["fact"], answer["reader"]) == ("sealed_handed_over", reader)
        assert await vault_rows(installation, petition) == 0
        left = await state_of(installation, petition)
        assert left.keys() <= {"status", "reader", "received_at", "digest", "handed_over_at", "due_at"}
        assert (left["status"], left["reader"], left["digest"]) == ("sealed", reader, proof["digest"])
        assert datetime.fromisoformat(left["handed_over_at"]) == datetime.fromisoformat(answer["handed_over_at"])


async def test_a_partner_hands_in_what_intake_cannot_open(installation: Installation) -> None:
    content = seal(installation, LEADERSHIP, f"{DISTRICT}.{SUPERIOR}")
    body = {"channel": "yidiantong", "reader": SUPERIOR, "content": content, "digest": digest(content)}
    async with connected(installation, f"{DISTRICT}.{PARTNER}", f"{DISTRICT}.{SUPERIOR}") as (partner, superior):
        message_id = fresh()
        first = await say(partner, PARTNER, "submit_sealed", body, message_id)
        assert (first["fact"], first["reader"], first["digest"]) == ("petition_sealed", SUPERIOR, body["digest"])
        # Sent again it is known: no second number, and nothing more for the reader.
        await send(
            partner,
            PARTNER,
            "intake.submit_sealed.v1",
            json.dumps(body).encode(),
            headers_of("intake.submit_sealed.v1", message_id),
        )
        wrong = await say(partner, PARTNER, "submit_sealed", body | {"reader": PRINCIPAL})
        assert (wrong["fact"], wrong["reason"]) == ("command_refused", "wrong_key")
        sealed = await take(superior, SUPERIOR, first["petition"])
        assert opened(installation, SUPERIOR, sealed) == LEADERSHIP
        await rest(installation)
        info = await superior.jetstream().consumer_info(Stream.SEALED.value, sealed_durable(DISTRICT, SUPERIOR))
        assert info.num_pending == 0
    assert await vault_rows(installation, first["petition"]) == 0


# -- found later


async def test_what_is_sealed_late_is_destroyed_here_and_read_by_its_reader(installation: Installation) -> None:
    petition = await by_http(installation, ORDINARY)
    assert await vault_rows(installation, petition) == 2
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{SUPERIOR}") as (office, superior):
        accept = {"kind": "accept", "category": "integrity", "rank": "county", "real_name": False}
        refused = await say(office, OFFICE, "screen_petition", {"petition": petition, "decision": accept})
        assert refused["reason"] == "must_be_sealed"
        order = {"petition": petition, "ground": "own_leadership"}
        answer = await say(office, OFFICE, "seal_petition", order)
        assert (answer["fact"], answer["reader"]) == ("petition_sealed", SUPERIOR)
        sealed = await take(superior, SUPERIOR, petition)
        assert opened(installation, SUPERIOR, sealed)["text"] == ORDINARY["text"]
        assert opened(installation, SUPERIOR, sealed)["accused"] == ORDINARY["accused"]
        assert digest(sealed.content) == answer["digest"]
        assert (await say(office, OFFICE, "seal_petition", order))["reason"] == "already_decided"
    assert await vault_rows(installation, petition) == 0
    assert (await state_of(installation, petition)).keys() == {"status", "reader", "received_at", "digest"}


async def test_of_twenty_clerks_who_seal_at_once_one_does(installation: Installation) -> None:
    petition = await by_http(installation, ORDINARY)
    body = json.dumps({"petition": petition, "ground": "own_leadership"}).encode()
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{SUPERIOR}") as (office, superior):
        await rest(installation)
        await notices(office, OFFICE)
        await asyncio.gather(*(send(office, OFFICE, "intake.seal_petition.v1", body) for _ in range(20)))
        await rest(installation)
        answers = [data.get("reason", fact) for fact, data in await notices(office, OFFICE)]
        assert sorted(answers) == ["already_decided"] * 19 + ["petition_sealed"]
        assert (await take(superior, SUPERIOR, petition)).petition == petition
        info = await superior.jetstream().consumer_info(Stream.SEALED.value, sealed_durable(DISTRICT, SUPERIOR))
        assert info.num_pending == 0


async def test_sealing_late_uses_up_no_number(installation: Installation) -> None:
    first = await by_http(installation, ORDINARY)
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        await say(office, OFFICE, "seal_petition", {"petition": first, "ground": "higher_rank"})
    second = await by_http(installation, ORDINARY)
    assert int(second.rsplit("-", 1)[1]) == int(first.rsplit("-", 1)[1]) + 1


async def test_what_was_accepted_is_not_sealed_and_keeps_what_it_has(installation: Installation) -> None:
    petition = await by_http(installation, ORDINARY)
    accept = {"kind": "accept", "category": "integrity", "rank": "village_or_other", "real_name": False}
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        await say(office, OFFICE, "screen_petition", {"petition": petition, "decision": accept})
        refused = await say(office, OFFICE, "seal_petition", {"petition": petition, "ground": "higher_rank"})
    assert refused["reason"] == "already_decided"
    assert await vault_rows(installation, petition) == 2


# -- other organs' systems


async def test_a_court_is_told_of_a_letter_and_answers(installation: Installation) -> None:
    petition = await by_ledger(installation, {"反映内容": "虚构:不服判决"})
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{COURT}") as (office, court):
        refer = {"kind": "refer", "receiver": "court", "basis": "规则13(1)"}
        await say(office, OFFICE, "screen_petition", {"petition": petition, "decision": refer})
        await rest(installation)
        assert [data["petition"] for fact, data in await notices(court, COURT) if fact == "petition_referred"] == [
            petition
        ]
        answer = await say(
            court, COURT, "answer_referral", {"petition": petition, "outcome": "taken", "on": "2023-03-01"}
        )
        assert (answer["fact"], answer["receiver"]) == ("referral_answered", "court")
        result = {"petition": petition, "kind": "ruling", "on": "2023-03-01"}
        assert (await say(court, COURT, "record_outside_result", result))["fact"] == "outside_result_recorded"
        told = [fact for fact, data in await notices(office, OFFICE) if data["petition"] == petition]
        assert told[-2:] == ["referral_answered", "outside_result_recorded"]


async def test_a_superior_decides_and_the_office_is_told(installation: Installation) -> None:
    petition = await by_http(installation, ORDINARY)
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{SUPERIOR}") as (office, superior):
        decision = {"petition": petition, "matter": "take_up", "approved": True, "on": "2023-03-01"}
        assert (await say(superior, SUPERIOR, "decide_above", decision))["fact"] == "superior_decided"
        told = [data for fact, data in await notices(office, OFFICE) if fact == "superior_decided"]
        assert [one["petition"] for one in told] == [petition]


# -- the principal's duty, and the receiving clock: these move the district's time on


async def test_what_is_reported_up_in_time_reaches_the_superior_and_what_is_not_is_told(
    installation: Installation,
) -> None:
    in_time, too_late = await by_push(installation, CADRE), await by_push(installation, CADRE)
    async with connected(installation, f"{DISTRICT}.{PRINCIPAL}", f"{DISTRICT}.{SUPERIOR}") as (principal, superior):
        before = opened(installation, PRINCIPAL, await take(principal, PRINCIPAL, in_time))
        up = seal(installation, before, f"{DISTRICT}.{SUPERIOR}")
        wrong = seal(installation, before, f"{DISTRICT}.{PRINCIPAL}")
        refused = await say(principal, PRINCIPAL, "report_up", {"petition": in_time, "content": wrong})
        assert refused["reason"] == "wrong_key"
        answer = await say(principal, PRINCIPAL, "report_up", {"petition": in_time, "content": up})
        assert (answer["fact"], answer["superior"]) == ("sealed_reported_up", SUPERIOR)
        sealed = await take(superior, SUPERIOR, in_time)
        assert opened(installation, SUPERIOR, sealed) == before
        proof = {"petition": in_time, "digest": digest(sealed.content)}
        assert (await say(superior, SUPERIOR, "confirm_hand_over", proof))["fact"] == "sealed_handed_over"
        await rest(installation)
        await notices(principal, PRINCIPAL), await notices(superior, SUPERIOR)
        await tick(installation, "2023-03-08")
        assert await notices(superior, SUPERIOR) == []
        for day in ("2023-03-09", "2023-03-10"):
            await tick(installation, day)
        for client, actor in ((principal, PRINCIPAL), (superior, SUPERIOR)):
            told = [data for fact, data in await notices(client, actor) if fact == "up_report_overdue"]
            mine = [one for one in told if one["petition"] in (in_time, too_late)]
            assert [set(one) for one in mine] == [{"petition", "due_at"}]
            assert [one["petition"] for one in mine] == [too_late]


async def test_a_transfer_that_nobody_screens_is_told_to_the_petition_office(installation: Installation) -> None:
    transfer = {"kind": "assigned", "number": "HJ-2023-118", "report_due_on": "2023-06-08", "article": "规则20"}
    body = json.loads(submission(installation, ORDINARY, "letter")) | {"transfer": transfer}
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{SUPERIOR}") as (office, superior):
        numbers = [(await say(superior, SUPERIOR, "submit_petition", body))["petition"] for _ in range(2)]
        keep = {"kind": "keep_on_file", "basis": "规则14"}
        await say(office, OFFICE, "screen_petition", {"petition": numbers[0], "decision": keep})
        await notices(office, OFFICE)
        for day in ("2023-03-18", "2023-03-19"):
            await tick(installation, day)
        told = [data["petition"] for fact, data in await notices(office, OFFICE) if fact == "transfer_overdue"]
        assert told == [numbers[1]]
