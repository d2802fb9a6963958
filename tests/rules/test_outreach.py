"""Outreach: activities, whom they met, concerns collected and solved."""

from datetime import timedelta

import pytest
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.outreach import (
    CollectConcern,
    ConcernCollected,
    ConcernSolved,
    OutreachForm,
    OutreachReported,
    OutreachStarted,
    ReportOutreach,
    SolveConcern,
    StartOutreach,
)

from services.intake.beside import outreach
from services.intake.beside.facts import Placed, ShelveWords
from services.intake.beside.state import Collected, Outreach, Solved
from tests.rules.beside import (
    ELSEWHERE_UNIT,
    FAR_VILLAGE,
    MET,
    OFFICE,
    ON,
    UNIT,
    VILLAGE,
    after,
    collected,
    facts,
    item,
    solved,
    started,
    words,
)
from tests.rules.given import JWE, NOW, TOWN, kept, refusal, the, told

ACTIVITY, CONCERN = item("V"), item("C")
START = StartOutreach(
    form=OutreachForm.STAND, town=TOWN, starts_on=ON, ends_on=ON, members=[UNIT, "leader_deputy_1"], content=JWE
)
REPORT = ReportOutreach(item=ACTIVITY, on=ON, groups=2, people=5)
COLLECT = CollectConcern(outreach=ACTIVITY, on=ON, urgent=True, content=JWE)
SOLVE = SolveConcern(item=CONCERN, on=ON, by=UNIT, recovered_yuan=9_600)


def test_an_activity_tells_the_town_and_keeps_the_village_in_intake() -> None:
    outputs = outreach.start(None, START, facts(UNIT, number=ACTIVITY, words=words()), now=NOW)
    fact = the(outputs, OutreachStarted)
    assert (fact.item, fact.town, fact.document) == (ACTIVITY, TOWN, words().ref)
    assert VILLAGE not in fact.model_dump_json()
    assert kept(outputs) == [ShelveWords(ACTIVITY, words()), Placed(ACTIVITY, VILLAGE)]
    assert told(outputs) == ["leader_deputy_1"]


@pytest.mark.parametrize(
    ("actor", "changes", "village", "reason"),
    [
        (ELSEWHERE_UNIT, {}, VILLAGE, RefusalReason.NOT_ENTITLED),
        ("unit_stationed_1", {}, VILLAGE, RefusalReason.NOT_ENTITLED),
        (OFFICE, {"town": "990001100"}, None, RefusalReason.UNKNOWN_PLACE),
        (OFFICE, {}, FAR_VILLAGE, RefusalReason.UNKNOWN_PLACE),
        (OFFICE, {}, TOWN, RefusalReason.UNKNOWN_PLACE),
        (OFFICE, {"members": ["unit_nobody"]}, VILLAGE, RefusalReason.UNKNOWN_ACTOR),
        (OFFICE, {"ends_on": ON - timedelta(days=1)}, VILLAGE, RefusalReason.OTHER),
    ],
)
def test_an_activity_is_of_the_town_by_who_works_there_and_of_people_that_there_are(
    actor: str, changes: dict[str, object], village: str | None, reason: RefusalReason
) -> None:
    given = facts(actor, number=ACTIVITY, words=words(village))
    assert refusal(outreach.start(None, START.model_copy(update=changes), given, now=NOW)) == reason


def test_whom_an_activity_met_adds_up() -> None:
    fact = the(outreach.report(after(started()), REPORT, facts("leader_deputy_1"), now=NOW), OutreachReported)
    assert fact == MET
    state = after(started(), fact, fact)
    assert isinstance(state, Outreach) and (state.groups, state.people) == (4, 10)


@pytest.mark.parametrize(("days", "reason"), [(1, RefusalReason.TOO_EARLY), (-1, RefusalReason.OTHER)])
def test_a_report_is_of_a_day_of_the_activity_that_has_come(days: int, reason: RefusalReason) -> None:
    message = REPORT.model_copy(update={"on": ON + timedelta(days=days)})
    assert refusal(outreach.report(after(started()), message, facts(), now=NOW)) == reason


def test_a_concern_has_a_number_and_a_key_of_its_own() -> None:
    given = facts(UNIT, number=CONCERN, words=words())
    outputs = outreach.collect(after(started(OutreachForm.SURVEY)), COLLECT, given, now=NOW)
    fact = the(outputs, ConcernCollected)
    assert (fact.item, fact.outreach, fact.form) == (CONCERN, ACTIVITY, OutreachForm.SURVEY)
    assert kept(outputs) == [ShelveWords(CONCERN, words())]
    assert isinstance(after(fact), Collected)


def test_a_concern_is_collected_by_who_is_out_there() -> None:
    given = facts(ELSEWHERE_UNIT, number=CONCERN, words=words())
    assert refusal(outreach.collect(after(started()), COLLECT, given, now=NOW)) == RefusalReason.NOT_ENTITLED
    given = facts(UNIT, number=CONCERN, words=words())
    assert refusal(outreach.collect(None, COLLECT, given, now=NOW)) == RefusalReason.UNKNOWN_ITEM
    assert refusal(outreach.collect(after(collected()), COLLECT, given, now=NOW)) == RefusalReason.UNKNOWN_ITEM


def test_a_concern_is_solved_once_with_what_money_came_back() -> None:
    fact = the(outreach.solve(after(collected()), SOLVE, facts(UNIT), now=NOW), ConcernSolved)
    assert fact == solved()
    state = after(collected(), fact)
    assert isinstance(state, Solved) and state.recovered_yuan == 9_600
    assert refusal(outreach.solve(state, SOLVE, facts(UNIT), now=NOW)) == RefusalReason.ALREADY_DECIDED


def test_whoever_solved_it_may_say_so_and_nobody_from_elsewhere() -> None:
    by_other = SOLVE.model_copy(update={"by": ELSEWHERE_UNIT})
    outputs = outreach.solve(after(collected()), by_other, facts(ELSEWHERE_UNIT), now=NOW)
    assert the(outputs, ConcernSolved).by == ELSEWHERE_UNIT
    stranger = facts("unit_stationed_1")
    assert refusal(outreach.solve(after(collected()), by_other, stranger, now=NOW)) == RefusalReason.NOT_ENTITLED
