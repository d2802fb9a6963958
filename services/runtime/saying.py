"""From a rule's answer to messages on the wire: ids, envelopes, subjects."""

from collections.abc import Sequence
from hashlib import sha1

from xinfang_contracts.envelope import Envelope, named
from xinfang_contracts.intake import CommandRefused
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Entry, Kind, Stream, fact, of_kind, sealed_subject

from .incoming import Effects, Incoming, Outgoing
from .rules import Answer, Before, Keep, Notice, Output, Refused, Seal

_SEALED = {entry.model: entry for entry in of_kind(Kind.SEALED)}


def say(service: str, incoming: Incoming, outputs: Sequence[Output]) -> Effects:
    """Turn a rule's answer into what is published and kept. KeyError for a fact that ``service`` does not own.

    Output ids are derived from the input's key, the service and the place in the answer: saying it again says the same.
    A command is answered: its first fact, or the rule's Answer, goes to the actor that spoke, unless the rule has told
    it already.
    """
    effects = Effects(incoming)
    answer: Message | None = None
    is_answered = False
    before = 0
    for output in outputs:
        match output:
            case Before(output=Notice(actor=actor, fact=message)):
                _notice(service, effects, actor, message)
            case Before(output=Message() as message):
                _fact(service, effects, message)
                before += 1
            case Notice(actor=actor, fact=message):
                _notice(service, effects, actor, message)
                is_answered = is_answered or (actor == incoming.actor and [message] == effects.facts[before:][:1])
            case Answer(fact=message):
                answer = message
            case Seal(reader=reader, message=message):
                subject = sealed_subject(incoming.district, reader)
                _add(service, effects, _SEALED[type(message)], Stream.SEALED, subject, message)
            case Keep(what=what):
                effects.keep.append(what)
            case Refused():
                _fact(service, effects, _refusal(incoming, output))
            case Message():
                _fact(service, effects, output)
    is_asked = incoming.entry.kind is Kind.COMMAND and (incoming.delivery is not None or incoming.is_told)
    if is_asked and incoming.actor and effects.facts[before:] and not is_answered:
        _notice(service, effects, incoming.actor, answer or effects.facts[before])
    return effects


def _headers(service: str, incoming: Incoming) -> dict[str, str]:
    """What all answers to one message have in common; made once, as each answer has its own name only."""
    return Envelope(
        id="",
        type="",
        source=service,
        time=incoming.now,
        correlationid=incoming.envelope.correlationid or incoming.envelope.id,
        causationid=incoming.envelope.id,
        traceparent=incoming.envelope.traceparent,
    ).headers()


def _refusal(incoming: Incoming, refused: Refused) -> CommandRefused:
    petition = refused.petition or getattr(incoming.message, "petition", None)
    return CommandRefused(
        command=incoming.entry.type,
        command_id=incoming.envelope.id,
        actor=incoming.actor or "door",
        reason=refused.reason,
        petition=petition,
        details=list(refused.details) or None,
        item=getattr(incoming.message, "item", None),
    )


def _fact(service: str, effects: Effects, message: Message) -> None:
    entry = fact(service, type(message))
    effects.facts.append(message)
    _add(service, effects, entry, Stream.EVENTS, entry.subject(effects.incoming.district), message)


def _notice(service: str, effects: Effects, actor: str, message: Message) -> None:
    entry = fact(service, type(message))
    if actor.split("_", 1)[0] in entry.told:
        _add(service, effects, entry, Stream.NOTICES, entry.notice_subject(effects.incoming.district, actor), message)


def _add(service: str, effects: Effects, entry: Entry, stream: Stream, subject: str, message: Message) -> None:
    if not effects.headers:
        effects.headers = _headers(service, effects.incoming)
    headers = named(effects.headers, _output_id(service, effects.incoming, len(effects.outgoing)), entry.type, service)
    # Told to several, a fact is written once. By identity: whatever is said here lives as long as the effects.
    body = effects.bodies.get(id(message))
    if body is None:
        body = effects.bodies[id(message)] = message.model_dump_json(exclude_none=True).encode()
    effects.outgoing.append(Outgoing(stream, subject, headers, body))


def facts_in(service: str, outputs: Sequence[Outgoing], incoming: Incoming) -> list[Message]:
    """The facts that a message led to, read back from what was kept.

    A message id is its speaker's own: another speaker's message of the same round may have the same one.
    """
    return [_message(one) for one in _own(service, outputs, incoming) if one.stream is Stream.EVENTS]


def told_in(service: str, outputs: Sequence[Outgoing], incoming: Incoming) -> list[Message]:
    """What whoever spoke is told of it: their notices, which may be less than the facts."""
    mine = f"xf.{incoming.district}.notice.{incoming.actor}."
    return [_message(one) for one in _own(service, outputs, incoming) if one.subject.startswith(mine)]


def _own(service: str, outputs: Sequence[Outgoing], incoming: Incoming) -> list[Outgoing]:
    caused = [one for one in outputs if one.headers.get("ce-causationid") == incoming.envelope.id]
    own = {_output_id(service, incoming, place) for place in range(len(caused))}
    return [one for one in caused if one.headers["ce-id"] in own]


def _message(output: Outgoing) -> Message:
    return BY_TYPE[output.headers["ce-type"]].model.model_validate_json(output.body)


def _output_id(service: str, incoming: Incoming, place: int) -> str:
    """uuid5 of the input's key and (service, place), spelt out: the UUID class costs four times as much."""
    digest = bytearray(sha1(incoming.key + f"{service}.{place}".encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
