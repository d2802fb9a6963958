"""Intake's HTTP doors on real servers: every answer there is, repeats, races and deaths, and not a word told."""

import asyncio
import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.installation import Installation
from services.intake.doors.forms import GivenPetition
from services.intake.ledgers.register import COLUMNS
from services.intake.returns import receipt
from services.intake.submission import DOOR, Submission, door_id, incoming_of
from services.runtime import keys, tokens
from tests.eventually import eventually_sync
from tests.rules.given import YANFENG

CANARY = "金丝雀拟名"
PETITIONS = "/v1/430406/petitions"
LEDGER = "/v1/430406/ledger"
GIVEN: dict[str, Any] = {
    "channel": "web",
    "text": f"虚构:{CANARY}的鱼塘承包款未公开",
    "accused": [{"name": CANARY, "organisation": "某村民委员会", "post": "主任", "rank": "village_or_other"}],
    "reporter": {"name": CANARY, "contact": "000-1000-0000"},
    "village": "430406003004",
}
LIMIT = 262_144
FILE_LIMIT = 33_554_432


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """One installation for all doors; its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


@pytest.fixture
def http(installation: Installation) -> Iterator[httpx.Client]:
    """A client of intake's doors."""
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        yield client


def base_url(installation: Installation) -> str:
    return f"http://127.0.0.1:{installation.running['intake'].port}"


def post(http: httpx.Client, key: str, **changes: Any) -> httpx.Response:
    return http.post(PETITIONS, json=GIVEN | changes, headers={"Idempotency-Key": key})


def post_raw(http: httpx.Client, body: bytes, media_type: str = "application/json") -> httpx.Response:
    headers = {"Idempotency-Key": "raw-00000001", "Content-Type": media_type}
    return http.post(PETITIONS, content=body, headers=headers)


def refusal(response: httpx.Response, status: int) -> tuple[str, list[str]]:
    """The reason and the places of an error, which must be bilingual, and silent about what was sent."""
    assert response.status_code == status, response.text
    assert CANARY not in response.text
    body = response.json()
    assert " / " in body["text"] and body["text"][0] > "\u3000"
    assert all(" / " in fault["what"] for fault in body["errors"])
    return body["reason"], [fault["where"] for fault in body["errors"]]


def query(installation: Installation, statement: str, *arguments: Any) -> Any:
    """One value from the database, as its owner."""

    async def run() -> Any:
        connection = await asyncpg.connect(installation.postgres.url)
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            await connection.close()

    return asyncio.run(run())


def petitions(installation: Installation) -> int:
    return int(query(installation, "SELECT count(*) FROM intake.petitions"))


def restart(installation: Installation, crash_at: str | None = None) -> None:
    installation.kill_service("intake")
    installation.start_service("intake", crash_at=crash_at)
    installation.wait_ready(["intake"])


# -- one petition


def test_a_petition_is_answered_with_its_number_and_a_receipt_that_can_be_read_out(http: httpx.Client) -> None:
    response = post(http, "plain-0001")
    assert response.status_code == 201
    assert set(response.json()) == {"petition", "receipt"}
    assert response.json()["petition"].startswith("430406-20")
    assert receipt.read(response.json()["receipt"]) == response.json()["receipt"]
    assert response.headers["cache-control"] == "no-store"


def test_the_same_key_and_petition_again_is_answered_the_same(http: httpx.Client, installation: Installation) -> None:
    first, before = post(http, "again-0001"), petitions(installation)
    again = post(http, "again-0001")
    reordered = json.dumps(GIVEN | {"accused": [dict(reversed(GIVEN["accused"][0].items()))]}, indent=3)
    spaced = http.post(
        PETITIONS,
        content=reordered,
        headers={"Idempotency-Key": "again-0001", "Content-Type": "application/json"},
    )
    assert [first.status_code, again.status_code, spaced.status_code] == [201, 200, 200]
    assert first.json() == again.json() == spaced.json()
    assert petitions(installation) == before


