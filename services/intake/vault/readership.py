"""Who may read what the vault holds on a petition. Functions of values."""

from collections.abc import Collection, Iterator, Sequence

from xinfang_contracts.district import District, LeaderRole, OfficeKind, ReviewerRef, Unit

from ..state import Registered, Screened, State

_OFFICES = {
    ReviewerRef.PETITION_OFFICE: OfficeKind.PETITION,
    ReviewerRef.TRIAL_OFFICE: OfficeKind.TRIAL,
    ReviewerRef.CASE_MANAGEMENT_OFFICE: OfficeKind.CASE_MANAGEMENT,
    ReviewerRef.LINKED_OFFICE: OfficeKind.SUPERVISION,
}
_LEADERS = {
    ReviewerRef.ASSISTING_MEMBER: LeaderRole.ASSISTING_MEMBER,
    ReviewerRef.ZONE_LEAD: LeaderRole.DEPUTY_SECRETARY,
    ReviewerRef.DEPUTY_SECRETARY: LeaderRole.DEPUTY_SECRETARY,
    ReviewerRef.PRINCIPAL: LeaderRole.PRINCIPAL,
}


def may_read(state: State, actor: str, district: District) -> bool:
    """Whether an actor of this district may read the petition and the documents on it.

    The petition office always; once there is a case, who handles it, helps or leads, who owns it (领导包案), who
    reviews it, and who reviews its file's quality (质量评查). Nobody who is tied, nobody from the accused's unit, and
    nobody at all what is sealed or erased.
    """
    if not isinstance(state, Registered | Screened) or actor in barred(state):
        return False
    if actor in {office.code for office in district.office_of_kind(OfficeKind.PETITION)}:
        return True
    if not isinstance(state, Screened) or state.unit is None:
        return False
    if actor in (state.unit, state.leader) or actor in (*state.beside, *state.sampled_for):
        return True
    return actor in reviewers(district, state.unit, state.excluded)


def may_read_letter(state: State, actor: str, document: str) -> bool:
    """Whether this document is a supervision letter to an actor, who may read it, and no more for that."""
    return isinstance(state, Screened) and actor not in state.excluded and state.letters.get(document) == actor


def barred(state: Registered | Screened) -> list[str]:
    """Who has no part in it."""
    return state.tied if isinstance(state, Registered) else state.excluded


def reviewers(district: District, handler: str, excluded: Collection[str]) -> set[str]:
    """Who may review what this unit handles: holders of the chain's places; of a tied one, whoever may step in."""
    unit = district.unit(handler)
    if unit is None:
        return set()
    tied = {*excluded, unit.code}
    chain = next(chain for chain in district.chains if unit.kind in chain.applies_to)
    found: set[str] = set()
    for place in (place for step in chain.steps for place in step):
        holders = list(_holders(district, unit, place))
        free = [one for one in holders if one not in tied]
        found.update(free if holders == free and free else _substitutes(district, place, tied))
    return found


def _holders(district: District, unit: Unit, place: ReviewerRef) -> Iterator[str]:
    match place:
        case ReviewerRef.LINKED_OFFICE:
            if unit.linked_office:
                yield unit.linked_office
        case ReviewerRef.ZONE_LEAD:
            if zone := district.zone_of(unit):
                yield zone.lead
        case ReviewerRef.ASSISTING_MEMBER:
            members = district.leaders_of(LeaderRole.ASSISTING_MEMBER)
            yield from [one.code for one in members if unit.linked_office in one.offices][:1]
        case _:
            yield from _same_kind(district, place)[:1]


def _substitutes(district: District, place: ReviewerRef, tied: Collection[str]) -> list[str]:
    candidates = [*_same_kind(district, place), *(leader.code for leader in district.leaders)]
    return [one for one in candidates if one not in tied] or [district.remit.superior]


def _same_kind(district: District, place: ReviewerRef) -> Sequence[str]:
    if place in _OFFICES:
        return [office.code for office in district.office_of_kind(_OFFICES[place])]
    return [leader.code for leader in district.leaders_of(_LEADERS[place])]
