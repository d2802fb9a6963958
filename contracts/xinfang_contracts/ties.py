"""回避: who may have no part in a case, and how an actor is tied to it."""

from enum import StrEnum

from .message import ActorCode, Message


class TieKind(StrEnum):
    """How an actor is tied (监察法67、规则48). It is said once, when the tie is declared, and kept nowhere.

    A reader treats an unknown one as ``other``.
    """

    ACCUSED = "accused"
    RELATIVE_OF_ACCUSED = "relative_of_accused"
    RELATIVE_OF_REPORTER = "relative_of_reporter"
    INTEREST = "interest"
    FORMER_POST = "former_post"
    ASKED_BY_REPORTER = "asked_by_reporter"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "TieKind":
        return cls.OTHER


class Tie(Message):
    """One actor that is tied, and how."""

    actor: ActorCode
    kind: TieKind
