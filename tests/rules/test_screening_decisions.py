"""What screening must hold to beside the clerk's word, and what follows of it: returns, referrals, transfers."""

from datetime import date, timedelta
from typing import Any

import pytest
from xinfang_contracts.district import District, OfficeKind, RealName
from xinfang_contracts.intake import (
    Acceptance,
    CaseTraits,
    Filing,
    PetitionAccepted,
    PetitionReferred,
    PetitionRegistered,
    Referral,
    Refusal,
    RefusalReason,
    ScreenPetition,
    SubmitPetition,
    TransferDown,
)
from xinfang_contracts.message import Category, Form, Message, Rank, SkipLevel
from xinfang_contracts.outside import AnswerReferral
from xinfang_contracts.routing import CaseAssigned
from xinfang_contracts.screening import (
    ApproveReturn,
    PetitionMarked,
    PetitionReturned,
    PetitionTransferredDown,
    RecordReferralStep,
    ReferralOverdue,
    ReferralReturned,
    ReferralStepTaken,
    RepeatsReported,
    ReporterVerified,
    ReturnGround,
    ReturnRefused,
    ReturnRequested,
    ReturnToPetitionOffice,
    TakeTransfer,
    TransferTaken,
    VerifyReporter,
)

from services.intake.decide import Facts, Opened, screen, submit
from services.intake.outside import answer_referral
from services.intake.returns.returning import evolve
from services.intake.screening.following import ReferralDue, expire_referral, record_step, take_transfer
from services.intake.screening.quarterly import QuarterEnds, Reported, report
from services.intake.screening.verifying import approve_return, request_return, verify
from services.intake.state import Registered, Screened, State, due_at
from services.runtime.clock import due_at as clock_ends
from services.runtime.errors import NotYet
from services.runtime.rules import Answer, Notice, Output
from tests.rules.given import (
    JWE,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    assigned,
    facts,
    kept,
    proposals,
    refusal,
    the,
    told,
    traits,
)
from tests.rules.screened import RECORD
from tests.rules.test_screening import CLEAR_LOWER, CLEAR_REFERRAL, leaving

OFFICE, SUPERVISION, ASSISTING = "office_petition", "office_supervision_1", "leader_assist_1"
UNIT, OTHER_UNIT = "unit_430406001", "unit_430406002"
OUT: dict[str, Referral | Refusal | Filing | TransferDown] = {
    "refer": Referral(receiver="court", basis="规则13"),
    "decline": Refusal(ground="other_organ", basis="规则13"),
    "keep_on_file": Filing(basis="规则14"),
    "transfer_down": TransferDown(unit=UNIT, basis="规则16"),
}


def acceptance(**changes: Any) -> Acceptance:
    given: dict[str, Any] = {"category": Category.INTEGRITY, "rank": Rank.VILLAGE_OR_OTHER, "real_name": True}
    return Acceptance(**given | changes)


def registered(**changes: Any) -> Registered:
    return Registered(traits=traits(), **changes)


def screened(decision: Any, state: State = None, district: District = YANFENG, **more: Any) -> list[Output]:
    message = ScreenPetition(petition=NUMBER, decision=decision, **more)
    return list(screen(state or registered(), message, Facts(district, OFFICE, ""), now=NOW))


def after(state: State, *said: Message) -> State:
    for fact in said:
        state = evolve(state, fact, NOW)
    return state


def as_(actor: str, district: District = YANFENG) -> Facts:
    return Facts(district, actor, "")


# -- the clerk's decision --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remit", "kind", "stands"),
    [
        ("own", "accept", True),
        ("own", "refer", False),
        ("own", "transfer_down", False),
        ("lower", "transfer_down", True),
        ("lower", "accept", True),
        ("lower", "decline", False),
        ("other_organ", "refer", True),
        ("other_organ", "accept", False),
        ("courts", "decline", True),
        ("courts", "keep_on_file", False),
    ],
)
def test_a_finding_on_remit_agrees_with_the_decision(remit: str, kind: str, stands: bool) -> None:
    decision = acceptance() if kind == "accept" else OUT[kind]
    said = screened(decision, remit=remit)
    if stands:
        assert facts(said)
    else:
        assert refusal(said) is RefusalReason.CONTRADICTORY


def test_what_is_a_higher_levels_is_not_decided_here() -> None:
    assert refusal(screened(acceptance(), remit="higher")) is RefusalReason.MUST_BE_SEALED


