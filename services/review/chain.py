"""Who reviews a case: the district's chain with each place filled by somebody who may. Pure."""

from collections.abc import Collection, Sequence

from xinfang_contracts.district import Chain, District, LeaderRole, OfficeKind, ReviewerRef, Unit

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


def chain_of(district: District, unit: Unit) -> Chain:
    """The chain that applies to what this unit handles; the district file has one for each kind of unit in it."""
    return next(chain for chain in district.chains if unit.kind in chain.applies_to)


def reviewers(district: District, unit: Unit, excluded: Collection[str]) -> list[list[str]]:
    """Steps of actor codes, in order. Nobody excluded is among them, and nobody stands in them twice.

    An excluded office or leader is replaced by another of the same kind, else by another leader; where nobody is left,
    by the superior. A place is never dropped because somebody is tied: only because that person already has a voice.
    """
    taken: set[str] = set()
    steps = []
    for step in chain_of(district, unit).steps:
        filled = []
        for place in step:
            actor = _fill(district, unit, place, excluded)
            if actor not in taken:
                taken.add(actor)
                filled.append(actor)
        if filled:
            steps.append(filled)
    return steps


def _fill(district: District, unit: Unit, place: ReviewerRef, excluded: Collection[str]) -> str:
    for candidates in (_first_choice(district, unit, place), _same_kind(district, place), _any_leader(district)):
        for actor in candidates:
            if actor not in excluded and actor != unit.code:
                return actor
    return district.remit.superior


def _first_choice(district: District, unit: Unit, place: ReviewerRef) -> Sequence[str]:
    match place:
        case ReviewerRef.LINKED_OFFICE:
            return [unit.linked_office] if unit.linked_office else []
        case ReviewerRef.ZONE_LEAD:
            zone = district.zone_of(unit)
            return [zone.lead] if zone else []
        case ReviewerRef.ASSISTING_MEMBER:
            members = district.leaders_of(LeaderRole.ASSISTING_MEMBER)
            return [member.code for member in members if unit.linked_office in member.offices]
        case _:
            return []


def _same_kind(district: District, place: ReviewerRef) -> Sequence[str]:
    if place in _OFFICES:
        return [office.code for office in district.office_of_kind(_OFFICES[place])]
    return [leader.code for leader in district.leaders_of(_LEADERS[place])]


def _any_leader(district: District) -> Sequence[str]:
    return [leader.code for leader in district.leaders]
