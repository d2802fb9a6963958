"""From facts to counts: what each fact adds, to which month, in which scopes. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from xinfang_contracts.after import (
    CaseLapsed,
    CaseReopened,
    CountedConclusion,
    FollowUpRecorded,
    ObjectionAnswered,
    SettlementEnded,
    ViewRecorded,
)
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import (
    CaseTraits,
    DistrictDeclared,
    PetitionAccepted,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    Traits,
)
from xinfang_contracts.message import Form, Message, SkipLevel
from xinfang_contracts.notices import (
    CountedNotice,
    NoticeDelivered,
    NoticeDropped,
    NoticeDue,
    NoticeFailed,
    NoticeOverdue,
    NoticeSent,
)
from xinfang_contracts.repeats import PetitionJoined, RepeatConfirmed
from xinfang_contracts.review import CaseConcluded, CaseSettled, ReportReturned, ReturnsWithdrawn
from xinfang_contracts.routing import CaseAssigned, CaseOverdue, CaseSentUp, CaseWithdrawn
from xinfang_contracts.screening import (
    PetitionMarked,
    PetitionReturned,
    PetitionTransferredDown,
    ReferralReturned,
    ReferralStepTaken,
)
from xinfang_contracts.statistics import (
    AssignmentCorrected,
    ConclusionCorrected,
    CountedClarification,
    CountedFile,
    TraitsCorrected,
)

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output

from . import fold_after
from .counting import NOW, Count, accepted_scopes, handled, scopes_of, spread, taken_back

COLLECTIVE = 5
"""So many visitors make a 集体访 (general practice; 条例20 only bounds the representatives)."""


def fold(_state: None, message: Message, district: District, *, now: datetime) -> Sequence[Output]:
    """What one fact adds."""
    return [Keep(tuple(_counts(message, district, civil_date(now))))]


def _counts(message: Message, district: District, today: date) -> Iterator[Count]:
    match message:
        case DistrictDeclared():
            yield Count("towns", NOW, "district", len(message.towns), replaces=True)
            yield Count("zones", NOW, "district", len(message.zones), replaces=True)
            if message.villages is not None:
                yield Count("villages", NOW, "district", message.villages, replaces=True)
            if message.zone_leads is not None:
                yield Count("zone_leads", NOW, "district", message.zone_leads, replaces=True)
        case PetitionRegistered():
            yield from _petition("received", message.traits.received_on, message.traits, district)
            yield from _marks(message.traits, message.traits.skip_level, message.traits.visitors, district)
        case PetitionMarked():
            yield from _marks(message.traits, message.skip_level, message.visitors, district)
        case PetitionAccepted():
            yield from _accepted(message.traits, district)
        case PetitionReferred():
            yield from _petition("referred", today, message.traits, district)
        case PetitionDeclined():
            yield from _declined(today, message.traits, message.ground, district)
        case PetitionKeptOnFile():
            yield from _petition("kept_on_file", today, message.traits, district)
        case PetitionTransferredDown():
            yield from _petition("transferred_down", today, message.traits, district)
        case ReferralStepTaken():
            if message.first:
                yield from _petition("referred_followed_up", message.referred_on, message.traits, district)
            if message.step == "answered":
                yield from _petition("referred_answered", message.referred_on, message.traits, district)
        case PetitionReturned():
            # Out of the month of its acceptance, as if it had not been: a rate compares like with like. That it was
            # taken out, and on which day, stands in a figure of its own.
            yield from taken_back(_accepted(message.traits, district), message.returned_on)
            for notice in message.notices:
                yield from taken_back(_told(notice, notice.traits, district), message.returned_on)
            yield from _sent_back(message.traits, message.returned_on, district)
        case ReferralReturned():
            yield from taken_back(_referred(message, district), message.returned_on)
        case PetitionJoined():
            yield from taken_back(_accepted(message.traits, district), message.joined_on)
            scopes = accepted_scopes(message.traits, district)
            yield from spread("acceptances_joined", message.joined_on, scopes, district)
        case CaseWithdrawn():
            yield from taken_back(_withdrawn(message, district), today)
        case CaseReassigned():
            yield from _reassigned(message, today, district)
        case ReturnsWithdrawn():
            for day in message.returned_on:
                yield from taken_back(_returned(day, message.unit, district), message.withdrawn_on)
        case RepeatConfirmed():
            # By the day of receipt, as "received" is: a rate compares like with like.
            if message.first:
                yield from _petition("repeats", message.traits.received_on, message.traits, district)
            if message.multi_head and message.first_multi_head:
                yield from _petition("multi_head", message.traits.received_on, message.traits, district)
        case CaseAssigned():
            yield from _assigned(today, message.traits, message.unit, message.zone, district)
        case CaseSentUp():
            if message.before is not None and message.before_on is not None:
                held = _held(message.before_on, message.traits, message.before, message.before_zone, district)
                yield from taken_back(held, today)
            yield from _petition("sent_up", today, message.traits, district)
        case CaseOverdue():
            if message.counted:
                # The tick may be late, or the conclusion have been heard before it.
                yield from _overdue(civil_date(message.clock.due_at), message.unit, message.zone, district)
        case ReportReturned():
            if message.counted:
                yield from _returned(today, message.unit, district)
        case CaseConcluded():
            yield from _concluded(message.traits, message, district, again=message.reopenings > 0)
        case CaseSettled() | CaseLapsed() | CaseReopened() | SettlementEnded():
            yield from fold_after.counts(message, district)
        case ViewRecorded() | ObjectionAnswered() | FollowUpRecorded():
            yield from fold_after.counts(message, district)
        case TraitsCorrected():
            yield from _corrected(message, lambda traits: _said_by_intake(traits, message, district))
        case AssignmentCorrected():
            yield from _corrected(message, lambda traits: _handed_on(traits, message, district))
        case ConclusionCorrected():
            yield from _corrected(message, lambda traits: _reviewed(traits, message, district))
        case NoticeOverdue():
            yield from spread("notices_overdue", today, accepted_scopes(message.traits, district), district)
        case NoticeDue() | NoticeSent() | NoticeDelivered() | NoticeFailed() | NoticeDropped():
            yield from _notices(message, today, district)


def _accepted(traits: CaseTraits, district: District) -> Iterator[Count]:
    scopes = accepted_scopes(traits, district)
    yield from spread("accepted", traits.accepted_on, scopes, district)
    if traits.real_name:
        yield from spread("accepted_real_name", traits.accepted_on, scopes, district)
    if traits.first_time:
        yield from spread("accepted_first_time", traits.accepted_on, scopes, district)


def _sent_back(traits: CaseTraits, day: date, district: District) -> Iterator[Count]:
    return spread("acceptances_returned", day, accepted_scopes(traits, district), district)


def _referred(said: ReferralReturned, district: District) -> Iterator[Count]:
    """A referral that came back, and what was done about it: it is screened, and counted, anew."""
    yield from _petition("referred", said.referred_on, said.traits, district)
    if said.followed_up:
        yield from _petition("referred_followed_up", said.referred_on, said.traits, district)


def _withdrawn(said: CaseWithdrawn, district: District) -> Iterator[Count]:
    yield from _held(said.assigned_on, said.traits, said.unit, said.zone, district)
    if said.overdue_on is not None and said.traits.counted:
        late = (said.overdue_unit, said.overdue_zone) if said.overdue_unit else (said.unit, said.zone)
        yield from _overdue(said.overdue_on, *late, district)


def _declined(day: date, traits: Traits, ground: str, district: District) -> Iterator[Count]:
    yield from _petition("declined", day, traits, district)
    if ground == "no_substance":
        yield from _petition("no_substance", traits.received_on, traits, district)


def _marks(traits: Traits, level: SkipLevel | None, visitors: int | None, district: District) -> Iterator[Count]:
    """越级 and 集体访, in the month of receipt. Counted for the district; nobody who petitions is."""
    day, scopes = traits.received_on, scopes_of(traits, district)
    if level is not None:
        yield from spread("skip_level", day, scopes, district)
        yield from spread(f"skip_level_{level}", day, scopes, district)
        if traits.form is Form.VISIT:
            yield from spread(f"skip_level_visits_{level}", day, scopes, district)
    if visitors is not None and visitors >= COLLECTIVE and traits.form is Form.VISIT:
        yield from spread("collective_groups", day, scopes, district)
        yield from spread("collective_heads", day, scopes, district, visitors)


Conclusion = CaseConcluded | ConclusionCorrected | CountedConclusion


def _concluded(traits: CaseTraits, said: Conclusion, district: District, *, again: bool = False) -> Iterator[Count]:
    """again: after a reopening. A case is closed once, and jointly reviewed once; money is what came back since."""
    day = said.concluded_on
    if day is None:
        return
    scopes = handled(traits, said.unit, said.zone)
    if not again:
        yield from spread("concluded", day, scopes, district)
        # A rate needs both its counters in the same scopes: these are by the petition, as acceptance is.
        yield from spread("concluded_of_accepted", day, accepted_scopes(traits, district), district)
        if not set(said.returned_for).intersection(district.review.faults):
            yield from spread("concluded_well", day, scopes, district)
        if said.jointly_reviewed:
            yield from spread("jointly_reviewed", day, scopes, district)
    if said.recovered_yuan:
        yield from spread("recovered_yuan", day, scopes, district, said.recovered_yuan)


def _notices(
    message: NoticeDue | NoticeSent | NoticeDelivered | NoticeFailed | NoticeDropped, today: date, district: District
) -> Iterator[Count]:
    """A notice counts for the month in which the petition was accepted; one that came back is not told in time."""
    traits, kind = message.traits, message.kind.value
    scopes = accepted_scopes(traits, district)
    match message:
        case NoticeDue():
            yield from _told(message, traits, district)
        case NoticeSent(newly_on_time=True, counted=True) | NoticeDelivered(newly_on_time=True, counted=True):
            yield from spread(f"{kind}_notices_on_time", traits.accepted_on, scopes, district)
        case NoticeDropped(counted=True):
            yield from taken_back(spread(f"{kind}_notices_due", traits.accepted_on, scopes, district), today)
        case NoticeFailed(no_longer_on_time=True, counted=True):
            yield from taken_back(spread(f"{kind}_notices_on_time", traits.accepted_on, scopes, district), today)
        case _:
            return


def _told(said: NoticeDue | CountedNotice, traits: CaseTraits, district: District) -> Iterator[Count]:
    """All that is counted of one notice."""
    scopes = accepted_scopes(traits, district)
    yield from spread(f"{said.kind.value}_notices_due", traits.accepted_on, scopes, district)
    if said.on_time:
        yield from spread(f"{said.kind.value}_notices_on_time", traits.accepted_on, scopes, district)
    if said.overdue_on is not None:
        yield from spread("notices_overdue", said.overdue_on, scopes, district)


def _assigned(day: date, traits: CaseTraits, unit: str, zone: str | None, district: District) -> Iterator[Count]:
    return spread("assigned", day, handled(traits, unit, zone), district)


def _held(day: date, traits: CaseTraits, holder: str, zone: str | None, district: District) -> Iterator[Count]:
    """That a unit has it, or the superior: an accepted petition counts for one of them."""
    if holder.startswith("superior"):
        return _petition("sent_up", day, traits, district)
    return _assigned(day, traits, holder, zone, district)


def _reassigned(said: CaseReassigned, today: date, district: District) -> Iterator[Count]:
    """It counts for another unit, as of the day on which the clock of the case began; what comes out even is none."""
    moved: Counter[tuple[str, date, str]] = Counter()
    since = said.counted_on or civil_date(said.clock.started_at)
    for count in _held(said.before_on, said.traits, said.before, said.before_zone, district):
        moved[count.counter, count.month, count.scope] -= 1
    for count in _assigned(since, said.traits, said.unit, said.zone, district):
        moved[count.counter, count.month, count.scope] += 1
    for (counter, month, scope), amount in moved.items():
        if amount:
            yield Count(counter, month, scope, amount, corrected_on=today)


def _overdue(day: date, unit: str, zone: str | None, district: District) -> Iterator[Count]:
    scopes = ["district", f"unit:{unit}", *([f"zone:{zone}"] if zone else [])]
    return spread("overdue", day, scopes, district)


def _returned(day: date, unit: str, district: District) -> Iterator[Count]:
    return spread("returned", day, ["district", f"unit:{unit}"], district)


Correction = TraitsCorrected | AssignmentCorrected | ConclusionCorrected


def _corrected(message: Correction, said: Callable[[Any], Iterable[Count]]) -> Iterator[Count]:
    """What was said with the old traits is taken back, and said with the new ones; what comes out even is no change."""
    moved: Counter[tuple[str, date, str]] = Counter()
    for sign, traits in ((-1, message.before), (1, message.after)):
        for count in said(traits):
            moved[count.counter, count.month, count.scope] += sign * count.amount
    for (counter, month, scope), amount in moved.items():
        if amount:
            yield Count(counter, month, scope, amount, corrected_on=message.corrected_on)


def _said_by_intake(traits: CaseTraits | Traits, said: TraitsCorrected, district: District) -> Iterator[Count]:
    """What intake's facts on a petition have added: by its traits as they are now, and as they were at the time."""
    yield from _screened(traits, said, district)
    is_after = traits is said.after
    for notice in said.notices:
        about = notice.after if is_after else notice.before.traits
        if about is not None:
            yield from _told(notice.before, about, district)
    for one in said.returns:
        yield from _sent_back(one.after if is_after else one.before, one.returned_on, district)


