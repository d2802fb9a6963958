"""Who takes which step of a clarification: always somebody who is not tied to the case. Functions of values."""

from collections.abc import Callable, Collection, Iterable, Sequence

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.message import Message

from services.runtime.rules import Notice, Output

from ..state import Handled

Who = Callable[[District, Handled], str]
"""Whose step it is."""


def first_free(candidates: Iterable[str | None], barred: Collection[str], district: District) -> str:
    """The first who is not barred; where nobody is left, the superior."""
    return next((one for one in candidates if one is not None and one not in barred), district.remit.superior)


def hands(district: District, case: Handled) -> str:
    """谁核实谁澄清: the unit that handled the case; where it is tied, its linked office, another, case management."""
    unit = district.unit(case.unit)
    linked = None if unit is None else unit.linked_office
    others = offices(district, OfficeKind.SUPERVISION, OfficeKind.CASE_MANAGEMENT)
    return first_free([case.unit, linked, *others], case.excluded, district)


def checker(district: District, case: Handled) -> str:
    """The trial office; where it is tied or has the case in its own hands, the next one that has not."""
    kinds = (OfficeKind.TRIAL, OfficeKind.CASE_MANAGEMENT, OfficeKind.SUPERVISION)
    return first_free(offices(district, *kinds), {*case.excluded, case.unit, hands(district, case)}, district)


def approver(district: District, case: Handled) -> str:
    """主要负责同志 (规则50); where they are tied, another of the leadership."""
    roles = (LeaderRole.PRINCIPAL, LeaderRole.DEPUTY_SECRETARY, LeaderRole.ASSISTING_MEMBER)
    return first_free((one.code for role in roles for one in district.leaders_of(role)), case.excluded, district)


def receiver(district: District, case: Handled) -> str:
    """The petition office, which takes in applications; where it is tied, case management."""
    kinds = (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT)
    return first_free(offices(district, *kinds), case.excluded, district)


def offices(district: District, *kinds: OfficeKind) -> list[str]:
    """The offices of these kinds."""
    return [office.code for kind in kinds for office in district.office_of_kind(kind)]


def tell(fact: Message, actors: Iterable[str], case: Handled, *, but: str = "") -> Sequence[Output]:
    """The fact, and a notice to each who is not tied; ``but`` whoever spoke, who is answered anyway."""
    barred = {*case.excluded, but}
    return [fact, *(Notice(actor, fact) for actor in dict.fromkeys(actors) if actor not in barred)]
