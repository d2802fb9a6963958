"""Who may put into the vault, read from it and erase: given-when-then on custody's rules."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.district import District, Retention
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import (
    Accused,
    PetitionContent,
    PetitionDeclined,
    RefusalReason,
    Reporter,
)
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.quality import FileSampled
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.routing import CaseSentUp
from xinfang_contracts.vault import (
    ApproveErasure,
    DepositDocument,
    DocumentDeposited,
    DocumentKind,
    ErasureApproved,
    ErasureDue,
    ErasureProposed,
    PetitionErased,
    ProposeErasure,
)

from services.intake.state import Erased, Registered, Screened, Sealed, State, evolve, retained_since
from services.intake.vault.custody import (
    OUTGOING,
    Erase,
    Facts,
    OpenedDocument,
    RetentionEnds,
    Shelve,
    approve_erasure,
    approvers,
    deposit,
    expire,
    learn,
    propose_erasure,
    retained_until,
)
from services.intake.vault.readership import may_read
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused
from tests.rules.given import (
    CANARY,
    DISTRICTS,
    ELSEWHERE,
    JWE,
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    assigned,
    at,
    case_traits,
    content,
    facts,
    kept,
    refusal,
    the,
    told,
    traits,
)

OFFICE, PRINCIPAL, CASE = "office_petition", "leader_principal", "office_case"
UNIT, ACCUSED = "unit_430406001", "unit_430406003"
REF = DocumentRef(document="0" * 8 + "-0000-5000-8000-" + "0" * 12, digest="5f" * 32)
PETITION = content(Accused(name="某丁"), reporter=Reporter(name="某戊己", contact="000-1000-0000"))
CHAIN = ("office_supervision_1", OFFICE, "office_trial", "leader_assist_1", "leader_deputy_1", PRINCIPAL)
TEN_YEARS = Retention(months=120)


def after(state: State, *said: Message, now: datetime = NOW) -> State:
    """The petition after these facts."""
    for fact in said:
        state = evolve(state, fact, now)
    return state


def concluded() -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=UNIT,
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=date(2023, 5, 1),
    )


WAITING = Registered(traits=traits(), tied=[ACCUSED])
ACCEPTED = after(WAITING, accepted(accused_unit=ACCUSED))
OPEN = after(ACCEPTED, assigned(UNIT, excluded=[ACCUSED, "office_supervision_2"]))
DONE = after(OPEN, concluded())
DECLINED = after(WAITING, PetitionDeclined(petition=NUMBER, traits=traits(), ground="no_substance", basis="规则13"))
SEALED = Sealed(reader="superior_430400", received_at=NOW)
ERASED = Erased(erased_on=date(2023, 3, 1))
CLOSED: tuple[tuple[State, RefusalReason], ...] = (
    (None, RefusalReason.UNKNOWN_PETITION),
    (SEALED, RefusalReason.UNKNOWN_PETITION),
    (ERASED, RefusalReason.ERASED),
)


# -- deposits


def deposited(
    state: State,
    actor: str = OFFICE,
    *,
    kind: str = "remarks",
    text: str = f"{CANARY}同意",
    petition: str = NUMBER,
    own: PetitionContent | None = PETITION,
    district: District = YANFENG,
) -> Sequence[Output]:
    message = DepositDocument(petition=petition, kind=DocumentKind(kind), content=JWE)
    document = OpenedDocument(text, text.encode(), b"salt", REF)
    return deposit(state, message, Facts(district, actor, document, own), now=NOW)


def test_a_text_is_kept_and_told_by_its_reference_alone() -> None:
    outputs = deposited(WAITING)
    fact = the(outputs, DocumentDeposited)
    assert (fact.petition, fact.document, fact.kind, fact.by) == (NUMBER, REF, "remarks", OFFICE)
    (shelved,) = kept(outputs)
    assert isinstance(shelved, Shelve) and shelved.document.text == f"{CANARY}同意"
    assert CANARY not in repr(facts(outputs))


@pytest.mark.parametrize(("state", "reason"), CLOSED)
def test_nothing_is_deposited_where_there_is_nothing_to_keep_it_with(state: State, reason: RefusalReason) -> None:
    assert refusal(deposited(state)) == reason


def test_nothing_is_deposited_on_another_districts_petition() -> None:
    assert refusal(deposited(WAITING, petition=ELSEWHERE)) == RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("actor", [OFFICE, "office_trial", PRINCIPAL, "superior_430400"])
@pytest.mark.parametrize("state", [WAITING, ACCEPTED, OPEN, DONE, DECLINED])
def test_offices_leaders_and_superiors_may_write(state: State, actor: str) -> None:
    the(deposited(state, actor), DocumentDeposited)


@pytest.mark.parametrize("state", [WAITING, ACCEPTED, OPEN, DONE, DECLINED])
def test_nobody_tied_may_write(state: State) -> None:
    assert refusal(deposited(state, ACCUSED)) == RefusalReason.NOT_ENTITLED


def test_a_unit_writes_on_what_it_handles_and_is_asked_to_wait_until_that_is_known() -> None:
    the(deposited(OPEN, UNIT), DocumentDeposited)
    assert refusal(deposited(OPEN, "unit_430406002")) == RefusalReason.NOT_ENTITLED
    assert refusal(deposited(WAITING, UNIT)) == RefusalReason.NOT_ENTITLED
    with pytest.raises(NotYet):
        deposited(ACCEPTED, UNIT)


def test_a_partner_writes_on_what_came_by_its_own_channel() -> None:
    pushed = Registered(traits=traits(channel="yidiantong"))
    the(deposited(pushed, "partner_yidiantong"), DocumentDeposited)
    assert refusal(deposited(pushed, "partner_sanxiang_e")) == RefusalReason.NOT_ENTITLED
    assert refusal(deposited(WAITING, "partner_yidiantong")) == RefusalReason.NOT_ENTITLED


@pytest.mark.parametrize("kind", DocumentKind)
def test_only_what_leaves_the_organ_passes_the_gate(kind: DocumentKind) -> None:
    outputs = deposited(OPEN, kind=kind, text=f"{CANARY}答复某 戊·己同志")
    if kind in OUTGOING:
        assert outputs == [Refused(RefusalReason.REVEALS_REPORTER, details=("name",))]
    else:
        the(outputs, DocumentDeposited)


def test_a_letter_on_what_was_registered_a_moment_ago_waits_for_its_content() -> None:
    with pytest.raises(NotYet):
        deposited(WAITING, kind="letter", own=None)


# -- reading


@pytest.mark.parametrize("actor", YANFENG.actors())
def test_before_there_is_a_case_the_petition_office_alone_reads(actor: str) -> None:
    for state in (WAITING, ACCEPTED, DECLINED):
        assert may_read(state, actor, YANFENG) == (actor == OFFICE)


@pytest.mark.parametrize("actor", YANFENG.actors())
def test_a_case_is_read_by_its_unit_and_by_who_reviews_it(actor: str) -> None:
    for state in (OPEN, DONE):
        assert may_read(state, actor, YANFENG) == (actor in (UNIT, *CHAIN))


@pytest.mark.parametrize("actor", YANFENG.actors())
def test_whoever_of_the_leadership_owns_a_case_reads_it_unless_tied(actor: str) -> None:
    named = LeaderNamed(petition=NUMBER, leader="leader_assist_2", rule="fewest_led", reasons=["repeat"], unit=UNIT)
    for state in (after(OPEN, named), after(OPEN, named, concluded())):
        assert may_read(state, actor, YANFENG) == (actor in (UNIT, "leader_assist_2", *CHAIN))
    tied = after(OPEN, named.model_copy(update={"leader": ACCUSED}))
    assert not may_read(tied, ACCUSED, YANFENG)


@pytest.mark.parametrize("district", DISTRICTS)
@given(data=st.data())
def test_nobody_tied_and_nobody_from_another_district_ever_reads(district: District, data: st.DataObject) -> None:
    tied = data.draw(st.lists(st.sampled_from(district.actors()), unique=True))
    unit = data.draw(st.sampled_from([one.code for one in district.units]))
    case = after(WAITING, accepted(excluded=tied), assigned(unit, district=district, excluded=tied))
    readers = {actor for actor in district.actors() if may_read(case, actor, district)}
    assert not readers & set(tied)
    assert not any(may_read(case, actor, district) for actor in ("operator", "door_http", "office_elsewhere"))


def test_for_a_tied_reviewer_somebody_of_the_same_kind_may_step_in() -> None:
    case = after(ACCEPTED, assigned(UNIT, excluded=["office_supervision_1"]))
    assert may_read(case, "office_supervision_2", YANFENG)
    assert not may_read(case, "office_supervision_1", YANFENG)


def test_what_is_sent_up_is_read_by_that_superior() -> None:
    up = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
    case = after(ACCEPTED, up)
    assert may_read(case, "superior_430400", YANFENG)
    assert not may_read(case, "superior_430000", YANFENG)


@pytest.mark.parametrize("state", [None, SEALED, ERASED])
@pytest.mark.parametrize("actor", YANFENG.actors())
def test_what_is_sealed_erased_or_not_there_nobody_reads(state: State, actor: str) -> None:
    assert not may_read(state, actor, YANFENG)


def test_what_routing_and_review_say_is_learnt_and_answered_by_nothing() -> None:
    for fact in (assigned(UNIT), concluded()):
        assert learn(ACCEPTED, fact, Facts(YANFENG, "door"), now=NOW) == []
    assert isinstance(DONE, Screened)
    assert (DONE.unit, DONE.excluded, DONE.ended_at) == (UNIT, ["office_supervision_2", ACCUSED], NOW)
    assert after(ERASED, assigned(UNIT), concluded()) == ERASED


# -- erasure


def proposed(state: State, actor: str = OFFICE, now: datetime = NOW, **changes: Any) -> Sequence[Output]:
    given_: dict[str, Any] = {"petition": NUMBER, "ground": "court_order", "basis": "民法典1037"}
    return propose_erasure(state, ProposeErasure(**given_ | changes), Facts(YANFENG, actor), now=now)


def approved(state: State, actor: str, district: District = YANFENG) -> Sequence[Output]:
    return approve_erasure(state, ApproveErasure(petition=NUMBER), Facts(district, actor), now=NOW)


def with_proposal(state: State = DONE) -> State:
    return after(state, the(proposed(state), ErasureProposed))


def test_an_erasure_is_proposed_by_the_petition_office_to_the_two_who_must_agree() -> None:
    outputs = proposed(DONE)
    assert the(outputs, ErasureProposed).by == OFFICE
    assert told(outputs) == [PRINCIPAL, CASE]
    assert refusal(proposed(DONE, "office_trial")) == RefusalReason.NOT_ENTITLED


@pytest.mark.parametrize("state", [WAITING, ACCEPTED, OPEN])
def test_what_is_open_is_not_erased(state: State) -> None:
    assert refusal(proposed(state)) == RefusalReason.CASE_OPEN
    assert refusal(approved(state, PRINCIPAL)) == RefusalReason.CASE_OPEN


@pytest.mark.parametrize(("state", "reason"), CLOSED)
def test_what_is_not_in_the_vault_is_not_erased(state: State, reason: RefusalReason) -> None:
    assert refusal(proposed(state)) == refusal(approved(state, PRINCIPAL)) == reason


@pytest.mark.parametrize("order", [(PRINCIPAL, CASE), (CASE, PRINCIPAL)])
def test_with_the_second_approval_it_is_erased_and_whoever_took_part_is_told(order: tuple[str, str]) -> None:
    state = with_proposal()
    first = approved(state, order[0])
    assert the(first, ErasureApproved).by == order[0]
    state = after(state, *facts(first))
    outputs = approved(state, order[1])
    approval, erased = facts(outputs)
    assert isinstance(approval, ErasureApproved) and isinstance(erased, PetitionErased)
    assert (erased.ground, erased.erased_on) == ("court_order", NOW.date())
    assert kept(outputs) == [Erase(NUMBER)]
    assert told(outputs) == [OFFICE, order[0]]
    assert after(state, approval, erased) == Erased(erased_on=NOW.date())


def test_nobody_counts_twice() -> None:
    state = after(with_proposal(), ErasureApproved(petition=NUMBER, by=CASE))
    assert refusal(approved(state, CASE)) == RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("actor", [OFFICE, "office_trial", "leader_deputy_1"])
def test_only_the_two_named_may_approve_and_never_who_proposed(actor: str) -> None:
    assert refusal(approved(with_proposal(), actor)) == RefusalReason.NOT_ENTITLED


def test_nothing_is_approved_that_was_not_proposed() -> None:
    assert refusal(approved(DONE, PRINCIPAL)) == RefusalReason.TOO_EARLY


def test_another_ground_makes_an_earlier_approval_void_and_the_same_again_is_nothing_new() -> None:
    state = after(with_proposal(), ErasureApproved(petition=NUMBER, by=CASE))
    assert refusal(proposed(state)) == RefusalReason.ALREADY_DECIDED
    state = after(state, the(proposed(state, ground="reporter_request"), ErasureProposed))
    (one,) = facts(approved(state, PRINCIPAL))
    assert isinstance(one, ErasureApproved)


@pytest.mark.parametrize("district", DISTRICTS)
@given(data=st.data())
def test_there_are_two_approvers_and_none_is_tied_or_has_proposed(district: District, data: st.DataObject) -> None:
    people = [one.code for one in district.leaders]
    tied = data.draw(st.lists(st.sampled_from(district.actors()), unique=True))
    found = approvers(district, OFFICE, tied)
    assert not {OFFICE, *tied} & set(found)
    assert len(found) == len(set(found))
    assert len(found) >= min(2, len(set(people) - set(tied)))


def test_who_approves_is_the_districts_to_say() -> None:
    own = YANFENG.model_copy(update={"retention": Retention(months=120, approvers=["leader_deputy_1", "office_trial"])})
    assert approvers(own, OFFICE, []) == ["leader_deputy_1", "office_trial"]
    without = YANFENG.model_copy(update={"offices": [one for one in YANFENG.offices if one.code != CASE]})
    assert approvers(without, OFFICE, []) == [leader.code for leader in YANFENG.leaders]


@pytest.mark.parametrize("wrong", [["leader_principal"], ["leader_principal"] * 2, ["office_nowhere", "office_trial"]])
def test_a_district_file_that_names_the_wrong_approvers_is_refused(wrong: list[str]) -> None:
    written = YANFENG.model_dump(mode="json") | {"retention": {"months": 12, "approvers": wrong}}
    with pytest.raises(ValueError, match=r"retention\.approvers"):
        District.model_validate(written)


# -- with a superior

UP = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")
LATER, MUCH_LATER = at("2024-03-01 09:30"), at("2034-03-01 00:00")


def decided(matter: Any = "take_up", *, approved: bool = True) -> SuperiorDecided:
    return SuperiorDecided(petition=NUMBER, superior="superior_430400", matter=matter, approved=approved, on=NOW.date())


@pytest.mark.parametrize(
    ("state", "since"),
    [
        (after(ACCEPTED, UP), NOW),
        (after(after(ACCEPTED, UP), decided("false_accusation_finding"), now=LATER), LATER),
        (after(OPEN, decided(), now=LATER), LATER),
        (after(DECLINED, decided(), now=LATER), LATER),
        (after(after(OPEN, decided()), concluded(), now=LATER), LATER),
    ],
    ids=["sent_up", "decided", "taken_up", "declined_and_taken_up", "taken_up_and_concluded"],
)
def test_of_what_is_with_a_superior_the_period_runs_since_then(state: State, since: datetime) -> None:
    assert retained_since(state) == since
    assert refusal(proposed(state, ground="retention_over")) == RefusalReason.TOO_EARLY
    outputs = proposed(state, now=MUCH_LATER, ground="retention_over")
    state = after(state, the(outputs, ErasureProposed))
    assert the(approved(state, PRINCIPAL), ErasureApproved).by == PRINCIPAL


@pytest.mark.parametrize("ground", ["court_order", "reporter_request"])
@pytest.mark.parametrize("state", [after(ACCEPTED, UP), after(OPEN, decided()), after(DECLINED, decided())])
def test_what_a_superior_may_still_need_is_not_erased_before_its_time(state: State, ground: str) -> None:
    """Nobody here may be free of it: that is why it went up."""
    assert refusal(proposed(state, ground=ground)) == RefusalReason.CASE_OPEN


def test_what_a_superior_refuses_or_says_of_a_case_that_is_here_starts_nothing() -> None:
    for said in (decided(approved=False), decided("extend")):
        assert retained_since(after(OPEN, said)) is None


def test_what_comes_back_from_the_superior_is_open_again_and_its_proposal_void() -> None:
    up = after(ACCEPTED, UP)
    state = after(up, the(proposed(up, now=MUCH_LATER, ground="retention_over"), ErasureProposed))
    back = after(state, assigned(UNIT))
    assert retained_since(back) is None
    assert refusal(approved(back, PRINCIPAL)) == RefusalReason.CASE_OPEN
    assert refusal(approved(after(back, UP), PRINCIPAL)) == RefusalReason.TOO_EARLY


# -- retention


def test_the_period_runs_from_the_decision_or_the_conclusion_and_its_end_is_said_once() -> None:
    for state in (DECLINED, DONE):
        assert retained_since(state) == NOW
        outputs = expire(state, RetentionEnds(petition=NUMBER), Facts(YANFENG, "door"), now=at("2033-03-01 00:00"))
        assert the(outputs, ErasureDue).due_on == date(2033, 3, 1)
        assert told(outputs) == [OFFICE]
        assert retained_since(after(state, *facts(outputs))) is None
        assert not any(isinstance(one, Notice) and one.actor != OFFICE for one in outputs)
    for open_ in (WAITING, ACCEPTED, OPEN, ERASED, None):
        assert retained_since(open_) is None


def test_before_its_end_and_where_no_period_is_set_nothing_is_said() -> None:
    early = at("2033-02-28 23:59")
    assert expire(DONE, RetentionEnds(petition=NUMBER), Facts(YANFENG, "door"), now=early) == []
    without = YANFENG.model_copy(update={"retention": None})
    later = at("2099-01-01 00:00")
    assert expire(DONE, RetentionEnds(petition=NUMBER), Facts(without, "door"), now=later) == []
    assert retained_until(NOW, without) is None


def test_the_end_of_retention_is_no_ground_before_it_is_there() -> None:
    assert refusal(proposed(DONE, ground="retention_over")) == RefusalReason.TOO_EARLY
    outputs = proposed(DONE, ground="retention_over", now=at("2033-03-01 00:00"))
    assert the(outputs, ErasureProposed).ground == "retention_over"


def test_who_reviews_a_files_quality_may_read_it_unless_tied() -> None:
    """Case management stands in no chain: without it, it would mark what it has not seen."""
    manager = "office_case"
    sampled = FileSampled(petition=NUMBER, period="2023-Q1", unit=UNIT, concluded_on=NOW.date(), reviewer=manager)
    assert not may_read(after(OPEN, concluded()), manager, YANFENG)
    read = after(OPEN, concluded(), sampled)
    assert may_read(read, manager, YANFENG)
    tie = TieDeclared(petition=NUMBER, actor=manager, assigned=True)
    assert not may_read(after(read, tie), manager, YANFENG)