def _screened(traits: Traits, said: TraitsCorrected, district: District) -> Iterator[Count]:
    """All that intake's facts on a petition have added."""
    yield from _petition("received", traits.received_on, traits, district)
    yield from _marks(traits, traits.skip_level, traits.visitors, district)
    if said.repeat:
        yield from _petition("repeats", traits.received_on, traits, district)
    if said.multi_head:
        yield from _petition("multi_head", traits.received_on, traits, district)
    if said.referral is not None and said.referral.followed_up:
        yield from _petition("referred_followed_up", said.referral.referred_on, traits, district)
    if said.referral is not None and said.referral.answered:
        yield from _petition("referred_answered", said.referral.referred_on, traits, district)
    if isinstance(traits, CaseTraits):
        yield from _accepted(traits, district)
    elif said.screened_on is not None and said.ground is not None:
        yield from _declined(said.screened_on, traits, said.ground, district)
    elif said.screened_on is not None:
        yield from _petition(said.status, said.screened_on, traits, district)


def _handed_on(traits: CaseTraits, said: AssignmentCorrected, district: District) -> Iterator[Count]:
    """All that routing's facts on a case have added."""
    if said.unit is None:
        yield from _petition("sent_up", said.since, traits, district)
    else:
        yield from _assigned(said.since, traits, said.unit, said.zone, district)
    late, zone = (said.overdue_unit, said.overdue_zone) if said.overdue_unit else (said.unit, said.zone)
    if said.overdue_on is not None and late is not None and traits.counted:
        yield from _overdue(said.overdue_on, late, zone, district)


