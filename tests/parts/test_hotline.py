"""The hotline's door on real servers: signed calls only, each of them one petition."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.installation import Installation
from tests.conftest import Install
from tests.eventually import eventually_sync

from .opened import base_url, open_door, petitions, refusal, restart, told, traits

DOOR = "/hotline/430406/phone_12388"
SECRET = "0123456789abcdef0123456789abcdef-hotline"
CANARY = "金丝雀拟名"
CALL: dict[str, Any] = {
    "call_id": "000-1000-0000/2023-03-01",
    "started_at": "2023-03-01T09:30:00+08:00",
    "transcript": f"虚构:来电人反映{CANARY}的鱼塘承包款未公开",
    "caller": {"name": CANARY, "contact": "000-1000-0000"},
    "accused": [{"name": CANARY, "organisation": "某村民委员会", "post": "主任"}],
    "village": "430406003004",
}


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """An installation whose hotline door is open."""
    started = install(replay=False)
    shut = httpx.post(base_url(started) + DOOR, json=CALL)
    assert refusal(shut, 404, silent=CANARY) == ("not_set_up", [])
    open_door(started, "430406.phone_12388.hotline", {"secret": SECRET})
    return started


@pytest.fixture
def http(installation: Installation) -> Iterator[httpx.Client]:
    """A client of intake's doors."""
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        yield client


def signed(body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """The headers of a hotline's system."""
    timestamp = str(int(time.time()) - age)
    mac = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "X-Xinfang-Timestamp": timestamp,
        "X-Xinfang-Signature": f"sha256={mac}",
        "Content-Type": "application/json",
    }


def call(http: httpx.Client, *, age: int = 0, **changes: Any) -> httpx.Response:
    body = json.dumps(CALL | changes, ensure_ascii=False).encode()
    return http.post(DOOR, content=body, headers=signed(body, age=age))


def test_a_call_becomes_a_petition(http: httpx.Client, installation: Installation) -> None:
    response = call(http)
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    found = traits(installation, response.json()["petition"])
    assert (found["channel"], found["form"], found["town"]) == ("phone_12388", "call", "430406003")


def test_a_call_may_say_nothing_of_who_calls(http: httpx.Client) -> None:
    body = json.dumps({"call_id": "bare-1", "started_at": CALL["started_at"], "transcript": "虚构"}).encode()
    assert http.post(DOOR, content=body, headers=signed(body)).status_code == 201


def test_the_same_call_again_has_the_same_number_after_a_kill_too(
    http: httpx.Client, installation: Installation
) -> None:
    first, before = call(http, call_id="again-1"), petitions(installation)
    again = call(http, call_id="again-1", age=-3)
    restart(installation)
    later = call(http, call_id="again-1", started_at="2023-03-01T01:30:00Z")
    assert [first.status_code, again.status_code, later.status_code] == [201, 200, 200]
    assert first.json() == again.json() == later.json()
    assert petitions(installation) == before


@pytest.mark.parametrize(
    "change", [{"transcript": "另一内容"}, {"caller": None}, {"started_at": "2023-03-01T09:31:00+08:00"}]
)
def test_the_same_call_with_another_body_is_refused(http: httpx.Client, change: dict[str, Any]) -> None:
    key = f"reused-{next(iter(change))}"
    first = call(http, call_id=key)
    assert refusal(call(http, call_id=key, **change), 409, silent=CANARY)[0] == "id_reused"
    assert call(http, call_id=key).json() == first.json()


@pytest.mark.parametrize("age", [301, -360])
def test_a_signature_of_another_time_is_refused(http: httpx.Client, age: int) -> None:
    assert refusal(call(http, call_id="late-1", age=age), 401, silent=CANARY) == ("wrong_signature", [])


