"""The desk's doors on real servers: signing in, what other pages may not do, reading, and what a thief cannot sign."""

import asyncio
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc.jwk import OKPKey
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.review import GiveOpinion, ReturnReason
from xinfang_contracts.signing import RevokeKey

from services.installation import Installation
from services.review.signing.pen import Pen
from services.runtime import keys
from tests.conftest import Install
from tests.eventually import eventually_sync
from tests.flows.outside import connected, headers_of, rows

from .speaking import DISTRICT, Pens, address, operator_says, queue_of, say, sealed, token_of

OFFICE, UNIT, TRIAL = "office_petition", "unit_430406001", "office_trial"
LETTER, REPORT = "虚构金丝雀信件", "虚构金丝雀报告"


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation; its time is the broker's, its signatures are required."""
    return install(replay=False)


@pytest.fixture(scope="module")
def pens(installation: Installation) -> Pens:
    """Persons of three offices."""
    found = Pens(installation)
    found.enrol(OFFICE, TRIAL, "office_supervision_1")
    return found


@pytest.fixture(scope="module")
def case(installation: Installation, pens: Pens) -> tuple[str, dict[str, Any]]:
    """A case under review: its number, and the notice of its report."""
    return under_review(installation)


def under_review(installation: Installation) -> tuple[str, dict[str, Any]]:
    content = sealed(installation, {"text": LETTER})
    body = {"channel": "letter", "content": content}
    taken = say(installation, "intake", "submit_petition", body, actor=OFFICE).json()
    petition = taken["told"][0]["body"]["petition"]
    decision = {"kind": "accept", "category": "masses", "rank": "staff", "responsible_unit": UNIT, "real_name": False}
    say(installation, "intake", "screen_petition", {"petition": petition, "decision": decision}, actor=OFFICE)
    eventually_sync(lambda: any(one["petition"] == petition for one in queue_of(installation, "routing", UNIT)))
    deposit = {"petition": petition, "kind": "report", "content": sealed(installation, {"text": REPORT})}
    put = eventually_sync(lambda: _put(installation, deposit), seconds=20)
    report = {"petition": petition, "version": 1, "outcome": "proved", "report": put}
    answer = eventually_sync(lambda: _reported(installation, report), seconds=20)
    return petition, answer


def _put(installation: Installation, deposit: dict[str, Any]) -> Any:
    answer = say(installation, "intake", "deposit_document", deposit, actor=UNIT)
    return answer.json()["told"][0]["body"]["document"] if answer.status_code == 201 else None


def _reported(installation: Installation, report: dict[str, Any]) -> Any:
    answer = say(installation, "review", "submit_report", report, actor=UNIT)
    return answer.json()["told"][0]["body"] if answer.status_code == 201 else None


class Browsing:
    """As a browser asks: with the page it comes from, and its cookies."""

    def __init__(self, installation: Installation) -> None:
        self.origin = address(installation, "review")
        self.http = httpx.Client(base_url=self.origin, timeout=40)

    def enter(self, actor: str, number: str = "p_somebody") -> httpx.Response:
        """By the issuer and back."""
        sent = self.http.get("/desk/sign-in")
        chosen = {"who": f"{DISTRICT}.{actor}", "person": number}
        back = self.http.post(sent.headers["location"], data=chosen)
        return self.http.get(back.headers["location"])

    def post(self, path: str, body: Any, *, origin: str | None = "", key: str | None = None) -> httpx.Response:
        """What a script of the page asks; ``origin``: of another page, None for none."""
        headers = {"Idempotency-Key": key or secrets.token_urlsafe(24)}
        if origin is not None:
            headers["Origin"] = origin or self.origin
        return self.http.post(path, json=body, headers=headers)


@pytest.fixture
def browsing(installation: Installation) -> Iterator[Browsing]:
    """Somebody's browser."""
    found = Browsing(installation)
    with found.http:
        yield found


