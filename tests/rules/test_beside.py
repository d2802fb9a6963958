"""Supervisors, guidance works, training, satisfaction; who reads an item's texts and how they are erased."""

from datetime import timedelta

import pytest
from xinfang_contracts.guidance import (
    PublishWork,
    RecordAward,
    RecordReach,
    RecordTraining,
    TrainingRecorded,
    WorkAwarded,
    WorkForm,
    WorkPublished,
    WorkReached,
)
from xinfang_contracts.intake import PetitionReferred, PetitionRegistered, PetitionSealed, RefusalReason
from xinfang_contracts.items import (
    ApproveItemErasure,
    ItemErased,
    ItemErasureApproved,
    ItemErasureProposed,
    ProposeItemErasure,
)
from xinfang_contracts.message import Message
from xinfang_contracts.satisfaction import RateContact, RecordSatisfaction, SatisfactionRecorded
from xinfang_contracts.supervisors import AppointSupervisor, EndSupervisor, SupervisorAppointed, SupervisorEnded

from services.intake.beside import erasure, guidance, satisfaction, supervisors
from services.intake.beside.facts import Contacted, EraseItem, Placed, ServesNoMore, ShelveWords
from services.intake.beside.state import Erased, Published, State, Trained
from services.intake.returns import returning
from services.intake.state import State as Petition
from tests.rules.beside import (
    APPOINTED,
    ELSEWHERE_UNIT,
    ENDED,
    FAILED,
    OFFICE,
    ON,
    PUBLISHED,
    SETTLED,
    UNIT,
    VILLAGE,
    after,
    collected,
    facts,
    item,
    opened,
    planned,
    solved,
    words,
)
from tests.rules.given import JWE, NOW, NUMBER, TOWN, YANFENG, kept, refusal, the, told, traits
from tests.rules.given import facts as said

SUPERVISOR, HALL, WORK = item("S"), item("M"), item("W")
APPOINT = AppointSupervisor(supervisor="supervisor_1", since=ON, content=JWE)
END = EndSupervisor(item=SUPERVISOR, until=ON)

# -- supervisors


@pytest.mark.parametrize(("serving", "first"), [({}, True), ({item("S", 9): VILLAGE}, False)])
def test_the_first_supervisor_of_a_village_covers_it(serving: dict[str, str], first: bool) -> None:
    given = facts(UNIT, number=SUPERVISOR, words=words(), serving=serving)
    outputs = supervisors.appoint(None, APPOINT, given, now=NOW)
    fact = the(outputs, SupervisorAppointed)
    assert (fact.town, fact.first) == (TOWN, first)
    assert VILLAGE not in fact.model_dump_json()
    assert kept(outputs) == [ShelveWords(SUPERVISOR, words()), Placed(SUPERVISOR, VILLAGE, serves=True)]


@pytest.mark.parametrize(("others", "last"), [({}, True), ({item("S", 9): VILLAGE}, False)])
def test_with_the_last_supervisor_a_village_is_covered_no_more(others: dict[str, str], last: bool) -> None:
    given = facts(UNIT, serving={SUPERVISOR: VILLAGE} | others)
    outputs = supervisors.end(after(APPOINTED), END, given, now=NOW)
    assert the(outputs, SupervisorEnded).last is last
    assert kept(outputs) == [ServesNoMore(SUPERVISOR)]


def test_a_supervisor_has_a_village_of_the_towns_own_unit_and_one_end() -> None:
    nowhere = supervisors.appoint(None, APPOINT, facts(number=SUPERVISOR, words=words(None)), now=NOW)
    town = supervisors.appoint(None, APPOINT, facts(number=SUPERVISOR, words=words(TOWN)), now=NOW)
    assert refusal(nowhere) == refusal(town) == RefusalReason.UNKNOWN_PLACE
    elsewhere = facts(ELSEWHERE_UNIT, number=SUPERVISOR, words=words())
    assert refusal(supervisors.appoint(None, APPOINT, elsewhere, now=NOW)) == RefusalReason.NOT_ENTITLED
    assert refusal(supervisors.end(after(APPOINTED, ENDED), END, facts(), now=NOW)) == RefusalReason.ALREADY_DECIDED


# -- guidance and training


def test_a_work_of_the_district_file_is_published_reaches_people_and_wins() -> None:
    message = PublishWork(work="handbook_red", on=ON)
    published = the(guidance.publish(None, message, facts(number=WORK), now=NOW), WorkPublished)
    assert published.form is WorkForm.HANDBOOK
    reach, award = RecordReach(item=WORK, on=ON, people=40), RecordAward(item=WORK, on=ON, level="province", prize=3)
    reached = the(guidance.record_reach(after(published), reach, facts(), now=NOW), WorkReached)
    awarded = the(guidance.record_award(after(published), award, facts(), now=NOW), WorkAwarded)
    state = after(published, reached, reached, awarded)
    assert isinstance(state, Published) and (state.reached, state.awards) == (80, 1)