def test_what_came_in_before_the_inbox_had_a_key_of_its_own_is_known_when_it_is_sent_again(
    http: httpx.Client, installation: Installation
) -> None:
    first = post(http, "earlier-0001").json()
    folder = installation.folder / "keys"
    submission = Submission(
        DOOR, door_id("http", YANFENG, DOOR, "earlier-0001", folder), GIVEN["channel"], GivenPetition(**GIVEN).content()
    )
    made = incoming_of(submission, YANFENG, folder, datetime.now(UTC))
    assert query(installation, "SELECT body_hash FROM intake.inbox WHERE key = $1", made.key) == made.body_hash
    assert made.earlier_hash not in (None, made.body_hash)
    update = "UPDATE intake.inbox SET body_hash = $2 WHERE key = $1 RETURNING 1"
    assert query(installation, update, made.key, made.earlier_hash) == 1
    again = post(http, "earlier-0001")
    assert (again.status_code, again.json()) == (200, first)
    assert refusal(post(http, "earlier-0001", text="另一内容"), 409) == ("id_reused", ["Idempotency-Key"])


def test_another_key_is_another_petition_with_another_receipt(http: httpx.Client) -> None:
    one, other = post(http, "other-0001").json(), post(http, "other-0002").json()
    assert one["petition"] != other["petition"]
    assert one["receipt"] != other["receipt"]


@pytest.mark.parametrize("change", [{"text": "另一内容"}, {"channel": "qr_mashang"}, {"reporter": None}])
def test_the_same_key_with_another_petition_is_refused_each_time(http: httpx.Client, change: dict[str, Any]) -> None:
    key = f"reused-{next(iter(change))}"
    first = post(http, key)
    for _ in range(3):
        assert refusal(post(http, key, **change), 409) == ("id_reused", ["Idempotency-Key"])
    assert post(http, key).json() == first.json()


def test_twenty_at_once_with_one_key_are_one_petition(installation: Installation) -> None:
    async def race() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=base_url(installation), timeout=40) as client:
            headers = {"Idempotency-Key": "race-0001"}
            return await asyncio.gather(*(client.post(PETITIONS, json=GIVEN, headers=headers) for _ in range(20)))

    before = petitions(installation)
    answers = asyncio.run(race())
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert petitions(installation) == before + 1


@pytest.mark.parametrize(
    "accused",
    [
        {"name": CANARY, "rank": "county"},
        {"organisation": "雁峰区纪委监委", "post": "主要负责同志"},
    ],
)
def test_a_petition_that_must_be_sealed_is_answered_like_any_other(
    http: httpx.Client, installation: Installation, accused: dict[str, str]
) -> None:
    before = int(query(installation, "SELECT count(*) FROM intake.documents"))
    key = f"sealed-{accused.get('rank', 'own')}"
    first, again = post(http, key, accused=[accused]), post(http, key, accused=[accused])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert set(first.json()) == {"petition", "receipt"}
    state = query(
        installation, "SELECT state->>'status' FROM intake.petitions WHERE petition = $1", first.json()["petition"]
    )
    assert state == "sealed"
    assert int(query(installation, "SELECT count(*) FROM intake.documents")) == before


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_publish", "before_acknowledge"])
def test_who_gets_no_answer_because_intake_dies_sends_again_and_there_is_one_petition(
    installation: Installation, point: str
) -> None:
    before = petitions(installation)
    restart(installation, crash_at=point)
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        try:
            answered = post(client, f"death-{point}").json()
        except httpx.TransportError:
            answered = None
        process = installation.running["intake"].process
        assert eventually_sync(lambda: process.poll() is not None)
    restart(installation)
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        again = post(client, f"death-{point}")
    assert again.status_code == (201 if point == "before_commit" else 200)
    assert answered in (None, again.json())
    assert petitions(installation) == before + 1


def test_a_kill_between_two_tries_changes_nothing(installation: Installation) -> None:
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        first = post(client, "killed-0001")
    restart(installation)
    with httpx.Client(base_url=base_url(installation), timeout=40) as client:
        again = post(client, "killed-0001")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_while_the_database_is_away_nothing_is_lost_and_the_same_key_works_later(
    installation: Installation, http: httpx.Client
) -> None:
    table = written([ledger_row(1, prefix="away")])
    installation.postgres.stop()
    try:
        response, of_ledger = post(http, "away-0001"), hand_in_ledger(http, installation, table)
    finally:
        installation.postgres.start()
    for one in (response, of_ledger):
        assert refusal(one, 503) == ("try_again", [])
        assert int(one.headers["retry-after"]) > 0
    installation.wait_ready(["intake"])
    assert eventually_sync(lambda: post(http, "away-0001").status_code in (200, 201))
    assert hand_in_ledger(http, installation, table).json()["accepted"] == 1


