"""Twenty deliveries of one message at once, over two replicas of each service: one effect, one fact, one answer."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import date

import httpx
import pytest
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import (
    CaseTraits,
    Filing,
    PetitionAccepted,
    Refusal,
    ScreenPetition,
    SubmitPetition,
)
from xinfang_contracts.message import Category, Form, Rank
from xinfang_contracts.registry import BY_TYPE, Stream

from services.installation import new_id
from services.runtime import keys
from services.runtime.incoming import Outgoing
from services.runtime.publish import publish_one
from tests.conftest import Install

from .script import DISTRICT, RECEIVED, SUBMISSIONS, day, number
from .snapshot import Snapshot, assert_same
from .stage import Stage
from .theatre import Theatre, open_theatre, plainly, play, play_once, the_same_every_year

TWENTY = 20
LETTER = SUBMISSIONS[0]


@pytest.fixture(scope="module")
def theatre(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """Two replicas of each service."""
    return open_theatre(install(the_same_every_year(tmp_path_factory.mktemp("districts")), replicas=2))


def named(found: Snapshot, *words: str) -> list[str]:
    """The facts whose type or data has one of these words."""
    return [fact for fact in found[Stream.EVENTS].elements() if any(word in fact for word in words)]


def test_each_command_tick_and_post_of_the_script_twenty_times_at_once(theatre: Theatre) -> None:
    took_part: Counter[str] = Counter()

    async def scene(stage: Stage, year: int) -> None:
        await plainly(stage, year, copies=TWENTY)
        for name in theatre.installation.running:
            took_part[name] += int(await stage.counted(name, "xinfang_messages_handled"))

    assert_same(play(theatre, scene), play_once(theatre))
    assert len(took_part) == 8 and all(took_part.values()), took_part


def test_twenty_posts_of_one_petition_are_given_one_number_and_one_receipt(theatre: Theatre) -> None:
    answers: list[httpx.Response] = []

    async def scene(stage: Stage, year: int) -> None:
        await stage.tick(day(year, RECEIVED))
        answers.extend(await asyncio.gather(*stage.posts(f"race-{year}", [LETTER] * TWENTY)))
        answers.extend(await asyncio.gather(*stage.posts(f"race-{year}", [LETTER] * 2)))

    found = play(theatre, scene)
    assert Counter(one.status_code for one in answers) == {201: 1, 200: TWENTY + 1}
    assert len({one.text for one in answers}) == 1
    assert len(named(found, "petition_registered")) == 1
    assert sum(found["intake.vault"].values()) == 1


def test_of_twenty_petitions_under_one_key_one_is_registered_and_stays(theatre: Theatre) -> None:
    answers: list[httpx.Response] = []
    content = LETTER.content

    async def scene(stage: Stage, year: int) -> None:
        await stage.tick(day(year, RECEIVED))
        rivals = [
            replace(LETTER, content=content.model_copy(update={"text": f"虚构:第{n}种说法"})) for n in range(TWENTY)
        ]
        for _ in range(2):
            answers.extend(await asyncio.gather(*stage.posts(f"rivals-{year}", rivals)))

    found = play(theatre, scene)
    first, second = answers[:TWENTY], answers[TWENTY:]
    assert Counter(one.status_code for one in first) == {201: 1, 409: TWENTY - 1}
    assert [one.status_code for one in second] == [{201: 200}.get(one.status_code, 409) for one in first]
    assert [one.json().get("petition") for one in second] == [one.json().get("petition") for one in first]
    assert len(named(found, "petition_registered")) == 1
    assert len(named(found, "id_reused")) == TWENTY - 1


def test_of_twenty_commands_under_one_id_the_first_stays_and_the_others_are_refused(theatre: Theatre) -> None:
    """The sender's own mistake, or somebody else with its credential."""

    async def scene(stage: Stage, year: int) -> None:
        await stage.tick(day(year, RECEIVED))
        key = keys.public_key(theatre.installation.folder / "keys", keys.VAULT)
        letters = [
            SubmitPetition(channel="letter", content=keys.seal(content.encode(), key))
            for n in range(TWENTY)
            if (content := LETTER.content.model_copy(update={"text": f"虚构:{n}"}).model_dump_json(exclude_none=True))
        ]
        for _ in range(2):
            sent = [stage.send("office_petition", one, f"{year}/one-id", copies=2) for one in letters]
            await asyncio.gather(*sent)
            await stage.quiet()

    found = play(theatre, scene)
    assert len(named(found, "petition_registered")) == 1
    assert len(named(found, "id_reused")) == TWENTY - 1
    assert sum(found["intake.documents"].values()) == 1


