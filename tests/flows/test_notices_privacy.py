"""Notices tell nobody: name, telephone, addresses and a sentence stand in the vault, in the mail's own address and in
the letter that a clerk prints, and nowhere else; what goes out has no word of the petition.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header

import pytest
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.vault import documents
from services.intake.vault.masters import MASTER
from services.runtime import keys
from tests.conftest import Install
from tests.flows.canary import found_in
from tests.flows.evidence import files_at_rest, tables_and_figures
from tests.flows.outside import DISTRICT, clerk, http, rest, rows, stored, tick
from tests.flows.traces import collected
from tests.parts.noticed import ID, RECORD, SEND, accepted, becomes, set_up
from tests.parts.post import Authority, Mailbox, body, mail_server, read, settings
from tests.parts.vaulted import OFFICE, deposited, said

NAME, PHONE, PLACE = "金丝雀拟名", "000-1357-02468", "衡阳市拟造路九十九号画眉小区"
SENTENCE, ACCUSED = "虚构的鱼塘承包款三年没有公布", "某丁"
TAKEN, PUT_OFF, REFUSED = "lark@post.example", "finch@post.example", "wren@post.example"
MAILS = (TAKEN, PUT_OFF, REFUSED)
WORDS = (NAME, PHONE, PLACE, SENTENCE, *MAILS)


@dataclass
class Told:
    """What was handed out, and all that may hold a word."""

    installation: Installation
    box: Mailbox
    letter: bytes = b""
    documents: int = 0
    answers: list[bytes] = field(default_factory=list)
    evidence: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(install: Install) -> Iterator[Told]:
    """Mails taken, put off and refused, a letter printed, proven and overdue; then everything at rest."""
    with collected() as collector:
        installation = install()
        with mail_server(Authority(installation.folder / "keys"), "starttls") as box:
            box.refused.add(REFUSED)
            set_up(installation, settings(box))
            found = Told(installation, box)
            asyncio.run(_play(found))
            found.evidence |= files_at_rest(installation) | collector.evidence("intake", "routing", "metrics")
            yield found


async def _play(found: Told) -> None:
    installation = found.installation
    await tick(installation, "2023-03-01")
    mails = [await _sent(installation, address) for address in (TAKEN, REFUSED)]
    found.box.answers.append(f"451 4.7.1 {PUT_OFF} try again later")
    await becomes(installation, mails[0], "sent", seconds=30)
    await becomes(installation, mails[1], "failed")
    await becomes(installation, await _sent(installation, PUT_OFF), "sent", seconds=30)
    letter = await _sent(installation, PLACE)
    async with http(installation) as door:
        url = f"/v1/{DISTRICT}/petitions/{letter}/notices/{ID}.pdf"
        answer = await door.get(url, headers=clerk(installation))
        found.letter = answer.content
        for headers in ({}, {"Authorization": f"Bearer {NAME.encode().hex()}"}):
            found.answers.append((await door.get(url, headers=headers)).content)
    _, slip = await deposited(installation, letter, f"{NAME}本人签收,{PHONE}", kind="other")
    given = {"petition": letter, "notice": ID, "way": "letter", "on": "2023-03-01"}
    await said(installation, OFFICE, RECORD, **given, outcome="sent")
    await said(installation, OFFICE, RECORD, **given, outcome="delivered", proof=slip["document"])
    await accepted(installation, NAME, PHONE, f"{SENTENCE},{ACCUSED}")
    await tick(installation, "2023-03-23")
    await rest(installation)
    found.evidence |= await tables_and_figures(installation)
    for stream in (Stream.EVENTS, Stream.NOTICES, Stream.METRICS, Stream.DEAD):
        for number, message in enumerate(await stored(installation, stream)):
            found.evidence[f"{stream} {number}"] = json.dumps(message.headers or {}).encode() + (message.data or b"")
    found.documents = await _notices_in_the_vault(installation)


async def _sent(installation: Installation, contact: str) -> str:
    petition = await accepted(installation, NAME, f"{contact} {PHONE}", f"{SENTENCE},{ACCUSED}")
    type_, _ = await said(installation, OFFICE, SEND, petition=petition, notice=ID)
    assert type_ == "intake.notice_prepared.v1"
    return petition


async def _notices_in_the_vault(installation: Installation) -> int:
    """How many notices the vault opens to, each with the one address that it went to."""
    master = keys.secret(installation.folder / "keys", MASTER)
    found = "SELECT petition, wrapped_key, ciphertext FROM intake.vault JOIN intake.documents USING (petition)"
    opened = [
        documents.unlock(row["ciphertext"], row["petition"], documents.unwrap(row["wrapped_key"], master)).decode()
        for row in await rows(installation, f"{found} WHERE kind = 'notice'")
    ]
    assert all(sum(word in one for word in (*MAILS, PLACE)) == 1 for one in opened)
    return len(opened)


def test_the_notices_went_out_and_the_vault_has_each(told: Told) -> None:
    assert [one.rcpt_tos for one in told.box.envelopes] == [[TAKEN], [PUT_OFF]]
    assert told.letter.startswith(b"%PDF-")
    assert told.documents == 4


def test_a_mail_has_its_own_address_and_no_other_word(told: Told) -> None:
    for envelope, address in zip(told.box.envelopes, (TAKEN, PUT_OFF), strict=True):
        mail = read(envelope)
        readable = "\n".join(str(make_header(decode_header(value))) for name, value in mail.items() if name != "To")
        said_ = {"mail": f"{readable}\n{body(envelope)}".encode(), "raw": str(envelope.content).encode()}
        assert mail["To"] == address
        others = [word for word in (*WORDS, ACCUSED, "430406", "雁峰", "纪委", "举报") if word != address]
        assert found_in(said_, others) == []
        assert found_in({"mail": said_["mail"]}, [address]) == []


def test_no_name_no_address_and_no_sentence_stands_anywhere_in_readable_form(told: Told) -> None:
    assert len(told.evidence) > 100 and any("pg_wal" in name for name in told.evidence)
    assert {"table intake.mails", "table intake.petitions"} <= told.evidence.keys()
    assert any("notice_overdue" in content.decode("utf-8", "replace") for content in told.evidence.values())
    assert found_in(told.evidence, WORDS) == []
    assert found_in({str(number): one for number, one in enumerate(told.answers)}, WORDS) == []


def test_logs_name_the_failure_and_nothing_else(told: Told) -> None:
    logs = b"".join(content for name, content in told.evidence.items() if name.startswith("logs/"))
    assert b"mail.put_off" in logs
    assert found_in({"logs": logs}, [*WORDS, "post.example", "answers.example"]) == []
