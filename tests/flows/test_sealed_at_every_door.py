"""A petition on the principal, or on a higher-managed cadre, through every door: only its envelope stays (规则15)."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import httpx
import pytest
from nats.errors import TimeoutError as NatsTimeout
from xinfang_contracts.intake import PetitionContent, SealedFile, SealedPetition
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.files.attachments import unpack
from services.intake.sealed.sealing import digest_of
from services.runtime import keys
from services.runtime.errors import Poison
from tests.conftest import Install
from tests.flows.canary import found_in
from tests.flows.doors import DOORS, open_doors
from tests.flows.evidence import files_at_rest, tables_and_figures
from tests.flows.outside import DISTRICT, PARTNER, SUBMIT, connected, headers_of, rest, rows, send, submission
from tests.flows.returns import WAYS, comer

ON_THE_PRINCIPAL = "区纪委书记违规收受虚构的百灵鸟两只"
ON_A_CADRE = "副区长违规收受虚构的画眉鸟三只"
LATER = ("material", "material_page")
READERS = {"superior_430400": ON_THE_PRINCIPAL, "leader_principal": ON_A_CADRE}


@dataclass
class Sealed:
    """Reader -> the numbers that doors gave, and what was found waiting for the reader, by number."""

    installation: Installation
    numbers: dict[str, list[str]] = field(default_factory=dict)
    waiting: dict[str, dict[str, SealedPetition]] = field(default_factory=dict)
    files: dict[str, list[SealedFile]] = field(default_factory=dict)
    contents: dict[str, list[str]] = field(default_factory=dict)
    evidence: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def sealed(install: Install) -> Sealed:
    """Both petitions through all doors; then each reader has taken what waited, and the services have ended."""
    found = Sealed(install(replay=False))
    open_doors(found.installation)
    asyncio.run(_hand_in(found))
    found.evidence |= files_at_rest(found.installation)
    return found


async def _hand_in(found: Sealed) -> None:
    installation = found.installation
    base = f"http://127.0.0.1:{installation.running['intake'].port}"
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        for reader, text in READERS.items():
            calls = [door.call(installation, f"sealed-{name}-{reader}", text) for name, door in DOORS.items()]
            answers = await asyncio.gather(*(call.send(client) for call in calls))
            numbers = [call.numbers(answer) for call, answer in zip(calls, answers, strict=True)]
            found.numbers[reader] = [number for (number,) in numbers]
            by = await comer(installation, text, asked=False)
            for way in LATER:
                call = WAYS[way](installation, by, f"sealed-{way}-{reader}", text)
                assert call.numbers(await call.send(client)) == [by.petition]
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        for text in READERS.values():
            await send(partner, PARTNER, SUBMIT, submission(installation, {"text": text}), headers_of(SUBMIT))
    await rest(installation)
    for reader in READERS:
        await _take(found, reader)
    found.evidence |= await tables_and_figures(installation)


async def _take(found: Sealed, reader: str) -> None:
    """As the reader's own client does, with its durable."""
    petitions, files = found.waiting.setdefault(reader, {}), found.files.setdefault(reader, [])
    async with connected(found.installation, f"{DISTRICT}.{reader}") as (client,):
        durable = f"sealed_{DISTRICT}_{reader}"
        pull = await client.jetstream().pull_subscribe_bind(durable=durable, stream=Stream.SEALED.value)
        while True:
            try:
                messages = await pull.fetch(50, timeout=2)
            except NatsTimeout:
                return
            for message in messages:
                if (message.headers or {})["ce-type"] == "intake.sealed_file.v1":
                    files.append(SealedFile.model_validate_json(message.data))
                else:
                    one = SealedPetition.model_validate_json(message.data)
                    petitions[one.petition] = one
                    found.contents.setdefault(reader, []).append(one.content)
                await message.ack_sync()


@pytest.mark.parametrize("reader", READERS)
def test_the_right_key_opens_each_of_them_and_no_other(sealed: Sealed, reader: str) -> None:
    # Two more than the doors: the partner's, over NATS, and the one to which its reporter has come back.
    assert len(sealed.waiting[reader]) == len(DOORS) + 2
    assert len(sealed.contents[reader]) == len(DOORS) + 2 + len(LATER)
    assert set(sealed.numbers[reader]) < set(sealed.waiting[reader])
    folder = sealed.installation.folder / "keys"
    own = f"{DISTRICT}.{reader}"
    others = {path.name.removesuffix(".private.json") for path in folder.glob("*.private.json")} - {own}
    for one in sealed.waiting[reader].values():
        opened = keys.unseal(one.content, keys.private_key(folder, own))
        assert READERS[reader] in PetitionContent.model_validate_json(opened).text
        for other in others:
            with pytest.raises(Poison):
                keys.unseal(one.content, keys.private_key(folder, other))


@pytest.mark.parametrize("reader", READERS)
def test_every_file_comes_sealed_too_beside_what_it_came_with(sealed: Sealed, reader: str) -> None:
    own = keys.private_key(sealed.installation.folder / "keys", f"{DISTRICT}.{reader}")
    opened = [unpack(keys.unseal(file.content, own)) for file in sealed.files[reader]]
    # The form's photograph, the clerk's scan of two pages, the hotline's recording; then the reporter's, twice.
    kinds = {"image/jpeg": 4, "application/pdf": 1, "audio/amr": 1}
    assert Counter(one.media_type for one in opened) == kinds
    assert {one.name.partition(".")[0] for one in opened} == {READERS[reader]}
    envelopes = {digest_of(content) for content in sealed.contents[reader]}
    assert {file.beside for file in sealed.files[reader]} <= envelopes


@pytest.mark.parametrize("reader", READERS)
async def test_the_district_keeps_number_reader_time_and_proof_alone(sealed: Sealed, reader: str) -> None:
    numbers = list(sealed.waiting[reader])
    states = await rows(
        sealed.installation, "SELECT state FROM intake.petitions WHERE petition = ANY($1::text[])", numbers
    )
    kept = {key for row in states for key, value in json.loads(row["state"]).items() if value not in (None, False)}
    assert kept <= {"status", "reader", "received_at", "digest", "due_at", "hand_over_due_at", "exchange"}
    assert {json.loads(row["state"])["reader"] for row in states} == {reader}
    for table in ("intake.vault", "intake.documents", "routing.cases", "review.cases"):
        assert not await rows(sealed.installation, f"SELECT 1 FROM {table} WHERE petition = ANY($1::text[])", numbers)


def test_no_word_of_them_stands_anywhere_in_readable_form(sealed: Sealed) -> None:
    assert found_in(sealed.evidence, READERS.values()) == []