def test_of_twenty_decisions_on_one_petition_one_is_taken(theatre: Theatre) -> None:
    decisions: list[Filing | Refusal] = [Filing(basis="规则14"), Refusal(ground="no_substance", basis="规则13(3)")]

    async def scene(stage: Stage, year: int) -> None:
        await stage.register(year, [LETTER])
        screens = [ScreenPetition(petition=number(year, 1), decision=decisions[n % 2]) for n in range(TWENTY)]
        await asyncio.gather(*(stage.send("office_petition", one, new_id()) for one in screens))

    found = play(theatre, scene)
    assert len(named(found, "petition_kept_on_file", "petition_declined")) == 1
    assert len(named(found, "already_decided")) == TWENTY - 1


def accepted(petition: str, on: date) -> PetitionAccepted:
    traits = CaseTraits(
        channel="letter",
        form=Form.LETTER,
        received_on=on,
        accepted_on=on,
        category=Category.MASSES,
        rank=Rank.STAFF,
        real_name=True,
        first_time=True,
    )
    return PetitionAccepted(petition=petition, traits=traits, responsible_unit="unit_430406002")


async def say_fact(stage: Stage, fact: PetitionAccepted, fact_id: str, time: str, copies: int) -> None:
    """As intake would, so many times; its broker is given no chance to tell that it is one."""
    entry = BY_TYPE["intake.petition_accepted.v1"]
    client = await stage.client("intake")
    body = fact.model_dump_json(exclude_none=True).encode()
    headers = Envelope(id=fact_id, type=entry.type, source="intake").headers() | {"ce-time": time}
    outputs = [
        Outgoing(Stream.EVENTS, entry.subject(DISTRICT), headers | {"Nats-Msg-Id": new_id()}, body)
        for _ in range(copies)
    ]
    await asyncio.gather(*(publish_one(client, one) for one in outputs))


def test_a_fact_twenty_times_at_once_is_one_case(theatre: Theatre) -> None:
    async def scene(stage: Stage, year: int) -> None:
        await stage.tick(day(year, RECEIVED))
        fact = accepted(number(year, 1), day(year, RECEIVED))
        await say_fact(stage, fact, new_id(), f"{year}-03-05T09:00:00+08:00", TWENTY)

    found = play(theatre, scene, stands_once=False)
    assert len(named(found, "case_assigned")) == 1
    assert sum("case_assigned" in one for one in found[Stream.NOTICES].elements()) == 1
    assert found["metrics.counts"][
        '["430406", "accepted", "YYYY-03-01", "district", "1", "1", "YYYY-03-05 01:00:00+00:00", "0", "None"]'
    ]
    assert not found[Stream.DEAD]


def test_a_fact_with_a_used_id_and_another_body_is_buried_and_the_first_stays(theatre: Theatre) -> None:
    """A service does not refuse a fact, and cannot say so: somebody must look."""

    async def scene(stage: Stage, year: int) -> None:
        await stage.tick(day(year, RECEIVED))
        fact_id, time = new_id(), f"{year}-03-05T09:00:00+08:00"
        await say_fact(stage, accepted(number(year, 1), day(year, RECEIVED)), fact_id, time, 1)
        await stage.quiet()
        await say_fact(stage, accepted(number(year, 2), day(year, RECEIVED)), fact_id, time, 1)

    found = play(theatre, scene, stands_once=False)
    assert len(named(found, "case_assigned")) == 1
    assert sorted(json.loads(one)[3]["service"] for one in found[Stream.DEAD]) == ["metrics", "routing"]
    assert {json.loads(one)[3]["reason"] for one in found[Stream.DEAD]} == {"IdReused"}
