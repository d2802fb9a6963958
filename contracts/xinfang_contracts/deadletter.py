"""What becomes of a message that cannot be handled."""

from typing import Annotated

from pydantic import Field

from .message import Message, Moment


class DeadLetter(Message):
    """A buried message: why and where, in codes; its bytes only as ciphertext for the vault."""

    reason: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=80)]
    service: str
    subject: str
    stream: str
    sequence: int
    deliveries: int
    buried_at: Moment
    code_version: str
    sealed: Annotated[str, Field(description="JWE under the vault's key: headers as JSON, a line feed, the bytes")]
