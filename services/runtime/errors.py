"""What can go wrong with a message, as far as the settling table tells it apart."""


class NotYet(Exception):
    """Right, but too early: something that must come first has not come. The message is tried again later."""


class Poison(Exception):
    """This message can never be handled. ``reason`` is a code for the dead letter; no text of anyone."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorldIll(Exception):
    """A server did not answer as it should (no PubAck, a stream missing): not the message's fault."""


class StartError(Exception):
    """The service cannot start; the text says what to do."""
