"""Who may read an item's texts, and how they are erased: as a petition's are. Functions of values."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.items import (
    ApproveItemErasure,
    ItemErased,
    ItemErasureApproved,
    ItemErasureProposed,
    ProposeItemErasure,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Notice, Output, Refused

from ..decide import petition_offices
from ..vault.custody import APPROVERS, approvers, retained_until
from .facts import EraseItem, Facts, is_petition_office, missing, offices_of
from .recommended import Closed, Issued
from .state import OPEN, Erased, Outreach, Shift, Solved, State


def may_read(state: State, actor: str, district: District) -> bool:
    """The petition office, and whoever stands on the item: on the shift, in the team; who solved; the town's unit; the
    unit that a recommendation was issued to, and the offices that supervise it.
    """
    if state is None or isinstance(state, Erased):
        return False
    unit = district.unit(actor)
    if actor in petition_offices(district) or (unit is not None and unit.town is not None and unit.town == state.town):
        return True
    match state:
        case Shift():
            return actor in state.people
        case Outreach():
            return actor in state.members
        case Solved():
            return actor == state.by
        case Issued() | Closed():
            return actor == state.unit or actor in offices_of(state.unit, district)
        case _:
            return False


def first_text(state: State) -> UUID | None:
    """The text that an item began with; None when it has none."""
    return next(iter(texts_of(state)), None)


def texts_of(state: State) -> list[UUID]:
    """All the texts of an item, in order, under whichever data key they lie."""
    return [] if state is None or isinstance(state, Erased) else [UUID(one) for one in state.documents]


def propose(state: State, message: ProposeItemErasure, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office asks; whoever must agree is told. Another ground makes an earlier proposal void."""
    district = facts.district
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if refused := missing(state, message.item, district):
        return [refused]
    if state is None or isinstance(state, Erased):
        raise ValueError("what is missing was refused")
    if isinstance(state, OPEN):
        return [Refused(RefusalReason.CASE_OPEN)]
    if message.ground == "retention_over":
        due_on = retained_until(state.last_at, district)
        if due_on is None or civil_date(now) < due_on:
            return [Refused(RefusalReason.TOO_EARLY)]
    if state.erasure is not None and (state.erasure.ground, state.erasure.basis) == (message.ground, message.basis):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    fact = ItemErasureProposed(item=message.item, ground=message.ground, basis=message.basis, by=facts.actor)
    return [fact, *(Notice(one, fact) for one in approvers(district, facts.actor, []))]


def approve(state: State, message: ApproveItemErasure, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """One of the two agrees; with the second the item is erased in this transaction."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if state is None or isinstance(state, Erased):
        raise ValueError("what is missing was refused")
    erasure = state.erasure
    if erasure is None:
        return [Refused(RefusalReason.TOO_EARLY)]
    entitled = approvers(facts.district, erasure.by, [])
    if facts.actor not in entitled:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if facts.actor in erasure.approved:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    approved = ItemErasureApproved(item=message.item, by=facts.actor)
    agreed = {*erasure.approved, facts.actor}.intersection(entitled)
    if len(agreed) < APPROVERS:
        return [approved, Notice(erasure.by, approved)]
    erased = ItemErased(item=message.item, ground=erasure.ground, basis=erasure.basis, erased_on=civil_date(now))
    told = [erasure.by, *(one for one in erasure.approved if one != facts.actor)]
    return [approved, erased, Keep(EraseItem(message.item)), *(Notice(one, erased) for one in told)]