@pytest.mark.parametrize(
    "change",
    [
        {"X-Xinfang-Signature": ""},
        {"X-Xinfang-Signature": "sha256="},
        {"X-Xinfang-Signature": "sha256=" + "0" * 64},
        {"X-Xinfang-Timestamp": ""},
        {"X-Xinfang-Timestamp": "1e9"},
        {"X-Xinfang-Timestamp": str(int(time.time()) + 1000)},
    ],
)
def test_a_wrong_signature_is_refused(http: httpx.Client, installation: Installation, change: dict[str, str]) -> None:
    body, before = json.dumps(CALL | {"call_id": "wrong-1"}).encode(), petitions(installation)
    wrong = http.post(DOOR, content=body, headers=signed(body) | change)
    assert refusal(wrong, 401, silent=CANARY) == ("wrong_signature", [])
    for header in change:
        left_out = {name: value for name, value in signed(body).items() if name != header}
        assert refusal(http.post(DOOR, content=body, headers=left_out), 401, silent=CANARY)[0] == "wrong_signature"
    assert petitions(installation) == before


def test_a_signature_is_good_for_its_own_body_and_secret_only(http: httpx.Client) -> None:
    body = json.dumps(CALL | {"call_id": "other-1"}).encode()
    assert http.post(DOOR, content=body + b" ", headers=signed(body)).status_code == 401
    assert http.post(DOOR, content=body, headers=signed(body, secret=SECRET[::-1])).status_code == 401


def test_a_stranger_is_told_nothing_of_what_is_wrong_in_the_body(http: httpx.Client) -> None:
    assert refusal(http.post(DOOR, json={"x": CANARY}), 401, silent=CANARY) == ("wrong_signature", [])


@pytest.mark.parametrize("body", [b"", b"{", CANARY.encode(), b"[" * 50_000, b"\xff"])
@pytest.mark.parametrize("signature", [{}, {"X-Xinfang-Signature": "sha256=" + "0" * 64}], ids=["unsigned", "wrong"])
def test_who_has_not_signed_is_refused_before_the_body_is_looked_at(
    http: httpx.Client, body: bytes, signature: dict[str, str]
) -> None:
    headers = signed(b"another") | signature if signature else {"Content-Type": "application/json"}
    assert refusal(http.post(DOOR, content=body, headers=headers), 401, silent=CANARY) == ("wrong_signature", [])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"call_id": ""}, "call_id"),
        ({"call_id": "x" * 201}, "call_id"),
        ({"started_at": "2023-03-01T09:30:00"}, "started_at"),
        ({"started_at": CANARY}, "started_at"),
        ({"transcript": " \n"}, "transcript"),
        ({"transcript": f"{CANARY}\x00"}, "transcript"),
        ({"transcript": "字" * 19_901}, "transcript"),
        ({"caller": {"name": CANARY, "phone": "1"}}, "caller"),
        ({"village": CANARY}, "village"),
        ({"channel": "web"}, "body"),
    ],
)
def test_a_wrong_shape_is_told_by_place(http: httpx.Client, change: dict[str, Any], where: str) -> None:
    assert refusal(call(http, **change), 422, silent=CANARY) == ("wrong_shape", [where])


@pytest.mark.parametrize("body", [b"", b"{", b'{"call_id": "\\ud800"}', b"[" * 50_000, b"\xff"])
def test_what_is_no_json_is_refused(http: httpx.Client, body: bytes) -> None:
    assert refusal(http.post(DOOR, content=body, headers=signed(body)), 422, silent=CANARY)[0] == "wrong_shape"


def test_a_body_of_ten_megabytes_is_refused(http: httpx.Client) -> None:
    assert call(http, transcript="字" * 3_500_000).status_code == 413


@pytest.mark.parametrize("path", ["430406/letter", "430406/wechat", "430406/..%2Fvault", "990001/hotline"])
def test_what_is_no_hotline_has_no_such_door(http: httpx.Client, path: str) -> None:
    body = json.dumps(CALL).encode()
    assert http.post(f"/hotline/{path}", content=body, headers=signed(body)).status_code == 404


def test_no_word_and_no_call_id_stands_in_any_file(installation: Installation) -> None:
    assert eventually_sync(lambda: bool(told(installation, ["intake.petition_registered.v1"])))
    words = [CANARY, "000-1000-0000", "承包款未公开", SECRET]
    found = {path: word for path, word in told(installation, words).items() if path.parts[0] != "keys"}
    assert found == {}