@pytest.mark.parametrize(
    ("sub_class", "rank", "stands"),
    [
        ("gifts", Rank.VILLAGE_OR_OTHER, True),
        ("perks", Rank.TOWNSHIP, True),
        ("perks", Rank.VILLAGE_OR_OTHER, False),
        ("affairs", Rank.TOWNSHIP, False),
        ("no_such", Rank.TOWNSHIP, False),
    ],
)
def test_a_sub_class_is_of_the_category_and_open_to_the_rank(sub_class: str, rank: Rank, stands: bool) -> None:
    said = screened(acceptance(sub_class=sub_class, rank=rank))
    if stands:
        assert the(said, PetitionAccepted).traits.sub_class == sub_class
    else:
        assert refusal(said) is RefusalReason.UNKNOWN_SUB_CLASS


def test_a_first_item_is_told_to_its_supervision_office_and_to_case_management() -> None:
    assert told(screened(acceptance())) == [SUPERVISION, "office_case"]
    assert told(screened(acceptance(responsible_unit="unit_430406004"))) == ["office_supervision_2", "office_case"]
    assert told(screened(acceptance(rank=Rank.TOWNSHIP))) == [SUPERVISION, "office_supervision_2", "office_case"]


def test_a_repeat_is_not_told_again() -> None:
    assert told(screened(acceptance(first_time=False))) == []


def test_an_office_that_is_tied_is_not_told() -> None:
    assert told(screened(acceptance(), registered(tied=[SUPERVISION]))) == ["office_case"]


def test_what_screening_finds_of_levels_and_visitors_is_marked_once() -> None:
    said = facts(screened(OUT["decline"], skip_level="central", visitors=6))
    assert isinstance(said[1], PetitionMarked)
    assert (said[1].skip_level, said[1].visitors) == (SkipLevel.CENTRAL, 6)
    state = after(registered(), *said)
    assert isinstance(state, Screened) and state.traits.visitors == 6
    known = Registered(traits=traits(skip_level=SkipLevel.CENTRAL))
    assert len(facts(screened(OUT["decline"], known, skip_level="central"))) == 1


def test_a_refused_decision_marks_nothing() -> None:
    assert refusal(screened(Referral(receiver="nobody", basis="规则13"), visitors=6)) is RefusalReason.UNKNOWN_RECEIVER


@pytest.mark.parametrize(("actor", "known"), [("office_petition", True), ("door_http", False)])
def test_only_who_has_seen_it_says_that_it_went_over_the_levels(actor: str, known: bool) -> None:
    message = SubmitPetition(channel="visit", content=JWE, skip_level=SkipLevel.PROVINCE, visitors=9)
    fact = the(submit(None, message, Facts(YANFENG, actor, NUMBER, Opened(CLEAR_LOWER)), now=NOW), PetitionRegistered)
    marks = (SkipLevel.PROVINCE, 9) if known else (None, None)
    assert (fact.traits.skip_level, fact.traits.visitors) == marks


# -- proposals and what a rule decides -------------------------------------------------------------------------------


def handed_in(about: Any, district: District = YANFENG, actor: str = OFFICE) -> list[Output]:
    facts_ = Facts(district, actor, NUMBER, Opened(about))
    channel = "letter"
    return list(submit(None, SubmitPetition(channel=channel, content=JWE), facts_, now=NOW))


def test_proposals_are_told_with_registration_to_the_petition_office_alone() -> None:
    said = handed_in(CLEAR_LOWER, actor="office_supervision_1")
    assert proposals(said)
    assert [one.actor for one in said if isinstance(one, Notice) and proposals([one.fact])] == [OFFICE]
    (answer,) = [one.fact for one in said if isinstance(one, Answer)]
    assert answer == the(said, PetitionRegistered).model_copy(update={"proposals": None})


def test_a_rule_that_decides_says_so_and_the_office_is_told() -> None:
    said = handed_in(CLEAR_LOWER, leaving("lower"))
    _, down = facts(said)
    assert isinstance(down, PetitionTransferredDown) and down.decided_by == "rule"
    assert [one.actor for one in said if isinstance(one, Notice) and one.fact is down] == ["unit_430406003", OFFICE]
    referred = facts(handed_in(CLEAR_REFERRAL, leaving("other_organ")))[1]
    assert isinstance(referred, PetitionReferred) and referred.decided_by == "rule"


def test_what_a_clerk_decides_says_so() -> None:
    assert the(screened(OUT["refer"]), PetitionReferred).decided_by == "clerk"


