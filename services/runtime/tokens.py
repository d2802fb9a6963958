"""Tokens of people who come to a door: JWT (RFC 7519), HS256 and nothing else, under the secret ``tokens``."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

SECRET = "tokens"
_ISSUER = "xinfang"
_AUDIENCE = "xinfang-doors"
_ALGORITHM = "HS256"


class TokenError(Exception):
    """No valid token: which of the checks failed is told to nobody."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who may act: an actor's code, the district in which it is one, and the person, where the token says who."""

    actor: str
    district: str
    person: str | None = None


def make(secret: bytes, actor: str, district: str, hours: float, *, now: datetime | None = None) -> str:
    """A token for ``actor``, good for ``hours`` from ``now``."""
    issued = now or datetime.now(UTC)
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": actor,
        "district": district,
        "iat": int(issued.timestamp()),
        "exp": int((issued + timedelta(hours=hours)).timestamp()),
    }
    return jwt.encode({"alg": _ALGORITHM}, claims, OctKey.import_key(secret), algorithms=[_ALGORITHM])


def check(secret: bytes, token: str, *, now: datetime | None = None) -> Claims:
    """The claims of a token that is ours and has not expired; TokenError otherwise."""
    registry = jwt.JWTClaimsRegistry(
        now=int((now or datetime.now(UTC)).timestamp()),
        iss={"essential": True, "value": _ISSUER},
        aud={"essential": True, "value": _AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
        district={"essential": True},
    )
    try:
        claims = jwt.decode(token, OctKey.import_key(secret), algorithms=[_ALGORITHM]).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError):
        raise TokenError from None
    actor, district = claims["sub"], claims["district"]
    if not isinstance(actor, str) or not isinstance(district, str):
        raise TokenError
    return Claims(actor, district)