def test_an_unknown_work_and_a_unit_that_speaks_for_another_town_are_refused() -> None:
    unknown = PublishWork(work="handbook_grey", on=ON)
    assert refusal(guidance.publish(None, unknown, facts(number=WORK), now=NOW)) == RefusalReason.UNKNOWN_WORK
    reach = RecordReach(item=WORK, on=ON, town=TOWN, people=40)
    elsewhere = guidance.record_reach(after(PUBLISHED), reach, facts(ELSEWHERE_UNIT), now=NOW)
    assert refusal(elsewhere) == RefusalReason.NOT_ENTITLED
    own = guidance.record_reach(after(PUBLISHED), reach, facts(UNIT), now=NOW)
    assert the(own, WorkReached).people == 40


@pytest.mark.parametrize(
    ("asked", "works"),
    [
        ({"receiver": "police"}, ["handbook_red"]),
        ({"receiver": "court"}, ["handbook_green"]),
        ({"ground": "no_substance"}, ["handbook_blue", "video_how_to"]),
        ({"ground": "litigation"}, ["handbook_green"]),
        ({}, []),
    ],
)
def test_the_reason_of_a_referral_chooses_the_works(asked: dict[str, str], works: list[str]) -> None:
    assert [work.code for work in guidance.works_for(YANFENG, **asked)] == works


def test_a_training_counts_person_times_and_tells_the_unit() -> None:
    message = RecordTraining(unit=UNIT, starts_on=ON, ends_on=ON, people=4)
    outputs = guidance.record_training(None, message, facts(number=item("T")), now=NOW)
    state = after(the(outputs, TrainingRecorded))
    assert isinstance(state, Trained) and state.people == 4
    assert told(outputs) == [UNIT]
    stranger = message.model_copy(update={"unit": "unit_nobody"})
    given = facts(number=item("T"))
    assert refusal(guidance.record_training(None, stranger, given, now=NOW)) == RefusalReason.UNKNOWN_UNIT


# -- satisfaction

RATE = RateContact(petition=NUMBER, contact="answer", level="mostly_satisfied")
REGISTERED = PetitionRegistered(petition=NUMBER, traits=traits())
REFERRED = PetitionReferred(petition=NUMBER, traits=traits(), receiver="court", manner="told", basis="规则13(1)")
SEALED = PetitionSealed(petition=NUMBER, reader="superior_430400", received_at=NOW)


def petition(*history: Message) -> Petition:
    state: Petition = None
    for fact in history:
        state = returning.evolve(state, fact, NOW)
    return state


def test_a_rating_counts_and_names_nobody() -> None:
    outputs = satisfaction.rate(petition(REGISTERED, REFERRED), RATE, facts("door_http"), now=NOW)
    fact = the(outputs, SatisfactionRecorded)
    assert (fact.satisfied, fact.mostly_satisfied, fact.dissatisfied, fact.town) == (0, 1, 0, None)
    assert NUMBER not in fact.model_dump_json()
    assert kept(outputs) == [Contacted(NUMBER, "answer", rated=True)]


def test_a_contact_is_rated_once_and_only_if_there_was_one() -> None:
    again = facts("door_http", contacts={"answer": True})
    answered = petition(REGISTERED, REFERRED)
    assert refusal(satisfaction.rate(answered, RATE, again, now=NOW)) == RefusalReason.ALREADY_ANSWERED
    too_soon = satisfaction.rate(petition(REGISTERED), RATE, facts("door_http"), now=NOW)
    conclusion = RATE.model_copy(update={"contact": "conclusion"})
    not_yet = satisfaction.rate(answered, conclusion, facts("door_http"), now=NOW)
    assert refusal(too_soon) == refusal(not_yet) == RefusalReason.UNKNOWN_CONTACT
    assert refusal(satisfaction.rate(None, RATE, facts("door_http"), now=NOW)) == RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("contacts", [{}, {"reception": False}, {"reception": True}])
def test_what_may_be_rated_does_not_tell_a_sealed_petition_from_another(contacts: dict[str, bool]) -> None:
    of_sealed = satisfaction.contacts_of(petition(SEALED), contacts)
    assert of_sealed == satisfaction.contacts_of(petition(REGISTERED), contacts) == contacts


