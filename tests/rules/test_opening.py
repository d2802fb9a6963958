"""The usual JWE is opened by hand; whatever it is, the answer is the library's."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64encode

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.opening import open_usual

KEY = OKPKey.generate_key("X25519", parameters={"kid": "reader-1"})
OTHER = OKPKey.generate_key("X25519")
USUAL = {"alg": "ECDH-ES", "enc": "A256GCM"}
SEALED = keys.seal("某拟名:虚构".encode(), KEY)
PLACES = len(SEALED)


def written(header: dict[str, Any], key: OKPKey = KEY) -> str:
    """A JWE with this header, as a sender's library makes it."""
    algorithms = ["ECDH-ES", "ECDH-ES+A128KW", "A256GCM", "A128GCM", "DEF"]
    return jwe.encrypt_compact(header, b"x", key, algorithms=algorithms)


@given(st.binary(max_size=2_000))
def test_what_is_sealed_is_opened_by_hand(plaintext: bytes) -> None:
    assert open_usual(keys.seal(plaintext, KEY), KEY.private_key) == plaintext


def test_another_readers_key_opens_nothing() -> None:
    assert open_usual(SEALED, OTHER.private_key) is None
    with pytest.raises(Poison):
        keys.unseal(SEALED, OTHER)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, PLACES - 1), st.sampled_from("AZaz09-_.=+/ \n中"))
def test_one_changed_character_and_nothing_opens(place: int, other: str) -> None:
    changed = SEALED[:place] + other + SEALED[place + 1 :]
    if changed == SEALED:
        return
    assert open_usual(changed, KEY.private_key) is None
    with pytest.raises(Poison):
        keys.unseal(changed, KEY)


def test_a_tag_of_another_length_is_none_though_the_bytes_are_the_same() -> None:
    *head, ciphertext, tag = keys.seal(b"x" * 30, KEY).split(".")
    moved = ".".join([*head, ciphertext[:-4], ciphertext[-4:] + tag])
    assert open_usual(moved, KEY.private_key) is None
    with pytest.raises(Poison):
        keys.unseal(moved, KEY)


@pytest.mark.parametrize("more", [{"apu": "QQ"}, {"apv": "Qg"}, {"zip": "DEF"}])
def test_what_a_header_may_change_is_left_to_the_library(more: dict[str, str]) -> None:
    assert open_usual(written(USUAL | more), KEY.private_key) is None


def test_two_parties_named_in_the_header_are_part_of_the_key() -> None:
    assert keys.unseal(written(USUAL | {"apu": "QQ", "apv": "Qg"}), KEY) == b"x"


@pytest.mark.parametrize("header", [{"alg": "ECDH-ES+A128KW", "enc": "A256GCM"}, {"alg": "ECDH-ES", "enc": "A128GCM"}])
def test_other_algorithms_are_refused(header: dict[str, str]) -> None:
    token = written(header)
    assert open_usual(token, KEY.private_key) is None
    with pytest.raises(Poison):
        keys.unseal(token, KEY)


@pytest.mark.parametrize(
    "epk", [None, "x", {}, {"kty": "OKP", "crv": "X25519", "x": "AA"}, {"kty": "OKP", "crv": "X25519", "x": "A" * 43}]
)
def test_a_senders_key_that_is_none_is_refused(epk: object) -> None:
    """The last one is a point of low order: with it everybody derives the same secret."""
    head = urlsafe_b64encode(json.dumps(USUAL | {"epk": epk}).encode()).decode()
    token = ".".join([head, *SEALED.split(".")[1:]])
    assert open_usual(token, KEY.private_key) is None
    with pytest.raises(Poison):
        keys.unseal(token, KEY)


def test_a_key_of_another_curve_is_left_to_the_library() -> None:
    assert open_usual(SEALED, OKPKey.generate_key("X448").private_key) is None
