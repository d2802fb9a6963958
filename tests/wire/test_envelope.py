"""The envelope in both modes, and everything that is not one."""

import json
import traceback
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from xinfang_contracts.envelope import LONGEST, STRUCTURED, Envelope, EnvelopeError, read
from xinfang_contracts.registry import BY_TYPE

CANARY = "举报人甲"
plain = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=LONGEST)
times = st.datetimes(
    min_value=datetime(1970, 1, 2),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]),
)
envelopes = st.builds(
    Envelope,
    id=plain,
    type=plain,
    source=plain,
    time=st.none() | times,
    correlationid=st.none() | plain,
    causationid=st.none() | plain,
    traceparent=st.none() | plain,
)
ONE = Envelope(
    id="hotline-1",
    type="intake.submit_petition.v1",
    source="990001.partner_hotline",
    time=datetime(2023, 11, 6, 9, 15, tzinfo=timezone(timedelta(hours=8))),
    correlationid="a",
    causationid="b",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def structured(envelope: Envelope, data: object) -> dict[str, object]:
    names = ("id", "type", "source", "correlationid", "causationid", "traceparent")
    event: dict[str, object] = {"specversion": "1.0", "data": data}
    event |= {name: value for name in names if (value := getattr(envelope, name)) is not None}
    if envelope.time is not None:
        event["time"] = envelope.time.isoformat()
    return event


def read_structured(event: object, content_type: str = STRUCTURED) -> tuple[Envelope, bytes]:
    return read({"content-type": content_type}, json.dumps(event).encode())


@given(envelopes, st.binary())
def test_binary_mode_gives_back_what_was_sent(envelope: Envelope, body: bytes) -> None:
    assert read(envelope.headers(), body) == (envelope, body)


@given(envelopes, st.dictionaries(st.text(), st.text() | st.integers()))
def test_structured_mode_gives_back_what_was_sent(envelope: Envelope, data: dict[str, object]) -> None:
    read_back, body = read_structured(structured(envelope, data))
    assert read_back == envelope
    assert json.loads(body) == data


def test_structured_mode_is_known_with_a_charset_beside() -> None:
    assert read_structured(structured(ONE, {}), f"{STRUCTURED}; charset=UTF-8")[0] == ONE


def test_the_brokers_id_is_speaker_and_id() -> None:
    assert ONE.headers()["Nats-Msg-Id"] == "990001.partner_hotline/hotline-1"


def test_headers_hold_nothing_that_was_not_said() -> None:
    bare = Envelope(id="1", type="t", source="s").headers()
    assert not {"ce-time", "ce-correlationid", "ce-causationid", "traceparent"} & bare.keys()


@pytest.mark.parametrize("headers", [None, {}], ids=["none", "empty"])
def test_a_message_without_headers_has_no_envelope(headers: dict[str, str] | None) -> None:
    with pytest.raises(EnvelopeError, match="specversion"):
        read(headers, b"{}")


@pytest.mark.parametrize("name", ["id", "type", "source"])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "missing"),
        ("", "missing"),
        (CANARY * LONGEST, "too long"),
        (CANARY, "not printable ASCII"),
        ("1\r\nce-type: intake.petition_accepted.v1", "not printable ASCII"),
        ("1\x00", "not printable ASCII"),
    ],
    ids=["absent", "empty", "long", "chinese", "line_feed", "nul"],
)
def test_a_wrong_attribute_is_named_and_never_shown(name: str, value: str | None, why: str) -> None:
    headers = ONE.headers() | {f"ce-{name}": value} if value is not None else without(f"ce-{name}")
    event = structured(ONE, {}) | {name: value}
    for given_headers, body in ((headers, b"{}"), ({"content-type": STRUCTURED}, json.dumps(event).encode())):
        with pytest.raises(EnvelopeError, match=f"{name} is .*{why}") as caught:
            read(given_headers, body)
        assert CANARY not in trace_of(caught.value)
        assert "accepted" not in trace_of(caught.value)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in ONE.headers().items() if key != name}


@pytest.mark.parametrize("specversion", [None, "0.3", 1.0, "1.0.1"])
def test_another_version_of_the_envelope_is_refused(specversion: object) -> None:
    with pytest.raises(EnvelopeError, match="specversion is not"):
        read_structured(structured(ONE, {}) | {"specversion": specversion})


@pytest.mark.parametrize("value", [7, ["1"], {"id": "1"}, True])
def test_an_attribute_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(EnvelopeError, match="id is missing"):
        read_structured(structured(ONE, {}) | {"id": value})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (CANARY, "not RFC 3339"),
        ("2023-13-01T00:00:00+08:00", "not RFC 3339"),
        (1699233300, "not RFC 3339"),
        ("2023-11-06T09:15:00", "no zone"),
        ("2023-11-06", "no zone"),
    ],
)
def test_a_wrong_time_is_refused_and_never_shown(value: object, why: str) -> None:
    with pytest.raises(EnvelopeError, match=why) as caught:
        read_structured(structured(ONE, {}) | {"time": value})
    assert str(value) not in trace_of(caught.value)


@pytest.mark.parametrize("value", [CANARY, "a\nb", "x" * (LONGEST + 1), 7])
@pytest.mark.parametrize("name", ["correlationid", "causationid", "traceparent"])
def test_an_optional_attribute_that_no_header_can_carry_is_dropped(name: str, value: object) -> None:
    assert getattr(read_structured(structured(ONE, {}) | {name: value})[0], name) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", CANARY.encode(), b"[" * 100_000, b'{"data": ' + b"9" * 5000 + b"}"],
    ids=["empty", "no_utf8", "words", "deep", "long_number"],
)
def test_a_body_that_is_not_json_is_refused_and_never_shown(body: bytes) -> None:
    with pytest.raises(EnvelopeError, match="the body is not JSON") as caught:
        read({"content-type": STRUCTURED}, body)
    assert CANARY not in trace_of(caught.value)
    assert "9999" not in trace_of(caught.value)


def trace_of(error: BaseException) -> str:
    """Everything that a logger would write of it, with its causes."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("event", [[], "x", None, {"specversion": "1.0", "id": "1"}])
def test_a_body_without_data_is_refused(event: object) -> None:
    with pytest.raises(EnvelopeError, match="data is missing"):
        read_structured(event)


def test_words_in_the_body_travel_unharmed() -> None:
    assert json.loads(read_structured(structured(ONE, {"说": CANARY}))[1]) == {"说": CANARY}


def test_half_a_character_is_left_to_the_model_which_shows_nothing() -> None:
    _, body = read_structured(structured(ONE, {"channel": CANARY + "\ud800"}))
    with pytest.raises(ValidationError) as caught:
        BY_TYPE[ONE.type].model.model_validate_json(body)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("type_", BY_TYPE)
def test_no_models_error_shows_what_was_sent(type_: str) -> None:
    model = BY_TYPE[type_].model
    for wrong in (CANARY, [CANARY], {CANARY: CANARY}):
        body = dict.fromkeys(model.model_fields, wrong) if model.model_fields else wrong
        with pytest.raises(ValidationError) as caught:
            model.model_validate_json(json.dumps([body] if body == {CANARY: CANARY} else body))
        assert CANARY not in str(caught.value)
