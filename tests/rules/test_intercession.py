"""监察法66: who records an intercession, who hears of it, and that nothing takes it back."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.intercession import ByKind, IntercessionRecorded, Manner, RecordIntercession
from xinfang_contracts.registry import Kind, of_kind
from xinfang_contracts.routing import CaseSentUp, CaseWithdrawn

from services.routing.pressing.intercession import Entered, record
from services.routing.pressing.log import FIRST, hash_of, row_of
from tests.rules.given import NOW, NUMBER, case_traits, facts, kept, refusal, the, told
from tests.rules.pressing import (
    DEPUTY,
    DOCUMENT,
    INTERCEDED,
    MANAGEMENT,
    MEMBER,
    OFFICE,
    PRINCIPAL,
    TRIAL,
    UNIT,
    Pressed,
    tied_cases,
)

PLEA = RecordIntercession(
    petition=NUMBER, manner=Manner.PLEADED, by_kind=ByKind.COLLEAGUE, on=date(2023, 2, 28), document=DOCUMENT
)


def by(actor: str) -> RecordIntercession:
    return PLEA.model_copy(update={"by": actor})


@pytest.mark.parametrize("actor", [UNIT, OFFICE, TRIAL, DEPUTY, MEMBER])
def test_whoever_has_a_part_in_it_records_it(actor: str) -> None:
    outputs = Pressed().do(record, actor, PLEA)
    fact = the(outputs, IntercessionRecorded)
    assert (fact.recorded_by, fact.basis) == (actor, "监察法66")
    assert told(outputs) == [MANAGEMENT, PRINCIPAL]
    assert kept(outputs) == [Entered(fact, NOW)]


@pytest.mark.parametrize("end", ["concluded", "sent_up", "withdrawn"])
def test_it_is_recorded_whatever_became_of_the_case(end: str) -> None:
    story = Pressed()
    day = NOW.date()
    match end:
        case "concluded":
            story.conclude()
        case "sent_up":
            sent = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
            story.hear(sent.model_copy(update={"excluded": [TRIAL]}))
            assert refusal(story.do(record, TRIAL, PLEA)) is RefusalReason.UNKNOWN_PETITION
        case _:
            story.hear(
                CaseWithdrawn(petition=NUMBER, traits=case_traits(), unit=UNIT, assigned_on=day, withdrawn_on=day)
            )
    assert isinstance(the(story.do(record, OFFICE, PLEA), IntercessionRecorded), IntercessionRecorded)


@pytest.mark.parametrize(
    ("person", "hear"),
    [(PRINCIPAL, [MANAGEMENT]), (MANAGEMENT, [PRINCIPAL]), (MEMBER, [MANAGEMENT, PRINCIPAL])],
)
def test_whom_it_is_about_is_not_told(person: str, hear: list[str]) -> None:
    assert told(Pressed().do(record, OFFICE, by(person))) == hear


def test_where_nobody_is_left_to_be_told_the_superior_is() -> None:
    assert told(Pressed(tied=[MANAGEMENT]).do(record, OFFICE, by(PRINCIPAL))) == ["superior_430400"]


@pytest.mark.parametrize(
    ("actor", "message", "tied", "reason"),
    [
        ("unit_stationed_5", PLEA, [], RefusalReason.UNKNOWN_PETITION),
        (DEPUTY, PLEA, [DEPUTY], RefusalReason.UNKNOWN_PETITION),
        (OFFICE, PLEA.model_copy(update={"petition": "990001-2023-000017"}), [], RefusalReason.UNKNOWN_PETITION),
        (OFFICE, PLEA.model_copy(update={"on": date(2023, 3, 2)}), [], RefusalReason.WRONG_DATE),
        (OFFICE, by(OFFICE), [], RefusalReason.CONTRADICTORY),
        (OFFICE, by("leader_gone"), [], RefusalReason.UNKNOWN_ACTOR),
    ],
)
def test_a_record_that_is_refused(
    actor: str, message: RecordIntercession, tied: list[str], reason: RefusalReason
) -> None:
    outputs = Pressed(tied=tied).do(record, actor, message)
    assert (refusal(outputs), kept(outputs)) == (reason, [])


@given(tied_cases(), st.data())
@settings(deadline=None, max_examples=150)
def test_neither_the_person_nor_anybody_tied_is_ever_told(
    case: tuple[District, Unit, list[str]], data: st.DataObject
) -> None:
    district, unit, barred = case
    story = Pressed(unit.code, district, barred)
    person, actor = (data.draw(st.sampled_from(district.actors())) for _ in range(2))
    outputs = story.do(record, actor, by(person).model_copy(update={"petition": story.number}))
    assert not set(told(outputs)).intersection({person, *barred})
    assert bool(facts(outputs)) <= (actor not in barred)
    assert not facts(outputs) or set(told(outputs)) | {actor} > {actor} or actor in watching(district)


def watching(district: District) -> set[str]:
    """Who would be told, and need not be when they have entered it themselves."""
    leaders = [one.code for one in district.leaders if one.role == "principal"]
    return {*leaders, *(one.code for one in district.offices if one.kind == "case_management")}


def test_no_command_takes_it_back() -> None:
    named = {entry.name for entry in of_kind(Kind.COMMAND) if "intercession" in entry.name}
    assert named == {"record_intercession"}


def test_each_row_hangs_on_the_one_before_and_on_every_cell() -> None:
    row = row_of("430406", 1, Entered(INTERCEDED.model_copy(update={"by": MEMBER}), NOW), FIRST)
    assert row[:7] == ("430406", 1, NUMBER, "pleaded", "colleague", MEMBER, INTERCEDED.on)
    assert row[-1] == hash_of(row[:-1])
    following = row_of("430406", 2, Entered(INTERCEDED, NOW), bytes(row[-1]))  # type: ignore[arg-type]
    assert following[-2] == row[-1]
    for place in range(len(row) - 1):
        changed = (*row[:place], "changed", *row[place + 1 : -1])
        assert hash_of(changed) != row[-1]
