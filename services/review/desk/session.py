"""Who is signed in at this process: a session is an opaque cookie, its token stays here and is nobody's but its own."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from services.runtime.tokens import Claims

SESSION_SECONDS = 8 * 3600
SIGNING_IN_SECONDS = 600
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A person who is signed in, with the token that the issuer gave for them."""

    claims: Claims
    token: str
    until: float


@dataclass(frozen=True, slots=True)
class SigningIn:
    """What is remembered of somebody who was sent to the issuer (RFC 6749, 10.12; OpenID Connect Core, 15.5.2)."""

    state: str
    nonce: str
    verifier: str
    until: float


@dataclass
class Sessions:
    """By their cookies. A replica knows its own only: whoever comes to another signs in again."""

    clock: Callable[[], float] = time.time
    _open: dict[str, Session] = field(default_factory=dict)
    _signing_in: dict[str, SigningIn] = field(default_factory=dict)

    def begin(self) -> tuple[str, SigningIn]:
        """Before somebody goes to the issuer: the cookie by which they are known when they come back."""
        one = SigningIn(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            until=self.clock() + SIGNING_IN_SECONDS,
        )
        return _put(self._signing_in, one, self.clock()), one

    def back(self, cookie: str | None, state: str) -> SigningIn | None:
        """Somebody has come back: what was remembered, once; None when this is not the browser that went."""
        one = self._signing_in.pop(cookie or "", None)
        if one is None or one.until < self.clock() or not _is_same(one.state, state):
            return None
        return one

    def open(self, claims: Claims, token: str, seconds: float) -> str:
        """A new session; its cookie."""
        until = self.clock() + min(seconds, SESSION_SECONDS)
        return _put(self._open, Session(claims, token, until), self.clock())

    def get(self, cookie: str | None) -> Session | None:
        """Whose cookie it is; None when it is nobody's any more."""
        one = self._open.get(cookie or "")
        return one if one is not None and one.until >= self.clock() else None

    def close(self, cookie: str | None) -> None:
        """Signed out."""
        self._open.pop(cookie or "", None)


def _is_same(one: str, other: str) -> bool:
    # As bytes: of texts it takes ASCII alone, and the other is whatever stood in the address.
    return secrets.compare_digest(one.encode(), other.encode(errors="replace"))


Kept = TypeVar("Kept", Session, SigningIn)


def _put(kept: dict[str, Kept], one: Kept, now: float) -> str:
    for cookie in [cookie for cookie, other in kept.items() if other.until < now]:
        del kept[cookie]
    while len(kept) >= MOST:
        # The oldest goes: whoever begins without end locks nobody out but themselves and those.
        del kept[next(iter(kept))]
    cookie = secrets.token_urlsafe(32)
    kept[cookie] = one
    return cookie
