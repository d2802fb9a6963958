"""The doors for letters, visits and calls that a clerk writes down, on real servers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.installation import Installation
from services.runtime import keys, tokens
from services.runtime.clock import civil_date
from tests.conftest import Install

from .opened import base_url, petitions, refusal, traits

CANARY = "金丝雀拟名"
GIVEN: dict[str, Any] = {
    "text": f"虚构:{CANARY}的鱼塘承包款未公开",
    "accused": [{"name": CANARY, "organisation": "某村民委员会", "rank": "village_or_other"}],
    "reporter": {"name": CANARY, "contact": "000-1000-0000"},
    "village": "430406003004",
    "received_on": "2023-03-01",
}
FORMS = pytest.mark.parametrize(
    ("path", "form", "default", "other"),
    [
        ("letters", "letter", "letter", "letter"),
        ("visits", "visit", "visit", "evening_talk"),
        ("calls", "call", "phone_12388", "phone_12388"),
    ],
)


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation for all of them."""
    return install(replay=False)


@pytest.fixture
def http(installation: Installation) -> Iterator[httpx.Client]:
    """A client of intake's doors, with a clerk's token."""
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    bearer = {"Authorization": f"Bearer {tokens.make(secret, 'office_petition', '430406', 1)}"}
    with httpx.Client(base_url=base_url(installation), timeout=40, headers=bearer) as client:
        yield client


def write_down(http: httpx.Client, path: str, key: str, **changes: Any) -> httpx.Response:
    given = {name: value for name, value in (GIVEN | changes).items() if value is not ...}
    return http.post(f"/v1/430406/{path}", json=given, headers={"Idempotency-Key": key})


@FORMS
def test_what_a_clerk_writes_down_has_the_right_form_channel_and_day(
    http: httpx.Client, installation: Installation, path: str, form: str, default: str, other: str
) -> None:
    first = write_down(http, path, f"{path}-00001")
    named = write_down(http, path, f"{path}-00002", channel=other)
    assert (first.status_code, named.status_code) == (201, 201)
    found = traits(installation, first.json()["petition"])
    assert (found["form"], found["channel"], found["received_on"]) == (form, default, "2023-03-01")
    found = traits(installation, named.json()["petition"])
    assert (found["form"], found["channel"]) == (form, other)


@FORMS
def test_the_same_key_again_is_the_same_petition(
    http: httpx.Client, installation: Installation, path: str, form: str, default: str, other: str
) -> None:
    first, before = write_down(http, path, f"{path}-again"), petitions(installation)
    again, named = write_down(http, path, f"{path}-again"), write_down(http, path, f"{path}-again", channel=default)
    assert [first.status_code, again.status_code, named.status_code] == [201, 200, 200]
    assert first.json() == again.json() == named.json()
    changed = write_down(http, path, f"{path}-again", received_on="2023-02-28")
    assert refusal(changed, 409, silent=CANARY) == ("id_reused", ["Idempotency-Key"])
    assert petitions(installation) == before


def test_a_key_belongs_to_who_uses_it_and_to_one_form(http: httpx.Client) -> None:
    letter = write_down(http, "letters", "shared-0001")
    assert write_down(http, "visits", "shared-0001").status_code == 409
    public = http.post(
        "/v1/430406/petitions",
        json={"channel": "web", "text": "虚构"},
        headers={"Idempotency-Key": "shared-0001"},
    )
    assert public.status_code == 201
    assert public.json()["petition"] != letter.json()["petition"]
    assert public.json()["receipt"] != letter.json()["receipt"]


def test_without_a_day_it_was_received_today(http: httpx.Client, installation: Installation) -> None:
    number = write_down(http, "visits", "today-00001", received_on=...).json()["petition"]
    today = civil_date(datetime.now(UTC))
    found = datetime.fromisoformat(traits(installation, number)["received_on"]).date()
    assert found in (today, today + timedelta(days=1))


def test_a_day_to_come_is_refused_and_does_not_use_the_key_up(http: httpx.Client) -> None:
    day = (civil_date(datetime.now(UTC)) + timedelta(days=2)).isoformat()
    response = write_down(http, "letters", "future-0001", received_on=day)
    assert refusal(response, 422, silent=CANARY) == ("wrong_shape", ["received_on"])
    assert write_down(http, "letters", "future-0001").status_code == 201


@pytest.mark.parametrize(
    ("path", "channel", "reason"),
    [
        ("letters", "visit", "wrong_form"),
        ("visits", "phone_12388", "wrong_form"),
        ("calls", "yidiantong", "wrong_form"),
        ("letters", "nowhere", "unknown_channel"),
    ],
)
def test_a_channel_must_be_of_the_form(http: httpx.Client, path: str, channel: str, reason: str) -> None:
    response = write_down(http, path, "channel-0001", channel=channel)
    assert refusal(response, 422, silent=CANARY) == (reason, ["channel"])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"text": " "}, "text"),
        ({"text": f"{CANARY}\x00"}, "text"),
        ({"received_on": CANARY}, "received_on"),
        ({"receipt": CANARY * 4}, "receipt"),
        ({"channel": f"../{CANARY}"}, "channel"),
        ({CANARY: 1}, "body"),
    ],
)
def test_a_wrong_shape_is_told_by_place(http: httpx.Client, change: dict[str, Any], where: str) -> None:
    assert refusal(write_down(http, "calls", "shape-00001", **change), 422, silent=CANARY) == ("wrong_shape", [where])


@FORMS
def test_only_the_petition_office_may_write_down(
    installation: Installation, path: str, form: str, default: str, other: str
) -> None:
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    with httpx.Client(base_url=base_url(installation), timeout=40) as stranger:
        assert refusal(write_down(stranger, path, "nobody-0001"), 401, silent=CANARY) == ("no_valid_token", [])
        # Before the body is looked at.
        assert refusal(write_down(stranger, path, "x", text=1), 401, silent=CANARY) == ("no_valid_token", [])
        for actor, district in (("office_trial", "430406"), ("office_petition", "430407")):
            stranger.headers["Authorization"] = f"Bearer {tokens.make(secret, actor, district, 1)}"
            assert refusal(write_down(stranger, path, "nobody-0001"), 403, silent=CANARY) == ("not_entitled", [])


def test_a_body_of_ten_megabytes_is_refused(http: httpx.Client) -> None:
    assert write_down(http, "letters", "large-00001", text="字" * 3_500_000).status_code == 413
