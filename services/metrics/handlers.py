"""Every fact that is counted meets the one rule: fold."""

from xinfang_contracts.message import Message

from services.runtime.rules import Handler, Step

from . import fold


def on_fact(message: Message) -> Step:
    """A fact to be counted."""
    return Step(None, fold.fold)


COUNTED = (
    "intake.district_declared.v1",
    "intake.petition_registered.v1",
    "intake.petition_accepted.v1",
    "intake.petition_referred.v1",
    "intake.petition_declined.v1",
    "intake.petition_kept_on_file.v1",
    "intake.repeat_confirmed.v1",
    "routing.case_assigned.v1",
    "routing.case_sent_up.v1",
    "routing.case_overdue.v1",
    "review.report_returned.v1",
    "review.case_concluded.v1",
    "review.case_settled.v1",
)
HANDLERS: dict[str, Handler] = dict.fromkeys(COUNTED, on_fact)
