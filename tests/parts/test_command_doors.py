"""Command doors on real servers: who may speak, that it is said once, that an answer tells no more than a notice."""

import asyncio
import base64
import json
import secrets
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from xinfang_contracts.registry import REGISTRY, Kind, Stream

from services.embedded import issuer
from services.installation import ISSUER_JWKS, Installation
from services.runtime import keys, tokens
from tests.conftest import Install
from tests.flows.outside import PARTNER, connected, next_notice, rest, stored

from .speaking import DISTRICT, address, claims_of, issuer_key, queue_of, say, sealed, token_of

OFFICE, UNIT, TRIAL = "office_petition", "unit_430406001", "office_trial"
SERVICES = ("intake", "routing", "review")
COMMANDS = [entry for entry in REGISTRY if entry.kind is Kind.COMMAND]
OPEN = {entry.name for entry in COMMANDS if set(entry.actors) - {"door", "operator"}}


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation; its time is the broker's."""
    return install(replay=False)


def registered(installation: Installation, text: str = "虚构的一件") -> str:
    """A petition that is in, handed in by the petition office over its command door."""
    body = {"channel": "letter", "content": sealed(installation, {"text": text})}
    answer = say(installation, "intake", "submit_petition", body, actor=OFFICE)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["told"][0]["body"]["petition"]
    return number


def accept(petition: str, unit: str = UNIT) -> dict[str, Any]:
    decision = {"kind": "accept", "category": "masses", "rank": "staff", "responsible_unit": unit, "real_name": False}
    return {"petition": petition, "decision": decision}


def forged(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return ".".join([*parts, signature])


def spoiled(installation: Installation, how: str) -> str:
    """A token that must not count, by what is wrong with it."""
    now, key = int(time.time()), issuer_key(installation)
    public = (installation.folder / "keys" / ISSUER_JWKS).read_text()
    match how:
        case "none at all":
            return ""
        case "no token":
            return "x.y.z"
        case "expired":
            return token_of(installation, OFFICE, exp=now - 120, iat=now - 4000)
        case "without an end":
            return token_of(installation, OFFICE, exp=None)
        case "for another audience":
            return token_of(installation, OFFICE, aud="another-service")
        case "of another issuer":
            return token_of(installation, OFFICE, iss="https://issuer.example")
        case "by an unknown key":
            return issuer.sign(OKPKey.generate_key("Ed25519", parameters={"kid": "nobody"}), claims_of(OFFICE))
        case "by another key under a known name":
            return issuer.sign(OKPKey.generate_key("Ed25519", parameters={"kid": str(key.kid)}), claims_of(OFFICE))
        case "alg none":
            return forged({"alg": "none", "kid": key.kid}, claims_of(OFFICE))
        case "HS256 under the public key":
            claims = claims_of(OFFICE) | {"iss": "xinfang", "aud": "xinfang-doors", "district": DISTRICT, "sub": OFFICE}
            secret = OctKey.import_key(public)
            return jwt.encode({"alg": "HS256", "kid": key.kid}, claims, secret, algorithms=["HS256"])
        case "changed":
            head, _, signature = token_of(installation, TRIAL).split(".")
            return ".".join([head, token_of(installation, OFFICE).split(".")[1], signature])
    raise ValueError(how)


BAD = (
    "none at all",
    "no token",
    "expired",
    "without an end",
    "for another audience",
    "of another issuer",
    "by an unknown key",
    "by another key under a known name",
    "alg none",
    "HS256 under the public key",
    "changed",
)


@pytest.mark.parametrize("service", SERVICES)
def test_every_command_that_an_actor_may_send_has_a_door_with_its_schema(
    installation: Installation, service: str
) -> None:
    document = httpx.get(f"{address(installation, service)}/openapi.json").json()
    doors = {
        path.removeprefix("/v1/{district}/commands/"): at["post"]
        for path, at in document["paths"].items()
        if path.startswith("/v1/{district}/commands/")
    }
    assert set(doors) == {entry.name for entry in COMMANDS if entry.owner == service} & OPEN
    for entry in COMMANDS:
        if entry.name in doors and entry.owner == service:
            schema = doors[entry.name]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert schema.rsplit("/", 1)[1] == entry.model.__name__


@pytest.mark.parametrize("entry", [one for one in COMMANDS if one.name not in OPEN], ids=lambda one: one.name)
def test_what_doors_and_operators_say_has_no_command_door(installation: Installation, entry: Any) -> None:
    assert say(installation, entry.owner, entry.name, {}, actor=OFFICE).status_code == 404


@pytest.mark.parametrize("how", BAD)
def test_a_token_that_does_not_hold_opens_no_door(installation: Installation, how: str) -> None:
    petition = f"{DISTRICT}-2026-000001"
    for service, name, body in (
        ("intake", "screen_petition", accept(petition)),
        ("routing", "declare_tie", {"petition": petition}),
        ("review", "record_settlement", {"petition": petition}),
    ):
        answer = say(installation, service, name, body, token=spoiled(installation, how))
        assert (answer.status_code, answer.json()["reason"]) == (401, "no_valid_token")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("actor", "district"),
    [(OFFICE, "430407"), ("office_nowhere", DISTRICT), ("dashboard", DISTRICT), ("door", DISTRICT)],
)
def test_somebody_who_is_none_of_the_districts_is_turned_away(
    installation: Installation, actor: str, district: str
) -> None:
    token = token_of(installation, actor, district)
    answer = say(installation, "intake", "screen_petition", accept(f"{DISTRICT}-2026-000001"), token=token)
    assert (answer.status_code, answer.json()["reason"]) == (403, "not_entitled")


