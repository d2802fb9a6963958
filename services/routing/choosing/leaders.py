"""Which leaders may act in a case. Pure."""

from collections.abc import Collection, Sequence

from xinfang_contracts.district import District, LeaderRole, Zone

EVERY_ROLE = (LeaderRole.DEPUTY_SECRETARY, LeaderRole.PRINCIPAL, LeaderRole.ASSISTING_MEMBER)
"""In the order in which somebody stands in for a zone's lead."""


def free(
    district: District,
    excluded: Collection[str],
    roles: Sequence[LeaderRole] = EVERY_ROLE,
    *,
    first: str | None = None,
) -> list[str]:
    """Codes of the leaders with these roles who are not tied: role after role, in file order; ``first`` before all."""
    found = [leader.code for role in roles for leader in district.leaders_of(role) if leader.code not in excluded]
    return sorted(found, key=lambda code: code != first)


def lead_of(district: District, zone: Zone, excluded: Collection[str]) -> str | None:
    """The zone's lead; who is tied is replaced by another deputy secretary, else by another leader; None: all are."""
    if zone.lead not in excluded:
        return zone.lead
    return next(iter(free(district, excluded)), None)
