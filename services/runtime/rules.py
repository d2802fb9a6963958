"""The vocabulary of rules: what a handler plans and what a rule may answer. Pure values, no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason, SealedFile, SealedPetition
from xinfang_contracts.message import Message


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell one actor of a fact."""

    actor: str
    fact: Message


@dataclass(frozen=True, slots=True)
class Answer:
    """What whoever spoke is told of the first fact, where that is less than the whole."""

    fact: Message


@dataclass(frozen=True, slots=True)
class Before:
    """Said first, and no answer to whoever spoke: it would have been said without them."""

    output: "Message | Notice"


@dataclass(frozen=True, slots=True)
class Seal:
    """Hand a whole petition, or a part of a file, to the one reader who may open it."""

    reader: str
    message: SealedPetition | SealedFile


@dataclass(frozen=True, slots=True)
class Refused:
    """Say no to a command: becomes the fact ``command_refused`` and a notice to who spoke."""

    reason: RefusalReason
    petition: str | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Something that the service itself writes in the same transaction (a vault document); never published."""

    what: Any


Output = Message | Notice | Answer | Before | Seal | Refused | Keep


def is_ours(petition: str, district: District) -> bool:
    """Whether a petition is this district's. One service serves many, and an actor's code may stand in several."""
    return petition.startswith(f"{district.code}-")


class Rule(Protocol):
    """``decide(state, message, facts, *, now)``: a function of values.

    An empty answer means "already said"; NotYet means "right, but too early".
    """

    def __call__(self, state: Any, message: Any, facts: Any, /, *, now: datetime) -> Sequence[Output]: ...


PETITION = "petition"


@dataclass(frozen=True, slots=True)
class Step:
    """What a handler plans for one message: whose state, and which rule. No key: no state.

    of: what the key is the number of, as the table's ``key`` says.
    """

    key: str | None
    rule: Rule
    of: str = PETITION


Handler = Callable[[Any], Step]