# -- what is refused


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"text": None}, "text"),
        ({"text": ""}, "text"),
        ({"text": " \n\u3000"}, "text"),
        ({"text": "字" * 20_001}, "text"),
        ({"text": f"{CANARY}\x00"}, "text"),
        ({"text": [CANARY]}, "text"),
        ({"channel": CANARY}, "channel"),
        ({"accused": [{"name": CANARY * 30}]}, "accused.0.name"),
        ({"accused": [{}, {"name": f"{CANARY}\x00"}]}, "accused.1.name"),
        ({"accused": [{"rank": CANARY}]}, "accused.0.rank"),
        ({"accused": [{"unit": CANARY}]}, "accused.0.unit"),
        ({"accused": [{"organization": CANARY}]}, "accused.0"),
        ({"accused": [{CANARY: 1}]}, "accused.0"),
        ({"accused": [{}] * 21}, "accused"),
        ({"accused": CANARY}, "accused"),
        ({"reporter": CANARY}, "reporter"),
        ({"reporter": {"contact": CANARY * 50}}, "reporter.contact"),
        ({"village": CANARY}, "village"),
        ({"receipt": CANARY * 4}, "receipt"),
        ({CANARY: CANARY}, "body"),
    ],
)
def test_a_wrong_shape_is_told_by_place_and_never_by_content(
    http: httpx.Client, change: dict[str, Any], where: str
) -> None:
    assert refusal(post(http, "shape-0001", **change), 422) == ("wrong_shape", [where])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        f'{{"channel": "web", "text": {CANARY}}}'.encode(),
        f'{{"channel": "web", "text": "{CANARY}'.encode() + b'\\ud800"}',
        f'{{"channel": "web", "text": "{CANARY}'.encode() + b'\xff"}',
        json.dumps(GIVEN, ensure_ascii=False).encode("utf-16"),
        json.dumps(GIVEN, ensure_ascii=False).encode("gb18030"),
        b'{"channel": "web", "text": NaN}',
        b"[" * 100_000,
        b'"' + CANARY.encode() + b'"',
        f"[{json.dumps(GIVEN)}]".encode(),
    ],
)
def test_what_is_no_json_of_ours_is_refused(http: httpx.Client, body: bytes) -> None:
    assert refusal(post_raw(http, body), 422) == ("wrong_shape", ["body"])


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=x", CANARY.encode().hex()])
def test_what_is_not_called_json_is_refused(http: httpx.Client, media_type: str) -> None:
    assert refusal(post_raw(http, json.dumps(GIVEN).encode(), media_type), 422) == ("wrong_shape", ["body"])


@pytest.mark.parametrize(
    "key", [None, "", "7-chars", "x" * 201, "with blank 1", "bel\x7f-00000001", "caf\u00e9-00000001"]
)
def test_a_key_must_be_eight_to_two_hundred_visible_characters(http: httpx.Client, key: str | None) -> None:
    headers = {} if key is None else {b"Idempotency-Key": key.encode("latin-1")}
    response = http.post(PETITIONS, json=GIVEN, headers=headers)
    assert refusal(response, 422) == ("wrong_shape", ["Idempotency-Key"])


@pytest.mark.parametrize("key", ["8-chars!", "~" * 200])
def test_the_shortest_and_the_longest_key_are_taken(http: httpx.Client, key: str) -> None:
    assert post(http, key).status_code == 201


def test_a_wrong_channel_does_not_use_the_key_up(http: httpx.Client) -> None:
    assert refusal(post(http, "channel-0001", channel="nowhere"), 422) == ("unknown_channel", ["channel"])
    assert refusal(post(http, "channel-0001", channel="yidiantong"), 422) == ("not_entitled", ["channel"])
    assert post(http, "channel-0001").status_code == 201


@pytest.mark.parametrize("path", ["/v1/990001/petitions", "/v1/x/petitions", "/v1/990001/ledger"])
def test_an_unknown_district_is_not_found(http: httpx.Client, path: str) -> None:
    response = http.post(path, json=GIVEN, headers={"Idempotency-Key": "district-0001"})
    assert refusal(response, 404) == ("unknown_district", [])


def test_a_body_over_the_limit_is_refused_by_its_length_and_by_counting(http: httpx.Client) -> None:
    body = json.dumps(GIVEN | {"text": CANARY * 60_000}).encode()
    assert len(body) > LIMIT
    chunks = (body[start : start + 1000] for start in range(0, len(body), 1000))
    headers = {"Idempotency-Key": "large-00001", "Content-Type": "application/json"}
    for content in (body, chunks):
        response = http.post(PETITIONS, content=content, headers=headers)
        assert response.status_code == 413
        assert " / " in response.text and CANARY not in response.text
    assert post(http, "large-00001").status_code == 201