def test_a_session_is_a_cookie_that_no_script_reads_and_no_other_page_sends(browsing: Browsing) -> None:
    entered = browsing.enter(TRIAL)
    assert entered.status_code == 200
    set_by = [one for one in entered.headers.get_list("set-cookie") if one.startswith("xinfang_desk=")]
    assert len(set_by) == 1
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in set_by[0]
    assert "案件审理室" in browsing.http.get("/desk").text


def test_pages_forbid_all_scripts_but_their_own(browsing: Browsing) -> None:
    policy = browsing.http.get("/desk").headers["content-security-policy"]
    assert "script-src 'self'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", None])
def test_what_another_page_sends_does_nothing(
    browsing: Browsing, installation: Installation, origin: str | None
) -> None:
    browsing.enter(OFFICE)
    body = {"channel": "letter", "content": sealed(installation, {"text": "虚构"})}
    for path in ("/desk/commands/intake/submit_petition", "/desk/readings"):
        answer = browsing.post(path, body, origin=origin)
        assert (answer.status_code, answer.json()["reason"]) == (403, "other_page")
    out = browsing.http.post("/desk/sign-out", headers={} if origin is None else {"Origin": origin})
    assert out.status_code == 403
    assert "信访室" in browsing.http.get("/desk").text


def test_nothing_is_done_without_a_session(browsing: Browsing) -> None:
    answer = browsing.post("/desk/commands/review/give_opinion", {})
    assert (answer.status_code, answer.json()["reason"]) == (401, "signed_out")
    assert browsing.post("/desk/readings", {}).status_code == 401


@pytest.mark.parametrize("path", ["metrics/anything", "operator/enrol_key", "review/enrol_key", "intake/add_material"])
def test_the_desk_passes_on_to_command_doors_alone(browsing: Browsing, path: str) -> None:
    browsing.enter(OFFICE)
    assert browsing.post(f"/desk/commands/{path}", {}).status_code == 404


def test_a_code_without_the_browser_that_asked_for_it_is_worth_nothing(
    browsing: Browsing, installation: Installation
) -> None:
    sent = browsing.http.get("/desk/sign-in")
    back = browsing.http.post(sent.headers["location"], data={"who": f"{DISTRICT}.{TRIAL}", "person": ""})
    thief = Browsing(installation)
    assert thief.http.get(back.headers["location"]).status_code == 400
    state = parse_qs(urlsplit(back.headers["location"]).query)["state"][0]
    forged = back.headers["location"].replace(state, "x" * len(state))
    assert browsing.http.get(forged).status_code == 400
    assert "登录" in browsing.http.get("/desk").text


def test_the_issuer_gives_tokens_once_and_only_for_the_right_verifier(browsing: Browsing) -> None:
    sent = browsing.http.get("/desk/sign-in").headers["location"]
    form = {"who": f"{DISTRICT}.{TRIAL}", "person": ""}
    code = parse_qs(urlsplit(browsing.http.post(sent, data=form).headers["location"]).query)["code"][0]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent).query).items()}
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": asked["client_id"],
        "redirect_uri": asked["redirect_uri"],
        "code_verifier": "x" * 43,
    }
    for _ in range(2):
        assert browsing.http.post("/issuer/token", data=given).json() == {"error": "invalid_grant"}
    elsewhere = sent.replace("redirect_uri=http", "redirect_uri=https")
    assert browsing.http.get(elsewhere).status_code == 400
    assert browsing.http.post(elsewhere, data=form).status_code == 400


def read(installation: Installation, actor: str, petition: str, key: str, **more: Any) -> httpx.Response:
    where = f"{address(installation, 'intake')}/v1/{DISTRICT}/readings"
    body = {"petition": petition, "reason": "review", "key": key, **more}
    return httpx.post(
        where, json=body, headers={"Authorization": f"Bearer {token_of(installation, actor)}"}, timeout=40
    )


def opened(read_key: X25519PrivateKey, content: str) -> Any:
    numbers = Pen("p", Pen.new("p").sign, read_key)
    return json.loads(keys.unseal(content, OKPKey.import_key(json.loads(numbers.private())["read"])))