def test_no_rule_decides_what_a_superior_hands_down() -> None:
    said = handed_in(CLEAR_REFERRAL, leaving("other_organ"), "superior_430400")
    the(said, PetitionRegistered)


# -- 规则25, 30: is the name real ------------------------------------------------------------------------------------

REQUIRED = YANFENG.model_copy(update={"real_name": RealName(verification="required")})


def verification(outcome: str, state: State = None, actor: str = OFFICE) -> list[Output]:
    message = VerifyReporter(petition=NUMBER, how="phone", outcome=outcome, record=RECORD)  # type: ignore[arg-type]
    return list(verify(state or registered(), message, as_(actor), now=NOW))


@pytest.mark.parametrize("outcome", ["denied", "unreachable", "mismatch"])
@pytest.mark.parametrize("district", [YANFENG, REQUIRED], ids=["recorded", "required"])
def test_what_is_not_confirmed_is_anonymous(outcome: str, district: District) -> None:
    fact = the(verification(outcome), ReporterVerified)
    assert not fact.real_name
    state = after(registered(), fact)
    assert refusal(screened(acceptance(), state, district)) is RefusalReason.NOT_VERIFIED
    assert not the(screened(acceptance(real_name=False), state, district), PetitionAccepted).traits.real_name


def test_a_district_may_demand_the_verification() -> None:
    assert refusal(screened(acceptance(), district=REQUIRED)) is RefusalReason.NOT_VERIFIED
    state = after(registered(), the(verification("confirmed"), ReporterVerified))
    assert the(screened(acceptance(), state, REQUIRED), PetitionAccepted).traits.real_name


def test_without_that_demand_the_clerks_word_is_enough() -> None:
    assert the(screened(acceptance()), PetitionAccepted).traits.real_name


def test_it_is_asked_again_until_it_is_confirmed() -> None:
    state = after(registered(), the(verification("unreachable"), ReporterVerified))
    state = after(state, the(verification("confirmed", state), ReporterVerified))
    assert refusal(verification("denied", state)) is RefusalReason.ALREADY_DECIDED


def test_only_the_petition_office_verifies() -> None:
    assert refusal(verification("confirmed", actor="office_trial")) is RefusalReason.NOT_ENTITLED


# -- 规则17: back to the petition office -----------------------------------------------------------------------------


def case(**changes: Any) -> State:
    return after(registered(), accepted(), assigned(), **changes)


def asked(state: State, actor: str = SUPERVISION) -> list[Output]:
    message = ReturnToPetitionOffice(petition=NUMBER, ground=ReturnGround.NO_SUBSTANCE, remarks=RECORD)
    return list(request_return(state, message, as_(actor), now=NOW))


def answered(state: State, actor: str = ASSISTING, approved: bool = True) -> list[Output]:
    return list(approve_return(state, ApproveReturn(petition=NUMBER, approved=approved), as_(actor), now=NOW))


def returning() -> State:
    return after(case(), the(asked(case()), ReturnRequested))


def test_a_return_waits_for_the_leader_in_charge() -> None:
    assert told(asked(case())) == [ASSISTING]
    assert refusal(asked(returning())) is RefusalReason.ALREADY_DECIDED


def test_only_the_linked_supervision_office_asks() -> None:
    for actor in ("office_supervision_2", OFFICE, "office_trial"):
        assert refusal(asked(case(), actor)) is RefusalReason.NOT_ENTITLED


def test_before_its_unit_is_known_a_return_is_too_early() -> None:
    with pytest.raises(NotYet):
        asked(after(registered(), accepted()))


def test_nothing_is_returned_without_being_asked_for() -> None:
    assert refusal(answered(case())) is RefusalReason.TOO_EARLY


def test_only_the_leader_in_charge_agrees() -> None:
    for actor in ("leader_assist_2", "leader_deputy_1", "leader_principal"):
        assert refusal(answered(returning(), actor)) is RefusalReason.NOT_ENTITLED


def test_for_a_leader_who_is_tied_the_next_role_agrees() -> None:
    tied = after(registered(), accepted(excluded=[ASSISTING]), assigned(excluded=[ASSISTING]))
    said = asked(tied)
    assert told(said) == ["leader_deputy_1", "leader_deputy_2"]
    assert refusal(answered(after(tied, the(said, ReturnRequested)))) is RefusalReason.NOT_ENTITLED


