"""From a rule's answer to the wire: derived ids, answers to whoever spoke, one reader for what is sealed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import (
    CommandRefused,
    PetitionContent,
    PetitionRegistered,
    PetitionSealed,
    RefusalReason,
    ScreenPetition,
    SealedPetition,
    SubmitPetition,
)
from xinfang_contracts.registry import BY_TYPE, Stream
from xinfang_contracts.routing import CaseOverdue

from services.intake.decide import Deposit
from services.intake.screening.proposing import propose
from services.runtime.incoming import Delivery, Incoming, inbox_key
from services.runtime.rules import Answer, Before, Keep, Notice, Output, Refused, Seal
from services.runtime.saying import facts_in, say
from tests.rules.given import CANARY, JWE, NOW, NUMBER, YANFENG, assigned, running, traits

SUBMIT = BY_TYPE["intake.submit_petition.v1"]
SCREEN = BY_TYPE["intake.screen_petition.v1"]
ACCEPTED = BY_TYPE["intake.petition_accepted.v1"]
REGISTERED = PetitionRegistered(petition=NUMBER, traits=traits())
OVERDUE = CaseOverdue(petition=NUMBER, unit="unit_430406001", clock=running("handling", NOW))


class Unsettled:
    """Saying settles nothing."""

    def acknowledgement(self) -> bytes:
        raise AssertionError

    def retry(self, seconds: float) -> None:
        raise AssertionError

    def term(self) -> None:
        raise AssertionError


def incoming(actor: str | None, id_: str = "ledger/1", *, at_a_door: bool = False, **changes: Any) -> Incoming:
    """A submission by an actor, over NATS or at a door of the process; without an actor, a fact."""
    entry = SUBMIT if actor else ACCEPTED
    over_nats = Delivery("xf.430406.x", {}, b"", Stream.COMMANDS, 1, 1, NOW, Unsettled())
    given: dict[str, Any] = {
        "key": inbox_key(f"430406.{actor}", id_),
        "body_hash": b"",
        "speaker": f"430406.{actor}",
        "district": "430406",
        "actor": actor,
        "entry": entry,
        "envelope": Envelope(id=id_, type=entry.type, source=str(actor)),
        "message": SubmitPetition.model_construct(channel="letter", content=""),
        "now": datetime(2023, 3, 1, tzinfo=UTC),
        "delivery": None if at_a_door else over_nats,
    }
    return Incoming(**given | changes)


def said(one: Incoming, *outputs: Output, service: str = "intake") -> list[tuple[str, str]]:
    """Stream and subject of what goes out, in order."""
    return [(out.stream.value, out.subject) for out in say(service, one, outputs).outgoing]


def test_two_speakers_with_one_id_in_one_round_each_hear_their_own_answer() -> None:
    office, partner = incoming("office_petition"), incoming("partner_x")
    other = incoming("office_petition", "ledger/2")
    round_of_three = [
        output
        for one, reason in (
            (partner, RefusalReason.UNKNOWN_CHANNEL),
            (office, RefusalReason.ID_REUSED),
            (other, RefusalReason.OTHER),
        )
        for output in say("intake", one, [Refused(reason)]).outgoing
    ]
    for one, reason in ((office, RefusalReason.ID_REUSED), (partner, RefusalReason.UNKNOWN_CHANNEL)):
        (fact,) = facts_in("intake", round_of_three, one)
        assert isinstance(fact, CommandRefused)
        assert (fact.actor, fact.reason) == (one.actor, reason)


def test_saying_it_again_says_the_same_bytes_under_the_same_ids() -> None:
    outputs: Sequence[Output] = [REGISTERED, Notice("office_petition", REGISTERED), Keep("x")]
    first, again = (say("intake", incoming("partner_x"), outputs).outgoing for _ in range(2))
    assert first == again
    assert len({out.headers["ce-id"] for out in first}) == len(first) == 3


def test_an_id_is_the_uuid5_of_the_inputs_key_the_service_and_the_place() -> None:
    one = incoming("partner_x")
    ids = [
        out.headers["ce-id"] for out in say("intake", one, [REGISTERED, Notice("office_petition", REGISTERED)]).outgoing
    ]
    assert ids == [str(uuid5(UUID(bytes=one.key), f"intake.{place}")) for place in range(3)]


def test_ids_differ_by_speaker_message_service_and_place() -> None:
    def ids(service: str, one: Incoming) -> set[str]:
        refused = [Refused(RefusalReason.OTHER)]
        return {out.headers["ce-id"] for out in say(service, one, refused).outgoing}

    sets = [
        ids("intake", incoming("office_petition")),
        ids("review", incoming("office_petition")),
        ids("intake", incoming("partner_x")),
        ids("intake", incoming("office_petition", "ledger/2")),
    ]
    assert sum(map(len, sets)) == len(set().union(*sets)) == 8


def test_a_fact_goes_to_the_services_and_a_command_is_answered_to_whoever_spoke() -> None:
    assert said(incoming("partner_x"), REGISTERED, Notice("office_petition", REGISTERED)) == [
        ("XF_EVENTS", "xf.430406.event.intake.petition_registered.v1"),
        ("XF_NOTICES", "xf.430406.notice.office_petition.petition_registered.v1"),
        ("XF_NOTICES", "xf.430406.notice.partner_x.petition_registered.v1"),
    ]


def test_only_the_first_fact_is_the_answer() -> None:
    outputs = said(
        incoming("partner_x"), REGISTERED, PetitionSealed(petition=NUMBER, reader="superior_1", received_at=NOW)
    )
    assert [subject for stream, subject in outputs if stream == "XF_NOTICES"] == [
        "xf.430406.notice.partner_x.petition_registered.v1"
    ]


def test_where_the_answer_is_less_than_the_fact_whoever_spoke_gets_the_answer_alone() -> None:
    whole = REGISTERED.model_copy(update={"proposals": propose(PetitionContent(text="虚报"), YANFENG)})
    outgoing = say(
        "intake", incoming("partner_x"), [whole, Notice("office_petition", whole), Answer(REGISTERED)]
    ).outgoing
    by_subject = {out.subject.split(".", 2)[2]: b"proposals" in out.body for out in outgoing}
    assert by_subject == {
        "event.intake.petition_registered.v1": True,
        "notice.office_petition.petition_registered.v1": True,
        "notice.partner_x.petition_registered.v1": False,
    }
    at_a_door = say("intake", incoming("partner_x", at_a_door=True), [whole, Answer(REGISTERED)])
    assert [out.stream for out in at_a_door.outgoing] == [Stream.EVENTS]


def test_whoever_spoke_is_told_once_though_the_rule_tells_them_too() -> None:
    outputs = said(incoming("office_petition"), REGISTERED, Notice("office_petition", REGISTERED))
    assert outputs == [
        ("XF_EVENTS", "xf.430406.event.intake.petition_registered.v1"),
        ("XF_NOTICES", "xf.430406.notice.office_petition.petition_registered.v1"),
    ]


def test_what_else_whoever_spoke_is_told_answers_nothing() -> None:
    sealed = PetitionSealed(petition=NUMBER, reader="superior_1", received_at=NOW)
    outputs = said(incoming("office_petition"), REGISTERED, sealed, Notice("office_petition", sealed))
    assert [subject.rsplit(".", 2)[1] for stream, subject in outputs if stream == "XF_NOTICES"] == [
        "petition_sealed",
        "petition_registered",
    ]


def test_a_door_answers_by_itself_and_a_fact_is_not_answered() -> None:
    at_a_door = incoming("office_petition", at_a_door=True)
    assert [stream for stream, _ in said(at_a_door, REGISTERED)] == ["XF_EVENTS"]
    assert [stream for stream, _ in said(incoming(None), assigned(), service="routing")] == ["XF_EVENTS"]


def test_saying_nothing_answers_nothing() -> None:
    effects = say("intake", incoming("partner_x"), [])
    assert (effects.outgoing, effects.facts, effects.keep) == ([], [], [])


def test_a_fact_is_never_told_to_a_kind_of_actor_that_may_not_hear_it() -> None:
    told = said(
        incoming(None), OVERDUE, Notice("partner_x", OVERDUE), Notice("office_case", OVERDUE), service="routing"
    )
    assert told == [
        ("XF_EVENTS", "xf.430406.event.routing.case_overdue.v1"),
        ("XF_NOTICES", "xf.430406.notice.office_case.case_overdue.v1"),
    ]


def test_a_service_says_its_own_facts_only() -> None:
    with pytest.raises(KeyError):
        say("review", incoming("office_petition"), [REGISTERED])


def test_a_refusal_names_the_command_and_the_petition_and_goes_to_whoever_spoke() -> None:
    screen = ScreenPetition.model_validate(
        {"petition": NUMBER, "decision": {"kind": "decline", "ground": "litigation", "basis": "规则13(1)"}}
    )
    one = incoming("office_petition", "s-1", entry=SCREEN, message=screen)
    effects = say("intake", one, [Refused(RefusalReason.ALREADY_DECIDED)])
    assert effects.facts == [
        CommandRefused(
            command="intake.screen_petition.v1",
            command_id="s-1",
            actor="office_petition",
            reason=RefusalReason.ALREADY_DECIDED,
            petition=NUMBER,
        )
    ]
    assert [out.subject for out in effects.outgoing] == [
        "xf.430406.event.intake.command_refused.v1",
        "xf.430406.notice.office_petition.command_refused.v1",
    ]


def test_what_is_sealed_goes_to_its_one_reader_and_is_nobodys_answer() -> None:
    envelope = SealedPetition(petition=NUMBER, district="430406", received_at=NOW, content=JWE)
    fact = PetitionSealed(petition=NUMBER, reader="superior_430400", received_at=NOW)
    outgoing = say("intake", incoming("partner_x"), [fact, Seal("superior_430400", envelope)]).outgoing
    assert [(out.stream, out.subject) for out in outgoing] == [
        (Stream.EVENTS, "xf.430406.event.intake.petition_sealed.v1"),
        (Stream.SEALED, "xf.430406.sealed.superior_430400"),
        (Stream.NOTICES, "xf.430406.notice.partner_x.petition_sealed.v1"),
    ]
    assert [JWE in out.body.decode() for out in outgoing] == [False, True, False]


def test_what_is_kept_is_never_sent() -> None:
    deposit = Deposit(NUMBER, PetitionContent(text=CANARY))
    effects = say("intake", incoming("partner_x"), [REGISTERED, Keep(deposit)])
    assert effects.keep == [deposit]
    assert CANARY not in repr(effects.outgoing)


def test_every_output_names_its_cause_its_flow_and_its_event_time() -> None:
    cause = Envelope(id="c-1", type=SUBMIT.type, source="x", correlationid="flow-1", traceparent="00-1-2-01")
    for out in say("intake", incoming("partner_x", envelope=cause), [REGISTERED]).outgoing:
        assert out.headers["ce-causationid"] == "c-1"
        assert out.headers["ce-correlationid"] == "flow-1"
        assert out.headers["traceparent"] == "00-1-2-01"
        assert out.headers["ce-time"] == "2023-03-01T00:00:00+00:00"
        assert out.headers["Nats-Msg-Id"] == f"intake/{out.headers['ce-id']}"
        assert out.headers["ce-source"] == "intake"
    (first, *_) = say("intake", incoming("partner_x", "c-2"), [REGISTERED]).outgoing
    assert first.headers["ce-correlationid"] == "c-2"


def test_what_is_empty_is_left_out_of_a_body() -> None:
    (fact, _) = say(
        "intake", incoming("partner_x"), [PetitionRegistered(petition=NUMBER, traits=traits(town=None))]
    ).outgoing
    assert json.loads(fact.body)["traits"].keys() == {"channel", "form", "received_on", "transferred"}
    assert fact.headers.keys() == {name for name in fact.headers if name.isascii()}
    assert all(text.isascii() for text in fact.headers.values())


def test_what_is_said_before_is_no_answer_to_whoever_speaks() -> None:
    before = [Before(OVERDUE), Before(Notice("office_petition", OVERDUE))]
    heard = incoming("office_petition")
    effects = say("routing", heard, [*before, Refused(RefusalReason.UNKNOWN_PETITION)])
    answers = [one for one in effects.outgoing if one.headers["ce-type"] == "routing.command_refused.v1"]
    assert [one.stream for one in answers] == [Stream.EVENTS, Stream.NOTICES]
    assert answers[1].subject.split(".")[3] == "office_petition"
    nothing = say("routing", heard, before)
    assert [one.subject.split(".")[4] for one in nothing.outgoing if one.stream is Stream.NOTICES] == ["case_overdue"]
