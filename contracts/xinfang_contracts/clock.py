"""What the clock says."""

from .message import Message


class Tick(Message):
    """A moment has come.

    Its time is the stream's timestamp, or ``ce-time`` in a replay; its id is subject and minute.
    """