def test_an_approved_return_is_registered_anew() -> None:
    said = answered(returning())
    fact = the(said, PetitionReturned)
    assert (fact.by, fact.office, fact.acceptance) == (ASSISTING, SUPERVISION, 1)
    assert told(said) == [SUPERVISION, OFFICE, "office_case"]
    state = after(returning(), fact)
    assert isinstance(state, Registered) and not isinstance(state.traits, CaseTraits)
    assert the(screened(acceptance(), state), PetitionAccepted).acceptance == 2


def test_a_return_that_the_leader_refuses_leaves_the_case_and_may_be_asked_for_again() -> None:
    fact = the(answered(returning(), approved=False), ReturnRefused)
    assert facts(asked(after(returning(), fact)))


def test_what_is_returned_keeps_who_is_tied_and_whether_the_name_is_real() -> None:
    state = after(registered(), the(verification("confirmed"), ReporterVerified), accepted(accused_unit=OTHER_UNIT))
    state = after(state, assigned())
    state = after(state, the(asked(state), ReturnRequested))
    back = after(state, the(answered(state), PetitionReturned))
    assert isinstance(back, Registered)
    assert (back.verified, back.tied) == ("confirmed", [OTHER_UNIT])


def test_what_a_superior_has_is_not_returned() -> None:
    state = after(registered(), accepted())
    assert isinstance(state, Screened)
    up = state.model_copy(update={"unit": "superior_430400"})
    assert refusal(asked(up)) is RefusalReason.NOT_ENTITLED


# -- 规则13, 16: out of remit, followed up until answered ------------------------------------------------------------

DUE = clock_ends(NOW, YANFENG.clocks["referral_follow_up"], YANFENG.calendar)


def referred(form: Form = Form.LETTER) -> Screened:
    given = Registered(traits=traits(form=form))
    state = after(given, the(screened(OUT["refer"], given), PetitionReferred))
    assert isinstance(state, Screened)
    return state


def overdue(state: State, district: District = YANFENG) -> list[Output]:
    at = due_at(state)
    assert at is not None
    return list(expire_referral(state, ReferralDue(petition=NUMBER, due_at=at), as_("x", district), now=at))


def stepped(state: State, step: str, actor: str = OFFICE) -> list[Output]:
    message = RecordReferralStep(petition=NUMBER, step=step, on=date(2023, 3, 20))  # type: ignore[arg-type]
    return list(record_step(state, message, as_(actor), now=NOW + timedelta(days=30)))


def test_a_referral_has_a_clock() -> None:
    assert due_at(referred()) == DUE


def test_of_a_letter_the_receivers_system_is_reminded_too() -> None:
    assert told(overdue(referred())) == [OFFICE, "partner_court"]
    assert told(overdue(referred(Form.VISIT))) == [OFFICE]


def test_it_is_told_as_often_as_the_district_file_says() -> None:
    state: State = referred()
    times = []
    while due_at(state) is not None:
        fact = the(overdue(state), ReferralOverdue)
        times.append(fact.times)
        state = after(state, fact)
    assert times == [1, 2, 3]


def test_a_clock_that_the_district_no_longer_names_still_ends() -> None:
    remit = YANFENG.remit.model_copy(update={"referral_clock": None})
    assert facts(overdue(referred(), YANFENG.model_copy(update={"remit": remit})))


@pytest.mark.parametrize("outcome", ["answered", "returned"])
def test_an_answer_ends_it(outcome: str) -> None:
    said = facts(
        answer_referral(
            referred(),
            AnswerReferral(petition=NUMBER, outcome=outcome, on=date(2023, 3, 9)),  # type: ignore[arg-type]
            as_("partner_court"),
            now=NOW,
        )
    )
    state = after(referred(), *said)
    assert due_at(state) is None
    over = {"answered": RefusalReason.ALREADY_DECIDED, "returned": RefusalReason.UNKNOWN_PETITION}
    assert refusal(stepped(state, "urged")) is over[outcome]
    assert [type(one) for one in said[1:]] == [ReferralStepTaken if outcome == "answered" else ReferralReturned]


def test_taken_is_no_answer_yet() -> None:
    (fact,) = facts(
        answer_referral(
            referred(),
            AnswerReferral(petition=NUMBER, outcome="taken", on=date(2023, 3, 9)),
            as_("partner_court"),
            now=NOW,
        )
    )
    assert due_at(after(referred(), fact)) == DUE


def test_steps_are_recorded_and_the_first_is_known() -> None:
    state: State = referred()
    for step, first in (("guided", True), ("urged", False), ("answered", False)):
        fact = the(stepped(state, step), ReferralStepTaken)
        assert (fact.first, fact.receiver, fact.referred_on) == (first, "court", date(2023, 3, 1))
        state = after(state, fact)
    assert due_at(state) is None
    assert refusal(stepped(state, "urged")) is RefusalReason.ALREADY_DECIDED


