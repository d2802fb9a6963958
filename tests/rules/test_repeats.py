"""What a person's decision on a repeat leads to (规则14), and what the search says."""

import pytest
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.intake import (
    PetitionAccepted,
    PetitionKeptOnFile,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
)
from xinfang_contracts.message import Message
from xinfang_contracts.repeats import (
    ConfirmRepeat,
    LikelyRepeat,
    RejectRepeat,
    RepeatConfirmed,
    RepeatLinked,
    RepeatProposed,
    RepeatRejected,
)
from xinfang_contracts.vault import PetitionErased

from services.intake.repeats.rules import Facts, Indexed, SeekRepeats, Sought, confirm, reject, seek, tell_assigned
from services.intake.returns.returning import evolve
from services.intake.state import State
from services.runtime.rules import Output
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, assigned, facts, kept, refusal, told, traits

EARLIER, OFFICE, UNIT = "430406-2022-000003", "office_petition", "unit_430406001"
ROW = (NUMBER, [1], b"body")
LIKELY = LikelyRepeat(petition=EARLIER, score=0.9, reasons=["same_name"])


def after(*said: Message) -> State:
    """The state that these facts make."""
    state: State = None
    for one in said:
        state = evolve(state, one, NOW)
    return state


REGISTERED = after(PetitionRegistered(petition=NUMBER, traits=traits()))
CASE: PetitionAccepted = accepted(EARLIER)
OPEN_CASE = after(PetitionRegistered(petition=EARLIER, traits=traits()), CASE, assigned(UNIT, number=EARLIER))


def decide(rule: type[Message], earlier: State, state: State = REGISTERED, actor: str = OFFICE) -> list[Output]:
    """The office's decision that one petition repeats the earlier one, or does not."""
    given = Facts(YANFENG, actor, earlier={EARLIER: earlier})
    if rule is ConfirmRepeat:
        return list(confirm(state, ConfirmRepeat(petition=NUMBER, of=EARLIER), given, now=NOW))
    return list(reject(state, RejectRepeat(petition=NUMBER, of=EARLIER), given, now=NOW))


def test_a_confirmed_repeat_is_kept_on_file_and_its_case_s_handler_is_told() -> None:
    outputs = decide(ConfirmRepeat, OPEN_CASE)
    filed, confirmed, linked, said = facts(outputs)
    assert isinstance(filed, PetitionKeptOnFile) and filed.repeat_of == EARLIER and filed.basis == "规则14"
    assert isinstance(confirmed, RepeatConfirmed) and (confirmed.of, confirmed.by) == (EARLIER, OFFICE)
    assert linked == RepeatLinked(petition=EARLIER, repeat=NUMBER)
    assert said == RepeatLinked(petition=EARLIER, repeat=NUMBER, unit=UNIT)
    assert told(outputs) == [UNIT]


def test_a_repeat_of_what_is_no_open_case_is_kept_on_file_and_linked_to_nothing() -> None:
    registered = PetitionRegistered(petition=EARLIER, traits=traits())
    declined = after(registered, PetitionKeptOnFile(petition=EARLIER, traits=traits(), basis="规则14"))
    for earlier in (declined, None):
        assert [type(one) for one in facts(decide(ConfirmRepeat, earlier))] == [PetitionKeptOnFile, RepeatConfirmed]


@pytest.mark.parametrize(("changes", "is_so"), [({}, False), ({"channel": "web"}, True), ({"transferred": True}, True)])
def test_the_same_matter_by_another_way_is_multi_head(changes: dict[str, object], is_so: bool) -> None:
    earlier = after(PetitionRegistered(petition=EARLIER, traits=traits(**changes)))
    (confirmed,) = [one for one in facts(decide(ConfirmRepeat, earlier)) if isinstance(one, RepeatConfirmed)]
    assert confirmed.multi_head is is_so


def test_a_rejection_is_recorded_and_changes_nothing_else() -> None:
    assert facts(decide(RejectRepeat, OPEN_CASE)) == [RepeatRejected(petition=NUMBER, of=EARLIER, by=OFFICE)]


@pytest.mark.parametrize("again", [ConfirmRepeat, RejectRepeat])
def test_what_was_decided_once_is_not_decided_again(again: type[Message]) -> None:
    rejected = after(
        PetitionRegistered(petition=NUMBER, traits=traits()), RepeatRejected(petition=NUMBER, of=EARLIER, by=OFFICE)
    )
    assert refusal(decide(again, OPEN_CASE, rejected)) is RefusalReason.ALREADY_DECIDED


