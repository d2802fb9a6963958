"""From bytes to an understood message: subject, envelope, body."""

from collections.abc import Container
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError
from xinfang_contracts import envelope as envelopes
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Entry, Kind

from .errors import Poison
from .incoming import Delivery, Incoming, hash_of, inbox_key

TICK = BY_TYPE["calendar.tick.v1"]


def read(delivery: Delivery, districts: Container[str], time: Literal["broker", "replay"]) -> Incoming:
    """Understand one delivery.

    Raises Poison or EnvelopeError, neither of which holds any of its text. Who spoke is taken from the subject, which
    the server has checked against the credential; the payload proves nothing.
    """
    tokens = delivery.subject.split(".")
    if len(tokens) < 4 or tokens[0] != "xf":
        raise Poison("UnknownSubject")
    if tokens[1] not in districts:
        raise Poison("UnknownDistrict")
    if tokens[2] == Kind.CLOCK:
        return _read_tick(delivery, tokens[1], time)
    envelope, body = envelopes.read(delivery.headers, delivery.body)
    entry = BY_TYPE.get(envelope.type)
    if entry is None:
        raise Poison("UnknownType")
    actor = tokens[-1] if entry.kind is Kind.COMMAND else None
    if entry.subject(tokens[1], actor or "") != delivery.subject:
        raise Poison("TypeDiffersFromSubject")
    if entry.kind is Kind.FACT and envelope.time is None:
        raise Poison("FactWithoutTime")
    speaker = f"{tokens[1]}.{actor}" if actor else entry.owner
    return Incoming(
        key=inbox_key(speaker, envelope.id),
        body_hash=hash_of(body),
        speaker=speaker,
        district=tokens[1],
        actor=actor,
        entry=entry,
        envelope=envelope,
        message=_message(entry, body),
        # A command's time is the broker's, whatever its sender says; a fact's is its event's.
        now=envelope.time if entry.kind is Kind.FACT and envelope.time else delivery.at,
        delivery=delivery,
    )


def _message(entry: Entry, body: bytes) -> Message:
    """Wrong here, it is the sender's doing; the same error from a rule or from a stored state would be ours."""
    try:
        return entry.model.model_validate_json(body)
    except ValidationError:
        raise Poison("ValidationError") from None


def _read_tick(delivery: Delivery, district: str, time: Literal["broker", "replay"]) -> Incoming:
    now = delivery.at
    if time == "replay":
        try:
            now = datetime.fromisoformat(delivery.headers["ce-time"])
        except (KeyError, ValueError):
            raise Poison("ReplayTickWithoutTime") from None
        if now.tzinfo is None:
            raise Poison("ReplayTickWithoutTime")
    minute = now.replace(second=0, microsecond=0)
    name = f"{delivery.subject}@{minute.isoformat()}"
    return Incoming(
        key=inbox_key("clock", name),
        body_hash=hash_of(b""),
        speaker="clock",
        district=district,
        actor=None,
        entry=TICK,
        envelope=Envelope(id=name, type=TICK.type, source="clock"),
        message=TICK.model(),
        now=now,
        delivery=delivery,
    )


def age(delivery: Delivery, wall: datetime) -> timedelta:
    """How long the stream has had it."""
    return wall - delivery.at
