"""Who has said what, provable without anybody's word: signatures by a person's own key, and records chained by hashes.

Only names, codes and digests are signed or chained: words lie in the vault, and a document's digest stands for them.
Texts are made canonical as JSON with sorted keys and no spaces; they hold strings, whole numbers, booleans, lists and
objects only, for which RFC 8785 says the same.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from .message import Code, DistrictCode, Message, Moment, PetitionNumber

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, in hex")]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,600}$", description="base64url without padding")]
Person = Annotated[Code, Field(description="a person by the organ's own number for them, never by name")]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="the key's thumbprint (RFC 7638)")]
SignerCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{6}\.(office|leader|unit|superior)(_[a-z0-9]+)*$",
        max_length=47,
        description="an actor of a district, as ``990001.leader_principal``",
    ),
]
Algorithm = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9-]{1,20}$", description="EdDSA: Ed25519 (RFC 8037). Others may follow, as SM2 (GB/T 32918)"
    ),
]


class PublicJwk(Message):
    """A public key as a JWK (RFC 7517): Ed25519 to check signatures by, X25519 to encrypt for."""

    kty: Annotated[str, Field(pattern=r"^(OKP|EC)$")]
    crv: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,20}$")]
    x: Base64Url
    y: Base64Url | None = None


class Signature(Message):
    """A person's signature under the command that holds it.

    over: digest of the document that is decided on; seen: hash of a record of the same case, none older than the
    version that is decided on; value: over the bytes of ``signed_text``.
    """

    person: Person
    key: KeyId
    alg: Algorithm = "EdDSA"
    over: Sha256 | None = None
    seen: Sha256 | None = None
    value: Base64Url


class Signed(Message):
    """A signature that held, and the text that it is over: enough to check it again with the public key alone."""

    person: Person
    key: KeyId
    alg: Algorithm
    text: Annotated[str, Field(max_length=4_000, description="canonical JSON: codes and digests, no words")]
    value: Base64Url


class OfferKey(Message):
    """A person's new keys, made in their own page; they hold once the operator has enrolled them.

    sign: Ed25519; read: X25519, for which the vault encrypts what this person reads.
    """

    person: Person
    sign: PublicJwk
    read: PublicJwk | None = None


class EnrolKey(Message):
    """The operator has compared the key's thumbprint with the person (by telephone or face to face)."""

    signer: SignerCode
    key: KeyId


class RevokeKey(Message):
    """A key is lost, or its person has left: nothing signed with it from now on holds."""

    signer: SignerCode
    key: KeyId


class KeyOffered(Message):
    """Keys wait to be enrolled. ``key``: thumbprint of the signing key."""

    signer: SignerCode
    person: Person
    key: KeyId
    sign: PublicJwk
    read: PublicJwk | None = None


class KeyEnrolled(Message):
    """From now on this key speaks for this person in this office or as this leader, until it is revoked."""

    signer: SignerCode
    person: Person
    key: KeyId
    sign: PublicJwk
    read: PublicJwk | None = None
    enrolled_at: Moment


class KeyRevoked(Message):
    """What is signed with this key from now on is refused; what was signed before stands."""

    signer: SignerCode
    person: Person
    key: KeyId
    revoked_at: Moment


class Link(Message):
    """Where a record stands in its case's chain. hash: of this record and the one before it, see ``record_hash``."""

    place: Annotated[int, Field(ge=1)]
    previous: Sha256 | None = None
    hash: Sha256


class ChainHead(Message):
    """The newest record of a case: how many there are, and its hash."""

    petition: PetitionNumber
    place: Annotated[int, Field(ge=1)]
    head: Sha256


class HeadsPublished(Message):
    """Once a day: how the chains of all cases of a district end. Whoever keeps ``hash`` can prove each of them.

    number: from 1; grown: chains that have grown since the publication before; cases: how many chains there are;
    root: of the tree over all of them (``services/review/audit/tree.py``, RFC 6962), by petition; previous: the hash of
    the publication before; hash: see ``publication_hash``.
    """

    number: Annotated[int, Field(ge=1)]
    on: date
    grown: list[ChainHead]
    cases: Annotated[int, Field(ge=1)]
    root: Sha256
    previous: Sha256 | None = None
    hash: Sha256


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def signed_text(district: DistrictCode, actor: str, type_: str, command: Mapping[str, Any]) -> str:
    """What a person signs: who says which command of what content. Its signature's ``value`` is left out.

    type_: the CloudEvents type, as ``review.give_opinion.v1``; command: the body as JSON has it, nulls left out.
    """
    signature = {name: part for name, part in command.get("signature", {}).items() if name != "value"}
    return canonical({"actor": f"{district}.{actor}", "data": {**command, "signature": signature}, "type": type_})


def thumbprint(key: PublicJwk) -> KeyId:
    """The key's own name (RFC 7638): SHA-256 over what a key of its kind must have."""
    required = {"crv": key.crv, "kty": key.kty, "x": key.x} | ({} if key.y is None else {"y": key.y})
    digest = hashlib.sha256(canonical(required).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def record_hash(type_: str, body: Mapping[str, Any], place: int, previous: Sha256 | None) -> Sha256:
    """The hash of a record: over its type, its body without ``link``, its place and the hash before it."""
    content = {name: part for name, part in body.items() if name != "link"}
    return _digest({"data": content, "place": place, "previous": previous, "type": type_})


def publication_hash(district: DistrictCode, body: Mapping[str, Any]) -> Sha256:
    """The hash of a publication: over its district and its body, but for ``hash`` and ``grown``, which the root has."""
    content = {name: part for name, part in body.items() if name not in ("grown", "hash")}
    return _digest({"data": content, "district": district})


def _digest(value: Any) -> Sha256:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