def test_a_decision_outlives_screening() -> None:
    registered = PetitionRegistered(petition=NUMBER, traits=traits())
    state = after(registered, RepeatRejected(petition=NUMBER, of=EARLIER, by=OFFICE), accepted())
    assert refusal(decide(ConfirmRepeat, OPEN_CASE, state)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("rule", [ConfirmRepeat, RejectRepeat])
def test_only_the_petition_office_decides_and_only_on_petitions_that_are_there(rule: type[Message]) -> None:
    erased = evolve(
        OPEN_CASE, PetitionErased(petition=EARLIER, erased_on=NOW.date(), ground="retention_over", basis="规则1"), NOW
    )
    sealed = after(PetitionSealed(petition=EARLIER, reader="leader_principal", received_at=NOW))
    assert refusal(decide(rule, OPEN_CASE, actor=UNIT)) is RefusalReason.NOT_ENTITLED
    assert refusal(decide(rule, OPEN_CASE, None)) is RefusalReason.UNKNOWN_PETITION
    assert refusal(decide(rule, erased)) is RefusalReason.UNKNOWN_PETITION
    assert refusal(decide(rule, sealed)) is RefusalReason.UNKNOWN_PETITION


def test_the_office_is_told_what_a_new_petition_seems_to_repeat() -> None:
    outputs = seek(REGISTERED, SeekRepeats(petition=NUMBER), Facts(YANFENG, "door", Sought(ROW, (LIKELY,))), now=NOW)
    assert facts(outputs) == [RepeatProposed(petition=NUMBER, of=[LIKELY])]
    assert told(outputs) == [OFFICE] and kept(outputs) == [Indexed(NUMBER, ROW)]


def test_where_nothing_is_alike_nothing_is_said() -> None:
    outputs = seek(REGISTERED, SeekRepeats(petition=NUMBER), Facts(YANFENG, "door", Sought(ROW)), now=NOW)
    assert facts(outputs) == [] and kept(outputs) == [Indexed(NUMBER, ROW)]


def test_what_a_person_has_decided_by_then_is_proposed_no_more() -> None:
    state = after(
        PetitionRegistered(petition=NUMBER, traits=traits()), RepeatRejected(petition=NUMBER, of=EARLIER, by=OFFICE)
    )
    other = LIKELY.model_copy(update={"petition": "430406-2022-000009"})
    for likely, said in (((LIKELY,), []), ((LIKELY, other), [RepeatProposed(petition=NUMBER, of=[other])])):
        given = Facts(YANFENG, "door", Sought(ROW, likely))
        assert facts(seek(state, SeekRepeats(petition=NUMBER), given, now=NOW)) == said


def test_what_was_sealed_since_gets_no_signature() -> None:
    outputs = seek(None, SeekRepeats(petition=NUMBER), Facts(YANFENG, "door", Sought(ROW, (LIKELY,))), now=NOW)
    assert facts(outputs) == [] and kept(outputs) == [Indexed(NUMBER, None)]


KEPT = after(PetitionRegistered(petition=NUMBER, traits=traits()), *facts(decide(ConfirmRepeat, OPEN_CASE))[:2])
TIED = after(PetitionRegistered(petition=NUMBER, traits=traits(), excluded=[UNIT]))


@pytest.mark.parametrize("unit", [UNIT, "unit_430406002"])
def test_a_repeat_of_what_is_not_assigned_yet_reaches_each_unit_that_is_given_the_case(unit: str) -> None:
    registered = PetitionRegistered(petition=EARLIER, traits=traits())
    (link,) = [one for one in facts(decide(ConfirmRepeat, after(registered))) if isinstance(one, RepeatLinked)]
    case = after(registered, link, CASE)
    outputs = list(
        tell_assigned(case, assigned(unit, number=EARLIER), Facts(YANFENG, "routing", earlier={NUMBER: KEPT}), now=NOW)
    )
    assert facts(outputs) == [RepeatLinked(petition=EARLIER, repeat=NUMBER, unit=unit)]
    assert told(outputs) == [unit]


def test_a_repeat_of_a_kept_repeat_is_linked_to_the_case_of_both() -> None:
    last = "430406-2023-000018"
    given = Facts(YANFENG, OFFICE, earlier={NUMBER: KEPT, EARLIER: OPEN_CASE})
    outputs = list(confirm(REGISTERED, ConfirmRepeat(petition=last, of=NUMBER), given, now=NOW))
    assert facts(outputs)[-1] == RepeatLinked(petition=EARLIER, repeat=last, unit=UNIT)


def test_a_handler_whom_the_repeat_is_about_is_told_nothing() -> None:
    *_, linked = facts(outputs := decide(ConfirmRepeat, OPEN_CASE, TIED))
    assert linked == RepeatLinked(petition=EARLIER, repeat=NUMBER) and UNIT not in told(outputs)
    given = Facts(YANFENG, "routing", earlier={NUMBER: TIED})
    case = after(PetitionRegistered(petition=EARLIER, traits=traits()), linked, CASE)
    assert told(tell_assigned(case, assigned(UNIT, number=EARLIER), given, now=NOW)) == [OFFICE]


def test_only_the_first_confirmation_is_the_first() -> None:
    before = RepeatConfirmed(petition=NUMBER, of="430406-2022-000001", by=OFFICE, traits=traits())
    state = after(PetitionRegistered(petition=NUMBER, traits=traits()), before)
    for given, is_first in ((REGISTERED, True), (state, False)):
        (said,) = [one for one in facts(decide(ConfirmRepeat, OPEN_CASE, given)) if isinstance(one, RepeatConfirmed)]
        assert said.first is is_first and said.first_multi_head


def test_whoever_decides_is_answered_and_the_other_offices_are_told() -> None:
    both = YANFENG.office_of_kind(OfficeKind.PETITION)
    second = both[0].model_copy(update={"code": "office_petition_2"})
    two = YANFENG.model_copy(update={"offices": [*YANFENG.offices, second]})
    given = Facts(two, OFFICE, earlier={EARLIER: OPEN_CASE})
    rejected = reject(REGISTERED, RejectRepeat(petition=NUMBER, of=EARLIER), given, now=NOW)
    assert told(rejected) == [second.code]
    confirmed = confirm(REGISTERED, ConfirmRepeat(petition=NUMBER, of=EARLIER), given, now=NOW)
    assert told(confirmed) == [second.code, second.code, UNIT]
