"""From what follows a conclusion to counts: rest, lapse and reopening, views, objections, visits. Pure.

A case rests by confirmation or by lapse, counted apart; a reopening ends that by a dated correction, and stands as a
figure of its own. Visits are work done: made ones and their help count, whoever declined is counted nowhere.
"""

from collections.abc import Iterator
from datetime import date

from xinfang_contracts.after import (
    CaseLapsed,
    CaseReopened,
    CountedConclusion,
    CountedObjection,
    CountedReopening,
    CountedView,
    FollowUpRecorded,
    ObjectionAnswered,
    SettlementEnded,
    ViewRecorded,
)
from xinfang_contracts.district import District
from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Form
from xinfang_contracts.review import CaseSettled
from xinfang_contracts.statistics import ConclusionCorrected

from .counting import Count, accepted_scopes, handled, spread, taken_back

Followed = CaseSettled | CaseLapsed | CaseReopened | SettlementEnded | ViewRecorded | ObjectionAnswered
"""What is corrected with its petition; a visit is not."""
Holder = CountedReopening | CountedView | CountedObjection | ViewRecorded | ObjectionAnswered | FollowUpRecorded


def counts(message: Followed | FollowUpRecorded, district: District) -> Iterator[Count]:
    """What one fact adds."""
    match message:
        case CaseSettled():
            yield from settled(message.traits, message.settled_on, district)
            if message.lapsed_on is not None:
                yield from taken_back(lapsed(message.traits, district), message.settled_on)
        case CaseLapsed():
            yield from lapsed(message.traits, district)
        case CaseReopened():
            yield from taken_back(_rested(message, district), message.reopened_on)
            again = CountedReopening(unit=message.unit, zone=message.zone, on=message.reopened_on)
            yield from _reopened(message.traits, again, district)
            if message.times == 1:
                yield from _came_back(message.traits, message.conclusion, district)
        case SettlementEnded():
            yield from taken_back(_rested(message, district), message.ended_on)
        case ViewRecorded():
            if message.replaces is not None and message.counted:
                yield from taken_back(_viewed(message.replaces, district), message.on)
            yield from _viewed(message, district) if message.counted else ()
            yield from spread("objections", message.on, _by(message), district) if _objects(message) else ()
        case ObjectionAnswered(counted=True):
            for one in message.raised:
                yield from spread("objections_answered", one.on, _by(one), district)
        case FollowUpRecorded(outcome="made"):
            yield from spread("follow_ups", message.on, _by(message), district)
            for help_ in message.help:
                yield from spread("help_given", message.on, ["district", f"help:{help_}"], district)


def said_after(traits: CaseTraits, said: ConclusionCorrected, district: District) -> Iterator[Count]:
    """All that facts after a case's conclusions have added, by these traits."""
    if said.settled:
        yield from settled(traits, said.settled_on, district)
    if said.lapsed_on is not None:
        yield from lapsed(traits, district)
    for one in said.reopenings:
        yield from _reopened(traits, one, district)
    if said.reopenings and said.conclusions:
        yield from _came_back(traits, said.conclusions[0], district)
    if not traits.counted:
        return
    if said.view is not None:
        yield from _viewed(said.view, district)
    for raised in said.objections:
        yield from spread("objections", raised.on, _by(raised), district)
        if raised.answered_on is not None:
            yield from spread("objections_answered", raised.on, _by(raised), district)


def settled(traits: CaseTraits, settled_on: date | None, district: District) -> Iterator[Count]:
    """A settlement counts for the month in which the petition was accepted: a rate compares like with like.

    化解重复访 is no rate: a repeat visit counts for the month in which it came to rest.
    """
    scopes = accepted_scopes(traits, district)
    yield from spread("settled", traits.accepted_on, scopes, district)
    if traits.first_time:
        yield from spread("settled_first_time", traits.accepted_on, scopes, district)
    elif traits.form is Form.VISIT and settled_on is not None:
        yield from spread("repeat_visits_resolved", settled_on, scopes, district)


def lapsed(traits: CaseTraits, district: District) -> Iterator[Count]:
    """A lapse counts for the same month as a settlement would, and never as one."""
    scopes = accepted_scopes(traits, district)
    yield from spread("lapsed", traits.accepted_on, scopes, district)
    if traits.first_time:
        yield from spread("lapsed_first_time", traits.accepted_on, scopes, district)


def _rested(said: CaseReopened | SettlementEnded, district: District) -> Iterator[Count]:
    """The rest that is over."""
    if said.settled_on is not None:
        yield from settled(said.traits, said.settled_on, district)
    if said.lapsed_on is not None:
        yield from lapsed(said.traits, district)


def _reopened(traits: CaseTraits, one: CountedReopening, district: District) -> Iterator[Count]:
    return spread("reopened", one.on, handled(traits, one.unit, one.zone), district)


def _came_back(traits: CaseTraits, first: CountedConclusion, district: District) -> Iterator[Count]:
    """Once a case, in the month and scopes of its first conclusion: of what was closed, how much came back."""
    return spread("concluded_reopened", first.concluded_on, handled(traits, first.unit, first.zone), district)


def _viewed(one: CountedView | ViewRecorded, district: District) -> Iterator[Count]:
    yield from spread("views", one.on, _by(one), district)
    yield from spread(f"views_{one.view}", one.on, _by(one), district)


def _objects(message: ViewRecorded) -> bool:
    return message.objection and message.counted


def _by(one: Holder) -> list[str]:
    """By whoever handled it, and no further: fewer would soon be one reporter."""
    return ["district", f"unit:{one.unit}", *([f"zone:{one.zone}"] if one.zone else [])]
