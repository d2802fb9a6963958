"""A development issuer: OpenID Connect for the embedded mode, where anybody may be anybody.

Authorization code with PKCE (RFC 6749, RFC 7636), a page on which one chooses who one is, tokens by Ed25519. It keeps
nothing beyond the process, and nothing of it may ever stand before real petitions.
"""

import hashlib
import html
import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, Field

ISSUER = "urn:xinfang:development-issuer"
AUDIENCE = "xinfang"
CODE_SECONDS = 60
TOKEN_SECONDS = 8 * 3600
_PERSON = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

People = Mapping[str, Sequence[tuple[str, str]]]
"""District -> (actor's code, name), in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A code that waits to be turned into tokens, once."""

    claims: Mapping[str, str]
    client: str
    redirect_uri: str
    challenge: str
    nonce: str
    until: float


class Asked(BaseModel):
    """What a client asks for when it sends somebody here."""

    client_id: Annotated[str, Field(max_length=80)]
    redirect_uri: Annotated[str, Field(max_length=400)]
    state: Annotated[str, Field(min_length=8, max_length=200)]
    nonce: Annotated[str, Field(min_length=8, max_length=200)]
    code_challenge: Annotated[str, Field(min_length=43, max_length=43)]
    response_type: Annotated[str, Field(pattern="^code$")] = "code"
    code_challenge_method: Annotated[str, Field(pattern="^S256$")] = "S256"
    scope: Annotated[str, Field(max_length=200)] = "openid"


def router(
    people: People, key: OKPKey, redirect_uri: str, client: str, clock: Callable[[], float] = time.time
) -> APIRouter:
    """``/issuer``. Codes go to ``redirect_uri`` alone, whatever is asked."""
    routes = APIRouter(prefix="/issuer", include_in_schema=False)
    granted: dict[str, Granted] = {}

    @routes.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": "/issuer/authorize",
            "token_endpoint": "/issuer/token",
            "jwks_uri": "/issuer/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["Ed25519"],
        }

    @routes.get("/jwks")
    async def jwks() -> dict[str, Any]:
        return dict(KeySet([key]).as_dict(private=False))

    @routes.get("/authorize")
    async def ask(asked: Annotated[Asked, Query()]) -> HTMLResponse:
        if not _is_known(asked):
            return _page("<p>这个地址不对。 <span lang='en'>This address is not right.</span></p>", 400)
        return _page(_form(people, asked))

    @routes.post("/authorize")
    async def grant(
        asked: Annotated[Asked, Query()], who: Annotated[str, Form()], person: Annotated[str, Form()] = ""
    ) -> Response:
        district, _, actor = who.partition(".")
        is_there = any(code == actor for code, _ in people.get(district, ()))
        number = person.strip() or f"p_{actor}"[:40]
        if not _is_known(asked) or not is_there or not _PERSON.fullmatch(number):
            return _page("<p>没有这个身份。 <span lang='en'>There is no such person.</span></p>", 400)
        code = secrets.token_urlsafe(32)
        claims = {"sub": number, "xinfang_actor": actor, "xinfang_district": district}
        until = clock() + CODE_SECONDS
        granted[code] = Granted(claims, client, asked.redirect_uri, asked.code_challenge, asked.nonce, until)
        address = f"{asked.redirect_uri}?{urlencode({'code': code, 'state': asked.state})}"
        return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})

    @routes.post("/token")
    async def token(
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        client_id: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        grant_type: Annotated[str, Form(pattern="^authorization_code$")],
    ) -> Response:
        one = granted.pop(code, None)
        if (
            one is None
            or one.until < clock()
            or (one.client, one.redirect_uri) != (client_id, redirect_uri)
            or not secrets.compare_digest(one.challenge, challenge_of(code_verifier))
        ):
            return JSONResponse({"error": "invalid_grant"}, 400, {"Cache-Control": "no-store"})
        return JSONResponse(_tokens(one, key, int(clock())), headers={"Cache-Control": "no-store"})

    def _is_known(asked: Asked) -> bool:
        return asked.client_id == client and asked.redirect_uri == redirect_uri

    return routes


def make_key(private: Path, jwks: Path) -> None:
    """Its key pair; what is there stays."""
    if not private.exists():
        key = OKPKey.generate_key("Ed25519", parameters={"kid": secrets.token_hex(8)})
        private.touch(mode=0o600)
        private.write_text(json.dumps(key.as_dict(private=True)) + "\n")
        jwks.write_text(json.dumps(KeySet([key]).as_dict(private=False)) + "\n")


def read_key(private: Path) -> OKPKey:
    """The key that signs its tokens."""
    return OKPKey.import_key(json.loads(private.read_text()))


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, 4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def sign(key: OKPKey, claims: Mapping[str, Any]) -> str:
    """A token of this issuer."""
    header = {"alg": "Ed25519", "kid": key.kid or key.thumbprint()}
    return jwt.encode(header, dict(claims), key, algorithms=["Ed25519"])


def _tokens(one: Granted, key: OKPKey, now: int) -> dict[str, Any]:
    times = {"iss": ISSUER, "iat": now, "exp": now + TOKEN_SECONDS}
    return {
        "access_token": sign(key, {**times, **one.claims, "aud": AUDIENCE}),
        "id_token": sign(key, {**times, **one.claims, "aud": one.client, "nonce": one.nonce}),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }


def _form(people: People, asked: Asked) -> str:
    query = urlencode(
        {
            "client_id": asked.client_id,
            "redirect_uri": asked.redirect_uri,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.code_challenge,
        }
    )
    groups = "".join(
        f"<optgroup label='{html.escape(district)}'>"
        + "".join(
            f"<option value='{html.escape(f'{district}.{code}')}'>{html.escape(name)}（{html.escape(code)}）</option>"
            for code, name in actors
        )
        + "</optgroup>"
        for district, actors in people.items()
    )
    return (
        f"<form method='post' action='/issuer/authorize?{html.escape(query)}'>"
        "<div class='field'><label for='who'>身份 <span lang='en'>Who you are</span></label>"
        f"<select id='who' name='who' required>{groups}</select></div>"
        "<div class='field'><label for='person'>人员编号 <span lang='en'>Number of the person</span></label>"
        "<p class='hint' id='person-hint'>不填则按身份自动编号 <span lang='en'>may be left empty</span></p>"
        "<input id='person' name='person' type='text' maxlength='40' pattern='[a-z0-9][a-z0-9_]*'"
        " autocomplete='off' aria-describedby='person-hint'></div>"
        "<p class='send'><button class='button' type='submit'>以此身份登录 <span lang='en'>Sign in</span></button></p>"
        "</form>"
    )


def _page(body: str, status: int = 200) -> HTMLResponse:
    text = f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>开发用登录</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/desk/static/desk.css"></head>
<body class="narrow"><header class="band"><div class="width"><p class="organ">信访举报工作台</p>
<h1>选择身份 <span lang="en">Choose who you are</span></h1></div></header><main class="width">
<section class="danger" aria-label="警告"><p><strong>仅供开发和演示：任何人都可以选择任何身份。
不得用于真实信访件。</strong> <span lang="en">For development and demonstration only: anybody may be anybody.
Never before real petitions.</span></p></section>
<section class="card">{body}</section></main></body></html>
"""
    return HTMLResponse(text, status, _HEADERS)
