"""Messages on their way through a round: as delivered, as understood, as answered, as sent on."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

from xinfang_contracts.envelope import Envelope
from xinfang_contracts.message import Message
from xinfang_contracts.registry import Entry, Stream


class Settling(Protocol):
    """How a delivery is settled with the broker."""

    def acknowledgement(self) -> bytes: ...
    def retry(self, seconds: float) -> None: ...
    def term(self) -> None: ...


@dataclass(slots=True)
class Delivery:
    """Bytes as the broker gave them. ``at`` is the stream's timestamp; ``deliveries`` counts from 1."""

    subject: str
    headers: dict[str, str]
    body: bytes
    stream: Stream
    sequence: int
    deliveries: int
    at: datetime
    settling: Settling


@dataclass(slots=True)
class Incoming:
    """One message, understood. ``key`` is the inbox key: who spoke, and the id.

    earlier_hash: how its body was hashed before that changed; rows of then still know it by that.
    """

    key: bytes
    body_hash: bytes
    speaker: str
    district: str
    actor: str | None
    entry: Entry
    envelope: Envelope
    message: Message
    now: datetime
    delivery: Delivery | None = None
    answer: "asyncio.Future[list[Message]] | None" = None
    earlier_hash: bytes | None = None
    opened: Any = None
    """What intake has decrypted of it, in memory only."""
    id_reused: bool = False
    is_repeat: bool = False
    is_told: bool = False
    """By a command door: whoever spoke is told as over the broker, and the door answers with just that."""


@dataclass(slots=True)
class Outgoing:
    """One message to publish."""

    stream: Stream
    subject: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Effects:
    """What one message leads to."""

    incoming: Incoming
    headers: dict[str, str] = field(default_factory=dict)
    """What all that is said has in common."""
    facts: list[Message] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    keep: list[Any] = field(default_factory=list)
    bodies: dict[int, bytes] = field(default_factory=dict)
    """What is said, as JSON, by the identity of its message."""


def own_message(service: str, district: str, entry: Entry, message: Message, name: str, now: datetime) -> Incoming:
    """What a service says to itself, such as that something has fallen due; ``name`` is its id, the same each time."""
    return Incoming(
        key=inbox_key(service, name),
        body_hash=hash_of(b""),
        speaker=service,
        district=district,
        actor=None,
        entry=entry,
        envelope=Envelope(id=name, type=entry.type, source=service),
        message=message,
        now=now,
    )


def inbox_key(speaker: str, message_id: str) -> bytes:
    """16 bytes that stand for (who spoke, id)."""
    return blake2b(f"{speaker}\x00{message_id}".encode(), digest_size=16).digest()


def hash_of(body: bytes) -> bytes:
    """16 bytes by which the same id with another body is recognised."""
    return blake2b(body, digest_size=16).digest()
