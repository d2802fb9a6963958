"""Speaking over HTTP: tokens of the development issuer, and commands at the doors of the services."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from joserfc.jwk import OKPKey
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.review import GiveOpinion
from xinfang_contracts.signing import EnrolKey, RevokeKey

from services.embedded import issuer
from services.installation import ISSUER_KEY, Installation
from services.review.signing.pen import Pen
from services.runtime import keys
from tests.flows.outside import connected, headers_of

T = TypeVar("T")
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


def apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Playwright keeps this thread's event loop to itself."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


def operator_says(installation: Installation, message: EnrolKey | RevokeKey) -> None:
    """With the operator's own credential, and nobody else's."""
    name = "enrol_key" if isinstance(message, EnrolKey) else "revoke_key"
    entry = BY_TYPE[f"review.{name}.v1"]

    async def send() -> None:
        async with connected(installation, "operator") as (operator,):
            body = message.model_dump_json().encode()
            subject = entry.subject(DISTRICT, "operator")
            await operator.jetstream(timeout=10).publish(subject, body, headers=headers_of(entry.type))

    apart(send)


@dataclass
class Pens:
    """The others: plain clients with keys of their own."""

    installation: Installation
    pens: dict[str, Pen] = field(default_factory=dict)

    def enrol(self, *actors: str) -> None:
        """Each a person."""
        for actor in actors:
            pen = self.pens[actor] = Pen.new(f"q_{actor}"[:40])
            token = token_of(self.installation, actor, sub=pen.person)
            assert say(self.installation, "review", "offer_key", pen.offer(), token=token).status_code == 201
            operator_says(self.installation, EnrolKey(signer=f"{DISTRICT}.{actor}", key=pen.key))

    def agree(self, petition: str, version: int, told: dict[str, Any], actor: str) -> httpx.Response:
        """One opinion; ``told``: the notice that asked for it."""
        command = GiveOpinion(petition=petition, version=version)
        signed = self.pens[actor].signed(command, DISTRICT, actor, told)
        return say(self.installation, "review", "give_opinion", signed, actor=actor)


def queue_of(installation: Installation, service: str, actor: str) -> list[dict[str, Any]]:
    """What waits for an actor in a service."""
    bearer = {"Authorization": f"Bearer {token_of(installation, actor)}"}
    answer = httpx.get(f"{address(installation, service)}/v1/{DISTRICT}/queue", headers=bearer)
    found: list[dict[str, Any]] = json.loads(answer.content)["waiting"]
    return found
