"""A repeat and its case: named at screening or confirmed later, told once, and two running cases that become one."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from xinfang_contracts.intake import (
    CaseTraits,
    PetitionAccepted,
    PetitionKeptOnFile,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
    ScreenPetition,
)
from xinfang_contracts.message import Message
from xinfang_contracts.notices import NoticeDropped, NoticeDue, NoticeKind, NoticePrepared, NoticeSent
from xinfang_contracts.repeats import ConfirmRepeat, PetitionJoined, RepeatConfirmed, RepeatLinked, RepeatRejected
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseSentUp, CaseWithdrawn

from services.intake import decide
from services.intake.notices.evolving import evolve
from services.intake.notices.owed import owing
from services.intake.notices.rules import Unpost
from services.intake.repeats.linking import linking, root_of
from services.intake.repeats.rules import Facts, confirm, tell_assigned
from services.intake.state import Registered, Screened, State
from services.routing.decide import give_up
from services.routing.facts import Facts as RoutingFacts
from services.routing.state import Open
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.given import (
    NOW,
    NUMBER,
    YANFENG,
    accepted,
    assigned,
    at,
    case_traits,
    facts,
    kept,
    refusal,
    the,
    told,
    traits,
)
from tests.rules.screened import returned, withdrawn
from tests.rules.test_fold import FACTS, concluded
from tests.rules.test_screening_figures import sums

EARLIER, LAST, OFFICE = "430406-2022-000003", "430406-2023-000018", "office_petition"
UNIT, OTHER_UNIT = "unit_430406001", "unit_430406002"


def after(*said: Message, of: State = None) -> State:
    """The state that these facts make."""
    for one in said:
        of = evolve(of, one, NOW)
    return of


def registered(number: str = NUMBER, **changes: Any) -> PetitionRegistered:
    return PetitionRegistered(petition=number, traits=traits(), **changes)


def case(number: str, unit: str | None = UNIT, **changes: Any) -> State:
    """An accepted petition, in the hands of a unit if one is given."""
    said = [registered(number), accepted(number, **changes)]
    return after(*said, *([assigned(unit, number=number)] if unit else []))


RUNNING = case(EARLIER)
KEEP: dict[str, Any] = {"kind": "keep_on_file", "basis": "规则14", "repeat_of": EARLIER}
ACCEPT: dict[str, Any] = {
    "kind": "accept",
    "category": "integrity",
    "rank": "village_or_other",
    "real_name": True,
    "first_time": True,
    "repeat_of": EARLIER,
}


def screen(decision: dict[str, Any], state: State = None, earlier: dict[str, State] | None = None) -> list[Output]:
    """The clerk's decision, as the service's table has its rule."""
    message = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision})
    given = decide.Facts(YANFENG, OFFICE, "", earlier={EARLIER: RUNNING} if earlier is None else earlier)
    return list(linking(owing(decide.screen))(state or after(registered()), message, given, now=NOW))


def confirmed(state: State, earlier: State = RUNNING, *, now: datetime = NOW) -> list[Output]:
    given = Facts(YANFENG, OFFICE, earlier={EARLIER: earlier})
    return list(confirm(state, ConfirmRepeat(petition=NUMBER, of=EARLIER), given, now=now))


# -- named at screening ----------------------------------------------------------------------------------------------


def test_a_petition_kept_on_file_as_a_repeat_leads_to_just_what_a_confirmed_one_does() -> None:
    screened, later = screen(KEEP), confirmed(after(registered()))
    assert facts(screened) == facts(later) and len(facts(later)) == 4
    assert told(screened) == told(later)


def test_one_accepted_as_a_repeat_is_counted_and_told_and_owes_no_notice_of_acceptance() -> None:
    outputs = screen(ACCEPT)
    assert [type(one) for one in facts(outputs)] == [PetitionAccepted, RepeatConfirmed, RepeatLinked, RepeatLinked]
    assert facts(outputs)[-1] == RepeatLinked(petition=EARLIER, repeat=NUMBER, unit=UNIT)


def test_a_repeat_accepted_against_the_earlier_case_s_unit_is_not_told_to_it() -> None:
    outputs = screen(ACCEPT | {"accused_unit": UNIT})
    assert facts(outputs)[-1] == RepeatLinked(petition=EARLIER, repeat=NUMBER, accepted=True)
    assert UNIT not in told(outputs)


@pytest.mark.parametrize("earlier", [{}, {EARLIER: None}, {EARLIER: after(registered(EARLIER))}])
def test_a_repeat_of_what_is_from_before_this_system_is_counted_and_linked_to_nothing(
    earlier: dict[str, State],
) -> None:
    outputs = screen(KEEP, earlier=earlier)
    said = [type(one) for one in facts(outputs)]
    assert said[:2] == [PetitionKeptOnFile, RepeatConfirmed]
    assert (RepeatLinked in said) is (earlier.get(EARLIER) is not None)


def test_screening_as_a_repeat_of_what_is_sealed_tells_nothing_of_it() -> None:
    sealed = after(PetitionSealed(petition=EARLIER, reader="leader_principal", received_at=NOW))
    assert facts(screen(KEEP, earlier={EARLIER: sealed})) == facts(screen(KEEP, earlier={}))


@pytest.mark.parametrize("of", [NUMBER, "990001-2023-000003"])
def test_nothing_repeats_itself_or_what_is_another_district_s(of: str) -> None:
    for decision in (KEEP, ACCEPT):
        assert refusal(screen(decision | {"repeat_of": of})) is RefusalReason.UNKNOWN_PETITION


def test_a_decision_that_names_no_repeat_and_a_refused_one_stay_as_they_are() -> None:
    assert [type(one) for one in facts(screen(KEEP | {"repeat_of": None}))] == [PetitionKeptOnFile]
    assert refusal(screen(ACCEPT | {"accused_unit": "unit_nowhere"})) is RefusalReason.UNKNOWN_UNIT


def test_what_was_found_to_be_no_repeat_is_not_screened_as_one() -> None:
    state = after(registered(), RepeatRejected(petition=NUMBER, of=EARLIER, by=OFFICE))
    assert refusal(screen(KEEP, state)) is RefusalReason.ALREADY_DECIDED


def test_one_that_comes_back_to_the_office_is_not_counted_as_a_repeat_again() -> None:
    back = after(registered(), *facts(screen(ACCEPT)), returned())
    assert isinstance(back, Registered)
    assert [type(one) for one in facts(screen(ACCEPT, back))] == [PetitionAccepted]
    elsewhere = KEEP | {"repeat_of": "430406-2022-000001"}
    (again,) = [one for one in facts(screen(elsewhere, back, {})) if isinstance(one, RepeatConfirmed)]
    assert not again.first


# -- linked and assigned in either order -----------------------------------------------------------------------------


def test_linked_before_or_after_the_case_is_assigned_the_same_is_said() -> None:
    waiting, given = case(EARLIER, None), assigned(UNIT, number=EARLIER)
    first = screen(KEEP, earlier={EARLIER: waiting})
    repeat = after(registered(), *facts(first))
    told_of = Facts(YANFENG, "routing", earlier={NUMBER: repeat})
    then = list(tell_assigned(after(*facts(first), of=waiting), given, told_of, now=NOW))
    other_way = screen(KEEP, earlier={EARLIER: after(given, of=waiting)})
    said = [Counter(one.model_dump_json() for one in facts(outputs)) for outputs in ([*first, *then], other_way)]
    assert said[0] == said[1]
    assert Counter(told([*first, *then])) == Counter(told(other_way))


def test_whoever_is_given_a_case_waits_for_a_repeat_that_was_linked_since() -> None:
    linked = after(RepeatLinked(petition=EARLIER, repeat=NUMBER), of=RUNNING)
    with pytest.raises(NotYet):
        tell_assigned(linked, assigned(UNIT, number=EARLIER), Facts(YANFENG, "routing"), now=NOW)


def test_an_erased_repeat_is_told_to_nobody() -> None:
    linked = after(RepeatLinked(petition=EARLIER, repeat=NUMBER), of=RUNNING)
    given = Facts(YANFENG, "routing", earlier={NUMBER: None})
    assert tell_assigned(linked, assigned(UNIT, number=EARLIER), given, now=NOW) == []


def test_the_repeats_of_a_repeat_go_along_to_its_case() -> None:
    first = after(registered(), RepeatLinked(petition=NUMBER, repeat=LAST))
    given = Facts(YANFENG, OFFICE, earlier={EARLIER: RUNNING, LAST: after(registered(LAST))})
    outputs = facts(confirm(first, ConfirmRepeat(petition=NUMBER, of=EARLIER), given, now=NOW))
    linked = {one.repeat for one in outputs if isinstance(one, RepeatLinked) and one.unit == UNIT}
    assert linked == {NUMBER, LAST}


def test_a_repeat_of_what_is_a_repeat_since_waits() -> None:
    kept_since = after(
        PetitionKeptOnFile(petition=EARLIER, traits=traits(), basis="规则14"),
        RepeatConfirmed(petition=EARLIER, of="430406-2022-000001", by=OFFICE, traits=traits()),
        of=after(registered(EARLIER)),
    )
    with pytest.raises(NotYet):
        confirmed(after(registered()), kept_since)


def test_two_that_are_said_to_repeat_each_other_lead_somewhere() -> None:
    one = after(registered(), *facts(screen(KEEP)))
    other = after(registered(EARLIER), RepeatConfirmed(petition=EARLIER, of=NUMBER, by=OFFICE, traits=traits()))
    assert root_of(NUMBER, {NUMBER: one, EARLIER: other}) == EARLIER
    filed = PetitionKeptOnFile(petition=EARLIER, traits=traits(), basis="规则14")
    assert root_of(NUMBER, {NUMBER: one, EARLIER: after(filed, of=other)}) in (NUMBER, EARLIER)


# -- 规则26: not told again -------------------------------------------------------------------------------------------


def due(notice: str = "acceptance_1", kind: NoticeKind = NoticeKind.ACCEPTANCE) -> NoticeDue:
    return NoticeDue(
        petition=NUMBER, notice=notice, kind=kind, traits=case_traits(), due_at=at("2023-03-22 00:00"), basis="规则26"
    )


def test_a_repeat_found_after_its_acceptance_is_owed_no_notice_of_it_any_more() -> None:
    state = after(due(), due("result_1", NoticeKind.RESULT), of=case(NUMBER))
    outputs = confirmed(state, None)
    (dropped,) = [one for one in facts(outputs) if isinstance(one, NoticeDropped)]
    assert (dropped.notice, dropped.basis, dropped.dropped_on) == ("acceptance_1", "规则26", NOW.date())
    assert kept(outputs) == [Unpost(NUMBER, "acceptance_1")]
    left = after(*facts(outputs), of=state)
    assert isinstance(left, Screened) and [*left.notices] == ["result_1"]


def test_what_was_sent_already_stays_as_it_is() -> None:
    sent = NoticeSent(
        petition=NUMBER,
        notice="acceptance_1",
        kind=NoticeKind.ACCEPTANCE,
        traits=case_traits(),
        way="letter",
        sent_on=NOW.date(),
        newly_on_time=True,
    )
    assert not any(isinstance(one, NoticeDropped) for one in facts(confirmed(after(due(), sent, of=case(NUMBER)))))


def test_a_dropped_notice_counts_as_if_it_had_never_been_owed() -> None:
    (dropped,) = [one for one in FACTS if isinstance(one, NoticeDropped)]
    (owed,) = [one for one in FACTS if isinstance(one, NoticeDue) and one.kind is NoticeKind.ACCEPTANCE]
    assert not any(sums(owed, dropped).values())


# -- 并案 -------------------------------------------------------------------------------------------------------------


def test_of_two_running_cases_the_later_ends_and_goes_on_in_the_earlier() -> None:
    state = case(NUMBER, OTHER_UNIT)
    outputs = confirmed(state)
    joined, filed = facts(outputs)[:2]
    assert isinstance(joined, PetitionJoined) and (joined.into, joined.acceptance) == (EARLIER, 1)
    assert isinstance(filed, PetitionKeptOnFile) and filed.repeat_of == EARLIER and type(filed.traits) is not CaseTraits
    assert facts(outputs)[-1] == RepeatLinked(petition=EARLIER, repeat=NUMBER, unit=UNIT)
    left = after(*facts(outputs), of=state)
    assert isinstance(left, Screened) and (left.status, left.unit, left.ended_at) == ("kept_on_file", None, NOW)
    assert left.repeats == {EARLIER: "confirmed"} and left.accepted == 1


SENT_UP = CaseSentUp(petition=NUMBER, traits=case_traits(), superior="superior_430400", rule="nobody_left")


def end_of(number: str) -> CaseConcluded:
    return concluded().model_copy(update={"petition": number})


@pytest.mark.parametrize(
    ("state", "earlier"),
    [
        (case(NUMBER), after(end_of(EARLIER), of=RUNNING)),
        (after(end_of(NUMBER), of=case(NUMBER)), RUNNING),
        (after(SENT_UP, of=case(NUMBER)), RUNNING),
        (case(NUMBER), after(SENT_UP, of=RUNNING)),
        (case(NUMBER), after(registered(EARLIER))),
        (case(NUMBER), None),
        (case(NUMBER, excluded=[UNIT]), RUNNING),
        (case(NUMBER, excluded=["leader_deputy_1"]), RUNNING),
    ],
    ids=[
        "the earlier is over",
        "the later is over",
        "the later is with the superior",
        "the earlier is with the superior",
        "the earlier is no case yet",
        "of old times",
        "the later is about the earlier's unit",
        "a leader is tied in the later alone",
    ],
)
def test_otherwise_each_goes_on_by_itself(state: State, earlier: State) -> None:
    said = {type(one) for one in facts(confirmed(state, earlier))}
    assert RepeatConfirmed in said and not said & {PetitionJoined, PetitionKeptOnFile}


@pytest.mark.parametrize(("unit", "earlier_unit"), [(None, UNIT), (UNIT, None)])
def test_what_routing_has_not_assigned_yet_is_not_joined_yet(unit: str | None, earlier_unit: str | None) -> None:
    with pytest.raises(NotYet):
        confirmed(case(NUMBER, unit), case(EARLIER, earlier_unit))


def test_a_notice_of_a_joined_case_is_taken_out_of_the_outbox() -> None:
    written = NoticePrepared.model_validate(
        {
            "petition": NUMBER,
            "notice": "acceptance_1",
            "kind": "acceptance",
            "way": "mail",
            "document": {"document": "7c1a9a57-0d7d-5c0e-9a0b-1f2b3c4d5e6f", "digest": "5f" * 32},
            "by": OFFICE,
        }
    )
    outputs = confirmed(after(due(), written, of=case(NUMBER, OTHER_UNIT)))
    assert kept(outputs) == [Unpost(NUMBER, "acceptance_1")]


def test_routing_gives_a_joined_case_up_and_its_unit_hears_of_it() -> None:
    (joined,) = [one for one in FACTS if isinstance(one, PetitionJoined)]
    outputs = give_up(Open(unit=UNIT, zone="zone_1", clock=assigned().clock), joined, RoutingFacts(YANFENG), now=NOW)
    assert the(list(outputs), CaseWithdrawn).petition == NUMBER
    assert told(outputs) == [UNIT, "office_case"]


def test_a_joined_acceptance_leaves_nothing_of_itself_but_that_it_was_joined() -> None:
    (joined,) = [one for one in FACTS if isinstance(one, PetitionJoined)]
    left = {place: n for place, n in sums(accepted(), assigned(), joined, withdrawn()).items() if n}
    assert {counter for counter, _, _ in left} == {"acceptances_joined"}
