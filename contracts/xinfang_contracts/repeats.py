"""重复件 and 多头举报: what seems to repeat what, and what a person has made of it. Codes and numbers only."""

from datetime import date
from typing import Annotated

from pydantic import Field

from .intake import CaseTraits, Traits
from .message import ActorCode, Article, Code, Message, PetitionNumber


class LikelyRepeat(Message):
    """An earlier petition that a new one seems to repeat."""

    petition: PetitionNumber
    score: Annotated[float, Field(ge=0, le=1, description="how alike, to one hundredth")]
    reasons: Annotated[list[Code], Field(description="what agrees, in codes: same_name, same_place, same_amount ...")]
    multi_head: Annotated[bool, Field(description="came in by another channel, or from above: 多头举报")] = False


class RepeatProposed(Message):
    """The index has found earlier petitions on the same accused and the same matter; a person decides."""

    petition: PetitionNumber
    of: Annotated[list[LikelyRepeat], Field(min_length=1, max_length=10)]


class ConfirmRepeat(Message):
    """重复件: the petition is on the same accused and the same matter as an earlier one."""

    petition: PetitionNumber
    of: PetitionNumber


class RejectRepeat(Message):
    """Not the same accused, or another matter."""

    petition: PetitionNumber
    of: PetitionNumber


class RepeatConfirmed(Message):
    """A person has found that one petition repeats another: when screening it, or by ``confirm_repeat``."""

    petition: PetitionNumber
    of: PetitionNumber
    by: ActorCode
    traits: Traits
    multi_head: bool = False
    first: Annotated[bool, Field(description="no earlier one was confirmed for it: counted once")] = True
    first_multi_head: Annotated[bool, Field(description="nor was one by another way")] = True
    unit: Annotated[ActorCode | None, Field(description="not said any more: repeat_linked says who is told")] = None


class RepeatRejected(Message):
    """A person has found that one petition does not repeat another."""

    petition: PetitionNumber
    of: PetitionNumber
    by: ActorCode


class RepeatLinked(Message):
    """A repeat belongs to a case, for what is new in it must be looked at: whether it runs, or is concluded.

    Without ``unit``: that it does. With it: that whoever handles the case is told, at once or when there is somebody.
    """

    petition: Annotated[PetitionNumber, Field(description="the case")]
    repeat: PetitionNumber
    unit: Annotated[ActorCode | None, Field(description="who handles the case and is told")] = None
    accepted: Annotated[
        bool, Field(exclude_if=lambda accepted: not accepted, description="the repeat goes on as a case of its own")
    ] = False


class PetitionJoined(Message):
    """并案: an accepted petition is found to repeat one whose case runs; its own case ends and goes on in that one.

    The acceptance no longer holds from this day on: the petition is kept on file (规则14).
    """

    petition: PetitionNumber
    into: Annotated[PetitionNumber, Field(description="the case that goes on")]
    traits: CaseTraits
    by: ActorCode
    joined_on: date
    acceptance: Annotated[int, Field(ge=1, description="which acceptance of this item it ends, from 1")] = 1
    basis: Article