def test_the_vault_answers_a_persons_own_key_and_writes_it_down_first(
    installation: Installation, pens: Pens, case: tuple[str, dict[str, Any]]
) -> None:
    petition, told = case
    pen = pens.pens[TRIAL]
    answer = eventually_sync(lambda: _granted(read(installation, TRIAL, petition, pen.key)), seconds=20)
    assert opened(pen.read, answer["content"])["text"] == LETTER
    report = read(installation, TRIAL, petition, pen.key, document=told["report"]["document"]).json()
    assert opened(pen.read, report["content"])["text"] == REPORT
    statement = "SELECT granted FROM intake.readings WHERE actor = $1 AND petition = $2 AND document = $3::uuid"
    kept = asyncio.run(rows(installation, statement, TRIAL, petition, told["report"]["document"]))
    assert [row["granted"] for row in kept] == [True]


def _granted(answer: httpx.Response) -> Any:
    return answer.json() if answer.status_code == 200 else None


def test_nobody_reads_with_anothers_key_and_no_stranger_at_all(
    installation: Installation, pens: Pens, case: tuple[str, dict[str, Any]]
) -> None:
    petition, _ = case
    others = read(installation, TRIAL, petition, pens.pens[OFFICE].key)
    assert (others.status_code, others.json()["reason"]) == (403, "no_key")
    unknown = read(installation, TRIAL, petition, Pen.new("p_nobody").key)
    assert (unknown.status_code, unknown.json()["reason"]) == (403, "no_key")
    stranger = read(installation, "unit_430406100", petition, pens.pens[TRIAL].key)
    assert (stranger.status_code, stranger.json()["reason"]) == (403, "not_entitled")
    statement = "SELECT granted FROM intake.readings WHERE actor = 'unit_430406100' AND petition = $1"
    assert [row["granted"] for row in asyncio.run(rows(installation, statement, petition))] == [False]


def test_a_revoked_key_reads_no_longer(installation: Installation, case: tuple[str, dict[str, Any]]) -> None:
    petition, _ = case
    own = Pens(installation)
    own.enrol("leader_principal")
    pen = own.pens["leader_principal"]
    eventually_sync(lambda: _granted(read(installation, "leader_principal", petition, pen.key)), seconds=20)
    operator_says(installation, RevokeKey(signer=f"{DISTRICT}.leader_principal", key=pen.key))
    eventually_sync(lambda: read(installation, "leader_principal", petition, pen.key).status_code == 403, seconds=20)


def test_a_key_is_offered_by_its_own_person_alone(installation: Installation) -> None:
    # Two persons by their keys would be two voices of one.
    pen = Pen.new("p_other_self")
    others = say(installation, "review", "offer_key", pen.offer(), token=token_of(installation, TRIAL, sub="p_self"))
    assert (others.status_code, others.json()["reason"]) == (403, "not_entitled")
    own = say(installation, "review", "offer_key", pen.offer(), token=token_of(installation, TRIAL, sub=pen.person))
    assert own.status_code == 201


def page_of(browsing: Browsing, petition: str) -> str:
    return browsing.http.get(f"/desk/cases/{petition}").text.replace(petition, "NUMBER")


def test_what_has_been_screened_is_offered_for_screening_no_more(
    browsing: Browsing, installation: Installation
) -> None:
    browsing.enter(OFFICE)
    body = {"channel": "letter", "content": sealed(installation, {"text": LETTER})}
    petition = say(installation, "intake", "submit_petition", body, actor=OFFICE).json()["told"][0]["body"]["petition"]
    assert "screen_petition" in page_of(browsing, petition)
    decision = {"kind": "keep_on_file", "basis": "规则14"}
    kept = say(installation, "intake", "screen_petition", {"petition": petition, "decision": decision}, actor=OFFICE)
    assert kept.status_code == 201
    assert "screen_petition" not in page_of(browsing, petition)


