"""The reception roster: who may plan it, who changes places, who received whom."""

from datetime import timedelta

import pytest
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.reception import (
    AgreeSwap,
    AskSwap,
    AttendanceRecorded,
    PlanShift,
    ReceptionRecorded,
    RecordAttendance,
    RecordReception,
    ShiftPlanned,
    SwapAgreed,
    SwapAsked,
)

from services.intake.beside import reception
from services.intake.beside.facts import Contacted, SealedWords, ShelveWords
from services.intake.beside.state import Shift, State
from services.intake.sealed.sealing import SealedPart
from services.intake.state import Erased
from services.runtime.rules import Seal
from tests.rules.beside import (
    ELSEWHERE_UNIT,
    OFFICE,
    ON,
    REGISTERED,
    SEALED,
    UNIT,
    after,
    facts,
    item,
    opened,
    planned,
    words,
)
from tests.rules.given import JWE, NOW, NUMBER, TOWN, kept, refusal, the, told

SHIFT = item("R")
PETITIONS = {NUMBER: REGISTERED}
FOREIGN = "990001-2023-000017"
ON_IT, OTHER = "leader_deputy_1", "leader_deputy_2"
ASKED = SwapAsked(item=SHIFT, by=ON_IT, other=OTHER)
AGREED = SwapAgreed(item=SHIFT, by=ON_IT, other=OTHER)
PLAN = PlanShift(on=ON, part="morning", town=TOWN, people=[ON_IT, OFFICE, ON_IT])
LATER = NOW + timedelta(days=1)


def shift(state: State) -> Shift:
    assert isinstance(state, Shift)
    return state


def test_a_shift_has_its_number_and_whoever_is_on_it_is_told() -> None:
    outputs = reception.plan(None, PLAN, facts(number=SHIFT), now=NOW)
    planned_ = the(outputs, ShiftPlanned)
    assert (planned_.item, planned_.people) == (SHIFT, [ON_IT, OFFICE])
    assert told(outputs) == [ON_IT]


@pytest.mark.parametrize(
    ("actor", "changes", "reason"),
    [
        (UNIT, {}, RefusalReason.NOT_ENTITLED),
        ("office_trial", {}, RefusalReason.NOT_ENTITLED),
        (OFFICE, {"town": "990001100"}, RefusalReason.UNKNOWN_PLACE),
        (OFFICE, {"people": [ON_IT, "leader_nobody"]}, RefusalReason.UNKNOWN_ACTOR),
        (OFFICE, {"people": ["partner_court"]}, RefusalReason.UNKNOWN_ACTOR),
    ],
)
def test_a_shift_is_planned_by_the_petition_office_of_people_and_places_that_there_are(
    actor: str, changes: dict[str, object], reason: RefusalReason
) -> None:
    message = PLAN.model_copy(update=changes)
    assert refusal(reception.plan(None, message, facts(actor, number=SHIFT), now=NOW)) == reason


def test_a_swap_is_asked_by_one_and_agreed_by_the_other() -> None:
    asked = reception.ask_swap(after(planned()), AskSwap(item=SHIFT, other=OTHER), facts(ON_IT), now=NOW)
    assert (the(asked, SwapAsked), told(asked)) == (ASKED, [OTHER])
    agreed = reception.agree_swap(after(planned(), ASKED), AgreeSwap(item=SHIFT), facts(OTHER), now=NOW)
    assert (the(agreed, SwapAgreed), told(agreed)) == (AGREED, [ON_IT])
    assert shift(after(planned(), ASKED, AGREED)).people == [OTHER, UNIT]


def test_a_swap_asked_twice_is_asked_once() -> None:
    assert reception.ask_swap(after(planned(), ASKED), AskSwap(item=SHIFT, other=OTHER), facts(ON_IT), now=NOW) == []


def test_nobody_swaps_for_another() -> None:
    not_on_it = reception.ask_swap(after(planned()), AskSwap(item=SHIFT, other=OTHER), facts(OFFICE), now=NOW)
    not_asked = reception.agree_swap(after(planned(), ASKED), AgreeSwap(item=SHIFT), facts(OFFICE), now=NOW)
    never_asked = reception.agree_swap(after(planned()), AgreeSwap(item=SHIFT), facts(OTHER), now=NOW)
    again = reception.agree_swap(after(planned(), ASKED, AGREED), AgreeSwap(item=SHIFT), facts(OTHER), now=NOW)
    assert {refusal(one) for one in (not_on_it, not_asked, never_asked, again)} == {RefusalReason.NOT_ENTITLED}


def test_no_swap_after_the_day_nor_with_somebody_who_is_on_the_shift() -> None:
    late = reception.ask_swap(after(planned()), AskSwap(item=SHIFT, other=OTHER), facts(ON_IT), now=LATER)
    too_late = reception.agree_swap(after(planned(), ASKED), AgreeSwap(item=SHIFT), facts(OTHER), now=LATER)
    beside = reception.ask_swap(after(planned()), AskSwap(item=SHIFT, other=UNIT), facts(ON_IT), now=NOW)
    assert {refusal(one) for one in (late, too_late, beside)} == {RefusalReason.ALREADY_DECIDED}