def _reviewed(traits: CaseTraits, said: ConclusionCorrected, district: District) -> Iterator[Count]:
    """All that review's facts on a case have added."""
    if traits.counted:
        for day in said.returned_on:
            yield from _returned(day, said.unit, district)
        for earlier in said.returned_before:
            yield from _returned(earlier.on, earlier.unit, district)
    yield from _concluded(traits, said, district)
    for place, one in enumerate(said.conclusions):
        yield from _concluded(traits, one, district, again=place > 0)
    yield from fold_after.said_after(traits, said, district)
    for clarification in said.clarified:
        yield from clarified(traits, clarification, district)
    for file in said.files:
        yield from looked_through(traits, file, district)


def clarified(traits: CaseTraits, said: CountedClarification, district: District) -> Iterator[Count]:
    """A clarification counts for the day on which it was made, once it is filed; an overdue one for its last day."""
    scopes = handled(traits, said.unit, said.zone)
    if scopes:
        scopes.append(f"cleared:{said.cleared}")
    if said.made_on is not None:
        ways = [f"way:{way}" for way in said.ways] if scopes else []
        yield from spread("clarifications_made", said.made_on, [*scopes, *ways], district)
    if said.overdue_on is not None:
        yield from spread("clarifications_overdue", said.overdue_on, scopes, district)


def looked_through(traits: CaseTraits, said: CountedFile, district: District) -> Iterator[Count]:
    """A file's marks count for the month of its conclusion: a sample compares with what it was drawn from."""
    scopes = handled(traits, said.unit, said.zone)
    yield from spread("files_reviewed", said.concluded_on, scopes, district)
    if said.excellent:
        yield from spread("files_excellent", said.concluded_on, scopes, district)


def _petition(counter: str, day: date, traits: Traits, district: District) -> Iterator[Count]:
    return spread(counter, day, scopes_of(traits, district), district)
