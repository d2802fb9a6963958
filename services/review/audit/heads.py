"""How the chains of all cases end, published once a day. Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from xinfang_contracts.message import DistrictCode, Message
from xinfang_contracts.signing import ChainHead, HeadsPublished, publication_hash

from services.runtime.rules import Output

from .tree import leaf, root

MOST = 2_000
"""So many grown chains fit into one fact; the next page says the others."""

Ends = Mapping[str, tuple[int, str]]
"""Petition -> how many records its chain has, and the newest one's hash."""


class HeadsDue(Message):
    """A day has begun, and chains have grown: what a tick makes of it. Never leaves the service."""

    on: date


@dataclass(frozen=True, slots=True)
class Ending:
    """published: ends as the last publication has them; grown: those that have changed since; number, hash: its."""

    district: DistrictCode
    published: Ends
    grown: Ends
    number: int = 0
    hash: str | None = None


def publish(_state: object, message: HeadsDue, facts: Ending, *, now: datetime) -> Sequence[Output]:
    """One hash over how every chain of the district ends, and the chains that have grown."""
    grown = dict(sorted(facts.grown.items())[:MOST])
    if not grown:
        return []
    ends = {**facts.published, **grown}
    said = HeadsPublished(
        number=facts.number + 1,
        on=message.on,
        grown=[ChainHead(petition=petition, place=place, head=head) for petition, (place, head) in grown.items()],
        cases=len(ends),
        root=root(leaves_of(ends)),
        previous=facts.hash,
        hash="0" * 64,
    )
    body = said.model_dump(mode="json", exclude_none=True)
    return [said.model_copy(update={"hash": publication_hash(facts.district, body)})]


def leaves_of(ends: Ends) -> list[bytes]:
    """The tree's leaves, by petition."""
    return [leaf(petition, *ends[petition]) for petition in sorted(ends)]
