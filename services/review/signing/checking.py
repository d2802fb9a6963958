"""Whether a signature holds: by an enrolled key of whoever speaks, over the version that is decided on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.signing import PublicJwk, Signature, Signed, signed_text

from services.runtime.rules import Refused

from .algorithms import holds
from .trail import Trail


@dataclass(frozen=True, slots=True)
class Signer:
    """A person's enrolled key."""

    person: str
    key: PublicJwk


Signers = Mapping[str, Mapping[str, Signer]]
"""Actor -> key id -> whose key it is; only keys that are valid at the moment of the message in hand."""


class Speaking(Protocol):
    """What is known of whoever speaks."""

    @property
    def district(self) -> District: ...

    @property
    def actor(self) -> str: ...

    @property
    def signers(self) -> Signers: ...


def check(
    command: Message, signature: Signature | None, speaking: Speaking, trail: Trail | None, over: DocumentRef | None
) -> Signed | Refused | None:
    """The signature as it is kept, or why it is refused; None where none is needed and none is there.

    trail: the chain of the case, over: the document that is decided on.
    """
    if signature is None:
        is_needed = speaking.district.review.signatures == "required"
        return Refused(RefusalReason.NOT_SIGNED) if is_needed else None
    signer = speaking.signers.get(speaking.actor, {}).get(signature.key)
    if signer is None or signer.person != signature.person:
        return Refused(RefusalReason.UNKNOWN_KEY)
    running = trail.running if trail is not None else ()
    is_of_this = signature.over == (over.digest if over else None) and (
        signature.seen in running if running else signature.seen is None
    )
    if not is_of_this:
        return Refused(RefusalReason.OTHER_VERSION_SIGNED)
    body = command.model_dump(mode="json", exclude_none=True)
    text = signed_text(speaking.district.code, speaking.actor, _TYPES[type(command)], body)
    if not holds(signature.alg, signer.key, text, signature.value):
        return Refused(RefusalReason.WRONG_SIGNATURE)
    return Signed(person=signature.person, key=signature.key, alg=signature.alg, text=text, value=signature.value)


_TYPES = {entry.model: entry.type for entry in REGISTRY if entry.kind is Kind.COMMAND}
