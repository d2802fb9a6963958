"""A correction through all four services: every figure moves, and says that it was; what the year then tells."""

import asyncio
import json
from datetime import date
from typing import Any

import pytest
from xinfang_contracts.metrics import IndicatorValue
from xinfang_contracts.registry import Stream, metric_subject
from xinfang_contracts.statistics import CorrectTraits, TraitChanges

from services.installation import Installation, new_id
from tests.eventually import eventually
from tests.faults.script import DISTRICT, EXPIRED, REVIEWED, day, number
from tests.faults.stage import Stage, on_stage
from tests.flows.played import play_one

YEAR = 2031
PETITION = number(YEAR, 1)


@pytest.fixture(scope="module")
def played(installation: Installation) -> Installation:
    """One petition on its whole way, to the settlement."""
    asyncio.run(play_one(installation, YEAR))
    return installation


async def figure(stage: Stage, indicator: str, period: str = str(YEAR)) -> IndicatorValue:
    subject = metric_subject(DISTRICT, indicator, period)
    found = await (await stage.client("operator")).jetstream().get_last_msg(Stream.METRICS.value, subject, direct=True)
    return IndicatorValue.model_validate_json(found.data or b"")


async def numerator(stage: Stage, indicator: str, scope: str = "district") -> int:
    scopes = {one.scope: one.numerator for one in (await figure(stage, indicator)).scopes}
    return scopes.get(scope, 0)


async def said(stage: Stage, type_: str) -> list[dict[str, Any]]:
    """The bodies of all facts of a type, in the stream's order."""
    js = (await stage.client("operator")).jetstream()
    found = []
    for sequence in range(1, (await js.stream_info(Stream.EVENTS.value)).state.last_seq + 1):
        message = await js.get_msg(Stream.EVENTS.value, sequence, direct=True)
        if (message.headers or {})["ce-type"] == type_:
            found.append(json.loads(message.data or b""))
    return found


MOVED = {
    "petitions_received": 1,
    "petitions_accepted": 1,
    "cases_assigned": 1,
    "cases_concluded": 1,
    "reports_jointly_reviewed": 1,
    "funds_recovered_in_cases": 1000,
    "settlement_rate": 1,
    "first_petition_settlement_rate": 1,
}


async def test_a_correction_moves_every_figure_of_the_case_and_says_so(played: Installation) -> None:
    async with on_stage(played) as stage:
        for indicator, amount in MOVED.items():
            await eventually(lambda: _is(stage, indicator, "district", amount))  # noqa: B023
            assert (await figure(stage, indicator)).corrections == 0
        await correct(stage, town="430406100")
        for indicator, amount in MOVED.items():
            await eventually(lambda: _is(stage, indicator, "town:430406100", amount))  # noqa: B023
            now = await figure(stage, indicator)
            assert await numerator(stage, indicator, "town:430406001") == 0
            assert await numerator(stage, indicator) == amount
            assert now.corrections > 0
            assert now.corrected_on == day(YEAR, REVIEWED)


async def test_the_quarter_feeds_the_result_back_and_the_year_is_analysed_once(played: Installation) -> None:
    async with on_stage(played) as stage:
        for on in (day(YEAR, EXPIRED), date(YEAR + 1, 1, 1), date(YEAR + 1, 1, 2)):
            await stage.tick(on)
            await stage.quiet()
        (fed_back,) = await said(stage, "review.result_fed_back.v1")
        assert (fed_back["petition"], fed_back["quarter"], fed_back["settled"]) == (PETITION, f"{YEAR}-Q2", True)
        (analysis,) = await said(stage, "metrics.analysis_prepared.v1")
        assert analysis["year"] == YEAR
        figures = {(one["indicator"], one["scope"]): one["numerator"] for one in analysis["figures"]}
        assert figures["petitions_received", "district"] == 1
        assert figures["cases_concluded", "district"] == 1
        assert not any(scope.startswith("unit:") for _, scope in figures)


async def test_what_is_taken_out_of_the_figures_leaves_them_all(played: Installation) -> None:
    async with on_stage(played) as stage:
        await correct(stage, counted=False)
        for indicator in MOVED:
            await eventually(lambda: _is(stage, indicator, "district", 0))  # noqa: B023
        await correct(stage, counted=True)
        for indicator, amount in MOVED.items():
            await eventually(lambda: _is(stage, indicator, "district", amount))  # noqa: B023


async def correct(stage: Stage, **changes: Any) -> None:
    message = CorrectTraits(petition=PETITION, changes=TraitChanges(**changes), reason="entry_error")
    await stage.send("office_petition", message, new_id())
    await stage.quiet()


async def _is(stage: Stage, indicator: str, scope: str, amount: int) -> bool:
    return await numerator(stage, indicator, scope) == amount
