"""What a plain client signs with: a person's own key, and the decision as they were told of it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from xinfang_contracts.message import Message
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.signing import OfferKey, PublicJwk, Signature, signed_text, thumbprint

T = TypeVar("T", bound=Message)

_TYPES = {entry.model: entry.type for entry in REGISTRY if entry.kind is Kind.COMMAND}


@dataclass(frozen=True)
class Pen:
    """A person's keys: ``sign`` for decisions, ``read`` for what the vault encrypts to them."""

    person: str
    sign: Ed25519PrivateKey
    read: X25519PrivateKey

    @classmethod
    def new(cls, person: str) -> Self:
        """Of chance."""
        return cls(person, Ed25519PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def of(cls, text: str) -> Self:
        """As ``private`` wrote it. ValueError, KeyError or TypeError when it is none."""
        found = json.loads(text)
        sign, read = (_bytes(found[name]["d"]) for name in ("sign", "read"))
        made = cls(
            str(found["person"]), Ed25519PrivateKey.from_private_bytes(sign), X25519PrivateKey.from_private_bytes(read)
        )
        if json.loads(made.private()) != found:
            raise ValueError("not a person's key file")
        return made

    def private(self) -> str:
        """Both private keys (RFC 8037), for the person's own file."""
        public = self.offer().model_dump(mode="json", exclude_none=True)
        sign, read = (_text(key.private_bytes_raw()) for key in (self.sign, self.read))
        return json.dumps(public | {"sign": public["sign"] | {"d": sign}, "read": public["read"] | {"d": read}})

    def offer(self) -> OfferKey:
        """The public halves: the command by which they are offered."""
        sign, read = (_text(key.public_key().public_bytes_raw()) for key in (self.sign, self.read))
        return OfferKey(
            person=self.person,
            sign=PublicJwk(kty="OKP", crv="Ed25519", x=sign),
            read=PublicJwk(kty="OKP", crv="X25519", x=read),
        )

    @property
    def key(self) -> str:
        """The signing key's name."""
        return thumbprint(self.offer().sign)

    def signed(self, command: T, district: str, actor: str, told: Mapping[str, Any]) -> T:
        """The command with this person's signature, as ``actor`` of a district gives it.

        told: the notice that asked for it (``report_submitted``, ``opinion_given`` ...), as JSON: its link is what was
        seen, its report what is decided on.
        """
        signature = Signature(
            person=self.person,
            key=self.key,
            over=told["report"]["digest"] if told.get("report") else None,
            seen=told["link"]["hash"] if told.get("link") else None,
            value="A",
        )
        unsigned = command.model_copy(update={"signature": signature})
        body = unsigned.model_dump(mode="json", exclude_none=True)
        value = _text(self.sign.sign(signed_text(district, actor, _TYPES[type(command)], body).encode()))
        return command.model_copy(update={"signature": signature.model_copy(update={"value": value})})


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
