"""Never tells: a name, a telephone number and a sentence, planted at every door, stand nowhere in readable form."""

import asyncio
import base64
import csv
import gzip
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import nats.js.errors
import pytest
from nats.aio.client import Client
from xinfang_contracts.intake import PetitionContent, SealedPetition
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.ledgers.register import COLUMNS
from services.intake.vault import documents
from services.intake.vault.masters import MASTER
from services.runtime import keys
from services.runtime.errors import Poison
from tests.conftest import Install
from tests.flows.canary import found_in, spellings
from tests.flows.evidence import files_at_rest, tables_and_figures
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    clerk,
    connected,
    dead_letters,
    fresh,
    headers_of,
    http,
    next_notice,
    rest,
    rows,
    seal,
    send,
    subject_of,
    submission,
    tick,
    unsealed,
)
from tests.flows.traces import collected

NAME, PHONE, SENTENCE = "金丝雀拟名", "000-1357-02468", "虚构的鱼塘承包款三年没有公布"
ON_A_CADRE, ON_THE_PRINCIPAL = "虚构的县处级拟员收了画眉一只", "虚构的主要负责同志养了百灵一对"
WORDS = (NAME, PHONE, SENTENCE, ON_A_CADRE, ON_THE_PRINCIPAL)
SUPERIOR = "superior_430400"
HTTP, LEDGER, PARTNERS, STRUCTURED, SUPERIORS = 20, 15, 12, 5, 8


@dataclass
class Planted:
    """What was handed in, and where it may have left a trace. ``texts``: petition -> its text."""

    installation: Installation
    texts: dict[str, str] = field(default_factory=dict)
    sealed: dict[str, str] = field(default_factory=dict)
    """Reader -> petition."""
    evidence: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def planted(install: Install) -> Iterator[Planted]:
    """All of it, at rest; the services have ended, the servers still run."""
    with collected() as collector:
        found = Planted(install())
        asyncio.run(_plant(found))
        found.evidence |= files_at_rest(found.installation)
        found.evidence |= collector.evidence("intake", "metrics")
        yield found


def content(text: str, **more: Any) -> dict[str, Any]:
    """A petition as its sender writes it."""
    accused = {"name": NAME, "organisation": f"{NAME}的村", "post": "主任", "rank": "village_or_other"}
    return {"text": text, "accused": [accused], "reporter": {"name": NAME, "contact": PHONE}} | more


async def _plant(found: Planted) -> None:
    installation = found.installation
    await tick(installation, "2023-03-01")
    async with (
        http(installation) as door,
        connected(installation, f"{DISTRICT}.{PARTNER}", f"{DISTRICT}.{SUPERIOR}") as (partner, superior),
    ):
        await _hand_in(found, door)
        await _hand_in_ledger(found, door)
        await _push(found, partner, superior)
        await _seal(found, door, partner)
        await _malform_http(installation, door)
        await _malform_pushes(installation, partner)
    await _malform_inside(installation)
    await rest(installation)
    found.evidence |= await tables_and_figures(found.installation)


# -- good ones


async def _hand_in(found: Planted, door: httpx.AsyncClient) -> None:
    for number in range(HTTP):
        text = f"{SENTENCE},第{number}件,打{PHONE}找{NAME}"
        body = content(text) | {"channel": "web", "village": "430406003004"}
        key = {"Idempotency-Key": fresh(f"{PHONE}-")}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=body, headers=key)
        assert answer.status_code == 201
        found.texts[answer.json()["petition"]] = text


async def _hand_in_ledger(found: Planted, door: httpx.AsyncClient) -> None:
    texts = {f"2023-{number:03d}": f"{SENTENCE},台账第{number}行" for number in range(LEDGER)}
    answer = await door.post(
        f"/v1/{DISTRICT}/ledger",
        content=table([{"编号": serial, "反映内容": text} for serial, text in texts.items()]),
        headers=clerk(found.installation),
    )
    for row in answer.json()["rows"]:
        found.texts[row["petition"]] = texts[row["serial"]]


def table(cells: list[dict[str, str]]) -> bytes:
    """A ledger; what is not given is the same in every row."""
    same = {"收件日期": "2023-02-28", "渠道": "来信", "举报人": NAME, "联系方式": PHONE, "被反映人": NAME}
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(same | row for row in cells)
    return text.getvalue().encode()


