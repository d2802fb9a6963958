"""The issuer as the desk meets it: where people are sent, and what a code is turned into (authorization code, PKCE)."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from services.runtime.identity import Identity
from services.runtime.oidc import Issuer
from services.runtime.tokens import Claims, TokenError

from .session import SigningIn


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What came back: who it is, and the token that says so to the services."""

    claims: Claims
    token: str
    seconds: float


@dataclass
class Provider:
    """One issuer. client: as whom the desk asks; callback: where people come back to; discovery: the issuer's
    document of its own addresses.
    """

    identity: Identity
    issuer: Issuer
    client: str
    callback: str
    discovery: str
    http: httpx.AsyncClient
    _endpoints: tuple[str, str] | None = None

    async def address(self, begun: SigningIn) -> str:
        """Where to send somebody. ``httpx.HTTPError`` or KeyError when the issuer is away."""
        authorize, _ = await self._discovered()
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.callback,
            "scope": "openid",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": challenge_of(begun.verifier),
            "code_challenge_method": "S256",
        }
        return f"{authorize}?{urlencode(query)}"

    async def turn_in(self, code: str, begun: SigningIn) -> SignedIn:
        """The code's tokens, both checked. TokenError when anything is not as it should be."""
        _, token = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": begun.verifier,
            "client_id": self.client,
            "redirect_uri": self.callback,
        }
        answer = await self.http.post(token, data=form)
        told = answer.json() if answer.status_code == 200 else {}
        access, about = told.get("access_token"), told.get("id_token")
        if not isinstance(access, str) or not isinstance(about, str):
            raise TokenError
        if (await self.issuer.claims(about, audience=self.client)).get("nonce") != begun.nonce:
            raise TokenError
        seconds = told.get("expires_in", 300)
        return SignedIn(await self.identity.of(access), access, float(seconds))

    async def _discovered(self) -> tuple[str, str]:
        if self._endpoints is None:
            answer = await self.http.get(self.discovery)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            if found["issuer"].rstrip("/") != self.issuer.expected.issuer.rstrip("/"):
                raise TokenError
            self._endpoints = found["authorization_endpoint"], found["token_endpoint"]
        return self._endpoints


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
