"""A token is ours, in time, and signed in the one way that we sign."""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from services.runtime import tokens
from services.runtime.tokens import Claims, TokenError

SECRET = bytes(range(32))
NOW = datetime(2023, 3, 1, 8, tzinfo=UTC)
GOOD = {
    "iss": "xinfang",
    "aud": "xinfang-doors",
    "sub": "office_petition",
    "district": "430406",
    "exp": int((NOW + timedelta(hours=1)).timestamp()),
}


def signed(claims: dict[str, object], *, alg: str = "HS256", secret: bytes = SECRET) -> str:
    return jwt.encode({"alg": alg}, claims, OctKey.import_key(secret), algorithms=[alg])


def test_a_token_names_its_actor_and_district_until_it_expires() -> None:
    token = tokens.make(SECRET, "office_petition", "430406", 2, now=NOW)
    last = NOW + timedelta(hours=2)
    assert tokens.check(SECRET, token, now=last - timedelta(seconds=1)) == Claims("office_petition", "430406")
    with pytest.raises(TokenError):
        tokens.check(SECRET, token, now=last)


def test_the_plain_claims_are_good() -> None:
    assert tokens.check(SECRET, signed(GOOD), now=NOW) == Claims("office_petition", "430406")


@pytest.mark.parametrize("missing", list(GOOD))
def test_a_token_without_any_one_claim_is_none(missing: str) -> None:
    with pytest.raises(TokenError):
        tokens.check(SECRET, signed({name: value for name, value in GOOD.items() if name != missing}), now=NOW)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "示例",
        "a.b.c",
        signed(GOOD, alg="HS512", secret=SECRET * 2),
        signed(GOOD, alg="HS512"),
        signed(GOOD, secret=bytes(32)),
        signed(GOOD | {"aud": "others"}),
        signed(GOOD | {"iss": "others"}),
        signed(GOOD | {"exp": "2999-01-01"}),
        signed(GOOD | {"district": ["430406"]}),
        signed(GOOD | {"sub": 7}),
        "eyJhbGciOiJub25lIn0." + signed(GOOD).split(".")[1] + ".",
        signed(GOOD)[:-4] + "AAAA",
    ],
)
def test_whatever_else_is_no_token(token: str) -> None:
    with pytest.raises(TokenError) as raised:
        tokens.check(SECRET, token, now=NOW)
    assert str(raised.value) == ""
