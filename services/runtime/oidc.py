"""Tokens of an issuer that is not ours (OpenID Connect Core 1.0): asymmetric signatures and nothing else.

A token is checked against the issuer's published keys (RFC 7517). HS256 has no place here: under it a public key would
do as a secret (RFC 8725, 2.1).
"""

import asyncio
import contextlib
import json
import math
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from .errors import StartError
from .tokens import Claims, TokenError

ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"]
REFRESH_SECONDS = 30.0
"""How soon the keys are asked for again when a token names an unknown one: a stranger may name as many as they like."""
KEEP_SECONDS = 3600.0
"""How long a key counts that the issuer may have taken back since."""
LEEWAY_SECONDS = 30
_FETCH_SECONDS = 5.0
_IMPORTS: Mapping[object, Callable[[Any], RSAKey | ECKey | OKPKey]] = {
    "RSA": RSAKey.import_key,
    "EC": ECKey.import_key,
    "OKP": OKPKey.import_key,
}

Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say. actor, district, person: names of the claims that hold them."""

    issuer: str
    audience: str
    actor: str = "xinfang_actor"
    district: str = "xinfang_district"
    person: str = "sub"


async def fetch(where: str) -> Mapping[str, Any]:
    """A JSON object from an address or a file."""
    if not where.startswith(("http://", "https://")):
        return _object(json.loads(await asyncio.to_thread(Path(where).read_text)))
    async with httpx.AsyncClient(timeout=_FETCH_SECONDS, follow_redirects=False) as client:
        answer = await client.get(where)
        answer.raise_for_status()
        return _object(answer.json())


def _object(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


@dataclass
class Issuer:
    """An issuer's keys, looked up when a token names one that is not known yet.

    jwks: where they are published, an address or a file; fetch, clock: asked for them, and when that was.
    """

    expected: Expected
    jwks: str
    fetch: Fetch = fetch
    clock: Callable[[], float] = time.monotonic
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: dict[str, RSAKey | ECKey | OKPKey] = field(default_factory=dict)
    _asked_at: float | None = None

    async def check(self, token: str, *, now: datetime | None = None) -> Claims:
        """Who the token says its bearer is; TokenError when anything about it is not as expected."""
        claims = await self.claims(token, now=now)
        expected = self.expected
        actor, district, person = (claims.get(name) for name in (expected.actor, expected.district, expected.person))
        if not isinstance(actor, str) or not isinstance(district, str):
            raise TokenError
        return Claims(actor, district, person if isinstance(person, str) else None)

    async def claims(self, token: str, *, audience: str | None = None, now: datetime | None = None) -> dict[str, Any]:
        """All that a valid token says; for ``audience``, where it is meant for another."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS or not isinstance(kid, str):
                raise TokenError
            key = await self._key(kid)
            registry = jwt.JWTClaimsRegistry(
                now=int((now or datetime.now(UTC)).timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.expected.issuer},
                aud={"essential": True, "value": audience or self.expected.audience},
                exp={"essential": True},
                sub={"essential": True},
            )
            with warnings.catch_warnings():
                # RFC 9864 calls it Ed25519; issuers have not followed yet.
                warnings.simplefilter("ignore", SecurityWarning)
                claims = jwt.decode(token, key, algorithms=[algorithm]).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError):
            raise TokenError from None
        return dict(claims)

    async def _key(self, kid: str) -> RSAKey | ECKey | OKPKey:
        if self._is_stale(kid):
            # Whoever comes while the keys are on their way waits for them: they are nobody's fault.
            async with self._asking:
                if self._is_stale(kid):
                    await self._ask()
        if kid not in self._known:
            raise TokenError
        return self._known[kid]

    def _is_stale(self, kid: str) -> bool:
        age = math.inf if self._asked_at is None else self.clock() - self._asked_at
        return age >= KEEP_SECONDS or (kid not in self._known and age >= REFRESH_SECONDS)

    async def _ask(self) -> None:
        try:
            # The keys that are known stay good: an issuer that is away for a minute locks nobody out.
            with contextlib.suppress(OSError, httpx.HTTPError, JoseError, ValueError, TypeError, KeyError):
                self._known = _public(await self.fetch(self.jwks))
        finally:
            self._asked_at = self.clock()


def _public(document: Mapping[str, Any]) -> dict[str, RSAKey | ECKey | OKPKey]:
    """The keys by which signatures are checked, by their ids; secrets that were published by mistake are none."""
    found = {}
    for one in document["keys"]:
        import_key = _IMPORTS.get(one.get("kty")) if isinstance(one, dict) else None
        if import_key is not None and one.get("use", "sig") == "sig" and isinstance(one.get("kid"), str):
            # One key of a kind that is not known here must not cost the others.
            with contextlib.suppress(JoseError, ValueError, TypeError, KeyError):
                found[one["kid"]] = import_key(one)
    return found


def require_whole(issuer: str | None, audience: str | None, jwks: str | None) -> None:
    """StartError where an issuer is named without what its tokens are checked by."""
    if issuer is not None and (not audience or not jwks):
        raise StartError(
            "XINFANG_OIDC_ISSUER 须与 XINFANG_OIDC_AUDIENCE、XINFANG_OIDC_JWKS 一并设置 / "
            "XINFANG_OIDC_ISSUER needs XINFANG_OIDC_AUDIENCE and XINFANG_OIDC_JWKS beside it"
        )
