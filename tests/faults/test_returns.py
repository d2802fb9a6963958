"""Intake dies at any moment of a reporter's return: whoever tries again, as clients do, ends with one effect."""

import asyncio
import itertools
import json
from collections import Counter

import pytest
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.runtime.faultpoints import POINTS
from tests.conftest import Install
from tests.faults.patience import through_death
from tests.flows.outside import rest, rows, stored
from tests.flows.returns import WAYS, Comer, comer

_keys = itertools.count(1)
SAID = {
    "material": "intake.material_added.v1",
    "material_page": "intake.material_added.v1",
    "answer": "intake.reporter_answered.v1",
    "answer_page": "intake.reporter_answered.v1",
    "receipt": "intake.receipt_replaced.v1",
}


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """Its time is the broker's, as in production."""
    return install(replay=False)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("way", WAYS)
def test_intake_dies_and_what_was_brought_is_there_once(installation: Installation, way: str, point: str) -> None:
    by = asyncio.run(comer(installation, "虚构:村务公开栏长期空白。"))
    told = through_death(installation, WAYS[way](installation, by, f"{way}-{next(_keys):04d}", "虚构的补充"), point)
    assert told[0] == by.petition
    asyncio.run(_stands_once(installation, way, by))


async def _stands_once(installation: Installation, way: str, by: Comer) -> None:
    await rest(installation)
    assert await _facts(installation, by) == Counter({SAID[way]: 1})
    brought = {"material": 0, "answer": 0, "file": 0}
    if way != "receipt":
        brought |= {way.removesuffix("_page"): 1, "file": 1}
    found = await rows(installation, "SELECT kind FROM intake.documents WHERE petition = $1", by.petition)
    assert Counter(row["kind"] for row in found) == Counter({"petition": 1, "question": 1} | brought)
    (row,) = await rows(installation, "SELECT state FROM intake.petitions WHERE petition = $1", by.petition)
    exchange = json.loads(row["state"])["exchange"]
    assert exchange["materials"] == brought["material"]
    assert exchange["questions"][by.question]["answered"] == bool(brought["answer"])
    (codes,) = await rows(
        installation,
        "SELECT count(*) AS n, count(replaced_at) AS replaced FROM intake.receipts WHERE petition = $1",
        by.petition,
    )
    assert (codes["n"], codes["replaced"]) == ((2, 1) if way == "receipt" else (1, 0))


async def _facts(installation: Installation, by: Comer) -> Counter[str]:
    """What was said of the petition since the question, by type."""
    events = await stored(installation, Stream.EVENTS)
    types = (one.headers["ce-type"] for one in events if by.petition.encode() in one.data)
    return Counter(one for one in types if one in SAID.values())
