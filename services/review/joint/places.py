"""Who stands in a case's chain, whose turn it is, and by when. Functions of values."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.message import Message
from xinfang_contracts.reporting import Asked, Asking

from services.runtime.calendar import revision
from services.runtime.clock import civil_date, due_date, end_of
from services.runtime.rules import Notice, Output

from ..chain import reviewers
from ..state import Handled


def steps_of(district: District, case: Handled) -> list[list[str]]:
    """Who reviews the case, step by step."""
    unit = district.unit(case.unit)
    if unit is None:
        raise ValueError("the handling unit is not in the district file")
    return reviewers(district, unit, case.excluded)


def current(steps: list[list[str]], given: Iterable[str]) -> int:
    """The first step in which somebody has not spoken; the number of steps when all have."""
    spoken = set(given)
    return next((i for i, step in enumerate(steps) if not spoken.issuperset(step)), len(steps))


def waited_for(steps: list[list[str]], given: Collection[str]) -> list[str]:
    """Whose turn it is."""
    place = current(steps, given)
    return [one for one in steps[place] if one not in given] if place < len(steps) else []


def ask(actors: Iterable[str], district: District, now: datetime) -> Asking:
    """These are asked now, each by their own clock."""
    today = civil_date(now)
    by = [Asked(actor=actor, due_at=due_after(today, actor, district)) for actor in actors]
    return Asking(by=by, calendar=revision(district.calendar))


def due_after(day: date, actor: str, district: District) -> datetime | None:
    """When the clock of that actor has run out which begins on ``day``; None where they have none."""
    name = _clock_of(actor, district)
    return None if name is None else _due(day, name, district)


def next_due(due_at: datetime, actor: str, district: District) -> datetime | None:
    """When it has run out once more."""
    return due_after(civil_date(due_at) - timedelta(days=1), actor, district)


@lru_cache(maxsize=1024)
def _due(day: date, name: str, district: District) -> datetime:
    """The same few for all that is asked on a day."""
    return end_of(due_date(day, district.clocks[name], district.calendar))


def _clock_of(actor: str, district: District) -> str | None:
    review = district.review
    if actor.startswith("office"):
        return review.office_clock
    principals = (leader.code for leader in district.leaders_of(LeaderRole.PRINCIPAL))
    # The superior has a place where nobody here is left to sign, in the end for the principal.
    is_last = actor in principals or actor.startswith("superior")
    return (review.principal_clock if is_last else None) or review.leader_clock


def tell(actors: Iterable[str], fact: Message) -> list[Output]:
    """A notice to each."""
    return [Notice(actor, fact) for actor in actors]


def offices(district: District, *kinds: OfficeKind) -> list[str]:
    """The offices of these kinds."""
    return [office.code for kind in kinds for office in district.office_of_kind(kind)]
