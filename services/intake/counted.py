"""What of a petition figures count beside its traits: referral steps, repeats, notices, returns. Functions of values.

A correction says all of it with before and after, so that every figure is afterwards as if it had always been so. That
a notice was sent, and when, is not changed by it: only whether, where and for which month it counts.
"""

from collections.abc import Callable, Iterator
from typing import Any

from xinfang_contracts.intake import CaseTraits
from xinfang_contracts.message import Message
from xinfang_contracts.notices import CountedNotice, NoticeKind
from xinfang_contracts.screening import PetitionReturned
from xinfang_contracts.statistics import CorrectedNotice, CorrectedReturn, CountedReferral, TraitsCorrected

from services.runtime.clock import civil_date

from .notices.standing import NoticeState
from .state import Registered, Screened, State, Undone, Verifiable

Change = Callable[[CaseTraits], CaseTraits]


def said_of(state: Registered | Screened, change: Change) -> dict[str, Any]:
    """What a correction says beside the traits; ``change``: what it makes of those of an acceptance."""
    confirmed = [one for one in state.repeats.values() if one != "rejected"]
    return {
        "referral": _referral(state),
        "repeat": bool(confirmed),
        "multi_head": "multi_head" in confirmed,
        "notices": list(_corrected(state, change)),
        "returns": [
            CorrectedReturn(before=one.traits, after=change(one.traits), returned_on=one.returned_on)
            for one in state.returns
        ],
    }


def owed_to(traits: CaseTraits, kind: NoticeKind) -> bool:
    """规则26: acceptance to who gave a name, not again for a repeat; 规则27: the result to who gave a name."""
    return traits.real_name and (traits.first_time or kind is NoticeKind.RESULT)


def counted_notices(state: State, kind: NoticeKind) -> list[CountedNotice]:
    """A petition's notices of a kind that figures count now."""
    if not isinstance(state, Verifiable):
        return []
    return [_counted(id_, one) for id_, one in state.notices.items() if one.counted and one.kind is kind]


def carried(notice: NoticeState) -> dict[str, Any]:
    """What of a notice counts again, where it is owed to an acceptance that came later."""
    return {"carried": True, "on_time": notice.on_time, "overdue_on": _overdue_on(notice)}


def evolve(state: State, fact: Message) -> State:
    """A petition after what takes something out of figures; ``state``: what other rules made of it."""
    if not isinstance(state, Verifiable):
        return state
    match fact:
        case PetitionReturned():
            gone = dict.fromkeys((one.notice for one in fact.notices), None)
            undone = [*state.returns, Undone(traits=fact.traits, returned_on=fact.returned_on)]
            return state.model_copy(update={"notices": _moved(state, gone), "returns": undone})
        case TraitsCorrected():
            after = {one.before.notice: one.after for one in fact.notices}
            undone = [Undone(traits=one.after, returned_on=one.returned_on) for one in fact.returns]
            return state.model_copy(update={"notices": _moved(state, after), "returns": undone})
        case _:
            return state


def _moved(state: Verifiable, after: dict[str, CaseTraits | None]) -> dict[str, NoticeState]:
    """Notices with the traits under which they count now; None: no longer at all."""
    return {
        id_: one
        if id_ not in after
        else one.model_copy(update={"counted": False} if after[id_] is None else {"traits": after[id_]})
        for id_, one in state.notices.items()
    }


def _referral(state: Registered | Screened) -> CountedReferral | None:
    if not isinstance(state, Screened) or state.follow_up is None:
        return None
    steps = state.follow_up.steps
    return CountedReferral(
        referred_on=state.follow_up.referred_on,
        followed_up=any(step != "answered" for step in steps),
        answered="answered" in steps,
    )


def _corrected(state: Registered | Screened, change: Change) -> Iterator[CorrectedNotice]:
    for kind in NoticeKind:
        for one in counted_notices(state, kind):
            after = change(one.traits)
            yield CorrectedNotice(before=one, after=after if owed_to(after, kind) else None)


def _counted(id_: str, notice: NoticeState) -> CountedNotice:
    return CountedNotice(
        notice=id_,
        kind=notice.kind,
        traits=notice.traits,
        on_time=notice.on_time,
        overdue_on=_overdue_on(notice),
    )


def _overdue_on(notice: NoticeState) -> Any:
    return civil_date(notice.due_at) if notice.overdue else None
