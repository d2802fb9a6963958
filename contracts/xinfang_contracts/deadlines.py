"""What a corrected calendar does to intake's own time limits."""

from typing import Literal

from .message import Article, Message, Moment, PetitionNumber
from .notices import NoticeId


class DeadlineRecomputed(Message):
    """A corrected calendar has moved a day by which something is to be done. ``notice``: which, where it is one.

    what: transfer: to screen an item from above (规则16); referral: to answer a referral or take a transfer; up_report,
    hand_over: of a sealed petition, told to its reader alone (规则15); notice: to tell the reporter (规则26、27).
    """

    petition: PetitionNumber
    what: Literal["transfer", "referral", "up_report", "hand_over", "notice"]
    notice: NoticeId | None = None
    before: Moment
    after: Moment
    basis: Article
