"""The chain of a case's records: each fact that counts carries its place, the hash before it, and its own. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

from pydantic import BaseModel, ConfigDict
from xinfang_contracts.message import Message
from xinfang_contracts.registry import fact as entry_of
from xinfang_contracts.review import ReportSubmitted
from xinfang_contracts.signing import Link, record_hash

from services.runtime.rules import Answer, Before, Keep, Notice, Output, Refused, Seal


class Trail(BaseModel):
    """How far a case's chain has come. running: hashes of the running version's records, its submission first."""

    model_config = ConfigDict(frozen=True)
    place: int
    head: str
    running: tuple[str, ...] = ()


def is_record(message: object) -> bool:
    """Whether it is a fact that stands in the chain."""
    return isinstance(message, Message) and "link" in type(message).model_fields


def trail_after(trail: Trail | None, fact: Message) -> Trail | None:
    """The chain after a fact; unchanged by one that is no record of it."""
    link = getattr(fact, "link", None)
    if not isinstance(link, Link) or (trail is not None and link.place != trail.place + 1):
        return trail
    before = () if trail is None or isinstance(fact, ReportSubmitted) else trail.running
    return Trail(place=link.place, head=link.hash, running=(*before, link.hash))


Decide = Callable[..., Sequence[Output]]


def linked(rule: Decide) -> Decide:
    """The rule, its records linked to the chain of the case in the order in which it says them."""

    @wraps(rule)
    def decide(state: Any, message: Any, facts: Any, *, now: Any) -> Sequence[Output]:
        outputs = rule(state, message, facts, now=now)
        if not any(is_record(one) for one in outputs):
            return outputs
        return _linked(None if state is None else state.case.trail, outputs)

    return decide


def _linked(trail: Trail | None, outputs: Sequence[Output]) -> list[Output]:
    # By identity: a fact and the notices of it are one value.
    done: dict[int, Message] = {}
    for one in outputs:
        if isinstance(one, Message) and is_record(one):
            done[id(one)] = linked_fact = _with_link(trail, one)
            trail = trail_after(trail, linked_fact)
    return [_in_place(one, done) for one in outputs]


def _in_place(output: Output, done: dict[int, Message]) -> Output:
    match output:
        case Notice(fact=fact) | Answer(fact=fact):
            return replace(output, fact=done.get(id(fact), fact))
        case Before() | Seal() | Refused() | Keep():
            return output
        case _:
            return done.get(id(output), output)


def _with_link(trail: Trail | None, fact: Message) -> Message:
    place, previous = (1, None) if trail is None else (trail.place + 1, trail.head)
    body = fact.model_dump(mode="json", exclude_none=True)
    digest = record_hash(entry_of("review", type(fact)).type, body, place, previous)
    return fact.model_copy(update={"link": Link(place=place, previous=previous, hash=digest)})