def test_the_longest_text_is_taken(http: httpx.Client) -> None:
    assert post(http, "longest-0001", text="𠮷" * 20_000).status_code == 201


# -- the ledger


def ledger_row(number: int, *, prefix: str = "2023", **cells: str) -> dict[str, str]:
    return {
        "编号": f"{prefix}-{number:03d}",
        "收件日期": f"2023-03-{number % 28 + 1:02d}",
        "渠道": ("来信", "visit", "12388举报电话")[number % 3],
        "举报人": CANARY,
        "被反映人": f"{CANARY}{number}",
        "所涉村社区": "430406003004",
        "反映内容": f"虚构第{number}件:{CANARY}",
    } | cells


def written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def token_of(installation: Installation, actor: str = "office_petition", district: str = "430406") -> str:
    return tokens.make(keys.secret(installation.folder / "keys", tokens.SECRET), actor, district, 1)


def hand_in_ledger(
    http: httpx.Client, installation: Installation, ledger: bytes, *, token: str | None = None, **query: Any
) -> httpx.Response:
    bearer = token_of(installation) if token is None else token
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "text/csv; charset=utf-8"}
    return http.post(LEDGER, content=ledger, headers=headers, params=query)


def test_a_ledger_of_fifty_rows_taken_in_twice_gives_the_same_numbers(
    http: httpx.Client, installation: Installation
) -> None:
    table = written([ledger_row(number) for number in range(50)])
    before = petitions(installation)
    dry = hand_in_ledger(http, installation, table, dry_run=True).json()
    assert (dry["accepted"], dry["refused"]) == (50, 0)
    assert dry["rows"][0] == {"row": 2, "serial": "2023-000"}
    assert petitions(installation) == before
    first = hand_in_ledger(http, installation, table)
    again = hand_in_ledger(http, installation, table.decode().encode("gb18030"))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    rows = first.json()["rows"]
    assert (first.json()["accepted"], first.json()["refused"], len(rows)) == (50, 0, 50)
    assert [row["row"] for row in rows] == list(range(2, 52))
    assert len({row["petition"] for row in rows}) == 50
    assert all(receipt.read(row["receipt"]) for row in rows)
    assert petitions(installation) == before + 50
    traits = json.loads(
        query(installation, "SELECT state->>'traits' FROM intake.petitions WHERE petition = $1", rows[7]["petition"])
    )
    assert (traits["received_on"], traits["channel"], traits["town"]) == ("2023-03-08", "visit", "430406003")


def test_good_rows_are_taken_in_beside_wrong_ones(http: httpx.Client, installation: Installation) -> None:
    rows = [
        ledger_row(1, prefix="mixed"),
        ledger_row(2, prefix="mixed", 渠道="监督一点通", 收件日期=CANARY),
        ledger_row(3, prefix="mixed", 编号=CANARY),
        ledger_row(4, prefix="mixed"),
    ]
    response = hand_in_ledger(http, installation, written(rows))
    assert response.status_code == 200
    assert CANARY not in response.text
    report = response.json()
    assert (report["accepted"], report["refused"]) == (2, 2)
    assert [row.get("serial") for row in report["rows"]] == [
        "mixed-001",
        "mixed-002",
        None,
        "mixed-004",
    ]
    faults = [[fault["where"] for fault in row.get("errors", [])] for row in report["rows"]]
    assert faults == [[], ["收件日期", "渠道"], ["编号"], []]
    assert ["petition" in row and "receipt" in row for row in report["rows"]] == [True, False, False, True]


def test_a_serial_used_before_for_another_petition_is_refused_each_time(
    http: httpx.Client, installation: Installation
) -> None:
    first = hand_in_ledger(http, installation, written([ledger_row(1, prefix="used")]))
    for _ in range(2):
        changed = hand_in_ledger(http, installation, written([ledger_row(1, prefix="used", 反映内容="另一内容")]))
        (row,) = changed.json()["rows"]
        assert [fault["where"] for fault in row["errors"]] == ["编号"]
        assert "petition" not in row
    again = hand_in_ledger(http, installation, written([ledger_row(1, prefix="used")]))
    assert again.json() == first.json()