def test_attendance_says_who_was_there_and_who_was_not() -> None:
    message = RecordAttendance(item=SHIFT, present=[UNIT])
    recorded = the(reception.record_attendance(after(planned()), message, facts(), now=NOW), AttendanceRecorded)
    assert (recorded.present, recorded.absent) == ([UNIT], [ON_IT])
    assert reception.record_attendance(after(planned(), recorded), message, facts(), now=NOW) == []


def test_attendance_is_of_people_on_the_shift_and_not_before_the_day() -> None:
    stranger = RecordAttendance(item=SHIFT, present=[OTHER])
    assert (
        refusal(reception.record_attendance(after(planned()), stranger, facts(), now=NOW))
        == RefusalReason.UNKNOWN_ACTOR
    )
    tomorrow = planned(on=ON + timedelta(days=1))
    early = RecordAttendance(item=SHIFT, present=[UNIT])
    assert refusal(reception.record_attendance(after(tomorrow), early, facts(), now=NOW)) == RefusalReason.TOO_EARLY


def test_a_reception_names_the_petition_and_its_note_goes_into_the_vault() -> None:
    message = RecordReception(item=SHIFT, by=UNIT, petition=NUMBER, content=JWE)
    given = facts(UNIT, petitions=PETITIONS, words=words())
    outputs = reception.record_reception(after(planned()), message, given, now=NOW)
    fact = the(outputs, ReceptionRecorded)
    assert (fact.petition, fact.by, fact.document) == (NUMBER, UNIT, words().ref)
    assert kept(outputs) == [ShelveWords(SHIFT, words(), NUMBER), Contacted(NUMBER, "reception")]
    assert shift(after(planned(), fact)).receptions == 1


def test_what_is_said_on_a_sealed_petition_leaves_for_its_reader_and_nothing_of_it_is_kept() -> None:
    message = RecordReception(item=SHIFT, by=UNIT, petition=NUMBER, content=JWE)
    sealed = SealedWords("superior_430400", JWE, (SealedPart(0, 0, 1, JWE),))
    given = facts(UNIT, petitions={NUMBER: SEALED}, words=words(), sealed=sealed)
    outputs = reception.record_reception(after(planned()), message, given, now=NOW)
    assert the(outputs, ReceptionRecorded).document is None
    assert kept(outputs) == [Contacted(NUMBER, "reception")]
    seals = [one for one in outputs if isinstance(one, Seal)]
    assert [(one.reader, one.message.petition, one.message.content) for one in seals] == [
        ("superior_430400", NUMBER, JWE)
    ] * 2
    without = RecordReception(item=SHIFT, by=UNIT, petition=NUMBER)
    outputs = reception.record_reception(after(planned()), without, facts(UNIT, petitions=given.petitions), now=NOW)
    assert not [one for one in outputs if isinstance(one, Seal)]


def test_an_erased_petition_takes_no_more_words() -> None:
    message = RecordReception(item=SHIFT, by=UNIT, petition=NUMBER, content=JWE)
    given = facts(UNIT, petitions={NUMBER: Erased(erased_on=ON)}, words=words())
    assert refusal(reception.record_reception(after(planned()), message, given, now=NOW)) is RefusalReason.ERASED


def test_a_consultation_only_names_no_petition() -> None:
    outputs = reception.record_reception(after(planned()), RecordReception(item=SHIFT, by=UNIT), facts(OFFICE), now=NOW)
    assert the(outputs, ReceptionRecorded).petition is None
    assert kept(outputs) == []


@pytest.mark.parametrize(
    ("actor", "changes", "reason"),
    [
        (ELSEWHERE_UNIT, {}, RefusalReason.NOT_ENTITLED),
        (OFFICE, {"by": OTHER}, RefusalReason.UNKNOWN_ACTOR),
        (OFFICE, {"petition": NUMBER}, RefusalReason.UNKNOWN_PETITION),
    ],
)
def test_a_reception_is_of_somebody_on_the_shift_and_of_a_petition_that_there_is(
    actor: str, changes: dict[str, object], reason: RefusalReason
) -> None:
    message = RecordReception(item=SHIFT, by=UNIT).model_copy(update=changes)
    assert refusal(reception.record_reception(after(planned()), message, facts(actor), now=NOW)) == reason


def test_another_districts_petition_is_unknown_though_it_is_there() -> None:
    message = RecordReception(item=SHIFT, by=UNIT, petition=FOREIGN)
    known = facts(OFFICE, petitions={FOREIGN: REGISTERED})
    assert (
        refusal(reception.record_reception(after(planned()), message, known, now=NOW)) is RefusalReason.UNKNOWN_PETITION
    )


def test_another_districts_shift_and_another_kind_of_item_are_unknown() -> None:
    foreign = RecordReception(item=item("R", district="990001"), by=UNIT)
    assert (
        refusal(reception.record_reception(after(planned()), foreign, facts(), now=NOW)) == RefusalReason.UNKNOWN_ITEM
    )
    no_shift = RecordAttendance(item=item("M"), present=[UNIT])
    assert (
        refusal(reception.record_attendance(after(opened()), no_shift, facts(), now=NOW)) == RefusalReason.UNKNOWN_ITEM
    )
