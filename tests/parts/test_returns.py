"""A reporter comes back with the receipt, on real servers: what they are told, what they add, and what nobody sees."""

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client
from xinfang_contracts.intake import PetitionContent, SealedPetition
from xinfang_contracts.registry import Stream, fact
from xinfang_contracts.review import CaseConcluded

from services.installation import Installation
from services.intake.returns import receipt
from services.intake.vault import documents
from services.intake.vault.masters import MASTER
from services.runtime import keys, tokens
from services.runtime.errors import Poison
from tests.eventually import eventually_sync
from tests.flows.canary import found_in
from tests.flows.outside import connected, fresh, headers_of, next_notice, seal, send

DISTRICT = "430406"
OFFICE = "office_petition"
SUPERIOR = "superior_430400"
CANARY = "金丝雀拟名"
WORDS = {
    "material": f"虚构的补充:{CANARY}的收据在抽屉里",
    "question": f"虚构的问题:{CANARY}是哪一年签的合同",
    "answer": f"虚构的答复:{CANARY}是前年签的",
    "sealed": f"虚构的密件补充:{CANARY}又收了画眉",
}
ON_LEADERSHIP = [{"organisation": "雁峰区纪委监委", "post": "主要负责同志"}]
_peers = count(1)


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """One installation for all; its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


@pytest.fixture
def http(installation: Installation) -> Iterator[httpx.Client]:
    """A client that counts as a peer of its own: behind a trusted proxy the peer is whom the proxy names."""
    peer = {"X-Forwarded-For": f"192.0.2.{next(_peers)}"}
    with httpx.Client(base_url=base_url(installation), timeout=40, headers=peer) as client:
        yield client


def base_url(installation: Installation) -> str:
    return f"http://127.0.0.1:{installation.running['intake'].port}"


def hand_in(http: httpx.Client, **changes: Any) -> dict[str, str]:
    given = {"channel": "web", "text": f"虚构:{CANARY}的鱼塘"} | changes
    response = http.post(f"/v1/{DISTRICT}/petitions", json=given, headers={"Idempotency-Key": fresh("return")})
    assert response.status_code == 201
    taken: dict[str, str] = response.json()
    return taken


def post(http: httpx.Client, where: str, key: str | None = None, **given: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or fresh("return")}
    return http.post(f"/v1/{DISTRICT}/returns{where}", json=given, headers=headers)


def returned(http: httpx.Client, code: str) -> dict[str, Any]:
    response = post(http, "", receipt=code)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    told: dict[str, Any] = response.json()
    return told


def refusal(response: httpx.Response, status: int) -> tuple[str, list[str]]:
    """The reason and the places of an error, bilingual, and silent about what was sent."""
    assert response.status_code == status, response.text
    assert CANARY not in response.text
    body = response.json()
    assert " / " in body["text"] and body["text"][0] > "\u3000"
    return body["reason"], [fault["where"] for fault in body["errors"]]


def rows(installation: Installation, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(installation.postgres.url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    return asyncio.run(run())


def documents(installation: Installation, petition: str) -> dict[str, list[str]]:
    """What the vault holds of a petition, opened: kind -> texts."""
    master = keys.secret(installation.folder / "keys", MASTER)
    found: dict[str, list[str]] = {}
    for row in rows(
        installation,
        "SELECT kind, wrapped_key, ciphertext FROM intake.vault JOIN intake.documents USING (petition)"
        " WHERE petition = $1",
        petition,
    ):
        text = documents.unlock(row["ciphertext"], petition, documents.unwrap(row["wrapped_key"], master))
        found.setdefault(row["kind"], []).append(text.decode())
    return found


def command(installation: Installation, type_: str, **body: Any) -> dict[str, Any]:
    """Send a command as the petition office; returns what it is told."""

    async def run() -> dict[str, Any]:
        async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
            headers = headers_of(type_)
            await send(office, OFFICE, type_, json.dumps(body).encode(), headers)
            notice = await next_notice(office, OFFICE, headers["ce-id"])
            told: dict[str, Any] = json.loads(notice.data) | {"told": notice.subject.split(".")[4]}
            return told

    return asyncio.run(run())


def ask(installation: Installation, petition: str, text: str = WORDS["question"]) -> dict[str, Any]:
    content = seal(installation, text.encode())
    return command(installation, "intake.ask_reporter.v1", petition=petition, content=content)


def screen(installation: Installation, petition: str, **decision: Any) -> dict[str, Any]:
    return command(installation, "intake.screen_petition.v1", petition=petition, decision=decision)


# -- how it stands


def test_who_comes_back_with_the_code_is_told_how_it_stands(http: httpx.Client) -> None:
    taken = hand_in(http)
    told = returned(http, taken["receipt"])
    assert set(told) == {"petition", "status", "since", "text", "next_step", "questions", "materials"}
    assert (told["petition"], told["status"]) == (taken["petition"], "registered")
    assert (told["questions"], told["materials"]) == ([], 0)


def test_the_code_may_be_written_as_it_was_heard(http: httpx.Client) -> None:
    taken = hand_in(http)
    heard = taken["receipt"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert returned(http, heard)["petition"] == taken["petition"]


def test_a_sealed_petition_is_told_of_in_the_same_words(http: httpx.Client, installation: Installation) -> None:
    open_, sealed = hand_in(http), hand_in(http, accused=ON_LEADERSHIP)
    (row,) = rows(
        installation, "SELECT state->>'status' AS s FROM intake.petitions WHERE petition = $1", sealed["petition"]
    )
    assert row["s"] == "sealed"
    for _ in range(2):
        one, other = (returned(http, taken["receipt"]) for taken in (open_, sealed))
        assert one.pop("petition") != other.pop("petition")
        assert one == other
        added = [post(http, "/material", receipt=taken["receipt"], text="再说一点") for taken in (open_, sealed)]
        assert [answer.status_code for answer in added] == [201, 201]
        assert [set(answer.json()) for answer in added] == [{"petition"}] * 2


@pytest.mark.parametrize(
    ("decision", "status", "word"),
    [
        (
            {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": True},
            "accepted",
            "已受理",
        ),
        ({"kind": "refer", "receiver": "court", "basis": "规则13"}, "referred", "法院"),
        ({"kind": "decline", "ground": "no_substance", "basis": "规则13"}, "declined", "没有实质内容"),
        ({"kind": "keep_on_file", "basis": "规则14"}, "kept_on_file", "留存备查"),
    ],
)
def test_what_was_decided_is_told(
    http: httpx.Client, installation: Installation, decision: dict[str, Any], status: str, word: str
) -> None:
    taken = hand_in(http)
    screen(installation, taken["petition"], **decision)
    told = returned(http, taken["receipt"])
    assert told["status"] == status
    assert word in told["text"]


def test_that_a_case_is_concluded_is_told(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http)
    accept = {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": True}
    traits = screen(installation, taken["petition"], **accept)["traits"]
    concluded = CaseConcluded.model_validate(
        {
            "petition": taken["petition"],
            "traits": traits,
            "unit": "unit_430406001",
            "chain": "joint",
            "jointly_reviewed": True,
            "version": 1,
            "outcome": "proved",
            "concluded_on": "2099-01-02",
        }
    )

    async def say() -> None:
        async with connected(installation, "review") as (review,):
            headers = headers_of("review.case_concluded.v1", **{"ce-time": "2099-01-02T10:00:00+08:00"})
            subject = fact("review", CaseConcluded).subject(DISTRICT)
            await review.jetstream().publish(subject, concluded.model_dump_json().encode(), headers=headers)

    assert returned(http, taken["receipt"])["status"] == "accepted"
    asyncio.run(say())
    assert eventually_sync(lambda: returned(http, taken["receipt"])["status"] == "concluded")
    assert returned(http, taken["receipt"])["since"] == "2099-01-02"


def test_a_partners_own_receipt_leads_to_its_petition(http: httpx.Client, installation: Installation) -> None:
    code = fresh("partners-receipt")

    async def push() -> str:
        async with connected(installation, f"{DISTRICT}.partner_yidiantong") as (partner,):
            headers = headers_of("intake.submit_petition.v1")
            content = {"text": f"虚构:{CANARY}", "receipt": code}
            body = json.dumps({"channel": "yidiantong", "content": seal(installation, content)}).encode()
            await send(partner, "partner_yidiantong", "intake.submit_petition.v1", body, headers)
            notice = await next_notice(partner, "partner_yidiantong", headers["ce-id"])
            return str(json.loads(notice.data)["petition"])

    number = asyncio.run(push())
    assert returned(http, code)["petition"] == number


# -- material, questions, answers


def test_material_ends_in_the_vault_once(http: httpx.Client, installation: Installation) -> None:
    taken, key = hand_in(http), fresh("material")
    first, again = (post(http, "/material", key, receipt=taken["receipt"], text=WORDS["material"]) for _ in range(2))
    assert [first.status_code, again.status_code] == [201, 200]
    assert first.json() == again.json() == {"petition": taken["petition"]}
    assert documents(installation, taken["petition"])["material"] == [WORDS["material"]]
    assert returned(http, taken["receipt"])["materials"] == 1
    changed = post(http, "/material", key, receipt=taken["receipt"], text="另一内容")
    assert refusal(changed, 409) == ("id_reused", ["Idempotency-Key"])


def test_material_for_a_sealed_petition_goes_to_its_one_reader(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http, accused=ON_LEADERSHIP)
    assert post(http, "/material", receipt=taken["receipt"], text=WORDS["sealed"]).status_code == 201
    assert documents(installation, taken["petition"]) == {}
    folder = installation.folder / "keys"

    async def read(superior: Client) -> list[str]:
        js = superior.jetstream(timeout=10)
        pull = await js.pull_subscribe_bind(durable=f"sealed_{DISTRICT}_{SUPERIOR}", stream=Stream.SEALED.value)
        texts: list[str] = []
        while WORDS["sealed"] not in texts:
            for message in await pull.fetch(10, timeout=10):
                one = SealedPetition.model_validate_json(message.data)
                with pytest.raises(Poison):
                    keys.unseal(one.content, keys.private_key(folder, keys.VAULT))
                if one.petition == taken["petition"]:
                    opened = keys.unseal(one.content, keys.private_key(folder, f"{DISTRICT}.{SUPERIOR}"))
                    texts.append(PetitionContent.model_validate_json(opened).text)
                await message.ack()
        return texts

    async def run() -> list[str]:
        async with connected(installation, f"{DISTRICT}.{SUPERIOR}") as (superior,):
            return await read(superior)

    assert len(asyncio.run(run())) == 2


def test_a_question_is_read_and_answered_once(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http)
    asked = ask(installation, taken["petition"])
    assert asked["told"] == "reporter_asked"
    (question,) = returned(http, taken["receipt"])["questions"]
    assert (question["text"], question["answered"]) == (WORDS["question"], False)
    assert question["id"] == asked["document"]["document"]
    given = {"receipt": taken["receipt"], "question": question["id"], "text": WORDS["answer"]}
    key = fresh("answer")
    assert [post(http, "/answers", key, **given).status_code for _ in range(2)] == [201, 200]
    assert refusal(post(http, "/answers", **given), 409) == ("already_answered", ["question"])
    assert documents(installation, taken["petition"])["answer"] == [WORDS["answer"]]
    (question,) = returned(http, taken["receipt"])["questions"]
    assert question["answered"] is True


def test_questions_stand_in_the_order_in_which_they_were_asked(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http)
    words = [f"虚构的问题{number}" for number in range(6)]
    for text in words:
        ask(installation, taken["petition"], text)
    assert [question["text"] for question in returned(http, taken["receipt"])["questions"]] == words


def test_who_answers_twenty_times_at_once_has_answered_once(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http)
    question = ask(installation, taken["petition"])["document"]["document"]

    async def race() -> list[int]:
        async with httpx.AsyncClient(base_url=base_url(installation), timeout=40) as client:
            given = {"receipt": taken["receipt"], "question": question, "text": "虚构"}
            posts = (
                client.post(
                    f"/v1/{DISTRICT}/returns/answers", json=given, headers={"Idempotency-Key": fresh("answers")}
                )
                for _ in range(20)
            )
            return sorted(answer.status_code for answer in await asyncio.gather(*posts))

    assert asyncio.run(race()) == [201] + [409] * 19
    assert len(documents(installation, taken["petition"])["answer"]) == 1


def test_a_question_that_nobody_asked_cannot_be_answered(http: httpx.Client, installation: Installation) -> None:
    taken, other = hand_in(http), hand_in(http)
    elsewhere = ask(installation, other["petition"])["document"]["document"]
    for question in (elsewhere, "00000000-0000-0000-0000-000000000000"):
        answer = post(http, "/answers", receipt=taken["receipt"], question=question, text="虚构")
        assert refusal(answer, 404) == ("unknown_question", ["question"])
    answer = post(http, "/answers", receipt=taken["receipt"], question=CANARY, text="虚构")
    assert refusal(answer, 422) == ("wrong_shape", ["question"])


def test_the_reporter_of_a_sealed_petition_is_not_asked_from_here(
    http: httpx.Client, installation: Installation
) -> None:
    assert ask(installation, hand_in(http, accused=ON_LEADERSHIP)["petition"])["reason"] == "not_entitled"


# -- a lost receipt


def token_of(installation: Installation, actor: str = OFFICE) -> dict[str, str]:
    token = tokens.make(keys.secret(installation.folder / "keys", tokens.SECRET), actor, DISTRICT, 1)
    return {"Authorization": f"Bearer {token}"}


def replace(
    http: httpx.Client, installation: Installation, petition: str, key: str | None = None, **changes: Any
) -> httpx.Response:
    body = {"in_person": True, "identity_checked": True} | changes
    headers = {"Idempotency-Key": key or fresh("replace")} | token_of(installation)
    return http.post(f"/v1/{DISTRICT}/petitions/{petition}/receipt", json=body, headers=headers)


@pytest.mark.parametrize("accused", [[], ON_LEADERSHIP], ids=["open", "sealed"])
def test_a_lost_receipt_is_replaced_and_the_old_one_no_longer_works(
    http: httpx.Client, installation: Installation, accused: list[dict[str, str]]
) -> None:
    taken, key = hand_in(http, accused=accused), fresh("replace")
    first, again = (replace(http, installation, taken["petition"], key) for _ in range(2))
    assert [first.status_code, again.status_code] == [201, 200]
    assert first.json() == again.json()
    code = first.json()["receipt"]
    assert receipt.read(code) == code != taken["receipt"]
    assert refusal(post(http, "", receipt=taken["receipt"]), 404) == ("unknown_receipt", [])
    assert returned(http, code)["petition"] == taken["petition"]


@pytest.mark.parametrize(
    "changes", [{"in_person": False}, {"identity_checked": False}, {"in_person": None}, {"name": CANARY}]
)
def test_nobody_vouched_for_gets_a_new_receipt(
    http: httpx.Client, installation: Installation, changes: dict[str, Any]
) -> None:
    taken = hand_in(http)
    assert refusal(replace(http, installation, taken["petition"], **changes), 422)[0] == "wrong_shape"
    assert returned(http, taken["receipt"])["petition"] == taken["petition"]


@pytest.mark.parametrize("number", ["430406-2023-999999", "430407-2023-000001"])
def test_a_number_that_is_not_there_is_not_found(http: httpx.Client, installation: Installation, number: str) -> None:
    assert refusal(replace(http, installation, number), 404) == ("unknown_petition", ["petition"])


@pytest.mark.parametrize(("actor", "status"), [(None, 401), ("office_trial", 403), ("unit_430406001", 403)])
def test_only_the_petition_office_replaces(
    http: httpx.Client, installation: Installation, actor: str | None, status: int
) -> None:
    headers = {"Idempotency-Key": fresh("replace")} | ({} if actor is None else token_of(installation, actor))
    body = {"in_person": True, "identity_checked": True}
    where = f"/v1/{DISTRICT}/petitions/{hand_in(http)['petition']}/receipt"
    assert http.post(where, json=body, headers=headers).status_code == status


# -- guesses


def test_a_mistyped_code_is_told_apart_from_an_unknown_one(http: httpx.Client) -> None:
    unknown = receipt.write(bytes(10))
    mistyped = unknown[:-1] + ("1" if unknown[-1] != "1" else "2")
    assert refusal(post(http, "", receipt=unknown), 404) == ("unknown_receipt", [])
    for code in (mistyped, "ABC", "金丝雀"):
        assert refusal(post(http, "", receipt=code), 422) == ("mistyped_receipt", ["receipt"])


def test_after_ten_wrong_codes_a_peer_waits_and_no_other_does(http: httpx.Client, installation: Installation) -> None:
    taken = hand_in(http)
    for number in range(10):
        assert post(http, "", receipt=receipt.write(number.to_bytes(10))).status_code == 404
    for where, more in (("", {}), ("/material", {"text": "虚构"})):
        refused = post(http, where, receipt=taken["receipt"], **more)
        assert refusal(refused, 429) == ("too_many_tries", [])
        assert 0 < int(refused.headers["retry-after"]) <= 900
    page = http.post(f"/{DISTRICT}/status", data={"receipt": taken["receipt"]})
    assert page.status_code == 429
    with httpx.Client(base_url=base_url(installation), timeout=40) as other:
        assert returned(other, taken["receipt"])["petition"] == taken["petition"]


def test_a_slip_counts_a_tenth_and_a_right_code_nothing(http: httpx.Client) -> None:
    taken = hand_in(http)
    for _ in range(99):
        assert post(http, "", receipt="ABC").status_code == 422
    for _ in range(3):
        returned(http, taken["receipt"])
    assert post(http, "", receipt="ABC").status_code == 422
    assert post(http, "", receipt=taken["receipt"]).status_code == 429


# -- when things go wrong


@pytest.mark.parametrize("district", ["990001", "x"])
def test_an_unknown_district_is_not_found(http: httpx.Client, district: str) -> None:
    answer = http.post(f"/v1/{district}/returns", json={"receipt": receipt.write(bytes(10))})
    assert refusal(answer, 404) == ("unknown_district", [])
    assert http.get(f"/{district}/status").status_code == 404


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"receipt": ""}, "receipt"),
        ({"receipt": None}, "receipt"),
        ({"receipt": "x" * 101}, "receipt"),
        ({"text": ""}, "text"),
        ({"text": " \n\u3000"}, "text"),
        ({"text": f"{CANARY}\x00"}, "text"),
        ({"text": "字" * 20_001}, "text"),
        ({CANARY: CANARY}, "body"),
    ],
)
def test_a_wrong_shape_is_told_by_place_and_never_by_content(
    http: httpx.Client, given: dict[str, Any], where: str
) -> None:
    body = {"receipt": receipt.write(bytes(10)), "text": CANARY} | given
    assert refusal(post(http, "/material", **body), 422) == ("wrong_shape", [where])


@pytest.mark.parametrize("action", ["", "/material", "/answer"])
@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"receipt=%FF%00%ED%A0%80&text=%FF%00&key=%FF", "application/x-www-form-urlencoded"),
        (f"receipt={CANARY}&text={CANARY}&key=1&question={CANARY}".encode(), "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="receipt"; filename="a"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"{}", "application/json"),
        (b"a=1&" * 5_000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_is_none_is_answered_with_a_page(
    http: httpx.Client, action: str, body: bytes, media_type: str
) -> None:
    answer = http.post(f"/{DISTRICT}/status{action}", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert 'role="alert"' in answer.text


def test_while_the_database_is_away_everything_can_be_sent_again(
    http: httpx.Client, installation: Installation
) -> None:
    taken, key = hand_in(http), fresh("away")
    form = {"receipt": taken["receipt"], "text": WORDS["material"], "key": fresh("away-page")}
    installation.postgres.stop()
    try:
        said = [post(http, "", receipt=taken["receipt"])]
        said.append(post(http, "/material", key, receipt=taken["receipt"], text=WORDS["material"]))
        page = http.post(f"/{DISTRICT}/status/material", data=form)
    finally:
        installation.postgres.start()
    for answer in said:
        assert refusal(answer, 503) == ("try_again", [])
    # A page gives back what was written: it is nowhere else.
    assert page.status_code == 503 and WORDS["material"] in page.text and form["key"] in page.text
    installation.wait_ready(["intake"])
    again = {"key": key, "receipt": taken["receipt"], "text": WORDS["material"]}
    assert eventually_sync(lambda: post(http, "/material", **again).status_code in (200, 201))
    assert http.post(f"/{DISTRICT}/status/material", data=form).status_code == 200
    assert documents(installation, taken["petition"])["material"] == [WORDS["material"]] * 2


def test_what_was_said_on_a_return_stands_nowhere_in_readable_form(
    http: httpx.Client, installation: Installation
) -> None:
    taken = hand_in(http)
    assert post(http, "/material", receipt=taken["receipt"], text=WORDS["material"]).status_code == 201
    question = ask(installation, taken["petition"])["document"]["document"]
    assert len(returned(http, taken["receipt"])["questions"]) == 1
    given = {"receipt": taken["receipt"], "question": question, "text": WORDS["answer"]}
    assert post(http, "/answers", **given).status_code == 201
    code = replace(http, installation, taken["petition"]).json()["receipt"]
    returned(http, code)
    evidence = {
        str(path.relative_to(installation.folder)): path.read_bytes()
        for part in ("nats", "postgres", "logs")
        for path in (installation.folder / part).rglob("*")
        if path.is_file() and not path.is_symlink()
    }
    assert found_in(evidence, [CANARY, *WORDS.values(), taken["receipt"], code]) == []
    assert found_in(evidence, ["material_added", "receipt_replaced"])
    logs = "".join(log.decode() for name, log in evidence.items() if name.startswith("logs/"))
    lines = [line for line in logs.splitlines() if "service.started" not in line]
    assert not any("192.0.2." in line or "127.0.0.1" in line for line in lines)
