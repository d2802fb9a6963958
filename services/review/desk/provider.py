"""The issuer as the desk meets it: where people are sent, and what a code is turned into (authorization code, PKCE)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from services.embedded import issuer as development
from services.runtime.errors import StartError
from services.runtime.identity import Identity
from services.runtime.oidc import Issuer
from services.runtime.settings import Settings
from services.runtime.tokens import Claims, TokenError

from .session import SigningIn

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What came back: who it is, and the token that says so to the services."""

    claims: Claims
    token: str
    seconds: float


@dataclass
class Provider:
    """One issuer. ``client``: as whom the desk asks; ``callback``: where people come back to."""

    identity: Identity
    issuer: Issuer
    client: str
    callback: str
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
            "code_challenge": development.challenge_of(begun.verifier),
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
            where = self.issuer.expected.issuer.rstrip("/")
            place = "" if where == development.ISSUER else where
            prefix = "/issuer" if where == development.ISSUER else ""
            answer = await self.http.get(f"{place}{prefix}/.well-known/openid-configuration")
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
            if found["issuer"].rstrip("/") != where:
                raise TokenError
            self._endpoints = found["authorization_endpoint"], found["token_endpoint"]
        return self._endpoints


def require_embedded(settings: Settings) -> None:
    """StartError where a development issuer would stand outside the embedded mode: there it is an open door."""
    if settings.development_issuer is None:
        return
    if not settings.embedded or settings.host not in ("127.0.0.1", "localhost", "::1"):
        raise StartError(
            "开发用签发者只能用于内置模式(xinfang up、demo),不能用于正式部署,请去掉 XINFANG_DEVELOPMENT_ISSUER / "
            "the development issuer is for the embedded mode alone; remove XINFANG_DEVELOPMENT_ISSUER"
        )


def client_of(settings: Settings, app: Any) -> httpx.AsyncClient:
    """How the issuer is asked; a development issuer stands in this very process."""
    if settings.development_issuer is not None:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=settings.desk_url or "", timeout=_SECONDS)
    return httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False)
