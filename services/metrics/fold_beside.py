"""From facts on the work beside petitions to counts. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from xinfang_contracts.district import District
from xinfang_contracts.guidance import TrainingRecorded, WorkAwarded, WorkForm, WorkPublished, WorkReached
from xinfang_contracts.mediation import MediationFailed, MediationHandedOver, MediationOpened, MediationSettled
from xinfang_contracts.message import Message
from xinfang_contracts.outreach import (
    ConcernCollected,
    ConcernSolved,
    OutreachForm,
    OutreachReported,
    OutreachStarted,
)
from xinfang_contracts.reception import ReceptionRecorded
from xinfang_contracts.recommendation import RecommendationClosed, RecommendationIssued
from xinfang_contracts.satisfaction import SatisfactionRecorded
from xinfang_contracts.supervisors import SupervisorAppointed, SupervisorEnded

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output

from .counting import NOW, Count, spread


def fold(_state: None, message: Message, district: District, *, now: datetime) -> Sequence[Output]:
    """What one fact adds."""
    return [Keep(tuple(_counts(message, district, civil_date(now))))]


def _counts(message: Message, district: District, today: date) -> Iterator[Count]:
    match message:
        case ReceptionRecorded():
            yield from spread("receptions", message.on, _scopes(message.town, district), district)
        case OutreachStarted() | OutreachReported() | ConcernCollected() | ConcernSolved():
            yield from _outreach(message, district)
        case MediationOpened():
            yield from spread("mediations_opened", message.on, _scopes(message.town, district), district)
        case MediationSettled():
            yield from spread("mediations_settled", message.on, _scopes(message.town, district), district)
        case MediationFailed():
            yield from spread("mediations_failed", message.on, _scopes(message.town, district), district)
        case MediationHandedOver():
            yield from spread("mediations_handed_over", today, _scopes(message.town, district), district)
        case SupervisorAppointed(first=True):
            yield Count("villages_supervised", NOW, "district", 1)
        case SupervisorEnded(last=True):
            yield Count("villages_supervised", NOW, "district", -1)
        case WorkPublished() | WorkReached() | WorkAwarded() | TrainingRecorded():
            yield from _guidance(message, district)
        case RecommendationIssued():
            yield from spread("recommendations_issued", today, _of_unit(message.unit, district), district)
        case RecommendationClosed(rectified=True):
            yield from spread("recommendations_rectified", today, _of_unit(message.unit, district), district)
        case SatisfactionRecorded():
            yield from _satisfaction(message, district)


def _outreach(
    message: OutreachStarted | OutreachReported | ConcernCollected | ConcernSolved, district: District
) -> Iterator[Count]:
    """A survey's concerns are counted apart from what stands and interview visits bring."""
    scopes = _scopes(message.town, district)
    kind = "survey" if message.form is OutreachForm.SURVEY else "outreach"
    match message:
        case OutreachStarted() if message.form is OutreachForm.STAND:
            yield from spread("outreach_stands", message.starts_on, scopes, district)
        case OutreachReported():
            if message.groups:
                yield from spread(f"{kind}_groups", message.on, scopes, district, message.groups)
            if message.people:
                yield from spread(f"{kind}_people", message.on, scopes, district, message.people)
        case ConcernCollected():
            yield from spread(f"{kind}_collected", message.on, scopes, district)
        case ConcernSolved():
            yield from spread(f"{kind}_solved", message.on, scopes, district)
            if message.urgent:
                yield from spread(f"{kind}_urgent_solved", message.on, scopes, district)
            if message.recovered_yuan:
                yield from spread(f"{kind}_yuan", message.on, scopes, district, message.recovered_yuan)
        case _:
            return


def _guidance(
    message: WorkPublished | WorkReached | WorkAwarded | TrainingRecorded, district: District
) -> Iterator[Count]:
    match message:
        case WorkPublished():
            if message.form is WorkForm.HANDBOOK:
                yield from spread("guidance_handbooks", message.on, ["district"], district)
        case WorkReached():
            scopes = [*_scopes(message.town, district), f"work:{message.work}"]
            yield from spread("guidance_reached", message.on, scopes, district, message.people)
        case WorkAwarded():
            yield from spread("guidance_awards", message.on, ["district", f"level:{message.level}"], district)
        case TrainingRecorded():
            yield from spread("trained", message.ends_on, _of_unit(message.unit, district), district, message.people)


def _satisfaction(message: SatisfactionRecorded, district: District) -> Iterator[Count]:
    """满意 and 基本满意 stand above the line, all answers below it."""
    scopes = [*_scopes(message.town, district), f"contact:{message.contact}"]
    content = message.satisfied + message.mostly_satisfied
    if content:
        yield from spread("content", message.on, scopes, district, content)
    yield from spread("asked_for_satisfaction", message.on, scopes, district, content + message.dissatisfied)


def _of_unit(code: str, district: District) -> list[str]:
    unit = district.unit(code)
    zone = None if unit is None else district.zone_of(unit)
    zones = [] if zone is None else [f"zone:{zone.code}"]
    return ["district", f"unit:{code}", *zones]


def _scopes(town: str | None, district: District) -> list[str]:
    if town is None:
        return ["district"]
    zones = [f"zone:{zone.code}" for zone in district.zones if town in zone.towns]
    return ["district", f"town:{town}", *zones]
