"""What was said at a reception, a mediation, a survey, and who supervises: planted, and nowhere readable."""

import asyncio
import json
from dataclasses import dataclass, field

import pytest
from nats.aio.client import Client

from services.installation import Installation
from tests.conftest import Install
from tests.flows.canary import found_in
from tests.flows.evidence import files_at_rest, tables_and_figures
from tests.flows.outside import DISTRICT, connected, dead_letters, fresh, headers_of, http, rest, seal, send, unsealed
from tests.flows.traces import collected
from tests.parts.beside import LEADER, OFFICE, TOWN, UNIT, opened, read, text_of, today, told, words

AT_RECEPTION, AT_MEDIATION, AGREED = "虚构的苍鹭飞过接待室", "虚构的喜鹊为一道墙", "虚构的喜鹊让了半尺"
AT_SURVEY, AT_SOLVING, SUPERVISOR, MALFORMED = (
    "虚构的翠鸟说水渠",
    "虚构的翠鸟有了水",
    "金丝雀拟名",
    "虚构的夜莺写错了格式",
)
ON_PETITION, ON_SEALED = "虚构的白鹭说起一件来件", "虚构的白鹭说起密封的一件"
WORDS = (ON_PETITION, ON_SEALED, AT_RECEPTION, AT_MEDIATION, AGREED, AT_SURVEY, AT_SOLVING, SUPERVISOR, MALFORMED)
VILLAGE = "430406001009"
PLACED, COUNTED = "item_places", "village_counts"


@dataclass
class Planted:
    """What was said, and where it may have left a trace."""

    installation: Installation
    mediation: str = ""
    read_back: dict[str, str] = field(default_factory=dict)
    buried: bytes = b""
    evidence: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def planted(install: Install) -> Planted:
    """All of it, at rest; the services have ended."""
    with collected() as collector:
        found = Planted(install(replay=False))
        asyncio.run(_plant(found))
        found.evidence |= files_at_rest(found.installation)
        found.evidence |= collector.evidence("intake", "metrics")
    return found


async def _plant(found: Planted) -> None:
    installation = found.installation
    shift = await told(installation, OFFICE, "plan_shift", on=today(), part="day", people=[LEADER, OFFICE])
    note = words(installation, AT_RECEPTION, None)
    await told(installation, LEADER, "record_reception", item=shift["item"], by=LEADER, content=note)
    for number, said in (
        (await _petition(installation, "虚构"), ON_PETITION),
        (await _sealed(installation), ON_SEALED),
    ):
        received = {"item": shift["item"], "by": LEADER, "petition": number, "content": words(installation, said, None)}
        await told(installation, LEADER, "record_reception", **received)
    found.mediation = await opened(installation, AT_MEDIATION)
    agreed = words(installation, AGREED, None)
    await told(installation, UNIT, "settle_mediation", item=found.mediation, on=today(), content=agreed)
    await _survey(installation)
    name = words(installation, SUPERVISOR, VILLAGE)
    await told(installation, UNIT, "appoint_supervisor", supervisor="supervisor_x", since=today(), content=name)
    async with http(installation) as door:
        body = {"channel": "web", "text": "虚构的一件", "village": VILLAGE}
        await door.post(f"/v1/{DISTRICT}/petitions", json=body, headers={"Idempotency-Key": fresh("village-")})
    found.read_back = text_of(installation, UNIT, await read(installation, UNIT, found.mediation))
    async with connected(installation, f"{DISTRICT}.{UNIT}") as (unit,):
        await _malform(installation, unit)
    await rest(installation)
    (letter,) = (await dead_letters(installation)).values()
    found.buried = unsealed(installation, letter)[1]
    found.evidence |= await tables_and_figures(installation)


async def _petition(installation: Installation, text: str) -> str:
    async with http(installation) as door:
        body = {"channel": "web", "text": text, "accused": [{"organisation": "某村民委员会"}]}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=body, headers={"Idempotency-Key": fresh("said-")})
    return str(answer.json()["petition"])


async def _sealed(installation: Installation) -> str:
    number = await _petition(installation, "虚构:另一件")
    await told(installation, OFFICE, "seal_petition", petition=number, ground="own_leadership")
    return number


async def _survey(installation: Installation) -> None:
    days = {"starts_on": today(), "ends_on": today()}
    walk = words(installation, AT_SURVEY, VILLAGE)
    activity = await told(
        installation, UNIT, "start_outreach", form="survey", town=TOWN, members=[UNIT], content=walk, **days
    )
    said = words(installation, AT_SURVEY, VILLAGE)
    concern = await told(
        installation, UNIT, "collect_concern", outreach=activity["item"], on=today(), urgent=True, content=said
    )
    solved = words(installation, AT_SOLVING, None)
    await told(installation, UNIT, "solve_concern", item=concern["item"], on=today(), by=UNIT, content=solved)


async def _malform(installation: Installation, unit: Client) -> None:
    """Words where no message has any: the whole letter is buried, sealed."""
    content = seal(installation, {"text": [MALFORMED]})
    body = {"town": TOWN, "on": today(), "mediators": ["hesilao_1"], "content": content}
    headers = headers_of("intake.open_mediation.v1")
    await send(unit, UNIT, "intake.open_mediation.v1", json.dumps(body).encode(), headers)


def test_words_are_found_nowhere_outside_the_vault(planted: Planted) -> None:
    assert planted.evidence
    assert found_in(planted.evidence, WORDS) == []


def test_whoever_is_entitled_reads_them(planted: Planted) -> None:
    assert planted.read_back["text"] == AT_MEDIATION


def test_what_was_malformed_is_buried_sealed(planted: Planted) -> None:
    assert json.loads(planted.buried)["town"] == TOWN


def test_a_village_stands_in_intakes_own_tables_and_in_no_message(planted: Planted) -> None:
    """Tables lie in the cluster's files as well; what the broker and the logs hold is what travels."""
    travelled = {name: content for name, content in planted.evidence.items() if not name.startswith("postgres")}
    where = {name.partition(": ")[0] for name in found_in(travelled, [VILLAGE])}
    assert where == {f"table intake.{PLACED}", f"table intake.{COUNTED}"}
