"""Outreach: activities, whom they met, concerns collected and solved. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.outreach import (
    CollectConcern,
    ConcernCollected,
    ConcernSolved,
    OutreachReported,
    OutreachStarted,
    ReportOutreach,
    SolveConcern,
    StartOutreach,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Notice, Output, Refused

from .facts import (
    Facts,
    is_petition_office,
    is_town,
    may_work_in,
    misplaced,
    missing,
    placed,
    ref_of,
    required,
    shelve,
    unknown_among,
)
from .state import Collected, Outreach, Solved, State


def start(_state: State, message: StartOutreach, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """An activity of the petition office, or of a town's unit in its town; its members are told."""
    if not may_work_in(facts, message.town):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not is_town(message.town, facts.district) or misplaced(facts, message.town):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    members = list(dict.fromkeys(message.members))
    if unknown_among(members, facts.district):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.ends_on < message.starts_on:
        return [Refused(RefusalReason.OTHER)]
    fact = OutreachStarted(
        item=facts.number,
        form=message.form,
        campaign=message.campaign,
        town=message.town,
        starts_on=message.starts_on,
        ends_on=message.ends_on,
        members=members,
        document=ref_of(facts),
    )
    told = [Notice(one, fact) for one in members if one != facts.actor]
    return [fact, *shelve(facts.number, facts), *placed(facts.number, facts), *told]


def report(state: State, message: ReportOutreach, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """How many were met on a day of the activity."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if not isinstance(state, Outreach):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not _may_report(state, facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.on > civil_date(now) or not state.starts_on <= message.on <= state.ends_on:
        return [Refused(RefusalReason.TOO_EARLY if message.on > civil_date(now) else RefusalReason.OTHER)]
    fact = OutreachReported(
        item=message.item,
        form=state.form,
        town=str(state.town),
        on=message.on,
        groups=message.groups,
        people=message.people,
        document=ref_of(facts),
    )
    return [fact, *shelve(message.item, facts)]


def collect(state: State, message: CollectConcern, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A concern that an activity brings back; the state is the activity's."""
    if refused := missing(state, message.outreach, facts.district):
        return [refused]
    if not isinstance(state, Outreach):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not _may_report(state, facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if misplaced(facts, state.town):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    if message.on > civil_date(now):
        return [Refused(RefusalReason.TOO_EARLY)]
    fact = ConcernCollected(
        item=facts.number,
        outreach=message.outreach,
        form=state.form,
        town=str(state.town),
        on=message.on,
        urgent=message.urgent,
        document=required(facts).ref,
    )
    return [fact, *shelve(facts.number, facts)]


def solve(state: State, message: SolveConcern, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A concern is solved, once."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if isinstance(state, Solved):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if not isinstance(state, Collected):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not (may_work_in(facts, state.town) or facts.actor == message.by):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if unknown_among([message.by], facts.district):
        return [Refused(RefusalReason.UNKNOWN_ACTOR)]
    if message.on > civil_date(now):
        return [Refused(RefusalReason.TOO_EARLY)]
    fact = ConcernSolved(
        item=message.item,
        form=state.form,
        town=str(state.town),
        on=message.on,
        urgent=state.urgent,
        by=message.by,
        recovered_yuan=message.recovered_yuan,
        document=ref_of(facts),
    )
    return [fact, *shelve(message.item, facts)]


def _may_report(state: Outreach, facts: Facts) -> bool:
    return is_petition_office(facts) or may_work_in(facts, state.town) or facts.actor in state.members
