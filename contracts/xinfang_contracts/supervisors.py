"""廉情监督员: honesty supervisors of the villages, by code. Their names and villages are in intake alone."""

from datetime import date
from typing import Annotated

from pydantic import Field

from .items import ItemJwe
from .message import Code, DocumentRef, ItemNumber, Message, TownCode


class AppointSupervisor(Message):
    """A supervisor begins. ``content`` names the village, and may name the person."""

    supervisor: Code
    since: date
    content: ItemJwe


class SupervisorAppointed(Message):
    """A supervisor has begun."""

    item: ItemNumber
    supervisor: Code
    town: TownCode
    since: date
    document: DocumentRef
    first: Annotated[bool, Field(description="the village had none before: one village more is covered")]


class EndSupervisor(Message):
    """A supervisor's time is over."""

    item: ItemNumber
    until: date


class SupervisorEnded(Message):
    """A supervisor's time is over."""

    item: ItemNumber
    supervisor: Code
    town: TownCode
    until: date
    last: Annotated[bool, Field(description="the village has none now: one village less is covered")]
