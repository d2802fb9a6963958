"""Which rule of the pressing each message meets, and whose state it needs."""

from xinfang_contracts.hearings import CallHearing, RecordHearing
from xinfang_contracts.intake import DistrictDeclared
from xinfang_contracts.intercession import RecordIntercession
from xinfang_contracts.pressing import (
    AnswerSupervisionLetter,
    IssueSupervisionLetter,
    NameLeader,
    RecordMeasure,
    RecordProgress,
)
from xinfang_contracts.repeats import RepeatLinked
from xinfang_contracts.review import CaseSettled
from xinfang_contracts.tracks import OpenTrack, RecordTrack

from services.runtime.rules import Handler, Step

from .. import tracks
from . import hearings, intercession, leaders, letters


def on_district_declared(message: DistrictDeclared) -> Step:
    """A district is in force."""
    return Step(None, hearings.begin)


def on_repeat_linked(message: RepeatLinked) -> Step:
    """A repeat of a case came to light."""
    return Step(message.petition, leaders.hear_repeat)


def on_case_settled(message: CaseSettled) -> Step:
    """The reporter has confirmed that the matter rests."""
    return Step(message.petition, tracks.settle)


def on_name_leader(message: NameLeader) -> Step:
    """The principal names a leader."""
    return Step(message.petition, leaders.name_leader)


def on_record_measure(message: RecordMeasure) -> Step:
    """A leader says what is done."""
    return Step(message.petition, leaders.record_measure)


def on_record_progress(message: RecordProgress) -> Step:
    """A leader says how far it is."""
    return Step(message.petition, leaders.record_progress)


def on_issue_letter(message: IssueSupervisionLetter) -> Step:
    """A leader presses in writing."""
    return Step(message.petition, letters.issue)


def on_answer_letter(message: AnswerSupervisionLetter) -> Step:
    """A supervision letter is answered."""
    return Step(message.petition, letters.answer)


def on_call_hearing(message: CallHearing) -> Step:
    """A leader calls a hearing."""
    return Step(None, hearings.call)


def on_record_hearing(message: RecordHearing) -> Step:
    """A hearing was held."""
    return Step(None, hearings.record)


def on_month_ended(message: hearings.MonthEnded) -> Step:
    """A month is over."""
    return Step(None, hearings.end_month)


def on_record_intercession(message: RecordIntercession) -> Step:
    """Somebody asked about a case, pleaded or interfered."""
    return Step(message.petition, intercession.record)


def on_open_track(message: OpenTrack) -> Step:
    """The reporter's own claim is seen to."""
    return Step(message.petition, tracks.open_track)


def on_record_track(message: RecordTrack) -> Step:
    """How a track stands."""
    return Step(message.petition, tracks.record)


HANDLERS: dict[str, Handler] = {
    "intake.district_declared.v1": on_district_declared,
    "intake.repeat_linked.v1": on_repeat_linked,
    "review.case_settled.v1": on_case_settled,
    "routing.name_leader.v1": on_name_leader,
    "routing.record_measure.v1": on_record_measure,
    "routing.record_progress.v1": on_record_progress,
    "routing.issue_supervision_letter.v1": on_issue_letter,
    "routing.answer_supervision_letter.v1": on_answer_letter,
    "routing.call_hearing.v1": on_call_hearing,
    "routing.record_hearing.v1": on_record_hearing,
    "routing.record_intercession.v1": on_record_intercession,
    "routing.open_track.v1": on_open_track,
    "routing.record_track.v1": on_record_track,
}
OWN_HANDLERS: dict[str, Handler] = {"routing.month_ended.v1": on_month_ended}
