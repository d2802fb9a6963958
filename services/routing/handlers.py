"""Which rule each message meets, and whose state it needs."""

from collections.abc import Callable
from typing import Any

from services.runtime.rules import Handler, Rule, Step

from . import decide, reopening, tracks
from .choosing import asking
from .clocks import arrangement, rules
from .expiring import caught_up, expire
from .pressing import hearings, intercession, leaders, letters


def _of_case(rule: Rule) -> Handler:
    """About the case of the message's petition. What had fallen due of it by then is said first."""
    return _plan(caught_up(rule), lambda message: str(message.petition))


def _plan(rule: Rule, key_of: Callable[[Any], str | None]) -> Handler:
    return lambda message: Step(key_of(message), rule)


HANDLERS: dict[str, Handler] = {
    "intake.petition_accepted.v1": _of_case(decide.assign),
    "intake.traits_corrected.v1": _of_case(decide.correct),
    "intake.petition_returned.v1": _of_case(decide.give_up),
    "intake.petition_joined.v1": _of_case(decide.give_up),
    "intake.superior_decided.v1": _of_case(decide.hear_superior),
    "review.case_concluded.v1": _of_case(decide.close),
    "routing.declare_tie.v1": _of_case(asking.declare_tie),
    "routing.object_to_assignment.v1": _of_case(asking.object_to),
    "routing.change_handling.v1": _of_case(asking.change),
    "routing.start_clock.v1": _of_case(rules.start_clock),
    "routing.stop_clock.v1": _of_case(rules.stop_clock),
    "routing.extend_clock.v1": _of_case(rules.extend_clock),
    "routing.suspend_clock.v1": _of_case(rules.suspend_clock),
    "routing.resume_clock.v1": _of_case(rules.resume_clock),
    "intake.repeat_linked.v1": _of_case(leaders.hear_repeat),
    "routing.name_leader.v1": _of_case(leaders.name_leader),
    "routing.record_measure.v1": _of_case(leaders.record_measure),
    "routing.record_progress.v1": _of_case(leaders.record_progress),
    "routing.issue_supervision_letter.v1": _of_case(letters.issue),
    "routing.answer_supervision_letter.v1": _of_case(letters.answer),
    "routing.record_intercession.v1": _of_case(intercession.record),
    "routing.open_track.v1": _of_case(tracks.open_track),
    "routing.record_track.v1": _of_case(tracks.record),
    "review.case_settled.v1": _of_case(tracks.settle),
    "review.case_reopened.v1": _of_case(reopening.reopen),
    "intake.district_declared.v1": _plan(hearings.begin, lambda _: None),
    "routing.call_hearing.v1": _plan(hearings.call, lambda _: None),
    "routing.record_hearing.v1": _plan(hearings.record, lambda _: None),
}
OWN_HANDLERS: dict[str, Handler] = {
    "routing.case_due.v1": _plan(expire, lambda due: str(due.petition)),
    "routing.case_recounted.v1": _plan(arrangement.recount, lambda recounted: str(recounted.petition)),
    "routing.calendar_asked.v1": _plan(arrangement.ask, lambda _: None),
    "routing.month_ended.v1": _plan(hearings.end_month, lambda _: None),
}