def test_a_clerk_counts_slips_in_the_own_town() -> None:
    message = RecordSatisfaction(contact="consultation", on=ON, town=TOWN, satisfied=5, dissatisfied=1)
    fact = the(satisfaction.record(None, message, facts(UNIT), now=NOW), SatisfactionRecorded)
    assert (fact.satisfied, fact.mostly_satisfied, fact.dissatisfied) == (5, 0, 1)
    elsewhere = satisfaction.record(None, message, facts(ELSEWHERE_UNIT), now=NOW)
    early = message.model_copy(update={"on": ON + timedelta(days=1)})
    assert refusal(elsewhere) == RefusalReason.NOT_ENTITLED
    assert refusal(satisfaction.record(None, early, facts(UNIT), now=NOW)) == RefusalReason.TOO_EARLY


# -- reading and erasing


@pytest.mark.parametrize(
    ("state", "readers"),
    [
        (after(opened()), {OFFICE, UNIT}),
        (after(planned()), {OFFICE, UNIT, "leader_deputy_1"}),
        (
            after(collected(), solved().model_copy(update={"by": "unit_stationed_1"})),
            {OFFICE, UNIT, "unit_stationed_1"},
        ),
        (after(APPOINTED), {OFFICE, UNIT}),
        (None, set()),
        (Erased(erased_on=ON), set()),
    ],
)
def test_an_items_texts_are_read_by_the_office_and_by_who_stands_on_it(state: State, readers: set[str]) -> None:
    asked = {OFFICE, UNIT, ELSEWHERE_UNIT, "unit_stationed_1", "leader_deputy_1", "office_trial", "superior_430400"}
    assert {one for one in asked if erasure.may_read(state, one, YANFENG)} == readers


PROPOSE = ProposeItemErasure(item=HALL, ground="court_order", basis="民法典1037")
APPROVE = ApproveItemErasure(item=HALL)
OVER = (opened(), SETTLED)
PROPOSED = ItemErasureProposed(item=HALL, ground="court_order", basis="民法典1037", by=OFFICE)


def test_two_approve_and_with_the_second_the_item_is_erased() -> None:
    outputs = erasure.propose(after(*OVER), PROPOSE, facts(), now=NOW)
    assert (the(outputs, ItemErasureProposed), told(outputs)) == (PROPOSED, ["leader_principal", "office_case"])
    first = erasure.approve(after(*OVER, PROPOSED), APPROVE, facts("leader_principal"), now=NOW)
    once = the(first, ItemErasureApproved)
    second = erasure.approve(after(*OVER, PROPOSED, once), APPROVE, facts("office_case"), now=NOW)
    assert [type(one) for one in said(second)] == [ItemErasureApproved, ItemErased]
    assert kept(second) == [EraseItem(HALL)]
    assert after(*OVER, PROPOSED, *said(second)) == Erased(erased_on=ON)


@pytest.mark.parametrize(
    ("state", "actor", "reason"),
    [
        (after(*OVER), UNIT, RefusalReason.NOT_ENTITLED),
        (after(opened()), OFFICE, RefusalReason.CASE_OPEN),
        (after(*OVER, PROPOSED), OFFICE, RefusalReason.ALREADY_DECIDED),
        (Erased(erased_on=ON), OFFICE, RefusalReason.ERASED),
        (None, OFFICE, RefusalReason.UNKNOWN_ITEM),
    ],
)
def test_an_erasure_is_proposed_by_the_petition_office_of_what_is_over(
    state: State, actor: str, reason: RefusalReason
) -> None:
    assert refusal(erasure.propose(state, PROPOSE, facts(actor), now=NOW)) == reason


def test_retention_is_ten_years_from_the_last_thing_that_happened() -> None:
    over = PROPOSE.model_copy(update={"ground": "retention_over"})
    given = facts()
    early, late = NOW + timedelta(days=3_650), NOW + timedelta(days=3_653)
    assert refusal(erasure.propose(after(*OVER), over, given, now=early)) == RefusalReason.TOO_EARLY
    proposed = the(erasure.propose(after(*OVER), over, given, now=late), ItemErasureProposed)
    assert proposed.ground == "retention_over"


def test_who_proposed_does_not_approve_and_nobody_approves_twice() -> None:
    proposed = after(*OVER, PROPOSED)
    once = after(*OVER, PROPOSED, ItemErasureApproved(item=HALL, by="leader_principal"))
    again = erasure.approve(once, APPROVE, facts("leader_principal"), now=NOW)
    assert refusal(erasure.approve(proposed, APPROVE, facts(OFFICE), now=NOW)) == RefusalReason.NOT_ENTITLED
    assert refusal(again) == RefusalReason.ALREADY_DECIDED
    assert refusal(erasure.approve(after(*OVER), APPROVE, facts(OFFICE), now=NOW)) == RefusalReason.TOO_EARLY


def test_an_erased_item_stays_erased_whatever_is_said_of_it() -> None:
    erased = ItemErased(item=HALL, ground="court_order", basis="民法典1037", erased_on=ON)
    assert after(*OVER, erased, FAILED, PROPOSED) == Erased(erased_on=ON)
