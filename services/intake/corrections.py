"""Corrections of what figures are counted by: dated, with a reason, never silent. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason, Traits
from xinfang_contracts.statistics import CorrectTraits, Outcome, TraitChanges, TraitsCorrected

from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output, Refused, is_ours

from .counted import said_of
from .decide import Facts, petition_offices
from .state import Registered, Screened, State

T = TypeVar("T", bound=Traits)


def correct(state: State, message: CorrectTraits, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """更正: say before and after, so that whoever has counted can take back the one and add the other.

    A correction moves figures only: who handles a case stays who was chosen.
    """
    district = facts.district
    if facts.actor not in petition_offices(district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not isinstance(state, Registered | Screened) or not is_ours(message.petition, district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    changes = message.changes.model_dump(exclude_none=True)
    reason = next(_faults(changes, message.changes, district, civil_date(now)), None)
    if reason is not None:
        return [Refused(reason)]
    foreign = sorted(changes.keys() - type(state.traits).model_fields.keys())
    after = _changed(state.traits, changes, district)
    if foreign or after == state.traits:
        return [Refused(RefusalReason.NOTHING_TO_CORRECT, details=tuple(foreign))]
    fact = TraitsCorrected(
        petition=message.petition,
        before=state.traits,
        after=after,
        status=_counted_as(state),
        screened_on=civil_date(state.screened_at) if isinstance(state, Screened) else None,
        ground=state.ground if isinstance(state, Screened) else None,
        corrected_on=civil_date(now),
        by=facts.actor,
        reason=message.reason,
        basis=message.basis,
        **said_of(state, lambda traits: _changed(traits, changes, district)),
    )
    return [fact, *(Notice(office, fact) for office in petition_offices(district) if office != facts.actor)]


def _counted_as(state: Registered | Screened) -> Outcome:
    is_down = isinstance(state, Screened) and state.status == "referred" and state.unit is not None
    return "transferred_down" if is_down else state.status


def _faults(changes: dict[str, Any], wanted: TraitChanges, district: District, today: date) -> Iterator[RefusalReason]:
    if wanted.channel is not None and district.channel(wanted.channel) is None:
        yield RefusalReason.UNKNOWN_CHANNEL
    if wanted.town is not None and wanted.town not in {town.code for town in district.towns}:
        yield RefusalReason.UNKNOWN_TOWN
    if wanted.received_on is not None and wanted.received_on > today:
        yield RefusalReason.TOO_EARLY
    if wanted.rank in district.remit.higher_ranks:
        # 规则15: a higher level's cadre is not this organ's to count, however late that is noticed.
        yield RefusalReason.MUST_BE_SEALED
    if not changes:
        yield RefusalReason.NOTHING_TO_CORRECT


def _changed(traits: T, changes: dict[str, Any], district: District) -> T:
    """The form goes with the channel."""
    channel = district.channel(changes["channel"]) if "channel" in changes else None
    form = {"form": channel.form} if channel is not None else {}
    return traits.model_copy(update=changes | form)
