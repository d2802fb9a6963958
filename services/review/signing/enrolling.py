"""Whose key is whose: offered by a person, enrolled by the operator, revoked. Functions of values."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.signing import (
    EnrolKey,
    KeyEnrolled,
    KeyOffered,
    KeyRevoked,
    OfferKey,
    PublicJwk,
    RevokeKey,
    thumbprint,
)

from services.runtime.rules import Notice, Output, Refused

from ..facts import Facts
from .checking import Signer

OPERATOR = "operator"
SIGN, READ = "Ed25519", "X25519"


class PersonKey(BaseModel):
    """A key and the one person whose it is. By signer: since when it was offered, enrolled, revoked."""

    model_config = ConfigDict(frozen=True)
    key: str
    person: str
    sign: PublicJwk
    read: PublicJwk | None = None
    offered: dict[str, datetime] = Field(default_factory=dict)
    enrolled: dict[str, datetime] = Field(default_factory=dict)
    revoked: dict[str, datetime] = Field(default_factory=dict)

    def holds_for(self, signer: str, at: datetime) -> bool:
        """Whether a message of that moment may be signed with it."""
        begun, ended = self.enrolled.get(signer), self.revoked.get(signer)
        return begun is not None and begun <= at and (ended is None or at < ended)


KeyState = PersonKey | None


def evolve(state: KeyState, fact: Message, now: datetime) -> KeyState:
    """The key after a fact; a signer's first word of each kind stands."""
    match fact, state:
        case KeyOffered(), None:
            offered = {fact.signer: now}
            return PersonKey(key=fact.key, person=fact.person, sign=fact.sign, read=fact.read, offered=offered)
        case KeyOffered(), PersonKey():
            return state.model_copy(update={"offered": {fact.signer: now} | state.offered})
        case KeyEnrolled(), PersonKey():
            return state.model_copy(update={"enrolled": {fact.signer: fact.enrolled_at} | state.enrolled})
        case KeyRevoked(), PersonKey():
            return state.model_copy(update={"revoked": {fact.signer: fact.revoked_at} | state.revoked})
        case _:
            return state


def offer(state: KeyState, message: OfferKey, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A person's key waits for the operator. It is one person's, of one district, for ever."""
    if not is_usable(message.sign, SIGN) or (message.read is not None and not is_usable(message.read, READ)):
        return [Refused(RefusalReason.UNUSABLE_KEY)]
    signer = f"{facts.district.code}.{facts.actor}"
    if state is not None:
        is_same = (state.person, state.read) == (message.person, message.read)
        if not is_same or not _is_of(state, facts.district):
            return [Refused(RefusalReason.KEY_TAKEN)]
        if signer in state.offered:
            return [Refused(RefusalReason.ALREADY_DECIDED)]
    offered = KeyOffered(
        signer=signer, person=message.person, key=thumbprint(message.sign), sign=message.sign, read=message.read
    )
    return [offered, Notice(OPERATOR, offered)]


def enrol(state: KeyState, message: EnrolKey, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The operator has compared the key with its person. What was revoked is never enrolled again."""
    if refused := _refused(state, message, facts):
        return [refused]
    if state is None or message.signer in {*state.enrolled, *state.revoked}:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    enrolled = KeyEnrolled(
        signer=message.signer,
        person=state.person,
        key=state.key,
        sign=state.sign,
        read=state.read,
        enrolled_at=now,
    )
    return [enrolled, Notice(_actor(message.signer), enrolled)]


def revoke(state: KeyState, message: RevokeKey, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The key is lost, or its person has left; an offer is turned down in the same words."""
    if refused := _refused(state, message, facts):
        return [refused]
    if state is None or message.signer in state.revoked:
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    revoked = KeyRevoked(signer=message.signer, person=state.person, key=state.key, revoked_at=now)
    return [revoked, Notice(_actor(message.signer), revoked)]


def _refused(state: KeyState, message: EnrolKey | RevokeKey, facts: Facts) -> Refused | None:
    if message.signer.split(".")[0] != facts.district.code or _actor(message.signer) not in facts.district.actors():
        return Refused(RefusalReason.UNKNOWN_ACTOR)
    if state is None or message.signer not in state.offered:
        return Refused(RefusalReason.UNKNOWN_KEY)
    return None


def is_usable(key: PublicJwk, curve: str) -> bool:
    """Whether it is a public key of this curve: 32 bytes, written the one way in which they can be (RFC 8037)."""
    if (key.kty, key.crv, key.y) != ("OKP", curve, None) or len(key.x) != 43:
        return False
    raw = urlsafe_b64decode(key.x + "=")
    # The last symbol has two bits to spare: other spellings of the same key would have other thumbprints.
    return len(raw) == 32 and key.x[-1] in "AEIMQUYcgkosw048"


def _is_of(state: PersonKey, district: District) -> bool:
    return all(signer.startswith(f"{district.code}.") for signer in state.offered)


def _actor(signer: str) -> str:
    return signer.split(".", 1)[1]


class ValidKeys(Mapping[str, Mapping[str, Signer]]):
    """Actor -> key -> signer, of the keys that hold at one moment; worked out for whom it is asked."""

    def __init__(self, district: str, keys: Mapping[str, Sequence[PersonKey]], at: datetime) -> None:
        self._district = district
        self._keys = keys
        self._at = at

    def __getitem__(self, actor: str) -> Mapping[str, Signer]:
        signer = f"{self._district}.{actor}"
        held = [one for one in self._keys[signer] if one.holds_for(signer, self._at)]
        return {one.key: Signer(one.person, one.sign) for one in held}

    def __iter__(self) -> Iterator[str]:
        return (_actor(signer) for signer in self._keys)

    def __len__(self) -> int:
        return len(self._keys)


@lru_cache(maxsize=4_096)
def read_key(text: str) -> PersonKey:
    """A key as its row has it. The same few hundred are read in every round."""
    return _KEY.validate_json(text)


_KEY = TypeAdapter(PersonKey)