def test_an_answer_alone_is_no_following_up() -> None:
    assert not the(stepped(referred(), "answered"), ReferralStepTaken).first


def test_only_the_petition_office_records_a_step_and_only_on_a_referral() -> None:
    assert refusal(stepped(referred(), "urged", "office_trial")) is RefusalReason.NOT_ENTITLED
    assert refusal(stepped(registered(), "urged")) is RefusalReason.UNKNOWN_PETITION
    assert refusal(stepped(down(), "urged")) is RefusalReason.UNKNOWN_PETITION


def down(unit: str = UNIT) -> State:
    fact = the(screened(TransferDown(unit=unit, basis="规则16")), PetitionTransferredDown)
    return after(registered(), fact)


def taken(state: State, actor: str = UNIT, to: str | None = None) -> list[Output]:
    return list(take_transfer(state, TakeTransfer(petition=NUMBER, passed_to=to), as_(actor), now=NOW))


def test_a_transfer_down_is_told_to_its_unit_with_the_clock_of_the_rules() -> None:
    said = screened(OUT["transfer_down"])
    assert told(said) == [UNIT]
    assert the(said, PetitionTransferredDown).due_at == clock_ends(
        NOW, YANFENG.clocks["lower_transfer"], YANFENG.calendar
    )


@pytest.mark.parametrize("unit", ["unit_organ_1", "unit_nowhere", OTHER_UNIT])
def test_only_a_lower_organs_unit_that_is_not_tied_may_have_it(unit: str) -> None:
    decision = TransferDown(unit=unit, basis="规则16")
    assert refusal(screened(decision, registered(tied=[OTHER_UNIT]))) is RefusalReason.UNKNOWN_UNIT


def test_its_unit_takes_it_and_nothing_is_waited_for() -> None:
    said = taken(down())
    assert told(said) == [OFFICE]
    state = after(down(), the(said, TransferTaken))
    assert due_at(state) is None
    assert refusal(taken(state)) is RefusalReason.ALREADY_DECIDED


def test_a_unit_to_which_it_is_passed_on_has_the_clock_anew() -> None:
    said = taken(down(), to=OTHER_UNIT)
    assert told(said) == [OFFICE, OTHER_UNIT]
    state = after(down(), the(said, TransferTaken))
    assert refusal(taken(state)) is RefusalReason.UNKNOWN_PETITION
    assert facts(taken(state, OTHER_UNIT))


@pytest.mark.parametrize("to", [UNIT, "unit_nowhere"])
def test_it_is_passed_on_to_another_unit_of_the_district(to: str) -> None:
    assert refusal(taken(down(), to=to)) is RefusalReason.UNKNOWN_UNIT


def test_a_unit_that_has_nothing_of_it_is_told_nothing() -> None:
    assert refusal(taken(down(), OTHER_UNIT)) is RefusalReason.UNKNOWN_PETITION


def test_a_unit_that_does_not_take_it_in_time_is_reminded() -> None:
    said = overdue(down())
    assert told(said) == [OFFICE, UNIT]
    assert the(said, ReferralOverdue).basis == "规则16"


# -- 规则14: repeats are reported ------------------------------------------------------------------------------------


def test_a_quarters_repeats_are_told_to_the_offices_as_counts() -> None:
    message = QuarterEnds(quarter="2023-Q1", kept_on_file=5, of_known_cases=4)
    said = list(report(None, message, as_("x"), now=NOW))
    assert the(said, RepeatsReported) == RepeatsReported(quarter="2023-Q1", kept_on_file=5, of_known_cases=4)
    kinds = (OfficeKind.PETITION, OfficeKind.SUPERVISION, OfficeKind.CASE_MANAGEMENT)
    assert told(said) == [one.code for one in YANFENG.offices if one.kind in kinds]
    assert kept(said) == [Reported("430406", "2023-Q1")]


def test_a_case_that_was_assigned_twice_is_the_new_units() -> None:
    back = after(returning(), the(answered(returning()), PetitionReturned))
    anew = the(screened(acceptance(), back), PetitionAccepted)
    second: CaseAssigned = assigned("unit_organ_1", acceptance=2)
    state = after(back, anew, second)
    assert isinstance(state, Screened) and (state.unit, state.accepted) == ("unit_organ_1", 2)
