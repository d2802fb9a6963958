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

from services.routing.facts import Facts
from services.routing.pressing.intercession import Entered, record
from services.routing.pressing.log import FIRST, hash_of, row_of
from services.routing.state import evolve
from tests.rules.given import NOW, NUMBER, YANFENG, case_traits, facts, kept, refusal, the, told
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
from tests.rules.stories import tieable

PLEA = RecordIntercession(
    petition=NUMBER, manner=Manner.PLEADED, by_kind=ByKind.COLLEAGUE, on=date(2023, 2, 28), document=DOCUMENT
)


def by(actor: str) -> RecordIntercession:
    return PLEA.model_copy(update={"by": actor})


STRANGER = "unit_stationed_5"


@pytest.mark.parametrize("actor", [UNIT, OFFICE, TRIAL, DEPUTY, MEMBER, STRANGER])
def test_whoever_was_asked_records_it(actor: str) -> None:
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
            story.hear(sent)
        case _:
            story.hear(
                CaseWithdrawn(petition=NUMBER, traits=case_traits(), unit=UNIT, assigned_on=day, withdrawn_on=day)
            )
    assert isinstance(the(story.do(record, OFFICE, PLEA), IntercessionRecorded), IntercessionRecorded)


@pytest.mark.parametrize("actor", [UNIT, OFFICE, DEPUTY, STRANGER])
def test_of_what_is_no_case_it_is_recorded_as_well_and_the_leadership_hears_nothing(actor: str) -> None:
    """Referred, declined, sealed, not screened yet, or there is none: routing knows of nobody who is tied to it."""
    outputs = record(None, PLEA, Facts(YANFENG, actor), now=NOW)
    fact = the(outputs, IntercessionRecorded)
    assert (told(outputs), kept(outputs)) == ([MANAGEMENT], [Entered(fact, NOW)])
    assert evolve(None, fact, NOW) is None
    about = record(None, by(MANAGEMENT), Facts(YANFENG, OFFICE), now=NOW)
    assert told(about) == ["superior_430400"]


def test_nobody_learns_by_recording_whether_there_is_a_case_or_whether_they_are_tied_to_it() -> None:
    said = [
        [one for one in outputs if isinstance(one, IntercessionRecorded)]
        for outputs in (
            record(None, PLEA, Facts(YANFENG, TRIAL), now=NOW),
            Pressed().do(record, TRIAL, PLEA),
            Pressed(tied=[TRIAL]).do(record, TRIAL, PLEA),
        )
    ]
    assert said[0] == said[1] == said[2] != []


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
    person, actor = data.draw(st.sampled_from(district.actors())), data.draw(st.sampled_from(tieable(district)))
    outputs = story.do(record, actor, by(person).model_copy(update={"petition": story.number}))
    assert not set(told(outputs)).intersection({person, *barred})
    assert bool(facts(outputs)) == (actor != person)
    # Where all who watch are tied, and it was the superior, the log alone knows.
    is_heard = set(told(outputs)) | {actor} > {actor} or actor in watching(district)
    assert is_heard or not facts(outputs) or person == district.remit.superior


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