async def _push(found: Planted, partner: Client, superior: Client) -> None:
    installation = found.installation
    for number in range(PARTNERS + STRUCTURED):
        text = f"{SENTENCE},推送第{number}件"
        body = submission(installation, content(text))
        headers = headers_of(SUBMIT, **{"ce-source": f"tel:{PHONE}", "x-reporter": PHONE})
        message_id = headers["ce-id"]
        if number >= PARTNERS:
            event = {"specversion": "1.0", "id": message_id, "type": SUBMIT, "source": NAME.encode().hex()}
            # Beside what is taken stands what is not: the sender's own fields, in the open.
            body = json.dumps(event | {"data": json.loads(body) | {"note": NAME}, "subject": NAME}).encode()
            headers = {"content-type": "application/cloudevents+json"}
        await send(partner, PARTNER, SUBMIT, body, headers)
        found.texts[await registered(partner, PARTNER, message_id)] = text
    for number in range(SUPERIORS):
        text = f"{SENTENCE},转办第{number}件"
        headers = headers_of(SUBMIT)
        await send(superior, SUPERIOR, SUBMIT, submission(installation, content(text), "letter"), headers)
        found.texts[await registered(superior, SUPERIOR, headers["ce-id"])] = text


async def registered(client: Client, actor: str, message_id: str) -> str:
    """The number that the sender is told."""
    notice = await next_notice(client, actor, message_id)
    assert notice.subject.split(".")[4] in ("petition_registered", "petition_sealed")
    return str(json.loads(notice.data)["petition"])


async def _seal(found: Planted, door: httpx.AsyncClient, partner: Client) -> None:
    cadre = content(ON_A_CADRE, accused=[{"name": NAME, "organisation": "虚构的某局", "rank": "county"}])
    headers = headers_of(SUBMIT)
    await send(partner, PARTNER, SUBMIT, submission(found.installation, cadre), headers)
    found.sealed["leader_principal"] = await registered(partner, PARTNER, headers["ce-id"])
    principal = content(ON_THE_PRINCIPAL, accused=[{"organisation": "雁峰区纪委监委", "post": "主要负责同志"}])
    answer = await door.post(
        f"/v1/{DISTRICT}/petitions", json=principal | {"channel": "web"}, headers={"Idempotency-Key": fresh()}
    )
    found.sealed[SUPERIOR] = answer.json()["petition"]


# -- malformed ones


async def _malform_http(installation: Installation, door: httpx.AsyncClient) -> None:
    petitions, ledger = f"/v1/{DISTRICT}/petitions", f"/v1/{DISTRICT}/ledger"
    key, words = {"Idempotency-Key": fresh()}, f"{NAME}{PHONE}{SENTENCE}"
    good = content(words) | {"channel": "web"}
    said = [
        await door.post(petitions, content=f'{{"text": "{words}'.encode(), headers=key),
        await door.post(petitions, content=words.encode("utf-16"), headers=key),
        await door.post(petitions, json={words: words}, headers=key),
        await door.post(petitions, json=good | {"channel": NAME}, headers=key),
        await door.post(petitions, json=good | {"village": PHONE}, headers=key),
        await door.post(petitions, json=good | {"accused": words}, headers=key),
        await door.post(petitions, json=good | {"text": words * 20_000}, headers=key),
        await door.post(petitions, json=good, headers={"Idempotency-Key": words.encode().hex()[:7]}),
        await door.post(f"/v1/{NAME}/petitions", json=good, headers=key),
        await door.post(f"/{NAME}/{PHONE}", json=good, headers=key),
        await door.post(ledger, content=words.encode(), headers=clerk(installation)),
        await door.post(ledger, content=table([{"反映内容": "x" * 20_001 + words}]), headers=clerk(installation)),
        await door.post(ledger, content=table([{"编号": words}]), headers=clerk(installation)),
        await door.post(ledger, params={"dry_run": words}, content=table([]), headers=clerk(installation)),
        await door.post(ledger, content=table([]), headers={b"Authorization": b"Bearer " + NAME.encode()}),
    ]
    assert not found_in({f"answer {number}": one.content for number, one in enumerate(said)}, WORDS)
    assert {one.status_code for one in said} <= {200, 401, 404, 413, 422}


