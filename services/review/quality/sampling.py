"""Which files of a period are reviewed: a draw that anybody can repeat. Functions of values.

frame: the cases that stand concluded in the period, petition -> unit. The order is that of SHA-256 over the seed, a
colon and the petition's number. First comes each unit's first file, then the others, until there are enough.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from xinfang_contracts.signing import canonical

Frame = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Publication:
    """The first publication of the chains' heads after a period."""

    number: int
    published_on: date
    hash: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a draw needs. is_drawn: the period was drawn before; seed: None while nothing was published after it.

    tied: of each case of the frame, who has no part in it.
    """

    is_drawn: bool = False
    seed: Publication | None = None
    frame: Frame = field(default_factory=dict)
    tied: Mapping[str, Collection[str]] = field(default_factory=dict)


def days_of(period: str, month_ends_on: int | None) -> tuple[date, date]:
    """The first and last day of a period, in business months (业务月). ValueError for what is none."""
    year, _, part = period.partition("-")
    match part[:1]:
        case "":
            first, months = 1, 12
        case "H":
            first, months = (int(part[1:]) - 1) * 6 + 1, 6
        case "Q":
            first, months = (int(part[1:]) - 1) * 3 + 1, 3
        case _:
            raise ValueError("not a period")
    return _begins(int(year), first, month_ends_on), _begins(int(year), first + months, month_ends_on) - timedelta(1)


def _begins(year: int, month: int, month_ends_on: int | None) -> date:
    """The first day of a business month; the thirteenth is the next year's first."""
    first = date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    if month_ends_on is None:
        return first
    before = first - timedelta(days=1)
    return before.replace(day=month_ends_on) + timedelta(days=1)


def order(frame: Frame, seed: str) -> list[str]:
    """All petitions of a frame, in the order in which they are drawn."""
    return sorted(frame, key=lambda petition: (hashlib.sha256(f"{seed}:{petition}".encode()).digest(), petition))


def size(frame: Frame, share_percent: int, at_least: int) -> int:
    """How many files there are to be: the share, rounded up; never fewer than ``at_least``, or than there are units."""
    share = -(-len(frame) * share_percent // 100)
    return min(len(frame), max(share, at_least, len(set(frame.values()))))


def sample(frame: Frame, seed: str, share_percent: int, at_least: int) -> list[str]:
    """The petitions of which the files are reviewed."""
    drawn = order(frame, seed)
    first_of: dict[str, str] = {}
    for petition in drawn:
        first_of.setdefault(frame[petition], petition)
    firsts = list(first_of.values())
    others = [one for one in drawn if one not in set(firsts)]
    return [*firsts, *others][: size(frame, share_percent, at_least)]


def digest(frame: Frame) -> str:
    """SHA-256 over the frame as canonical JSON: petitions with their units, in order."""
    return hashlib.sha256(canonical([[petition, frame[petition]] for petition in sorted(frame)]).encode()).hexdigest()


def score_of(points: Sequence[int]) -> int:
    """What is left of a hundred."""
    return max(0, 100 - sum(points))
