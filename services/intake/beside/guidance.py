"""Guidance works, their reach and awards; training in rotation. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.district import District, Work
from xinfang_contracts.guidance import (
    PublishWork,
    RecordAward,
    RecordReach,
    RecordTraining,
    TrainingRecorded,
    WorkAwarded,
    WorkPublished,
    WorkReached,
)
from xinfang_contracts.intake import RefusalReason

from services.runtime.rules import Notice, Output, Refused

from .facts import Facts, is_petition_office, is_town, may_work_in, missing
from .state import Published, State


def works_for(district: District, *, receiver: str | None = None, ground: str | None = None) -> list[Work]:
    """Which works are handed to somebody who is sent to another organ, or declined on a ground; in file order."""
    return [
        work
        for work in district.works
        if (receiver is not None and receiver in work.receivers) or (ground is not None and ground in work.grounds)
    ]


def publish(_state: State, message: PublishWork, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A work of the district file is out."""
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    work = facts.district.work(message.work)
    if work is None:
        return [Refused(RefusalReason.UNKNOWN_WORK)]
    return [WorkPublished(item=facts.number, work=work.code, form=work.form, on=message.on)]


def record_reach(state: State, message: RecordReach, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """So many more were given it; a town's unit says so for its town."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if not isinstance(state, Published):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not may_work_in(facts, message.town):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if not is_town(message.town, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    people = message.people
    return [WorkReached(item=message.item, work=state.work, on=message.on, town=message.town, people=people)]


def record_award(state: State, message: RecordAward, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """It was given an award."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if not isinstance(state, Published):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    level, prize = message.level, message.prize
    return [WorkAwarded(item=message.item, work=state.work, on=message.on, level=level, prize=prize)]


def record_training(_state: State, message: RecordTraining, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """People of a unit have worked along; the unit is told."""
    if not is_petition_office(facts):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if facts.district.unit(message.unit) is None:
        return [Refused(RefusalReason.UNKNOWN_UNIT)]
    if message.ends_on < message.starts_on:
        return [Refused(RefusalReason.OTHER)]
    fact = TrainingRecorded(
        item=facts.number,
        unit=message.unit,
        starts_on=message.starts_on,
        ends_on=message.ends_on,
        people=message.people,
    )
    return [fact, Notice(message.unit, fact)]
