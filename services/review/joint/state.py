"""What is known of a version under review beside who has spoken: what it says, and who was asked by when. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.message import Message, PetitionNumber
from xinfang_contracts.reporting import Asking, Disposal, Measure, SubstanceState
from xinfang_contracts.review import CaseConcluded, OpinionGiven, OpinionOverdue, OpinionsAsked, ReportSubmitted


class CaseRecounted(Message):
    """What was asked of a case is counted by another calendar from now on. Never leaves the service."""

    petition: PetitionNumber
    calendar: str


class Found(BaseModel):
    """What a report says beside its outcome."""

    model_config = ConfigDict(frozen=True)
    disposal: Disposal | None = None
    measures: list[Measure] = Field(default_factory=list, exclude_if=lambda measures: not measures)
    form: int | None = None
    substance: SubstanceState | None = None


class Asked(BaseModel):
    """Somebody whose turn it is. since: when they were asked; next_at: when lateness is said, times: how often it was.

    next_at: None where there is no clock, and after the last reminder.
    """

    model_config = ConfigDict(frozen=True)
    since: datetime
    due_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)
    next_at: datetime | None = Field(default=None, exclude_if=lambda at: at is None)
    times: int = Field(default=0, exclude_if=lambda times: times == 0)


AskedOf = Mapping[str, Asked]
"""Actor -> since when and by when."""


def found_in(fact: ReportSubmitted | CaseConcluded) -> Found | None:
    """None where the report says nothing beside its outcome."""
    found = Found(disposal=fact.disposal, measures=fact.measures, form=fact.form, substance=fact.substance)
    return found if found != Found() else None


def said_of(found: Found | None) -> dict[str, object]:
    """As the fields of a fact."""
    return {} if found is None else dict(found)


def asked_with(before: AskedOf, asking: Asking | None, now: datetime) -> dict[str, Asked]:
    """Whose turn it is after a fact that asks; whoever had been asked before keeps since when, and what was said."""
    found = {}
    for one in [] if asking is None else asking.by:
        known = before.get(one.actor)
        is_same = known is not None and (known.due_at == one.due_at or known.times > 0)
        since = now if known is None else known.since
        fresh = Asked(since=since, due_at=one.due_at, next_at=one.due_at)
        found[one.actor] = known if known is not None and is_same else fresh
    return found


class Voices(Protocol):
    """A version under review: who has agreed, who has signed for them, and whose turn it is."""

    @property
    def given(self) -> list[str]: ...
    @property
    def persons(self) -> dict[str, str]: ...
    @property
    def asked(self) -> dict[str, Asked]: ...


Spoken = OpinionGiven | OpinionsAsked | OpinionOverdue | CaseRecounted


def voices_after(voices: Voices, fact: Spoken, now: datetime) -> dict[str, object]:
    """What changes with a voice more, with others who are asked, with somebody who is late."""
    match fact:
        case OpinionGiven():
            asked = but(voices.asked, [fact.actor])
            changes: dict[str, object] = {"given": [*voices.given, fact.actor], "asked": asked}
            if fact.signed:
                changes["persons"] = voices.persons | {fact.actor: fact.signed.person}
            if fact.asking:
                changes |= {"asked": asked_with({}, fact.asking, now), "calendar": fact.asking.calendar}
            return changes
        case OpinionsAsked():
            return {"asked": asked_with(voices.asked, fact.asking, now), "calendar": fact.asking.calendar}
        case OpinionOverdue():
            late = voices.asked.get(fact.actor)
            said = late.model_copy(update={"times": fact.times, "next_at": fact.next_at}) if late else None
            return {"asked": voices.asked | {fact.actor: said}} if said else {}
        case CaseRecounted():
            return {"calendar": fact.calendar}


def heard_without(voices: Voices, actors: Collection[str]) -> dict[str, object]:
    """Their voices no longer count. Whoever has signed for them stays known: nobody signs twice on a version."""
    return {"given": [one for one in voices.given if one not in actors], "asked": but(voices.asked, actors)}


def but(asked: AskedOf, actors: Collection[str]) -> dict[str, Asked]:
    """Without those who have spoken, or have no part any more."""
    return {actor: one for actor, one in asked.items() if actor not in actors}