async def _malform_pushes(installation: Installation, partner: Client) -> None:
    words = f"{NAME}{PHONE}{SENTENCE}"
    key = keys.public_key(installation.folder / "keys", f"{DISTRICT}.leader_principal")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "ECDH-ES", "kid": words}).encode()).rstrip(b"=").decode()
    wrong = [
        words.encode(),
        f'{{"channel": "{words}'.encode(),
        words.encode("gb18030"),
        json.dumps({"channel": "yidiantong", "content": words}).encode(),
        json.dumps({"channel": NAME, "content": seal(installation, content(words))}).encode(),
        json.dumps({"text": words, "reporter": {"contact": PHONE}}, ensure_ascii=False).encode(),
        json.dumps([words]).encode(),
        json.dumps({"channel": "yidiantong", "content": f"{header}.AA.AA.AA.AA"}).encode(),
        json.dumps({"channel": "yidiantong", "content": keys.seal(words.encode(), key)}).encode(),
        submission(installation, words.encode()),
        submission(installation, {"text": words, "accused": NAME}),
        submission(installation, {"text": [words], "reporter": {"contact": PHONE * 100}}),
        submission(installation, content(words), "nowhere"),
    ]
    for body in wrong:
        await send(partner, PARTNER, SUBMIT, body)
    for type_ in ("intake.sumbit_petition.v1", "intake.screen_petition.v1", PHONE):
        await send(partner, PARTNER, SUBMIT, content_bytes(words), headers_of(type_))
    structured = {"content-type": "application/cloudevents+json"}
    for event in (words, {"specversion": "1.0", "id": fresh(), "type": NAME, "source": "x", "data": words}):
        await send(partner, PARTNER, SUBMIT, json.dumps(event, ensure_ascii=False).encode(), structured)
    with pytest.raises(nats.js.errors.APIError):
        await send(partner, PARTNER, SUBMIT, words.encode() * 4_000)


def content_bytes(text: str) -> bytes:
    return json.dumps(content(text), ensure_ascii=False).encode()


async def _malform_inside(installation: Installation) -> None:
    """Who sits inside makes mistakes too: in words where codes belong, and for a district that is not here."""
    users = ("operator", *(f"{DISTRICT}.{one}" for one in ("office_petition", "unit_430406001", "leader_principal")))
    async with connected(installation, *users) as (operator, office, unit, leader):
        number = f"{DISTRICT}-2023-000001"
        screening = {"petition": number, "decision": {"kind": NAME, "basis": SENTENCE}}
        await send(office, "office_petition", "intake.screen_petition.v1", json.dumps(screening).encode())
        report = {"petition": PHONE, "version": 1, "outcome": SENTENCE}
        await send(unit, "unit_430406001", "review.submit_report.v1", json.dumps(report).encode())
        opinion = {"petition": number, "version": NAME, "returned": SENTENCE}
        await send(leader, "leader_principal", "review.give_opinion.v1", json.dumps(opinion).encode())
        elsewhere = subject_of("intake.declare_district.v1", "operator", "999999")
        headers = headers_of("intake.declare_district.v1")
        await operator.jetstream().publish(elsewhere, content_bytes(SENTENCE), headers=headers)


# -- what may have been left behind


@pytest.mark.parametrize("word", WORDS)
def test_the_search_finds_a_word_however_it_is_written(word: str) -> None:
    written = [
        json.dumps({"text": f"甲{word}"}).encode(),
        json.dumps({"text": f"甲{word}"}, ensure_ascii=False).encode(),
        f"甲{word}".encode("utf-16"),
        gzip.compress(f"甲{word}".encode()),
        f"甲{word}".encode().hex().encode(),
        *(base64.urlsafe_b64encode(b"x" * offset + f"{word}甲".encode()) for offset in range(3)),
        *(base64.b64encode(os.urandom(offset) + json.dumps(f"{word}甲").encode()) for offset in range(3)),
    ]
    for one in written:
        assert found_in({"evidence": one}, [word]), one
    assert all(len(spelling) > 8 for spelling in spellings(word))


def test_no_word_stands_anywhere_in_readable_form(planted: Planted) -> None:
    assert found_in(planted.evidence, WORDS) == []


def test_the_search_saw_what_there_is_to_see(planted: Planted) -> None:
    """Numbers and types may be told, and are found wherever the words could have been."""
    number = next(iter(planted.texts))
    told = {one.split(":")[0] for one in found_in(planted.evidence, [number, "petition_registered", "round"])}
    assert {"table intake.petitions", "table intake.rounds"} <= told
    assert any(name.startswith("postgres/cluster/base/") for name in told)
    assert any(name.startswith("postgres/cluster/pg_wal/") for name in told)
    assert {f"/metrics {service}" for service in ("intake", "routing", "review", "metrics")} <= told
    assert {f"logs/{service}.log" for service in ("intake", "metrics")} <= told
    assert any(name.startswith("trace ") for name in told)
    # The broker's store tells nobody anything: it is encrypted.
    store = [content for name, content in planted.evidence.items() if name.startswith("nats/jetstream/")]
    assert sum(map(len, store)) > 100_000
    assert not any(name.startswith("nats/jetstream/") for name in told)


