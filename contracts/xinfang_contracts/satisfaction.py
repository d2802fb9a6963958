"""满意、基本满意、不满意: asked after each contact. Only counts travel, never whose they are."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .message import Message, PetitionNumber, TownCode

Contact = Literal["reception", "answer", "conclusion", "consultation"]
RatedContact = Literal["reception", "answer", "conclusion"]
Level = Literal["satisfied", "mostly_satisfied", "dissatisfied"]
Count = Annotated[int, Field(ge=0, le=100_000)]


class RateContact(Message):
    """A reporter says how a contact went. Said by intake's own doors only, which have seen the receipt."""

    petition: PetitionNumber
    contact: RatedContact
    level: Level


class RecordSatisfaction(Message):
    """What people said of a kind of contact on one day, as a clerk counts the slips."""

    contact: Contact
    on: date
    town: TownCode | None = None
    satisfied: Count = 0
    mostly_satisfied: Count = 0
    dissatisfied: Count = 0

    @model_validator(mode="after")
    def _counts_somebody(self) -> Self:
        if not self.satisfied + self.mostly_satisfied + self.dissatisfied:
            raise ValueError("nobody is counted")
        return self


class SatisfactionRecorded(Message):
    """So many were so satisfied with a kind of contact. Names no petition: an opinion is nobody's."""

    contact: Contact
    on: date
    town: TownCode | None = None
    satisfied: Count
    mostly_satisfied: Count
    dissatisfied: Count
