"""Signing in and out, and who a request comes from."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from xinfang_contracts.district import District

from services.runtime.doors import SaidNo
from services.runtime.tokens import TokenError

from .pages import HEADERS, PageRoute, page, wrong
from .provider import Provider
from .session import SIGNING_IN_SECONDS, Session, Sessions

_REFUSED = "登录没有成功，请再试一次。 / Signing in did not succeed; please try once more."
_AWAY = "统一登录暂时没有应答，请稍后再试。 / The issuer does not answer right now; please try again."


@dataclass(frozen=True)
class Entering:
    """Sessions of this process and the issuer they come from. ``address``: the desk's, as browsers see it."""

    sessions: Sessions
    provider: Provider
    districts: dict[str, District]
    address: str

    @property
    def is_secure(self) -> bool:
        """Behind TLS cookies are bound to it, and to this host."""
        return self.address.startswith("https://")

    @property
    def cookie(self) -> str:
        """The session's."""
        return "__Host-xinfang_desk" if self.is_secure else "xinfang_desk"

    @property
    def signing_in(self) -> str:
        """Of somebody who was sent to the issuer."""
        return "__Host-xinfang_signing_in" if self.is_secure else "xinfang_signing_in"

    def session(self, request: Request) -> Session | None:
        """Whose request it is."""
        return self.sessions.get(request.cookies.get(self.cookie))

    def required(self, request: Request) -> Session:
        """The same of a request that does something: only from a page of ours (403), only of somebody (401)."""
        self.require_own_page(request)
        session = self.session(request)
        if session is None:
            raise SaidNo(401, "signed_out", "请重新登录 / please sign in again")
        return session

    def require_own_page(self, request: Request) -> None:
        """403 for what another page sent; every browser says which page it was."""
        own = urlsplit(self.address)
        if request.headers.get("origin") != f"{own.scheme}://{own.netloc}":
            raise SaidNo(403, "other_page", "请求不是从本页面发出的 / the request does not come from this page")

    def welcome(self) -> Response:
        """For somebody who is not signed in."""
        return page("welcome.html", me=None, title="信访举报工作台 / Desk")

    def keep(self, response: Response, name: str, value: str, seconds: int, same_site: str) -> None:
        """A cookie that no script reads."""
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self.is_secure,
            httponly=True,
            samesite="strict" if same_site == "strict" else "lax",
        )


def router(entering: Entering) -> APIRouter:
    """``/desk/sign-in``, ``/desk/callback`` and ``/desk/sign-out``."""
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)

    @routes.get("/desk/sign-in")
    async def sign_in() -> Response:
        cookie, begun = entering.sessions.begin()
        try:
            address = await entering.provider.address(begun)
        except (httpx.HTTPError, KeyError, TokenError):
            return wrong(503, _AWAY)
        response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
        # Lax: the issuer, another site, sends the browser back with it.
        entering.keep(response, entering.signing_in, cookie, SIGNING_IN_SECONDS, "lax")
        return response

    @routes.get("/desk/callback")
    async def callback(
        request: Request,
        code: Annotated[str, Query(max_length=2_000)] = "",
        state: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        begun = entering.sessions.back(request.cookies.get(entering.signing_in), state)
        if begun is None or not code:
            return wrong(400, _REFUSED)
        try:
            signed_in = await entering.provider.turn_in(code, begun)
        except (TokenError, httpx.HTTPError, KeyError, ValueError, TypeError):
            return wrong(400, _REFUSED)
        district = entering.districts.get(signed_in.claims.district)
        if district is None or signed_in.claims.actor not in district.actors():
            return wrong(403, "您不在本区的人员之内。 / You are none of this district's.")
        cookie = entering.sessions.open(signed_in.claims, signed_in.token, signed_in.seconds)
        # A page, not a redirect: a strict cookie does not travel with one that began at the issuer.
        response = page("signed_in.html", me=None, title="已登录 / Signed in")
        entering.keep(response, entering.cookie, cookie, int(signed_in.seconds), "strict")
        response.delete_cookie(entering.signing_in, path="/", secure=entering.is_secure, httponly=True)
        return response

    @routes.post("/desk/sign-out")
    async def sign_out(request: Request) -> Response:
        entering.require_own_page(request)
        entering.sessions.close(request.cookies.get(entering.cookie))
        response = RedirectResponse("/desk", 303, headers=HEADERS)
        response.delete_cookie(entering.cookie, path="/", secure=entering.is_secure, httponly=True)
        return response

    return routes
