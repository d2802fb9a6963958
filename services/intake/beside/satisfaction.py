"""Satisfaction with a contact: by the reporter with the receipt, or as a clerk counts slips. Functions of values."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.satisfaction import RateContact, RatedContact, RecordSatisfaction, SatisfactionRecorded

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Output, Refused, is_ours

from ..state import Erased, Screened
from ..state import State as Petition
from .facts import Contacted, Facts, is_petition_office, is_town, may_work_in


def contacts_of(petition: Petition, contacts: Mapping[str, bool]) -> dict[RatedContact, bool]:
    """The contacts that there were, in their order, and whether each was rated.

    A reception is known by its record alone, be the petition sealed or not: otherwise the question would tell.
    """
    there: list[RatedContact] = ["reception"] if "reception" in contacts else []
    if isinstance(petition, Screened):
        there.append("answer")
        there += ["conclusion"] if petition.concluded_on is not None else []
    return {one: contacts.get(one, False) for one in there}


def rate(state: Petition, message: RateContact, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A reporter rates a contact, once. What is said names no petition; that it was rated is kept, not how."""
    if state is None or isinstance(state, Erased) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    there = contacts_of(state, facts.contacts)
    if message.contact not in there:
        return [Refused(RefusalReason.UNKNOWN_CONTACT)]
    if there[message.contact]:
        return [Refused(RefusalReason.ALREADY_ANSWERED)]
    fact = SatisfactionRecorded(
        contact=message.contact,
        on=civil_date(now),
        satisfied=int(message.level == "satisfied"),
        mostly_satisfied=int(message.level == "mostly_satisfied"),
        dissatisfied=int(message.level == "dissatisfied"),
    )
    return [fact, Keep(Contacted(message.petition, message.contact, rated=True))]


def record(_state: None, message: RecordSatisfaction, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A clerk counts what people said of a kind of contact."""
    if not is_town(message.town, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    if not (is_petition_office(facts) or may_work_in(facts, message.town)):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if message.on > civil_date(now):
        return [Refused(RefusalReason.TOO_EARLY)]
    return [SatisfactionRecorded.model_validate(message.model_dump())]
