"""Joint review said again in the plainest words, to hold the rules against: sets and lists, no messages.

Who stands in a place is written here as the district's people would say it, and not as the rules compute it.
"""

from dataclasses import dataclass, field

from xinfang_contracts.district import District, LeaderRole, OfficeKind, ReviewerRef

OFFICES = {
    ReviewerRef.PETITION_OFFICE: OfficeKind.PETITION,
    ReviewerRef.TRIAL_OFFICE: OfficeKind.TRIAL,
    ReviewerRef.LINKED_OFFICE: OfficeKind.SUPERVISION,
}
LEADERS = {
    ReviewerRef.ASSISTING_MEMBER: LeaderRole.ASSISTING_MEMBER,
    ReviewerRef.ZONE_LEAD: LeaderRole.DEPUTY_SECRETARY,
    ReviewerRef.PRINCIPAL: LeaderRole.PRINCIPAL,
}


def alike(district: District, place: ReviewerRef) -> list[str]:
    """Everybody who could hold a place of this kind."""
    if place in OFFICES:
        return [one.code for one in district.offices if one.kind is OFFICES[place]]
    return [one.code for one in district.leaders if one.role is LEADERS[place]]


def holder(district: District, unit: str, place: ReviewerRef) -> str | None:
    """Whose place it is while nobody is tied."""
    known = next(one for one in district.units if one.code == unit)
    if place is ReviewerRef.LINKED_OFFICE:
        return known.linked_office
    if place is ReviewerRef.ZONE_LEAD:
        own = [zone.lead for zone in district.zones if zone.code == known.zone]
        return own[0] if own else next(zone.lead for zone in district.zones if known.town in zone.towns)
    if place is ReviewerRef.ASSISTING_MEMBER:
        return next((one.code for one in district.leaders if known.linked_office in one.offices), None)
    return next(iter(alike(district, place)), None)


def chain(district: District, unit: str, tied: set[str]) -> list[list[str]]:
    """Who must speak, step by step: the holder; for one who is tied somebody of the kind who has no place of their
    own, else such a leader, else the superior. Nobody stands in it twice.
    """
    steps = district.chains[0].steps
    holders = {place: holder(district, unit, place) for step in steps for place in step}
    sitting: list[str] = []
    filled: list[list[str]] = []
    for step in steps:
        here = []
        for place in step:
            who = holders[place]
            if who is None or who in tied:
                others = [*alike(district, place), *(leader.code for leader in district.leaders)]
                free = [one for one in others if one not in tied and one not in sitting and one not in holders.values()]
                who = free[0] if free else district.remit.superior
            if who not in sitting:
                sitting.append(who)
                here.append(who)
        if here:
            filled.append(here)
    return filled


@dataclass
class Model:
    """One case. heard: who has agreed to the running version; signed: persons who have signed anything on it."""

    district: District
    unit: str
    tied: set[str]
    status: str = "awaiting"
    version: int = 1
    heard: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)

    def steps(self) -> list[list[str]]:
        """The chain as it is filled now."""
        return chain(self.district, self.unit, self.tied)

    def turn(self) -> set[str]:
        """Whose turn it is: everybody missing in the first step where anybody is."""
        if self.status != "review":
            return set()
        return next(({*step} - self.heard for step in self.steps() if {*step} - self.heard), set())

    def reports(self) -> None:
        """A version is handed in."""
        self.status, self.heard, self.signed = "review", set(), set()

    def agrees(self, actor: str, person: str | None) -> None:
        """A voice more."""
        self.heard.add(actor)
        self.signed |= {person} if person else set()
        self.ends_where_all_have_spoken()

    def returns(self) -> None:
        """The version goes back."""
        self.status, self.version = "awaiting", self.version + 1

    def is_tied(self, actors: set[str]) -> None:
        """Their voices on the running version no longer count."""
        self.tied |= actors
        self.heard -= actors
        self.ends_where_all_have_spoken()

    def moves(self, unit: str | None) -> None:
        """To another unit, or above (None): what is under review falls, its number is used up."""
        if self.status == "review" and unit != self.unit:
            self.version += 1
        if self.status != "review" or unit != self.unit:
            self.status = "awaiting" if unit else "above"
        self.unit = unit or self.district.remit.superior

    def ends_where_all_have_spoken(self) -> None:
        """It is concluded by its last voice, or by the tie of whoever was the last one missing."""
        if self.status == "review" and not self.turn():
            self.status = "concluded"