def test_a_key_in_the_form_of_a_row_is_given_neither_its_number_nor_its_receipt(
    http: httpx.Client, installation: Installation
) -> None:
    taken = hand_in_ledger(http, installation, written([ledger_row(1, prefix="guess")])).json()["rows"][0]
    guessed = post(http, "ledger/guess-001").json()
    assert guessed["petition"] != taken["petition"]
    assert guessed["receipt"] != taken["receipt"]


@pytest.mark.parametrize(
    ("ledger", "reason", "where"),
    [
        (b"", "wrong_headings", list(COLUMNS)),
        (CANARY.encode(), "wrong_headings", list(COLUMNS)),
        (written([])[:-2] + b",x\r\n", "wrong_headings", ["row 1"]),
        (written([]).decode().encode("utf-16"), "wrong_encoding", ["file"]),
        (written([ledger_row(1)]) + f'"{CANARY}'.encode(), "wrong_csv", ["row 3"]),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_whole(
    http: httpx.Client, installation: Installation, ledger: bytes, reason: str, where: list[str]
) -> None:
    assert refusal(hand_in_ledger(http, installation, ledger), 422) == (reason, where)


def test_a_ledger_over_the_limit_is_refused(http: httpx.Client, installation: Installation) -> None:
    assert hand_in_ledger(http, installation, written([ledger_row(1)]) + b"\r\n" * (FILE_LIMIT // 2)).status_code == 413


def test_a_wrong_query_is_not_repeated(http: httpx.Client, installation: Installation) -> None:
    response = hand_in_ledger(http, installation, written([]), dry_run=CANARY)
    assert refusal(response, 422) == ("wrong_shape", ["dry_run"])


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5", CANARY])
def test_without_a_token_nobody_takes_a_ledger_in(http: httpx.Client, header: str | None) -> None:
    headers = {} if header is None else {b"Authorization": header.encode()}
    response = http.post(LEDGER, content=written([ledger_row(1)]), headers=headers)
    assert refusal(response, 401) == ("no_valid_token", [])
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_is_none(http: httpx.Client, installation: Installation) -> None:
    secret = keys.secret(installation.folder / "keys", tokens.SECRET)
    expired = tokens.make(secret, "office_petition", "430406", -1)
    response = hand_in_ledger(http, installation, written([]), token=expired)
    assert refusal(response, 401) == ("no_valid_token", [])


@pytest.mark.parametrize(
    ("actor", "district"),
    [
        ("office_petition", "430407"),
        ("office_trial", "430406"),
        ("unit_430406001", "430406"),
        ("leader_principal", "430406"),
        ("superior_430400", "430406"),
    ],
)
def test_only_the_petition_office_of_the_district_takes_a_ledger_in(
    http: httpx.Client, installation: Installation, actor: str, district: str
) -> None:
    token = token_of(installation, actor, district)
    response = hand_in_ledger(http, installation, written([ledger_row(1)]), token=token)
    assert refusal(response, 403) == ("not_entitled", [])


# -- never tells


def test_no_word_and_no_key_stands_in_any_file(http: httpx.Client, installation: Installation) -> None:
    """Logs, streams, write-ahead log and tables: what was said above stands nowhere in readable form."""
    number = "000-1234-5678"
    assert post(http, f"phone-{number}", reporter={"name": CANARY, "contact": number}).status_code == 201
    code = post(http, f"phone-{number}", reporter={"name": CANARY, "contact": number}).json()["receipt"]
    secrets = [word.encode() for word in (CANARY, number, "承包款未公开", code)]
    secrets.append(json.dumps(CANARY)[1:-1].encode())
    told = found_in(installation.folder, secrets)
    assert told == {}
    # The search reads what the servers write: what may be told is found in both.
    public = found_in(installation.folder, [b"intake.petition_registered.v1"])
    assert {path.parts[0] for path in public} == {"nats", "postgres"}
    log = (installation.folder / "logs" / "intake.log").read_text()
    assert "round.committed" in log
    assert "127.0.0.1" not in "".join(line for line in log.splitlines() if "service.started" not in line)


def found_in(folder: Path, words: list[bytes]) -> dict[Path, str]:
    """Which of the words stands in which file."""
    found: dict[Path, str] = {}
    for path in folder.rglob("*"):
        # The servers are running: a file that was listed may be gone.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                found |= {path.relative_to(folder): word.decode() for word in words if word in content}
    return found