def test_no_address_of_anybody_is_kept(planted: Planted) -> None:
    logs = {name: content for name, content in planted.evidence.items() if name.startswith("logs/")}
    logs = {
        name: b"\n".join(one for one in log.splitlines() if b"service.started" not in one) for name, log in logs.items()
    }
    tables = {name: content for name, content in planted.evidence.items() if name.startswith("table ")}
    assert found_in(logs | tables, ["127.0.0.1"]) == []


async def test_the_vault_holds_every_one_of_them(planted: Planted) -> None:
    assert len(planted.texts) == HTTP + LEDGER + PARTNERS + STRUCTURED + SUPERIORS
    master = keys.secret(planted.installation.folder / "keys", MASTER)
    found = {}
    for row in await rows(
        planted.installation,
        "SELECT petition, wrapped_key, ciphertext FROM intake.vault JOIN intake.documents USING (petition)",
    ):
        opened = documents.unlock(row["ciphertext"], row["petition"], documents.unwrap(row["wrapped_key"], master))
        petition = PetitionContent.model_validate_json(opened)
        assert petition.reporter is not None and (petition.reporter.name, petition.reporter.contact) == (NAME, PHONE)
        found[row["petition"]] = petition.text
    assert found == planted.texts


async def test_every_malformed_one_is_kept_for_the_vault_alone(planted: Planted) -> None:
    letters = await dead_letters(planted.installation)
    assert len(letters) == 12 + 3 + 2 + 4
    for letter in letters.values():
        headers, body = unsealed(planted.installation, letter)
        readable = {"message": body + json.dumps(headers, ensure_ascii=False).encode()}
        assert found_in(readable, WORDS) or letter.reason in ("CiphertextDoesNotOpen", "ValidationError")


# -- sealed ones


async def test_of_a_sealed_petition_only_number_time_and_reader_are_kept(planted: Planted) -> None:
    for reader, number in planted.sealed.items():
        (row,) = await rows(planted.installation, "SELECT state FROM intake.petitions WHERE petition = $1", number)
        state = json.loads(row["state"])
        kept = {name for name, value in state.items() if value not in (None, False)}
        assert kept - {"due_at"} == {"status", "reader", "received_at", "digest", "hand_over_due_at"}
        assert (state["status"], state["reader"]) == ("sealed", reader)
        for table_ in ("vault", "documents"):
            assert not await rows(planted.installation, f"SELECT 1 FROM intake.{table_} WHERE petition = $1", number)
        for table_ in ("routing.cases", "review.cases"):
            assert not await rows(planted.installation, f"SELECT 1 FROM {table_} WHERE petition = $1", number)


@pytest.mark.parametrize(("reader", "words"), [("leader_principal", ON_A_CADRE), (SUPERIOR, ON_THE_PRINCIPAL)])
async def test_its_one_reader_takes_it_and_nobody_else_can_open_it(planted: Planted, reader: str, words: str) -> None:
    installation = planted.installation
    async with connected(installation, f"{DISTRICT}.{reader}", "operator") as (client, operator):
        pull = await client.jetstream().pull_subscribe_bind(
            durable=f"sealed_{DISTRICT}_{reader}", stream=Stream.SEALED.value
        )
        (message,) = await pull.fetch(1, timeout=10)
        sealed = SealedPetition.model_validate_json(message.data)
        assert sealed.petition == planted.sealed[reader]
        folder = installation.folder / "keys"
        opened = keys.unseal(sealed.content, keys.private_key(folder, f"{DISTRICT}.{reader}"))
        assert PetitionContent.model_validate_json(opened).text == words
        others = {path.name.removesuffix(".private.json") for path in folder.glob("*.private.json")}
        for other in others - {f"{DISTRICT}.{reader}"}:
            with pytest.raises(Poison):
                keys.unseal(sealed.content, keys.private_key(folder, other))
        await message.ack_sync()
        subject = f"xf.{DISTRICT}.sealed.{reader}"
        left = await operator.jetstream().stream_info(Stream.SEALED.value, subjects_filter=subject)
        assert not left.state.subjects
