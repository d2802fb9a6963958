"""澄清正名: every step by whoever's it is, in its order, in writing, in time; and every refusal."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.clarification import (
    ClarificationApproved,
    ClarificationAssessed,
    ClarificationChecked,
    ClarificationFiled,
    ClarificationGround,
    ClarificationMade,
    ClarificationOverdue,
    ClarificationProposed,
    ClarificationRefused,
    ClarificationReminded,
    ClarificationScope,
    ClarificationWay,
    RecordClarificationApplication,
)
from xinfang_contracts.district import Calendar, Days
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.review import Outcome
from xinfang_contracts.routing import CaseAssigned
from xinfang_contracts.vault import DocumentKind

from services.review.clarifying.counting import recount
from services.review.clarifying.deciding import approve
from services.review.clarifying.state import ClarifyingRecounted
from services.review.clarifying.waiting import tasks
from services.review.facts import Facts
from services.review.signing.trail import Trail
from services.review.state import Awaiting, ReviewCase
from services.runtime.calendar import revision
from tests.pens import pen_of, signer, signers_of
from tests.rules.clarified import (
    ASSESSMENT,
    MANAGEMENT,
    OFFICE,
    OTHER,
    PRINCIPAL,
    TEXT,
    TRIAL,
    UNIT,
    Afterwards,
)
from tests.rules.given import LIUYUAN, YANFENG, assigned, at, case_traits, facts, refusal, the, told

SUPERVISION, DEPUTY = "office_supervision_1", "leader_deputy_1"


def application(case: Afterwards, **changes: Any) -> RecordClarificationApplication:
    given: dict[str, Any] = {
        "petition": case.number,
        "cleared": "organisation",
        "grounds": [ClarificationGround.SELECTION],
        "applied_on": case.now.date(),
        "document": OTHER,
    }
    return RecordClarificationApplication(**given | changes)


def tie(case: Afterwards, actor: str) -> list[str]:
    """Who is told when somebody turns out to be tied."""
    fact = TieDeclared(petition=case.number, actor=actor, assigned=True)
    return told(case.hears("routing.tie_declared.v1", fact))


# -- the five steps --------------------------------------------------------------------------------------------------


def test_the_unit_that_handled_it_proposes_and_the_petition_office_is_told() -> None:
    case = Afterwards()
    outputs = case.proposed(grounds=[ClarificationGround.RIGHTS, ClarificationGround.RIGHTS])
    fact = the(outputs, ClarificationProposed)
    assert (fact.number, fact.by, fact.unit, fact.zone, fact.applied_on) == (1, UNIT, UNIT, "zone_1", None)
    assert (fact.grounds, fact.accused_agrees) == ([ClarificationGround.RIGHTS], True)
    assert told(outputs) == [OFFICE]


def test_the_petition_office_takes_in_what_the_accused_asks_for_and_the_unit_is_to_assess_it() -> None:
    case = Afterwards()
    outputs = case.say(OFFICE, application(case))
    fact = the(outputs, ClarificationProposed)
    assert (fact.by, fact.applied_on, fact.document, fact.accused_agrees) == (OFFICE, case.now.date(), OTHER, None)
    assert told(outputs) == [UNIT]
    assert refusal(case.say(UNIT, application(case))) is RefusalReason.NOT_ENTITLED
    late = application(case, applied_on=date(2023, 3, 2))
    assert refusal(case.say(OFFICE, late)) is RefusalReason.WRONG_DATE


def test_from_the_proposal_to_the_file() -> None:
    case = Afterwards().up_to("proposed")
    assert told(case.assessed()) == [TRIAL]
    assert told(case.checked()) == [PRINCIPAL]
    outputs = case.approved()
    approved = the(outputs, ClarificationApproved)
    assert (approved.by, approved.assessment, approved.basis) == (PRINCIPAL, ASSESSMENT, "规则50")
    assert (approved.clock.name, approved.clock.due_at) == ("clarification", at("2023-03-23 00:00"))
    assert approved.signed is not None and approved.signed.person == pen_of(PRINCIPAL).person
    assert told(outputs) == [UNIT, OFFICE]
    case.at("2023-03-22 17:00").deposited()
    outputs = case.made(jointly=["party_committee", "departments"])
    made = the(outputs, ClarificationMade)
    assert (made.ways, made.scope) == (["writing", "meeting"], ClarificationScope.COMMUNITY)
    assert (made.on_time, made.tell_reporter, made.text) == (True, True, TEXT)
    assert told(outputs) == [OFFICE, PRINCIPAL]
    case.at("2023-04-03 09:00")
    outputs = case.filed()
    filed = the(outputs, ClarificationFiled)
    assert (filed.made_on, filed.filed_on, filed.reporter) == (date(2023, 3, 22), date(2023, 4, 3), "told")
    assert (filed.unit, filed.cleared, filed.ways) == (UNIT, "person", made.ways)
    assert told(outputs) == [OFFICE]


def test_every_step_but_the_clocks_stands_in_the_chain_of_the_case() -> None:
    case = Afterwards().up_to("filed")
    links = [fact.link for fact in case.said]  # type: ignore[attr-defined]
    assert [one.place for one in links] == list(range(1, 7))
    assert [one.previous for one in links[1:]] == [one.hash for one in links[:-1]]
    assert case.state is not None and isinstance(case.state.case.trail, Trail)
    assert case.state.case.trail.head == links[-1].hash


def test_several_on_one_petition_each_go_their_own_way() -> None:
    case = Afterwards().up_to("made")
    the(case.say(OFFICE, application(case)), ClarificationProposed)
    assert [case.one(number).stage for number in (1, 2)] == ["made", "proposed"]
    case.assessed(number=2)
    case.checked(number=2)
    the(case.approved(number=2), ClarificationApproved)
    assert [case.one(number).stage for number in (1, 2)] == ["made", "approved"]


# -- who, and of what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.PROVED, Outcome.NOT_PROVABLE])
def test_what_was_proved_or_could_not_be_is_not_cleared_up(outcome: Outcome) -> None:
    case = Afterwards(outcome=outcome)
    assert refusal(case.proposed()) is RefusalReason.NOT_UNFOUNDED
    assert refusal(case.say(OFFICE, application(case))) is RefusalReason.NOT_UNFOUNDED


def test_the_part_that_was_unfounded_is() -> None:
    assert the(Afterwards(outcome=Outcome.PARTLY_PROVED).proposed(), ClarificationProposed).number == 1


def test_a_case_that_is_not_concluded_waits_for_its_conclusion() -> None:
    case = Afterwards()
    case.hear(assigned(number=case.number, acceptance=2))
    assert isinstance(case.state, Awaiting)
    assert refusal(case.proposed()) is RefusalReason.NOT_YOUR_TURN


STEPS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "proposed": (Afterwards.proposed, UNIT, "filed"),
    "assessed": (Afterwards.assessed, UNIT, "proposed"),
    "checked": (Afterwards.checked, TRIAL, "assessed"),
    "approved": (Afterwards.approved, PRINCIPAL, "checked"),
    "made": (Afterwards.made, UNIT, "approved"),
    "filed": (Afterwards.filed, UNIT, "made"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_by_whoever_s_it_is_and_by_nobody_else(name: str) -> None:
    step, whose, before = STEPS[name]
    case = Afterwards().up_to(before).deposited()
    others = [actor for actor in (*YANFENG.actors(), "unit_x", "") if actor != whose]
    assert {refusal(step(case, actor)) for actor in others} == {RefusalReason.NOT_ENTITLED}
    assert facts(step(case, whose))


@pytest.mark.parametrize("name", [name for name in STEPS if name != "proposed"])
def test_a_step_comes_after_the_one_before_and_once(name: str) -> None:
    step, whose, before = STEPS[name]
    for stage in list(STEPS)[: list(STEPS).index(before)]:
        early = Afterwards().up_to(stage).deposited()
        assert refusal(step(early, whose)) is RefusalReason.NOT_YOUR_TURN, stage
    case = Afterwards().up_to(name)
    assert refusal(step(case, whose)) is RefusalReason.ALREADY_DECIDED
    assert refusal(step(case, whose, 2)) is RefusalReason.UNKNOWN_ITEM


def test_whoever_is_tied_learns_nothing_and_a_stand_in_takes_each_step() -> None:
    case = Afterwards(excluded=[UNIT, TRIAL, PRINCIPAL, OFFICE])
    for step, actor in ((case.proposed, UNIT), (case.checked, TRIAL), (case.approved, PRINCIPAL)):
        assert refusal(step(actor)) is RefusalReason.UNKNOWN_PETITION
    assert told(case.proposed(SUPERVISION)) == [MANAGEMENT]
    assert told(case.assessed(SUPERVISION)) == [MANAGEMENT]
    assert told(case.checked(MANAGEMENT)) == [DEPUTY]
    assert told(case.approved(DEPUTY)) == [SUPERVISION]
    case.deposited()
    assert told(case.made(SUPERVISION)) == [DEPUTY]
    assert told(case.filed(SUPERVISION)) == []


def test_nobody_checks_what_they_have_assessed() -> None:
    excluded = [UNIT, TRIAL, *(f"office_supervision_{place}" for place in (1, 2))]
    case = Afterwards(excluded=excluded)
    case.proposed(MANAGEMENT)
    assert told(case.assessed(MANAGEMENT)) == [YANFENG.remit.superior]
    assert refusal(case.checked(MANAGEMENT)) is RefusalReason.NOT_ENTITLED


def test_where_everybody_is_tied_the_superior_takes_every_step() -> None:
    everybody = [one.code for group in (YANFENG.units, YANFENG.offices, YANFENG.leaders) for one in group]
    above, case = YANFENG.remit.superior, Afterwards(excluded=everybody)
    case.deposited()
    for step in (case.proposed, case.assessed, case.checked, case.approved, case.made, case.filed):
        assert facts(step(above)), step


@pytest.mark.parametrize("office", [UNIT, TRIAL])
def test_nobody_approves_what_they_have_handled_or_checked_in_another_office(office: str) -> None:
    case = Afterwards().up_to("checked")
    both = pen_of(PRINCIPAL, pen_of(office).person)
    known = Facts(YANFENG, PRINCIPAL, {**signers_of(YANFENG), PRINCIPAL: signer(both)})
    outputs = approve(case.state, case.signed(PRINCIPAL, pen=both), known, now=case.now)
    assert refusal(outputs) is RefusalReason.SPOKEN_ALREADY


def test_another_districts_case_is_unknown() -> None:
    case = Afterwards()
    assert refusal(case.proposed(petition="990001-2023-000017")) is RefusalReason.UNKNOWN_PETITION


def test_a_district_that_says_nothing_of_clarifications_makes_none() -> None:
    silent = YANFENG.model_copy(update={"review": YANFENG.review.model_copy(update={"clarification": None})})
    assert refusal(Afterwards(district=silent).proposed()) is RefusalReason.NOT_SET_UP


# -- the assessment --------------------------------------------------------------------------------------------------


def test_without_a_list_of_grounds_only_the_principal_refuses() -> None:
    case = Afterwards().up_to("proposed")
    assert refusal(case.assessed(refused="accused_declines")) is RefusalReason.UNKNOWN_GROUND
    case.assessed()
    case.checked()
    outputs = case.approved(refused="not_needed", document=OTHER)
    refused = the(outputs, ClarificationRefused)
    assert (refused.step, refused.by, refused.ground, refused.document) == ("approval", PRINCIPAL, "not_needed", OTHER)
    assert refused.signed is not None
    assert told(outputs) == [UNIT, OFFICE]
    assert refusal(case.made()) is RefusalReason.ALREADY_DECIDED


def test_a_ground_of_the_districts_list_ends_it_at_the_assessment() -> None:
    unit = LIUYUAN.units[0].code
    case = Afterwards(unit=unit, district=LIUYUAN)
    case.proposed(unit)
    assert refusal(case.assessed(unit, refused="no_such_ground")) is RefusalReason.UNKNOWN_GROUND
    refused = the(case.assessed(unit, refused="known_already"), ClarificationRefused)
    assert (refused.step, refused.ground, refused.document) == ("assessment", "known_already", ASSESSMENT)


def test_what_the_checker_does_not_agree_with_is_assessed_anew() -> None:
    case = Afterwards().up_to("assessed")
    outputs = case.checked(agrees=False)
    assert the(outputs, ClarificationChecked).agrees is False
    assert told(outputs) == [UNIT]
    assert refusal(case.approved(signature=None)) is RefusalReason.NOT_YOUR_TURN
    assert the(case.assessed(), ClarificationAssessed).number == 1


def test_where_the_trial_office_checks_nothing_the_principal_is_asked_at_once() -> None:
    review = YANFENG.review
    assert review.clarification is not None
    settings = review.clarification.model_copy(update={"checked_by_trial": False})
    plain = YANFENG.model_copy(update={"review": review.model_copy(update={"clarification": settings})})
    case = Afterwards(district=plain).up_to("proposed")
    assert told(case.assessed()) == [PRINCIPAL]
    assert refusal(case.checked()) is RefusalReason.NOT_YOUR_TURN
    assert the(case.approved(), ClarificationApproved).assessment == ASSESSMENT


# -- the signature ---------------------------------------------------------------------------------------------------


def test_the_approval_is_signed_over_the_assessment() -> None:
    case = Afterwards().up_to("checked")
    signed = case.signed(PRINCIPAL)
    assert signed.signature is not None
    wrong: dict[str, Any] = {
        RefusalReason.NOT_SIGNED: None,
        RefusalReason.OTHER_VERSION_SIGNED: signed.signature.model_copy(update={"over": OTHER.digest}),
        RefusalReason.UNKNOWN_KEY: signed.signature.model_copy(update={"person": "p_other"}),
    }
    for reason, signature in wrong.items():
        assert refusal(case.say(PRINCIPAL, signed.model_copy(update={"signature": signature}))) is reason
    turned = signed.model_copy(update={"refused": "other"})
    assert refusal(case.say(PRINCIPAL, turned)) is RefusalReason.WRONG_SIGNATURE
    assert facts(case.say(PRINCIPAL, signed))


# -- done right ------------------------------------------------------------------------------------------------------

WRITING, MEETING, FACE, NOTICE = ClarificationWay


@pytest.mark.parametrize("ways", [[MEETING], [FACE, NOTICE], [MEETING, FACE, NOTICE]])
def test_whatever_else_is_done_it_is_written_too(ways: list[ClarificationWay]) -> None:
    case = Afterwards().up_to("approved").deposited()
    assert refusal(case.made(ways=ways)) is RefusalReason.NOT_WRITTEN
    assert the(case.made(ways=[*ways, WRITING]), ClarificationMade).ways == [*ways, WRITING]


@pytest.mark.parametrize("way", [MEETING, NOTICE])
def test_what_is_said_before_others_does_not_reach_the_accused_alone(way: ClarificationWay) -> None:
    case = Afterwards().up_to("approved").deposited()
    alone = ClarificationScope.ACCUSED
    assert refusal(case.made(ways=[WRITING, way], scope=alone)) is RefusalReason.CONTRADICTORY
    assert facts(case.made(ways=[WRITING, FACE], scope=alone))


@pytest.mark.parametrize("on", [date(2023, 2, 28), date(2023, 3, 2)])
def test_it_is_done_between_its_approval_and_today(on: date) -> None:
    assert refusal(Afterwards().up_to("approved").deposited().made(on=on)) is RefusalReason.WRONG_DATE


def test_its_text_has_passed_the_redaction_gate() -> None:
    case = Afterwards().up_to("approved")
    assert refusal(case.made()) is RefusalReason.NOT_DEPOSITED
    case.deposited(kind=DocumentKind.LETTER).deposited(OTHER)
    assert refusal(case.made()) is RefusalReason.NOT_DEPOSITED
    forged = TEXT.model_copy(update={"digest": OTHER.digest})
    case.deposited()
    assert refusal(case.made(text=forged)) is RefusalReason.NOT_DEPOSITED
    assert facts(case.made())


def test_a_text_that_comes_before_review_knows_the_case_is_nobodys() -> None:
    case = Afterwards()
    case.state = None
    case.deposited()
    assert case.state is None


def test_a_reporter_under_their_real_name_is_told_the_truth_before_it_is_filed() -> None:
    case = Afterwards().up_to("made")
    assert refusal(case.filed(reporter=None)) is RefusalReason.REPORTER_NOT_TOLD
    assert the(case.filed(reporter="unreachable"), ClarificationFiled).reporter == "unreachable"


def test_of_an_anonymous_report_nobody_is_to_be_told() -> None:
    case = Afterwards(about=case_traits(real_name=False)).up_to("approved").deposited()
    assert the(case.made(), ClarificationMade).tell_reporter is False
    assert the(case.filed(reporter=None), ClarificationFiled).reporter is None


# -- the clock -------------------------------------------------------------------------------------------------------


def test_whoever_is_to_do_it_is_reminded_and_what_is_late_is_said_once() -> None:
    case = Afterwards().up_to("approved").at("2023-03-15 23:59")
    assert case.ticks() == []
    outputs = case.at("2023-03-16 00:00").ticks()
    assert (the(outputs, ClarificationReminded).colour, told(outputs)) == ("yellow", [UNIT])
    assert the(case.at("2023-03-21 00:00").ticks(), ClarificationReminded).colour == "red"
    assert case.at("2023-03-22 23:59").ticks() == []
    outputs = case.at("2023-03-23 00:00").ticks()
    late = the(outputs, ClarificationOverdue)
    assert (late.number, late.unit, late.zone, told(outputs)) == (1, UNIT, "zone_1", [UNIT, OFFICE, PRINCIPAL])
    assert case.at("2023-03-31 00:00").ticks() == []
    case.deposited()
    assert the(case.made(on=date(2023, 3, 22)), ClarificationMade).on_time is True


def test_what_is_done_after_its_day_is_late_and_what_is_done_is_not_called_overdue() -> None:
    case = Afterwards().up_to("approved").at("2023-03-23 10:00").deposited()
    assert the(case.made(), ClarificationMade).on_time is False
    assert case.at("2023-03-31 00:00").ticks() == []


@pytest.mark.parametrize(
    ("approved", "due"),
    [
        # Counted by hand. Spring Festival 2023: off from 21 to 27 January, worked on Saturday 28 and Sunday 29.
        ("2023-01-16 10:00", "2023-02-10 00:00"),
        ("2023-01-20 17:00", "2023-02-16 00:00"),
        ("2023-01-21 09:00", "2023-02-16 00:00"),
        # 2024: off from 10 to 17 February, worked on Sunday 4 and Sunday 18.
        ("2024-02-09 09:00", "2024-03-08 00:00"),
    ],
)
def test_fifteen_working_days_over_spring_festival(approved: str, due: str) -> None:
    case = Afterwards(now=at(approved)).up_to("approved")
    clock = case.one().clock
    assert clock is not None and clock.due_at == at(due)


def test_a_corrected_calendar_moves_what_is_not_yet_late_and_is_told_once() -> None:
    case = Afterwards().up_to("approved").at("2023-03-06 00:00")
    calendar = Calendar(holidays=[Days(first=date(2023, 3, 13), last=date(2023, 3, 14))])
    case.district = YANFENG.model_copy(update={"calendar": calendar})
    message = ClarifyingRecounted(petition=case.number, calendar=revision(calendar))

    def counted() -> list[Any]:
        outputs = recount(case.state, message, Facts(case.district, ""), now=case.now)
        case.hear(message)
        case._then(outputs)
        return [*outputs]

    (moved, *_) = facts(counted())
    assert (moved.before.due_at, moved.after.due_at) == (at("2023-03-23 00:00"), at("2023-03-25 00:00"))  # type: ignore[attr-defined]
    clock = case.one().clock
    assert clock is not None and (clock.due_at, clock.calendar) == (at("2023-03-25 00:00"), revision(calendar))
    assert counted() == []
    assert [type(fact) for fact in facts(case.at("2023-03-25 00:00").ticks())].count(ClarificationOverdue) == 1


# -- ties, and cases that are open again -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "actor", "after", "asked"),
    [
        ("proposed", UNIT, "proposed", SUPERVISION),
        ("assessed", UNIT, "proposed", SUPERVISION),
        ("assessed", TRIAL, "assessed", MANAGEMENT),
        ("checked", TRIAL, "assessed", MANAGEMENT),
        ("checked", PRINCIPAL, "checked", DEPUTY),
        ("approved", PRINCIPAL, "checked", DEPUTY),
        ("approved", TRIAL, "assessed", MANAGEMENT),
        ("made", UNIT, "made", SUPERVISION),
    ],
)
def test_the_word_of_whoever_is_tied_counts_no_longer_and_somebody_else_is_asked(
    stage: str, actor: str, after: str, asked: str
) -> None:
    case = Afterwards().up_to(stage)
    assert tie(case, actor) == [asked]
    assert case.one().stage == after
    assert (case.one().clock is not None) is (after in ("approved", "made"))
    assert tie(case, actor) == []


def test_whoever_steps_in_for_the_principal_can_sign_with_what_they_were_told() -> None:
    case = Afterwards().up_to("approved")
    tie(case, PRINCIPAL)
    assert the(case.approved(DEPUTY), ClarificationApproved).by == DEPUTY


@pytest.mark.parametrize("stage", ["proposed", "assessed", "checked", "approved", "made"])
def test_what_is_under_way_stops_when_the_case_is_open_again(stage: str) -> None:
    case = Afterwards().up_to("filed")
    case.up_to(stage) if stage == "proposed" else _second(case, stage)
    again: CaseAssigned = assigned(number=case.number, acceptance=2)
    case.hear(again)
    assert [case.one(number).stage for number in (1, 2)] == ["filed", "stopped"]
    assert case.at("2024-01-01 00:00").ticks() == []


def _second(case: Afterwards, stage: str) -> None:
    case.proposed()
    case.assessed(number=2)
    for name, step in (("checked", case.checked), ("approved", case.approved), ("made", case.made)):
        if list(STEPS).index(name) <= list(STEPS).index(stage):
            assert facts(step(number=2)), name
    assert case.one(2).stage == stage


def test_every_step_waits_in_somebodys_queue_and_what_is_done_in_nobodys() -> None:
    case, seen = Afterwards().deposited(), list[tuple[str, str, int]]()
    for step in (case.proposed, case.assessed, case.checked, case.approved, case.made):
        assert facts(step())
        seen += [(one.actor, one.task, one.version) for one in tasks(case.state, YANFENG)]
    assert seen == [
        (UNIT, "assess_clarification", 1),
        (TRIAL, "check_clarification", 1),
        (PRINCIPAL, "approve_clarification", 1),
        (UNIT, "carry_out_clarification", 1),
        (UNIT, "file_clarification", 1),
    ]
    case.filed()
    assert list(tasks(case.state, YANFENG)) == []
    due = Afterwards().up_to("approved")
    assert [one.due_at for one in tasks(due.state, YANFENG)] == [at("2023-03-23 00:00")]


def test_states_read_back_as_they_were_written() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(ReviewCase)
    for stage in STEPS:
        case = Afterwards().up_to(stage)
        assert stored.validate_json(stored.dump_json(case.state)) == case.state
