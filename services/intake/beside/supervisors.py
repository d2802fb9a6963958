"""Honesty supervisors by village, and how many villages have one. Functions of values."""

from collections.abc import Sequence
from datetime import datetime

from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.supervisors import AppointSupervisor, EndSupervisor, SupervisorAppointed, SupervisorEnded

from services.runtime.rules import Keep, Output, Refused

from .facts import Facts, Placed, ServesNoMore, may_work_in, missing, required, shelve
from .state import Ended, Serving, State


def appoint(_state: State, message: AppointSupervisor, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A supervisor begins in the village that the sealed words name."""
    words = required(facts)
    if words.village is None or not facts.district.is_village(words.village):
        return [Refused(RefusalReason.UNKNOWN_PLACE)]
    town = str(facts.district.town_of(words.village))
    if not may_work_in(facts, town):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    fact = SupervisorAppointed(
        item=facts.number,
        supervisor=message.supervisor,
        town=town,
        since=message.since,
        document=words.ref,
        first=words.village not in facts.serving.values(),
    )
    return [fact, *shelve(facts.number, facts), Keep(Placed(facts.number, words.village, serves=True))]


def end(state: State, message: EndSupervisor, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A supervisor's time is over."""
    if refused := missing(state, message.item, facts.district):
        return [refused]
    if isinstance(state, Ended):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if not isinstance(state, Serving):
        return [Refused(RefusalReason.UNKNOWN_ITEM)]
    if not may_work_in(facts, state.town):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    village = facts.serving.get(message.item)
    others = [one for item, one in facts.serving.items() if item != message.item]
    fact = SupervisorEnded(
        item=message.item,
        supervisor=state.supervisor,
        town=str(state.town),
        until=message.until,
        last=village not in others,
    )
    return [fact, Keep(ServesNoMore(message.item))]
