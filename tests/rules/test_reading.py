"""From bytes to a message: who spoke, in which district, when; and what is refused without a word of it."""

import json
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.envelope import STRUCTURED, EnvelopeError
from xinfang_contracts.registry import BY_TYPE, CLOCKS, REGISTRY, Kind, Stream, clock_subject

from services.runtime.errors import Poison
from services.runtime.incoming import Delivery, Incoming
from services.runtime.reading import age, read
from tests.rules.given import CANARY, JWE, NUMBER, ROOT

CODE = "430406"
AT = datetime(2023, 3, 1, 1, 30, 45, tzinfo=UTC)
EXAMPLES = ROOT / "contracts/xinfang_contracts/examples"
OPINION = BY_TYPE["review.give_opinion.v1"]
SCREEN = BY_TYPE["intake.screen_petition.v1"]
TRIAL = OPINION.subject(CODE, "office_trial")
AGREES = {"petition": NUMBER, "version": 1}


class Untouched:
    """Reading settles nothing."""

    def acknowledgement(self) -> bytes:
        raise AssertionError

    def retry(self, seconds: float) -> None:
        raise AssertionError

    def term(self) -> None:
        raise AssertionError


def delivery(subject: str, data: Any, **headers: str) -> Delivery:
    """``data`` is the body as bytes, or what becomes JSON; ``headers`` are CloudEvents attributes."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    attributes = {"specversion": "1.0", "id": "1", "type": OPINION.type, "source": "somebody"} | headers
    binary = {f"ce-{name}": text for name, text in attributes.items()}
    return Delivery(subject, binary, body, Stream.COMMANDS, 7, 1, AT, Untouched())


def structured(subject: str, event: Any) -> Delivery:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Delivery(subject, {"content-type": STRUCTURED}, body, Stream.COMMANDS, 7, 1, AT, Untouched())


def understood(given: Delivery, time: Literal["broker", "replay"] = "broker") -> Incoming:
    return read(given, {CODE, "990001"}, time)


def reason(given: Delivery, time: Literal["broker", "replay"] = "broker") -> str:
    """Why it is poison. Nothing that the error shows may hold what was sent."""
    with pytest.raises((Poison, EnvelopeError)) as caught:
        understood(given, time)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert CANARY not in shown
    return caught.value.reason if isinstance(caught.value, Poison) else "EnvelopeError"


@pytest.mark.parametrize(
    "entry", [one for one in REGISTRY if one.kind in (Kind.COMMAND, Kind.FACT)], ids=lambda e: e.type
)
def test_every_golden_example_is_understood(entry: Any) -> None:
    example = json.loads(Path(EXAMPLES / f"{entry.type}.json").read_text())
    subject = entry.subject(CODE, "office_trial")
    given = Delivery(
        subject, example["headers"], json.dumps(example["data"]).encode(), Stream.EVENTS, 1, 1, AT, Untouched()
    )
    incoming = understood(given)
    assert (incoming.entry, incoming.district, type(incoming.message)) == (entry, CODE, entry.model)


def test_who_spoke_is_in_the_subject_and_not_in_the_message() -> None:
    boast = AGREES | {"actor": "leader_principal", "speaker": "leader_principal"}
    incoming = understood(delivery(TRIAL, boast, source="leader_principal", actor="leader_principal"))
    assert (incoming.actor, incoming.speaker) == ("office_trial", "430406.office_trial")
    event = {"specversion": "1.0", "id": "1", "type": OPINION.type, "source": "leader_principal", "data": boast}
    assert understood(structured(TRIAL, event)).actor == "office_trial"


def test_one_id_is_another_message_from_another_speaker_and_in_another_district() -> None:
    subjects = [TRIAL, OPINION.subject(CODE, "office_petition"), OPINION.subject("990001", "office_trial")]
    assert len({understood(delivery(subject, AGREES)).key for subject in subjects}) == 3


def test_the_same_message_has_the_same_key_however_often_it_comes() -> None:
    first = understood(delivery(TRIAL, AGREES))
    again = understood(replace(delivery(TRIAL, AGREES), sequence=99, deliveries=3, at=AT + timedelta(days=1)))
    assert (first.key, first.body_hash) == (again.key, again.body_hash)
    assert understood(delivery(TRIAL, AGREES | {"version": 2})).body_hash != first.body_hash


def test_a_commands_time_is_the_brokers_and_a_facts_is_its_own() -> None:
    then = "2023-02-27T08:00:00+08:00"
    assert understood(delivery(TRIAL, AGREES, time=then)).now == AT
    settled = BY_TYPE["routing.case_overdue.v1"]
    data = json.loads((EXAMPLES / f"{settled.type}.json").read_text())["data"]
    fact = understood(delivery(settled.subject(CODE), data, type=settled.type, time=then))
    assert (fact.now, fact.actor, fact.speaker) == (datetime.fromisoformat(then), None, "routing")
    assert reason(delivery(settled.subject(CODE), data, type=settled.type)) == "FactWithoutTime"


def test_both_modes_say_the_same() -> None:
    event = {"specversion": "1.0", "id": "1", "type": OPINION.type, "source": "somebody", "data": AGREES}
    whole, parts = understood(structured(TRIAL, event)), understood(delivery(TRIAL, AGREES))
    assert (whole.key, whole.message, whole.envelope) == (parts.key, parts.message, parts.envelope)


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("", "UnknownSubject"),
        (f"xf.{CODE}.command", "UnknownSubject"),
        (TRIAL.replace("xf.", "yf."), "UnknownSubject"),
        (TRIAL.replace(CODE, "430407"), "UnknownDistrict"),
        (TRIAL.replace(CODE, CANARY), "UnknownDistrict"),
        (TRIAL.replace("give_opinion", "submit_report"), "TypeDiffersFromSubject"),
        (TRIAL.replace(".v1.", ".v2."), "TypeDiffersFromSubject"),
        (TRIAL.replace(".command.", ".event."), "TypeDiffersFromSubject"),
        (TRIAL + ".more", "TypeDiffersFromSubject"),
        (TRIAL.replace(".review.", ".intake."), "TypeDiffersFromSubject"),
    ],
)
def test_a_subject_that_does_not_fit_is_poison(subject: str, why: str) -> None:
    assert reason(delivery(subject, AGREES)) == why


def test_a_type_that_nobody_registered_is_poison() -> None:
    assert reason(delivery(TRIAL, AGREES, type=f"review.{CANARY}.v1")) == "UnknownType"
    assert reason(delivery(TRIAL, AGREES, type="review.give_opinion.v2")) == "UnknownType"


SCREENED = {"petition": NUMBER, "decision": {"kind": "refer", "receiver": "court", "basis": "规则13(1)"}}
WRONG_BODIES: dict[str, Any] = {
    "empty": b"",
    "not JSON": CANARY.encode(),
    "cut off": json.dumps(SCREENED | {"petition": CANARY}).encode()[:-4],
    "not UTF-8": b'{"petition": "' + CANARY.encode() + b'\xff"}',
    "lone surrogate": b'{"petition": "' + CANARY.encode() + b'\\ud800"}',
    "nested without end": b"[" * 100_000 + CANARY.encode(),
    "a list": [CANARY],
    "a text": CANARY,
    "null": None,
    "a field missing": {"decision": SCREENED["decision"], "remarks": CANARY},
    "a number that is a text": SCREENED | {"petition": CANARY},
    "a text that is a list": SCREENED | {"petition": [CANARY]},
    "an unknown kind": SCREENED | {"decision": {"kind": CANARY}},
    "a kind that is a list": SCREENED | {"decision": {"kind": [CANARY]}},
    "a decision that is a text": SCREENED | {"decision": CANARY},
    "blanks in an article": SCREENED | {"decision": {"kind": "refer", "receiver": "court", "basis": f"{CANARY} 1"}},
    "an unknown code": SCREENED | {"decision": {"kind": "decline", "ground": CANARY, "basis": "规则13"}},
    "an unknown rank": SCREENED
    | {"decision": {"kind": "accept", "category": CANARY, "rank": CANARY, "real_name": CANARY}},
}


@pytest.mark.parametrize("body", WRONG_BODIES.values(), ids=WRONG_BODIES)
@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_a_wrong_body_is_poison_and_no_error_repeats_it(body: Any, mode: str) -> None:
    subject = SCREEN.subject(CODE, "office_petition")
    if mode == "binary":
        assert reason(delivery(subject, body, type=SCREEN.type)) == "ValidationError"
        return
    head = {"specversion": "1.0", "id": "1", "type": SCREEN.type, "source": "somebody"}
    inside = body if isinstance(body, bytes) else json.dumps(body).encode()
    event = json.dumps(head).encode()[:-1] + b', "data": ' + inside + b"}"
    assert reason(structured(subject, event)) in ("ValidationError", "EnvelopeError")


@pytest.mark.parametrize(
    "attributes",
    [
        {"specversion": "0.3"},
        {"id": ""},
        {"id": CANARY * 30},
        {"id": f"{CANARY}举报"},
        {"type": f"{CANARY}\n"},
        {"source": ""},
        {"time": CANARY},
        {"time": "2023-03-01T00:00:00"},
    ],
)
def test_a_wrong_envelope_is_refused_without_its_values(attributes: dict[str, str]) -> None:
    assert reason(delivery(TRIAL, AGREES, **attributes)) == "EnvelopeError"
    event: dict[str, Any] = {"specversion": "1.0", "id": "1", "type": OPINION.type, "source": "x", "data": AGREES}
    assert reason(structured(TRIAL, event | attributes)) == "EnvelopeError"


def test_no_headers_at_all_is_an_envelope_error() -> None:
    assert reason(Delivery(TRIAL, {}, CANARY.encode(), Stream.COMMANDS, 1, 1, AT, Untouched())) == "EnvelopeError"


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text(max_size=5), st.lists).map(lambda x: json.dumps(x).encode())
)
@settings(deadline=None, max_examples=30)
def test_no_bytes_whatever_raise_anything_but_poison(body: bytes) -> None:
    assert reason(delivery(TRIAL, body)) == "ValidationError"
    assert reason(structured(TRIAL, body)) == "EnvelopeError"


def test_a_ciphertext_stays_closed() -> None:
    submit = BY_TYPE["intake.submit_petition.v1"]
    data = {"channel": "letter", "content": JWE, "name": CANARY}
    incoming = understood(delivery(submit.subject(CODE, "office_petition"), data, type=submit.type))
    assert incoming.opened is None
    assert CANARY not in repr(incoming.message)


def tick(name: str = "day", **headers: str) -> Delivery:
    return Delivery(clock_subject(CODE, name), headers, b"{}", Stream.CLOCK, 1, 1, AT, Untouched())


def test_a_ticks_time_is_the_brokers_unless_a_year_is_replayed() -> None:
    then = "2023-01-01T00:00:00+08:00"
    assert understood(tick(**{"ce-time": then})).now == AT
    assert understood(tick(**{"ce-time": then}), "replay").now == datetime.fromisoformat(then)


@pytest.mark.parametrize("headers", [{}, {"ce-time": CANARY}, {"ce-time": "2023-01-01T00:00:00"}])
def test_a_replayed_tick_without_a_time_is_poison(headers: dict[str, str]) -> None:
    assert reason(tick(**headers), "replay") == "ReplayTickWithoutTime"


def test_a_tick_is_the_same_within_its_minute_and_on_its_subject_only() -> None:
    first = understood(tick())
    assert understood(replace(tick(), at=AT + timedelta(seconds=10), sequence=2)).key == first.key
    others = [understood(tick(name)) for name in CLOCKS if name != "day"]
    others.append(understood(replace(tick(), at=AT + timedelta(minutes=1))))
    assert len({one.key for one in (first, *others)}) == len(CLOCKS) + 1


def test_age_is_counted_from_the_streams_taking_it() -> None:
    assert age(delivery(TRIAL, AGREES), AT + timedelta(hours=3)) == timedelta(hours=3)
