"""CloudEvents 1.0 over NATS: attributes in ``ce-*`` headers (binary), or all in the body (structured)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

STRUCTURED = "application/cloudevents+json"
LONGEST = 200
"""Characters in an attribute."""


class EnvelopeError(ValueError):
    """A message without a usable envelope; the text names the attribute, never its value."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of one message.

    id: unique for its speaker; type: as in the registry; source: who made it; time: event time (aware) or
    None; correlationid: the first message of the whole flow; causationid: the message that led to this one.
    """

    id: str
    type: str
    source: str
    time: datetime | None = None
    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None

    def headers(self) -> dict[str, str]:
        """Binary mode: ASCII headers, ``Nats-Msg-Id`` among them so that the broker drops a quick repeat."""
        headers = {
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "content-type": "application/json",
            "Nats-Msg-Id": f"{self.source}/{self.id}",
        }
        if self.time is not None:
            headers["ce-time"] = self.time.isoformat()
        if self.correlationid is not None:
            headers["ce-correlationid"] = self.correlationid
        if self.causationid is not None:
            headers["ce-causationid"] = self.causationid
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        return headers


def named(headers: Mapping[str, str], id_: str, type_: str, source: str) -> dict[str, str]:
    """These headers for another message of the same source."""
    return {**headers, "ce-id": id_, "ce-type": type_, "Nats-Msg-Id": f"{source}/{id_}"}


def read(headers: Mapping[str, str] | None, body: bytes) -> tuple[Envelope, bytes]:
    """Take a message in either mode.

    Returns the envelope and the JSON bytes of ``data``. Raises EnvelopeError for a missing or wrong
    attribute.
    """
    headers = headers or {}
    if headers.get("content-type", "").startswith(STRUCTURED):
        return _read_structured(body)
    attributes = {name: headers.get(header) for name, header in _HEADERS}
    return _envelope(headers.get("ce-specversion"), attributes), body


def _read_structured(body: bytes) -> tuple[Envelope, bytes]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise EnvelopeError("the body is not JSON") from None
    if not isinstance(event, dict) or "data" not in event:
        raise EnvelopeError("data is missing")
    names = ("id", "type", "source", "time", "correlationid", "causationid", "traceparent")
    envelope = _envelope(event.get("specversion"), {name: event.get(name) for name in names})
    # Escaped: a lone surrogate would raise here with the text in the error; the model refuses it in silence.
    return envelope, json.dumps(event["data"]).encode()


_HEADERS = (
    *((name, f"ce-{name}") for name in ("id", "type", "source", "time", "correlationid", "causationid")),
    ("traceparent", "traceparent"),
)


def _envelope(specversion: object, attributes: Mapping[str, object]) -> Envelope:
    if specversion != "1.0":
        raise EnvelopeError("specversion is not 1.0")
    for name in ("id", "type", "source"):
        value = attributes[name]
        if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
            raise EnvelopeError(f"{name} is missing or too long")
        if not _is_plain(value):
            raise EnvelopeError(f"{name} is not printable ASCII")
    try:
        time = datetime.fromisoformat(str(attributes["time"])) if attributes["time"] else None
    except ValueError:
        raise EnvelopeError("time is not RFC 3339") from None
    if time is not None and time.tzinfo is None:
        raise EnvelopeError("time has no zone")
    optional = {
        name: text
        for name in ("correlationid", "causationid", "traceparent")
        if isinstance(text := attributes[name], str) and len(text) <= LONGEST and _is_plain(text)
    }
    return Envelope(
        id=str(attributes["id"]),
        type=str(attributes["type"]),
        source=str(attributes["source"]),
        time=time,
        **optional,
    )


def _is_plain(text: str) -> bool:
    """True for what may stand in a header: the ids of a structured body become headers of what we say."""
    return text.isascii() and text.isprintable()
