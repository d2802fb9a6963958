"""Speaking over HTTP: tokens of the development issuer, and commands at the doors of the services."""

import json
import secrets
import time
from typing import Any

import httpx
from joserfc.jwk import OKPKey

from services.embedded import issuer
from services.installation import ISSUER_KEY, Installation
from services.runtime import keys

DISTRICT = "430406"


def issuer_key(installation: Installation) -> OKPKey:
    """With which the development issuer signs."""
    return issuer.read_key(installation.folder / "keys" / ISSUER_KEY)


def claims_of(actor: str, district: str = DISTRICT, **more: Any) -> dict[str, Any]:
    """What a good token says."""
    good = {
        "iss": issuer.ISSUER,
        "aud": issuer.AUDIENCE,
        "sub": f"p_{actor}"[:40],
        "xinfang_actor": actor,
        "xinfang_district": district,
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
    }
    return {name: value for name, value in (good | more).items() if value is not None}


def token_of(installation: Installation, actor: str, district: str = DISTRICT, **more: Any) -> str:
    """A good token, or one that ``more`` spoils."""
    return issuer.sign(issuer_key(installation), claims_of(actor, district, **more))


def address(installation: Installation, service: str) -> str:
    """Where a service's doors are."""
    return f"http://127.0.0.1:{installation.running[service].port}"


def say(
    installation: Installation,
    service: str,
    name: str,
    body: Any,
    *,
    actor: str = "",
    token: str | None = None,
    key: str | None = None,
    district: str = DISTRICT,
) -> httpx.Response:
    """One command at its door; ``body``: JSON or a contract."""
    content = body.model_dump_json(exclude_none=True) if hasattr(body, "model_dump_json") else json.dumps(body)
    bearer = token if token is not None else token_of(installation, actor)
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(24), "Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    return httpx.post(
        f"{address(installation, service)}/v1/{district}/commands/{name}", content=content, headers=headers, timeout=40
    )


def sealed(installation: Installation, content: object) -> str:
    """For the vault."""
    text = json.dumps(content, ensure_ascii=False).encode()
    return keys.seal(text, keys.public_key(installation.folder / "keys", keys.VAULT))