@pytest.mark.parametrize(
    ("service", "name", "actor"),
    [("intake", "screen_petition", UNIT), ("review", "give_opinion", UNIT), ("routing", "name_leader", OFFICE)],
)
def test_a_command_of_other_kinds_of_actor_is_not_ones_own(
    installation: Installation, service: str, name: str, actor: str
) -> None:
    # Told before anything is said of what is wrong in the body.
    answer = say(installation, service, name, {"nonsense": True}, actor=actor)
    assert (answer.status_code, answer.json()["reason"]) == (403, "not_entitled")


def test_our_own_tokens_still_open_every_door(installation: Installation) -> None:
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    token = tokens.make(secret, OFFICE, DISTRICT, hours=1)
    body = {"channel": "letter", "content": sealed(installation, {"text": "虚构"})}
    assert say(installation, "intake", "submit_petition", body, token=token).status_code == 201
    expired = tokens.make(secret, OFFICE, DISTRICT, hours=-1)
    assert say(installation, "intake", "submit_petition", body, token=expired).status_code == 401


def test_the_same_key_is_the_same_command_and_another_body_under_it_is_refused(installation: Installation) -> None:
    body = {"channel": "letter", "content": sealed(installation, {"text": "虚构:同一件"})}
    key = secrets.token_urlsafe(24)
    first = say(installation, "intake", "submit_petition", body, actor=OFFICE, key=key)
    again = say(installation, "intake", "submit_petition", body, actor=OFFICE, key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = say(installation, "intake", "submit_petition", body | {"channel": "visit"}, actor=OFFICE, key=key)
    assert (other.status_code, other.json()["reason"]) == (409, "id_reused")
    # Another command under the key, and another speaker's same key, are not the same thing.
    screened = say(installation, "intake", "screen_petition", accept(f"{DISTRICT}-2026-000001"), actor=OFFICE, key=key)
    assert screened.json()["reason"] == "id_reused"
    partner = say(installation, "intake", "screen_petition", accept(f"{DISTRICT}-2026-999999"), actor=TRIAL, key=key)
    assert partner.json()["reason"] != "id_reused"


def test_two_at_once_under_one_key_are_one(installation: Installation) -> None:
    body = {"channel": "letter", "content": sealed(installation, {"text": "虚构:两次"})}
    key = secrets.token_urlsafe(24)

    async def both() -> list[str]:
        one = asyncio.to_thread(say, installation, "intake", "submit_petition", body, actor=OFFICE, key=key)
        two = asyncio.to_thread(say, installation, "intake", "submit_petition", body, actor=OFFICE, key=key)
        return [answer.json()["told"][0]["body"]["petition"] for answer in await asyncio.gather(one, two)]

    assert len(set(asyncio.run(both()))) == 1


@pytest.mark.parametrize("key", ["", "short", "138 0000 0000 0000 0000 0", "一" * 24, "x" * 65])
def test_a_key_that_is_not_made_by_chance_is_refused(installation: Installation, key: str) -> None:
    headers: dict[str, str | bytes] = {"Authorization": f"Bearer {token_of(installation, OFFICE)}"}
    if key:
        headers["Idempotency-Key"] = key.encode()
    where = f"{address(installation, 'intake')}/v1/{DISTRICT}/commands/screen_petition"
    body = accept(f"{DISTRICT}-2026-000001")
    answer = httpx.post(where, json=body, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["reason"]) == (422, "wrong_shape")


def test_what_is_wrong_is_named_and_never_repeated(installation: Installation) -> None:
    answer = say(installation, "intake", "submit_petition", {"channel": "金丝雀拟名"}, actor=OFFICE)
    assert answer.status_code == 422
    assert "金丝雀" not in answer.text
    assert {one["where"] for one in answer.json()["errors"]} == {"channel", "content"}
    closed = {"channel": "letter", "content": sealed(installation, {"words": "金丝雀拟名"})}
    unopened = say(installation, "intake", "submit_petition", closed, actor=OFFICE)
    assert (unopened.status_code, unopened.json()["reason"]) == (422, "wrong_shape")


def test_a_refusal_says_why_in_chinese_and_stands_as_a_fact(installation: Installation) -> None:
    petition = registered(installation)
    assert say(installation, "intake", "screen_petition", accept(petition), actor=TRIAL).status_code == 409
    assert say(installation, "intake", "screen_petition", accept(petition), actor=OFFICE).status_code == 201
    twice = say(installation, "intake", "screen_petition", accept(petition), actor=OFFICE)
    assert (twice.status_code, twice.json()["reason"]) == (409, "already_decided")
    assert twice.json()["text"].startswith("已经办过")
    early = say(installation, "review", "record_settlement", {"petition": f"{DISTRICT}-2026-999998"}, actor=OFFICE)
    assert (early.status_code, early.json()["reason"]) == (409, "not_yet")
    assert early.headers["retry-after"] == "5"


def test_the_answer_is_what_the_speakers_own_notice_says(installation: Installation) -> None:
    # What is proposed on a petition stands in the fact; whoever handed it in is told without it.
    text = "虚构:张某拖欠我的工资,已经起诉到法院,法院还没有判决"
    body = {"channel": "yidiantong", "content": sealed(installation, {"text": text})}
    answer = say(installation, "intake", "submit_petition", body, actor=PARTNER).json()

    async def heard() -> tuple[Any, Any]:
        await rest(installation)
        async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
            notice = await next_notice(partner, PARTNER, answer["command_id"])
        facts = [one for one in await stored(installation, Stream.EVENTS) if _caused(one) == answer["command_id"]]
        return json.loads(notice.data), json.loads(facts[0].data)

    notice, fact = asyncio.run(heard())
    assert answer["told"] == [{"fact": "petition_registered", "body": notice}]
    assert "proposals" in fact and "proposals" not in notice


def _caused(message: Any) -> str | None:
    found: str | None = (message.headers or {}).get("ce-causationid")
    return found


def test_queues_hold_what_waits_for_their_reader_and_nobody_else(installation: Installation) -> None:
    petition = registered(installation)
    assert petition in {one["petition"] for one in queue_of(installation, "intake", OFFICE)}
    assert queue_of(installation, "intake", TRIAL) == []
    say(installation, "intake", "screen_petition", accept(petition, "unit_430406002"), actor=OFFICE)
    asyncio.run(rest(installation))
    assert petition not in {one["petition"] for one in queue_of(installation, "intake", OFFICE)}
    handled = [one for one in queue_of(installation, "routing", "unit_430406002") if one["petition"] == petition]
    assert [one["task"] for one in handled] == ["handle"] and handled[0]["due_at"]
    assert petition not in {one["petition"] for one in queue_of(installation, "routing", UNIT)}
    where = f"{address(installation, 'routing')}/v1/{DISTRICT}/queue"
    assert httpx.get(where, headers={"Authorization": "Bearer x"}).status_code == 401
