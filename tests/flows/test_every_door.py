"""Five hundred petitions over all doors, fifty of them malformed: registered where they should be, readable nowhere."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest

from services.installation import Installation
from tests.conftest import Install
from tests.flows.canary import found_in
from tests.flows.doors import DOORS, Call, open_doors
from tests.flows.evidence import files_at_rest, tables_and_figures
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    connected,
    dead_letters,
    headers_of,
    rest,
    rows,
    send,
    submission,
)
from tests.flows.returns import WAYS, comer
from tests.flows.traces import collected
from tests.parts.vaulted import OFFICE, SCREEN, UNIT, deposited, said

NAME, PHONE, SENTENCE = "金丝鸟拟人", "000-2468-13579", "虚构的水库承包合同从未公示"
ADDRESS = "127.93.57.9"
"""Where the clients sit: a loopback address that is nobody else's."""
WORDS = (NAME, PHONE, SENTENCE, ADDRESS)
EACH, PUSHED, MALFORMED = 45, 45, 50


@dataclass
class Told:
    """What came of it: each door's numbers, what was answered to the malformed, and all that may hold a word."""

    installation: Installation
    numbers: dict[str, list[str]] = field(default_factory=dict)
    refusals: list[httpx.Response] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    evidence: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def told(install: Install) -> Told:
    """All of it, at rest; the services have ended, the servers still run."""
    with collected() as collector:
        found = Told(install(replay=False))
        open_doors(found.installation)
        asyncio.run(_hand_in(found))
        found.evidence |= files_at_rest(found.installation)
        found.evidence |= collector.evidence("intake", "routing", "review", "metrics")
    return found


async def _hand_in(found: Told) -> None:
    installation = found.installation
    base = f"http://127.0.0.1:{installation.running['intake'].port}"
    transport = httpx.AsyncHTTPTransport(local_address=ADDRESS, limits=httpx.Limits(max_connections=8))
    async with httpx.AsyncClient(base_url=base, transport=transport, timeout=60) as client:
        for name, door in DOORS.items():
            text = f"{NAME},电话{PHONE},{SENTENCE}"
            calls = [door.call(installation, f"{name}-{number}", f"{text},第{number}件") for number in range(EACH)]
            answers = await asyncio.gather(*(call.send(client) for call in calls))
            found.numbers[name] = [
                number for call, answer in zip(calls, answers, strict=True) for number in call.numbers(answer)
            ]
            malformed = [_malformed(calls[number], number) for number in range(MALFORMED // len(DOORS) + 1)]
            found.refusals += await asyncio.gather(*(call.send(client) for call in malformed))
    await _come_back(found)
    await _handle(installation, found.returned[0])
    await _push(installation)
    await rest(installation)
    found.evidence |= await tables_and_figures(installation)
    found.evidence |= {
        f"dead letter {number}": letter.model_dump_json().encode()
        for number, letter in enumerate((await dead_letters(installation)).values())
    }


def _malformed(call: Call, number: int) -> Call:
    """The same request, broken in one of four ways; each still holds the words."""
    words = f"{NAME}{PHONE}{SENTENCE}".encode()
    body = (words, call.content + words, call.content[: len(call.content) // 2] + words, b"\x00" + call.content)
    return Call(call.url, body[number % len(body)], call.headers, call.numbers)


async def _come_back(found: Told) -> None:
    """Each way of a return, twice: with files, and broken."""
    text = f"{NAME},电话{PHONE},{SENTENCE}"
    transport = httpx.AsyncHTTPTransport(local_address=ADDRESS)
    base = f"http://127.0.0.1:{found.installation.running['intake'].port}"
    async with httpx.AsyncClient(base_url=base, transport=transport, timeout=60) as client:
        for name, way in WAYS.items():
            by = await comer(found.installation, text)
            call = way(found.installation, by, f"canary-{name}", text)
            assert call.numbers(await call.send(client))[0] == by.petition
            found.returned.append(by.petition)
            found.refusals += [await _malformed(call, number).send(client) for number in range(4)]


async def _handle(installation: Installation, petition: str) -> None:
    """One becomes a case and is reported on, words and all: routing and review have something to tell of it too."""
    found = {"category": "masses", "rank": "village_or_other", "real_name": True, "responsible_unit": UNIT}
    accept = {"kind": "accept"} | found
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=accept)
    assert type_ == "intake.petition_accepted.v1"
    await rest(installation)
    words = f"{NAME}电话{PHONE},{SENTENCE}"
    _, deposit = await deposited(installation, petition, words, actor=UNIT, kind="report")
    report = {"version": 1, "outcome": "proved", "report": deposit["document"]}
    type_, _ = await said(installation, UNIT, "review.submit_report.v1", petition=petition, **report)
    assert type_ == "review.report_submitted.v1"


async def _push(installation: Installation) -> None:
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        content = {"text": SENTENCE, "reporter": {"name": NAME, "contact": PHONE}}
        for _ in range(PUSHED):
            await send(partner, PARTNER, SUBMIT, submission(installation, content), headers_of(SUBMIT))
        for _ in range(5):
            await send(partner, PARTNER, SUBMIT, json.dumps(content, ensure_ascii=False).encode())


@pytest.mark.parametrize("name", DOORS)
async def test_each_petition_is_registered_once_with_its_channel_and_form(told: Told, name: str) -> None:
    numbers = told.numbers[name]
    assert len(numbers) == len(set(numbers)) == EACH
    states = await rows(
        told.installation, "SELECT state FROM intake.petitions WHERE petition = ANY($1::text[])", numbers
    )
    traits = Counter((t["channel"], t["form"]) for t in (json.loads(row["state"])["traits"] for row in states))
    assert traits == {(DOORS[name].channel, DOORS[name].form): EACH}


async def test_what_was_broken_left_no_petition(told: Told) -> None:
    # 200: a ledger's report, row by row; or a form whose end alone was broken, which is in already.
    assert {answer.status_code for answer in told.refusals} <= {200, 400, 401, 403, 409, 413, 422}
    (row,) = await rows(told.installation, "SELECT count(*) AS n FROM intake.petitions")
    assert row["n"] == EACH * len(DOORS) + PUSHED + len(WAYS)


async def test_what_was_brought_later_is_in_the_vault_once_with_its_file(told: Told) -> None:
    kinds = await rows(
        told.installation, "SELECT kind FROM intake.documents WHERE petition = ANY($1::text[])", told.returned
    )
    found = Counter(row["kind"] for row in kinds)
    assert found == {"report": 1, "petition": len(WAYS), "question": len(WAYS), "material": 2, "answer": 2, "file": 4}


def test_no_answer_to_what_was_broken_repeats_a_word(told: Told) -> None:
    assert len(told.refusals) >= MALFORMED
    answers = {f"answer {number}": answer.content for number, answer in enumerate(told.refusals)}
    # A form that is filled in again shows a person what they typed themselves, on a page that nobody keeps.
    assert found_in({name: one for name, one in answers.items() if b"<form" not in one}, WORDS) == []


def test_no_word_no_file_name_and_no_address_stands_anywhere_in_readable_form(told: Told) -> None:
    assert len(told.evidence) > 100 and any("pg_wal" in name for name in told.evidence)
    assert found_in(told.evidence, WORDS) == []
