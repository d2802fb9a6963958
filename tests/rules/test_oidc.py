"""An issuer's tokens: which count, and when its keys are asked for again."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from pydantic import SecretStr

from services.review.desk.desk import require_embedded
from services.review.desk.session import SESSION_SECONDS, SIGNING_IN_SECONDS, Sessions
from services.runtime import tokens
from services.runtime.errors import StartError
from services.runtime.identity import Identity, identity_of
from services.runtime.oidc import KEEP_SECONDS, LEEWAY_SECONDS, REFRESH_SECONDS, Expected, Issuer
from services.runtime.settings import Settings
from services.runtime.tokens import Claims, TokenError

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ISSUER, AUDIENCE = "https://issuer.example", "xinfang"
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "p_17",
    "xinfang_actor": "office_trial",
    "xinfang_district": "430406",
    "exp": int(NOW.timestamp()) + 600,
}
KEYS: Mapping[str, Any] = {
    "RS256": RSAKey.generate_key(2048, parameters={"kid": "rsa"}),
    "ES256": ECKey.generate_key("P-256", parameters={"kid": "ec"}),
    "EdDSA": OKPKey.generate_key("Ed25519", parameters={"kid": "okp"}),
}


@dataclass
class Published:
    """What an issuer publishes, and how often it was asked."""

    keys: list[Any]
    asked: int = 0
    at: float = 0.0
    away: bool = False
    extra: list[Mapping[str, Any]] = field(default_factory=list)

    async def fetch(self, where: str) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise OSError("away")
        return {"keys": [*KeySet(self.keys).as_dict(private=False)["keys"], *self.extra]}

    def issuer(self, **more: str) -> Issuer:
        return Issuer(Expected(ISSUER, AUDIENCE, **more), "https://issuer.example/jwks", self.fetch, lambda: self.at)


def token(key: Any, algorithm: str, **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("algorithm", list(KEYS))
async def test_each_algorithm_says_who_it_is(algorithm: str) -> None:
    issuer = Published(list(KEYS.values())).issuer()
    claims = await issuer.check(token(KEYS[algorithm], algorithm), now=NOW)
    assert claims == Claims("office_trial", "430406", "p_17")


async def test_claims_stand_under_the_names_that_are_set() -> None:
    issuer = Published([KEYS["RS256"]]).issuer(actor="role", district="place", person="staff")
    said = token(KEYS["RS256"], "RS256", role="unit_1", place="990001", staff="p_9")
    assert await issuer.check(said, now=NOW) == Claims("unit_1", "990001", "p_9")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": int(NOW.timestamp()) - LEEWAY_SECONDS - 1},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + LEEWAY_SECONDS + 5},
        {"sub": None},
        {"xinfang_actor": None},
        {"xinfang_actor": ["office_trial"]},
        {"xinfang_district": 430406},
    ],
)
async def test_a_token_that_says_other_than_it_should_is_none(changes: dict[str, Any]) -> None:
    issuer = Published([KEYS["RS256"]]).issuer()
    await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    with pytest.raises(TokenError):
        await issuer.check(token(KEYS["RS256"], "RS256", **changes), now=NOW)


async def test_a_public_key_is_no_secret() -> None:
    public = json.dumps(KEYS["RS256"].as_dict(private=False)).encode()
    for secret in (public, KEYS["RS256"].as_pem(private=False)):
        head, body = (_text(json.dumps(one).encode()) for one in ({"alg": "HS256", "kid": "rsa"}, CLAIMS))
        forged = f"{head}.{body}.{_text(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"
        with pytest.raises(TokenError):
            await Published([KEYS["RS256"]]).issuer().check(forged, now=NOW)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_secret_that_was_published_by_mistake_is_no_key() -> None:
    secret = OctKey.generate_key(256, parameters={"kid": "oct"})
    published = Published([KEYS["RS256"]], extra=[secret.as_dict(private=True)])
    forged = jwt.encode({"alg": "HS256", "kid": "oct"}, CLAIMS, secret, algorithms=["HS256"])
    with pytest.raises(TokenError):
        await published.issuer().check(forged, now=NOW)


async def test_a_key_for_encryption_checks_nothing() -> None:
    published = Published([], extra=[KEYS["RS256"].as_dict(private=False) | {"use": "enc"}])
    with pytest.raises(TokenError):
        await published.issuer().check(token(KEYS["RS256"], "RS256"), now=NOW)


async def test_new_keys_are_found_and_a_stranger_cannot_have_them_asked_for_again_and_again() -> None:
    published = Published([KEYS["RS256"]])
    issuer = published.issuer()
    await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    assert published.asked == 1
    published.keys = [KEYS["RS256"], KEYS["ES256"]]
    for _ in range(3):
        with pytest.raises(TokenError):
            await issuer.check(token(KEYS["ES256"], "ES256"), now=NOW)
    assert published.asked == 1
    published.at = REFRESH_SECONDS
    await issuer.check(token(KEYS["ES256"], "ES256"), now=NOW)
    assert published.asked == 2


async def test_a_key_that_is_no_longer_published_ends_and_an_issuer_that_is_away_locks_nobody_out() -> None:
    published = Published([KEYS["RS256"]])
    issuer = published.issuer()
    await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    published.away, published.at = True, REFRESH_SECONDS
    with pytest.raises(TokenError):
        await issuer.check(token(KEYS["ES256"], "ES256"), now=NOW)
    await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    published.away, published.at, published.keys = False, 2 * REFRESH_SECONDS, [KEYS["ES256"]]
    await issuer.check(token(KEYS["ES256"], "ES256"), now=NOW)
    with pytest.raises(TokenError):
        await issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)
    # Taken back while nobody named another key: it is noticed all the same.
    published.at, published.keys = published.at + KEEP_SECONDS, [KEYS["RS256"]]
    with pytest.raises(TokenError):
        await issuer.check(token(KEYS["ES256"], "ES256"), now=NOW)


async def test_a_key_of_an_unknown_kind_costs_the_others_nothing() -> None:
    odd = [{"kty": "EC", "crv": "P-1", "kid": "odd", "x": "AA", "y": "AA"}, "no key at all"]
    published = Published([KEYS["RS256"]], extra=odd)  # type: ignore[arg-type]
    await published.issuer().check(token(KEYS["RS256"], "RS256"), now=NOW)


async def test_all_who_come_while_the_keys_are_on_their_way_are_let_in_by_them() -> None:
    published, arrived = Published([KEYS["RS256"]]), asyncio.Event()

    async def slowly(where: str) -> Mapping[str, Any]:
        await arrived.wait()
        return await published.fetch(where)

    issuer = Issuer(Expected(ISSUER, AUDIENCE), "https://issuer.example/jwks", slowly, lambda: 0.0)
    coming = [asyncio.ensure_future(issuer.check(token(KEYS["RS256"], "RS256"), now=NOW)) for _ in range(3)]
    await asyncio.sleep(0)
    arrived.set()
    assert {one.actor for one in await asyncio.gather(*coming)} == {"office_trial"}
    assert published.asked == 1


async def test_our_own_tokens_count_only_where_their_secret_is(tmp_path: Path) -> None:
    secret = bytes(32)
    own = tokens.make(secret, "office_petition", "430406", 1)
    with pytest.raises(TokenError):
        await Identity(tmp_path).of(own)
    (tmp_path / "tokens.secret").write_text(secret.hex())
    assert await Identity(tmp_path).of(own) == Claims("office_petition", "430406")
    for text in ("", "a", "a.b.c", own[:-2]):
        with pytest.raises(TokenError):
            await Identity(tmp_path).of(text)


def settings(folder: Path, **given: Any) -> Settings:
    needed: dict[str, Any] = {"nats_seed": folder, "database_url": SecretStr("x"), "districts": folder, "keys": folder}
    return Settings(**(needed | given))


def test_an_issuer_without_audience_or_keys_stops_the_start(tmp_path: Path) -> None:
    whole = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks": "keys.json"}
    assert identity_of(settings(tmp_path, **whole)).issuer is not None
    assert identity_of(settings(tmp_path)).issuer is None
    for missing in ("oidc_audience", "oidc_jwks"):
        with pytest.raises(StartError):
            identity_of(settings(tmp_path, **(whole | {missing: None})))


@pytest.mark.parametrize(
    "given", [{"embedded": False}, {"embedded": True, "host": "0.0.0.0"}, {"embedded": True, "host": "10.0.0.1"}]
)
def test_the_development_issuer_refuses_to_stand_outside_the_embedded_mode(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    require_embedded(settings(tmp_path, embedded=True, development_issuer=tmp_path))
    with pytest.raises(StartError):
        require_embedded(settings(tmp_path, development_issuer=tmp_path, **given))


def test_sessions_end_and_a_state_is_good_once() -> None:
    at = NOW.timestamp()
    sessions = Sessions(lambda: at)
    cookie = sessions.open(Claims("office_trial", "430406"), "token", 10 * SESSION_SECONDS)
    began, begun = sessions.begin()
    assert sessions.back(began, "x" * len(begun.state)) is None
    began, begun = sessions.begin()
    assert sessions.back(began, "虚构") is None
    began, begun = sessions.begin()
    assert sessions.back(began, begun.state) == begun
    assert sessions.back(began, begun.state) is None
    late, lately = sessions.begin()
    at += timedelta(seconds=SIGNING_IN_SECONDS + 1).total_seconds()
    assert sessions.back(late, lately.state) is None
    assert sessions.get(cookie) is not None
    at = NOW.timestamp() + SESSION_SECONDS + 1
    assert sessions.get(cookie) is None
    assert sessions.get(None) is None
