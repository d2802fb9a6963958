"""Intake: what is registered, what is handed on sealed, and what screening decides."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import (
    Accused,
    DeclareDistrict,
    DistrictDeclared,
    PetitionAccepted,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
    Reporter,
    ScreenPetition,
    SubmitPetition,
)
from xinfang_contracts.message import Form, Message, Rank

from services.intake.decide import Deposit, Facts, Opened, declare, screen, submit, ties
from services.intake.state import Petition, Registered, Screened, Sealed, State, evolve
from services.runtime.rules import Answer, Output
from tests.rules.given import (
    CANARY,
    ELSEWHERE,
    JWE,
    LIUYUAN,
    NOW,
    NUMBER,
    YANFENG,
    at,
    content,
    facts,
    kept,
    refusal,
    sealed,
    the,
    told,
    traits,
)

SUPERIOR = "superior_430400"
WAITING = Registered(traits=traits())


# -- registration ----------------------------------------------------------------------------------------------------

PETITION = content(
    Accused(name=f"{CANARY}甲", organisation=f"{CANARY}局", post=f"{CANARY}长", unit="unit_stationed_2"),
    text=f"{CANARY}正文",
    reporter=Reporter(name=f"{CANARY}人", contact=f"{CANARY}号"),
    village="430406001001",
)


def submission(channel: str = "letter", received_on: date | None = None) -> SubmitPetition:
    return SubmitPetition(channel=channel, content=JWE, received_on=received_on)


def submitted(
    actor: str = "office_petition",
    message: SubmitPetition | None = None,
    opened: Opened | None = None,
    now: datetime = NOW,
    district: District = YANFENG,
) -> Sequence[Output]:
    given = Facts(district, actor, NUMBER, opened or Opened(PETITION))
    return submit(None, message or submission(), given, now=now)


def test_a_petition_is_registered_kept_in_the_vault_and_told_to_the_petition_office() -> None:
    outputs = submitted("partner_yidiantong", submission("yidiantong"))
    registered = the(outputs, PetitionRegistered)
    assert registered.petition == NUMBER
    assert registered.traits == traits(channel="yidiantong", form=Form.NET, received_on=NOW.date(), town="430406001")
    assert kept(outputs) == [Deposit(NUMBER, PETITION)]
    assert told(outputs) == ["office_petition"]
    assert sealed(outputs) == []


def test_no_word_of_a_petition_leaves_the_vault() -> None:
    outputs = submitted("partner_yidiantong", submission("yidiantong"))
    said = [one for one in outputs if one not in outputs[1:2]]
    assert CANARY in repr(outputs[1])
    assert CANARY not in repr(said)


def test_the_petition_office_hears_what_is_proposed_once_also_of_what_it_has_sent_itself() -> None:
    assert told(submitted("office_petition")) == ["office_petition"]
    assert not [one for one in submitted("office_petition") if isinstance(one, Answer)]
    assert told(submitted("door_http", submission("web"))) == ["office_petition"]


@pytest.mark.parametrize(
    ("actor", "channel", "given", "taken"),
    [
        ("office_petition", "letter", date(2023, 2, 20), date(2023, 2, 20)),
        ("office_petition", "letter", date(2023, 3, 1), date(2023, 3, 1)),
        ("office_petition", "letter", date(2023, 3, 2), date(2023, 3, 1)),
        ("office_petition", "letter", None, date(2023, 3, 1)),
        ("partner_yidiantong", "yidiantong", date(2023, 2, 20), date(2023, 3, 1)),
        ("superior_430400", "letter", date(2023, 2, 20), date(2023, 3, 1)),
        ("door_http", "web", date(2023, 2, 20), date(2023, 3, 1)),
    ],
)
def test_the_day_of_receipt_is_a_clerks_to_enter_and_never_a_day_to_come(
    actor: str, channel: str, given: date | None, taken: date
) -> None:
    assert the(submitted(actor, submission(channel, given)), PetitionRegistered).traits.received_on == taken


def test_the_day_of_arrival_is_the_districts() -> None:
    late, later = datetime(2023, 2, 28, 15, 59, tzinfo=UTC), datetime(2023, 2, 28, 16, tzinfo=UTC)
    days = [the(submitted(now=now), PetitionRegistered).traits.received_on for now in (late, later)]
    assert days == [date(2023, 2, 28), date(2023, 3, 1)]


@pytest.mark.parametrize(
    ("village", "town"),
    [
        ("430406001001", "430406001"),
        ("430406400409", "430406005"),
        ("430406100", "430406100"),
        ("110101001001", None),
        (None, None),
    ],
)
def test_a_village_becomes_its_town_and_nothing_finer_is_told(village: str | None, town: str | None) -> None:
    outputs = submitted(opened=Opened(content(village=village)))
    assert the(outputs, PetitionRegistered).traits.town == town
    assert village == town or village is None or village not in repr(facts(outputs))


@pytest.mark.parametrize(
    ("actor", "channel", "reason"),
    [
        ("office_petition", "pigeon", RefusalReason.UNKNOWN_CHANNEL),
        ("office_petition", "yidiantong", RefusalReason.NOT_ENTITLED),
        ("door_http", "yidiantong", RefusalReason.NOT_ENTITLED),
        ("superior_430400", "yidiantong", RefusalReason.NOT_ENTITLED),
        ("partner_yidiantong", "sanxiang_e", RefusalReason.NOT_ENTITLED),
        ("partner_yidiantong", "letter", RefusalReason.NOT_ENTITLED),
    ],
)
def test_a_channel_is_its_partners_own_or_everybody_elses(actor: str, channel: str, reason: RefusalReason) -> None:
    assert refusal(submitted(actor, submission(channel))) is reason


@pytest.mark.parametrize(("actor", "is_transferred"), [("superior_430000", True), ("office_petition", False)])
def test_what_a_superior_hands_down_is_marked_by_who_spoke(actor: str, is_transferred: bool) -> None:
    assert the(submitted(actor), PetitionRegistered).traits.transferred is is_transferred


@pytest.mark.parametrize("reader", [SUPERIOR, "leader_principal"])
def test_what_has_a_reader_leaves_an_envelope_and_nothing_that_opens_it(reader: str) -> None:
    outputs = submitted(opened=Opened(PETITION, reader, JWE))
    fact = the(outputs, PetitionSealed)
    assert (fact.petition, fact.reader, fact.received_at) == (NUMBER, reader, NOW)
    assert fact.digest == hashlib.sha256(JWE.encode()).hexdigest()
    (seal,) = sealed(outputs)
    assert (seal.reader, seal.message.content, seal.message.petition) == (reader, JWE, NUMBER)
    assert len(outputs) == 2
    assert CANARY not in repr(outputs)


def test_what_has_a_reader_but_no_ciphertext_is_a_bug_and_is_not_registered() -> None:
    with pytest.raises(ValueError):
        submitted(opened=Opened(PETITION, SUPERIOR, None))


def test_a_submission_that_nobody_opened_is_a_bug() -> None:
    with pytest.raises(ValueError):
        submit(None, submission(), Facts(YANFENG, "office_petition", NUMBER, None), now=NOW)


def test_the_accuseds_units_are_ties() -> None:
    two = content(Accused(unit="unit_stationed_2"), Accused(name="某戊己"), Accused(unit="unit_430406001"))
    assert ties(two) == ["unit_430406001", "unit_stationed_2"]
    assert ties(content()) == []


# -- screening -------------------------------------------------------------------------------------------------------

ACCEPT: dict[str, Any] = {"kind": "accept", "category": "integrity", "rank": "village_or_other", "real_name": True}
REFER: dict[str, Any] = {"kind": "refer", "receiver": "court", "basis": "规则13(1)"}
DECLINE: dict[str, Any] = {"kind": "decline", "ground": "no_substance", "basis": "规则13(3)"}
KEEP: dict[str, Any] = {"kind": "keep_on_file", "basis": "规则14", "repeat_of": "430406-2022-000003"}
DECISIONS = (ACCEPT, REFER, DECLINE, KEEP)


def screened(
    decision: dict[str, Any],
    state: State = WAITING,
    actor: str = "office_petition",
    petition: str = NUMBER,
    district: District = YANFENG,
) -> Sequence[Output]:
    message = ScreenPetition.model_validate({"petition": petition, "decision": decision})
    return screen(state, message, Facts(district, actor, ""), now=NOW)


def test_acceptance_makes_a_case_in_codes() -> None:
    accepted = the(screened(ACCEPT | {"repeat_of": "430406-2022-000003", "first_time": False}), PetitionAccepted)
    assert accepted.traits.model_dump().items() >= traits().model_dump().items()
    assert (accepted.traits.accepted_on, accepted.traits.rank) == (date(2023, 3, 1), Rank.VILLAGE_OR_OTHER)
    assert (accepted.traits.real_name, accepted.traits.first_time) == (True, False)
    assert (accepted.petition, accepted.repeat_of) == (NUMBER, "430406-2022-000003")


def test_whoever_is_tied_is_excluded_whether_the_content_or_the_clerk_says_so() -> None:
    tied = Registered(traits=traits(), tied=["unit_430406002", "unit_stationed_2"])
    both = ACCEPT | {"accused_unit": "unit_430406001", "responsible_unit": "unit_stationed_1"}
    accepted = the(screened(both, tied), PetitionAccepted)
    assert accepted.excluded == ["unit_430406001", "unit_430406002", "unit_stationed_2"]
    assert the(screened(ACCEPT | {"accused_unit": "unit_stationed_2"}, tied), PetitionAccepted).excluded == tied.tied
    assert (accepted.accused_unit, accepted.responsible_unit) == ("unit_430406001", "unit_stationed_1")
    assert the(screened(ACCEPT), PetitionAccepted).excluded == []


@pytest.mark.parametrize("rank", YANFENG.remit.higher_ranks)
def test_a_higher_levels_cadre_is_not_accepted_here_however_late_it_is_noticed(rank: Rank) -> None:
    assert refusal(screened(ACCEPT | {"rank": rank})) is RefusalReason.MUST_BE_SEALED


@pytest.mark.parametrize("form", list(Form))
def test_a_letter_is_forwarded_and_everybody_else_is_told_where_to_go(form: Form) -> None:
    referred = the(screened(REFER, Registered(traits=traits(form=form))), PetitionReferred)
    assert referred.manner == ("forwarded" if form is Form.LETTER else "told")
    assert (referred.receiver, referred.basis) == ("court", "规则13(1)")


def test_declining_and_keeping_on_file_say_on_what_they_rest() -> None:
    declined = the(screened(DECLINE), PetitionDeclined)
    assert (declined.ground, declined.basis, declined.traits) == ("no_substance", "规则13(3)", WAITING.traits)
    filed = the(screened(KEEP), PetitionKeptOnFile)
    assert (filed.basis, filed.repeat_of) == ("规则14", "430406-2022-000003")


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (REFER | {"receiver": "tribunal"}, RefusalReason.UNKNOWN_RECEIVER),
        (ACCEPT | {"responsible_unit": "unit_willow"}, RefusalReason.UNKNOWN_UNIT),
        (ACCEPT | {"accused_unit": "office_trial"}, RefusalReason.UNKNOWN_UNIT),
    ],
)
def test_only_what_stands_in_the_district_file_is_named(decision: dict[str, Any], reason: RefusalReason) -> None:
    assert refusal(screened(decision)) is reason


@pytest.mark.parametrize("actor", ["office_trial", "leader_principal", "partner_yidiantong", "unit_430406001", "door"])
@pytest.mark.parametrize("decision", DECISIONS, ids=lambda one: str(one["kind"]))
def test_only_the_petition_office_screens(decision: dict[str, Any], actor: str) -> None:
    assert refusal(screened(decision, actor=actor)) is RefusalReason.NOT_ENTITLED
    assert refusal(screened(decision, state=None, actor=actor)) is RefusalReason.NOT_ENTITLED


def test_a_petition_that_was_never_registered_is_unknown() -> None:
    assert refusal(screened(ACCEPT, state=None)) is RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda one: str(one["kind"]))
def test_another_districts_petition_is_unknown_though_its_office_has_the_same_code(decision: dict[str, Any]) -> None:
    assert refusal(screened(decision, petition=ELSEWHERE)) is RefusalReason.UNKNOWN_PETITION


@pytest.mark.parametrize("first", DECISIONS, ids=lambda one: str(one["kind"]))
@pytest.mark.parametrize("second", DECISIONS, ids=lambda one: str(one["kind"]))
def test_what_was_decided_once_is_decided(first: dict[str, Any], second: dict[str, Any]) -> None:
    (fact,) = facts(screened(first))
    after = evolve(WAITING, fact, NOW)
    assert refusal(screened(second, after)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda one: str(one["kind"]))
def test_what_is_sealed_is_not_screened_here(decision: dict[str, Any]) -> None:
    gone = Sealed(reader=SUPERIOR, received_at=NOW)
    assert refusal(screened(decision, gone)) is RefusalReason.ALREADY_DECIDED


# -- states and the district -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "after"),
    [
        (PetitionRegistered(petition=NUMBER, traits=traits()), WAITING),
        (
            PetitionSealed(petition=NUMBER, reader=SUPERIOR, received_at=at("2023-02-01 08:00")),
            Sealed(reader=SUPERIOR, received_at=at("2023-02-01 08:00")),
        ),
        *(
            (facts(screened(decision))[0], status)
            for decision, status in zip(DECISIONS, ("accepted", "referred", "declined", "kept_on_file"), strict=True)
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_fact_leaves_its_state_which_reads_back_as_it_was_written(fact: Message, after: State | str) -> None:
    state = evolve(None, fact, NOW)
    if isinstance(after, str):
        assert isinstance(state, Screened)
        assert (state.status, state.screened_at) == (after, NOW)
    else:
        assert state == after
    stored: TypeAdapter[Any] = TypeAdapter(Petition)
    written = stored.dump_json(state)
    assert stored.dump_json(stored.validate_json(written)) == written


def test_a_fact_of_others_changes_nothing() -> None:
    declared = DistrictDeclared(revision="0" * 64, towns=[], zones=[], units=[])
    assert evolve(WAITING, declared, NOW) is WAITING


@pytest.mark.parametrize("district", [YANFENG, LIUYUAN], ids=lambda one: str(one.code))
def test_the_district_in_force_is_declared_in_codes(district: District) -> None:
    given = Facts(district, "operator", "")
    declared = the(declare(None, DeclareDistrict(revision=district.revision), given, now=NOW), DistrictDeclared)
    assert (len(declared.towns), len(declared.zones)) == (len(district.towns), len(district.zones))
    assert declared.units == [unit.code for unit in district.units]


def test_a_district_of_another_revision_is_not_declared() -> None:
    given = Facts(YANFENG, "operator", "")
    other = DeclareDistrict(revision=LIUYUAN.revision)
    assert refusal(declare(None, other, given, now=NOW)) is RefusalReason.REVISION_DIFFERS
