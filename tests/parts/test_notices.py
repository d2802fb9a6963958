"""Notices on real servers: a mail over TLS, once; a letter that a clerk prints; proof, failure, overdue."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from services.installation import Installation
from services.runtime import keys, tokens
from tests.conftest import Install
from tests.eventually import eventually
from tests.flows.outside import DISTRICT, clerk, http, rows, tick
from tests.parts.noticed import ID, RECORD, SEND, accepted, becomes, notice, set_up
from tests.parts.post import SENDER, Authority, Mailbox, body, mail_server, read, settings
from tests.parts.vaulted import CASE, OFFICE, deposited, execute, said

NAME, PLACE, WORDS = "某戊己", "衡阳市虚构路一百号某小区", "虚构的鱼塘承包款三年没有公布账目"
PDF = f"/v1/{DISTRICT}/petitions/{{}}/notices/{ID}.pdf"


@dataclass(frozen=True)
class Posted:
    """An installation, and the mail servers around it."""

    installation: Installation
    starttls: Mailbox
    tls: Mailbox


@pytest.fixture(scope="module")
def posted(install: Install) -> Iterator[Posted]:
    """1 March 2023 in 雁峰区, and two mail servers."""
    installation = install()
    authority = Authority(installation.folder / "keys")
    with ExitStack() as running:
        starttls = running.enter_context(mail_server(authority, "starttls"))
        tls = running.enter_context(mail_server(authority, "tls"))
        asyncio.run(tick(installation, "2023-03-01"))
        set_up(installation, settings(starttls))
        yield Posted(installation, starttls, tls)


async def mailed(posted: Posted, address: str) -> str:
    """A petition whose notice is in the outbox."""
    petition = await accepted(posted.installation, NAME, address, WORDS)
    type_, fact = await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
    assert (type_, fact["way"]) == ("intake.notice_prepared.v1", "mail")
    return petition


async def outbox(posted: Posted, petition: str) -> list[dict[str, object]]:
    found = "SELECT failures, outcome FROM intake.mails WHERE petition = $1"
    return [dict(row) for row in await rows(posted.installation, found, petition)]


# -- mail


async def test_a_mail_goes_out_once_over_starttls_in_neutral_words(posted: Posted) -> None:
    petition = await mailed(posted, "once@mail.example")
    found = await becomes(posted.installation, petition, "sent")
    assert found["on_time"] and await outbox(posted, petition) == []
    (envelope,) = posted.starttls.to("once@mail.example")
    mail = read(envelope)
    assert (envelope.mail_from, mail["From"], mail["To"]) == (SENDER, SENDER, "once@mail.example")
    assert posted.starttls.names == {"answers.example"}
    assert "回执码" in body(envelope)
    assert not any(word in body(envelope) + str(mail.items()) for word in (petition, NAME, "虚构", "举报", "纪"))


async def test_a_server_with_tls_from_the_start_takes_it_too(posted: Posted) -> None:
    set_up(posted.installation, settings(posted.tls, "tls"))
    try:
        petition = await mailed(posted, "tls@mail.example")
        await becomes(posted.installation, petition, "sent")
    finally:
        set_up(posted.installation, settings(posted.starttls))
    assert len(posted.tls.to("tls@mail.example")) == 1


async def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(posted: Posted) -> None:
    set_up(posted.installation, settings(posted.starttls, ca=None))
    try:
        petition = await mailed(posted, "stranger@mail.example")
        await eventually(lambda: failed(posted, petition))
        assert posted.starttls.to("stranger@mail.example") == []
    finally:
        set_up(posted.installation, settings(posted.starttls))
    # Nothing is lost by it: the right certificate, and the mail goes out.
    await becomes(posted.installation, petition, "sent", seconds=70)


async def failed(posted: Posted, petition: str) -> bool:
    return any(row["failures"] for row in await outbox(posted, petition))


async def test_what_the_server_puts_off_is_sent_again_with_the_same_message_id(posted: Posted) -> None:
    posted.starttls.answers.append("451 4.7.1 try again later")
    before = len(posted.starttls.tries)
    petition = await mailed(posted, "grey@mail.example")
    await becomes(posted.installation, petition, "sent", seconds=30)
    assert len(posted.starttls.to("grey@mail.example")) == 1
    tries = posted.starttls.tries[before:]
    assert len(tries) == 2 and len(set(tries)) == 1


async def test_a_mail_that_was_taken_when_intake_died_is_the_same_mail_again(posted: Posted) -> None:
    installation, box = posted.installation, posted.starttls
    box.holds = threading.Event()
    try:
        petition = await mailed(posted, "twice@mail.example")
        await eventually(lambda: box.to("twice@mail.example"))
        installation.kill_service("intake")
    finally:
        box.holds.set()
        box.holds = None
    installation.start_service("intake")
    await asyncio.to_thread(installation.wait_ready, ["intake"])
    assert (await notice(installation, petition))["status"] == "prepared"
    # Nobody waits for its lease to end.
    await execute(installation, "UPDATE intake.mails SET next_at = now() WHERE petition = $1", petition)
    await becomes(installation, petition, "sent")
    first, second = box.to("twice@mail.example")
    assert first.content == second.content


async def empty(posted: Posted, petition: str) -> bool:
    return await outbox(posted, petition) == []


async def test_an_address_that_is_nobodys_fails_at_once_and_the_letter_is_next(posted: Posted) -> None:
    posted.starttls.refused.add("nobody@mail.example")
    petition = await mailed(posted, f"nobody@mail.example {PLACE}")
    await becomes(posted.installation, petition, "failed")
    type_, fact = await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
    assert (type_, fact["way"]) == ("intake.notice_prepared.v1", "letter")


async def test_without_a_mail_server_a_letter_is_written(posted: Posted) -> None:
    set_up(posted.installation, None)
    try:
        petition = await accepted(posted.installation, NAME, f"none@mail.example {PLACE}", WORDS)
        _, fact = await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
        refused = await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID, way="mail")
    finally:
        set_up(posted.installation, settings(posted.starttls))
    assert fact["way"] == "letter"
    assert (refused[0], refused[1]["reason"]) == ("intake.command_refused.v1", "not_set_up")


async def test_of_an_erased_petition_no_mail_goes_out_any_more(posted: Posted) -> None:
    set_up(posted.installation, settings(posted.starttls, ca=None))
    try:
        petition = await mailed(posted, "gone@mail.example")
        await eventually(lambda: failed(posted, petition))
        for table in ("documents", "vault"):
            await execute(posted.installation, f"DELETE FROM intake.{table} WHERE petition = $1", petition)
    finally:
        set_up(posted.installation, settings(posted.starttls))
    await eventually(lambda: empty(posted, petition), seconds=70)
    assert posted.starttls.to("gone@mail.example") == []


# -- letter


async def test_a_clerk_prints_a_letter_and_the_audit_has_it_first(posted: Posted) -> None:
    petition = await accepted(posted.installation, NAME, PLACE, WORDS)
    async with http(posted.installation) as door:
        headers = clerk(posted.installation)
        early = await door.get(PDF.format(petition), headers=headers)
        await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
        letter = await door.get(PDF.format(petition), headers=headers)
    assert (early.status_code, early.json()["reason"]) == (404, "no_letter")
    assert letter.status_code == 200 and letter.content.startswith(b"%PDF-")
    assert letter.headers["content-type"] == "application/pdf"
    assert letter.headers["cache-control"] == "no-store"
    assert letter.headers["content-disposition"] == 'attachment; filename="letter.pdf"'
    assert "etag" not in letter.headers and "last-modified" not in letter.headers
    found = "SELECT actor, reason, granted, document FROM intake.readings WHERE petition = $1 ORDER BY id"
    first, second = await rows(posted.installation, found, petition)
    assert [tuple(first)[:3], tuple(second)[:3]] == [(OFFICE, "reply", False), (OFFICE, "reply", True)]
    assert str(second["document"]) == (await notice(posted.installation, petition))["document"]["document"]


async def test_nobody_else_prints_it_and_nothing_else_is_a_letter(posted: Posted) -> None:
    petition = await accepted(posted.installation, NAME, PLACE, WORDS)
    await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
    secret = keys.secret(posted.installation.folder / "keys", tokens.SECRET)
    mail = await mailed(posted, "print@mail.example")
    async with http(posted.installation) as door:
        for actor, status in ((None, 401), (CASE, 403)):
            bearer = {"Authorization": f"Bearer {tokens.make(secret, actor, DISTRICT, 1)}"} if actor else {}
            assert (await door.get(PDF.format(petition), headers=bearer)).status_code == status
        for number in (mail, f"{DISTRICT}-2023-999999", "990001-2023-000001"):
            answer = await door.get(PDF.format(number), headers=clerk(posted.installation))
            assert (answer.status_code, answer.json()["reason"]) == (404, "no_letter")


async def test_a_clerk_who_is_tied_prints_nothing(posted: Posted) -> None:
    petition = await accepted(posted.installation, NAME, PLACE, WORDS)
    await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
    tied = "jsonb_set(state, '{excluded}', to_jsonb(ARRAY[$2::text]))"
    await execute(
        posted.installation, f"UPDATE intake.petitions SET state = {tied} WHERE petition = $1", petition, OFFICE
    )
    async with http(posted.installation) as door:
        answer = await door.get(PDF.format(petition), headers=clerk(posted.installation))
    assert answer.status_code == 404


async def test_a_letter_is_posted_and_proven_by_the_slip_that_came_back(posted: Posted) -> None:
    installation = posted.installation
    petition = await accepted(installation, NAME, PLACE, WORDS)
    await said(installation, OFFICE, SEND, petition=petition, notice=ID)
    given = {"petition": petition, "notice": ID, "way": "letter", "on": "2023-03-01"}
    sent = await said(installation, OFFICE, RECORD, **given, outcome="sent")
    assert sent[0] == "intake.notice_sent.v1"
    made_up = {"document": "0" * 8 + "-0000-5000-8000-" + "0" * 12, "digest": "5f" * 32}
    refused = await said(installation, OFFICE, RECORD, **given, outcome="delivered", proof=made_up)
    assert refused[1]["reason"] == "no_proof"
    _, slip = await deposited(installation, petition, "虚构的回执:本人签收", kind="other")
    proven = await said(installation, OFFICE, RECORD, **given, outcome="delivered", proof=slip["document"])
    assert proven[0] == "intake.notice_delivered.v1"
    assert (proven[1]["by"], proven[1]["proof"]) == (OFFICE, slip["document"])


async def test_an_anonymous_petition_and_a_repeat_are_accepted_without_a_notice(posted: Posted) -> None:
    first = await accepted(posted.installation, NAME, PLACE, WORDS)
    for decision in ({"real_name": False}, {"first_time": False, "repeat_of": first}):
        petition = await accepted(posted.installation, NAME, PLACE, WORDS, **decision)
        type_, fact = await said(posted.installation, OFFICE, SEND, petition=petition, notice=ID)
        assert (type_, fact["reason"]) == ("intake.command_refused.v1", "unknown_notice")


# -- overdue; last, for it moves the clock


async def test_what_nobody_has_told_by_the_fifteenth_working_day_is_overdue_and_counted(posted: Posted) -> None:
    late = await accepted(posted.installation, NAME, PLACE, WORDS)
    told = await mailed(posted, "early@mail.example")
    await becomes(posted.installation, told, "sent")
    await tick(posted.installation, "2023-03-22")
    assert not (await notice(posted.installation, late))["overdue"]
    await tick(posted.installation, "2023-03-23")
    assert (await notice(posted.installation, late))["overdue"]
    assert not (await notice(posted.installation, told))["overdue"]

    async def counted() -> dict[str, int]:
        found = "SELECT counter, amount FROM metrics.counts WHERE scope = 'district' AND counter LIKE '%notices%'"
        return {row["counter"]: row["amount"] for row in await rows(posted.installation, found)}

    (due,) = await rows(
        posted.installation, "SELECT count(*) AS n FROM intake.petitions WHERE state->'notices' ? $1", ID
    )
    states = "SELECT state->'notices'->$1 AS notice FROM intake.petitions WHERE state->'notices' ? $1"
    all_ = [row["notice"] for row in await rows(posted.installation, states, ID)]
    in_time = sum('"on_time": true' in one for one in all_)
    over = sum('"overdue": true' in one for one in all_)
    assert 0 < over < due["n"] and 0 < in_time < due["n"]
    wanted = {"acceptance_notices_due": due["n"], "acceptance_notices_on_time": in_time, "notices_overdue": over}
    await eventually(lambda: equal(counted, wanted))


async def equal(counted: object, wanted: dict[str, int]) -> bool:
    assert callable(counted)
    return bool(await counted() == wanted)