def test_whoever_leads_a_case_sees_its_page(browsing: Browsing, installation: Installation) -> None:
    petition, _ = under_review(installation)
    browsing.enter("leader_assist_2")
    assert browsing.http.get(f"/desk/cases/{petition}").status_code == 404
    named = {"petition": petition, "leader": "leader_assist_2", "reason": "workload"}
    answer = say(installation, "routing", "name_leader", named, actor="leader_principal")
    assert answer.status_code == 201, answer.text
    assert petition in browsing.http.get("/desk").text
    assert "联审中" in page_of(browsing, petition)


def test_a_tied_petition_office_sees_what_it_sees_of_a_number_that_is_no_case(
    browsing: Browsing, installation: Installation
) -> None:
    petition, _ = under_review(installation)
    browsing.enter(OFFICE)
    assert "联审中" in page_of(browsing, petition)
    tie = {"petition": petition, "actor": OFFICE, "kind": "interest"}
    declared = say(installation, "routing", "declare_tie", tie, actor=OFFICE)
    assert declared.status_code == 201, declared.text
    absent = page_of(browsing, f"{DISTRICT}-2026-999997")
    eventually_sync(lambda: page_of(browsing, petition) == absent, seconds=20)


def test_a_stolen_session_cannot_make_an_opinion_that_counts(
    browsing: Browsing, installation: Installation, pens: Pens, case: tuple[str, dict[str, Any]]
) -> None:
    # What a thief finds in the desk's memory: the person's token. Not the key: that never leaves their browser.
    petition, told = case
    browsing.enter(TRIAL, pens.pens[TRIAL].person)
    command = GiveOpinion(petition=petition, version=1)
    true = pens.pens[TRIAL].signed(command, DISTRICT, TRIAL, told)
    assert true.signature is not None
    own = Pen.new(pens.pens[TRIAL].person).signed(command, DISTRICT, TRIAL, told)
    assert own.signature is not None
    worn = own.signature.model_copy(update={"key": true.signature.key})
    other = GiveOpinion(petition=petition, version=1, returned=ReturnReason.FACTS_UNCLEAR, signature=true.signature)
    office = pens.pens[OFFICE].signed(command, DISTRICT, OFFICE, told)
    forgeries = {
        "not_signed": command,
        "unknown_key": own,
        "wrong_signature": command.model_copy(update={"signature": worn}),
    }
    for reason, forged in forgeries.items():
        body = forged.model_dump(mode="json", exclude_none=True)
        answer = browsing.post("/desk/commands/review/give_opinion", body)
        assert (answer.status_code, answer.json()["reason"]) == (403, reason)
    for turned in (other, office):
        answer = browsing.post("/desk/commands/review/give_opinion", turned.model_dump(mode="json", exclude_none=True))
        assert answer.status_code == 403, answer.text
    page = browsing.http.get(f"/desk/cases/{petition}").text
    assert "联审中" in page and "案件审理室同意" not in page


def test_reviews_own_credential_cannot_speak_as_an_office(
    installation: Installation, pens: Pens, case: tuple[str, dict[str, Any]]
) -> None:
    # The broker refuses review's process a command's subject, signed or not.
    petition, told = case
    signed = pens.pens[OFFICE].signed(GiveOpinion(petition=petition, version=1), DISTRICT, OFFICE, told)
    entry = BY_TYPE["review.give_opinion.v1"]

    async def attempt() -> list[str]:
        refused: list[str] = []
        async with connected(installation, "review") as (client,):

            async def note(error: Exception) -> None:
                refused.append(str(error))

            client._error_cb = note
            body = signed.model_dump_json(exclude_none=True).encode()
            await client.publish(entry.subject(DISTRICT, OFFICE), body, headers=headers_of(entry.type))
            await client.flush()
            await client.flush()
        return refused

    refused = asyncio.run(attempt())
    assert any(re.search("permissions violation", one, re.IGNORECASE) for one in refused)
