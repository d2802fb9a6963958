"""The public's form on real servers: what is sent is registered with its files, once, and told to nobody."""

import json
import re
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from xinfang_contracts.intake import SealedFile, SealedPetition
from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.intake.decide import Attachment
from services.intake.files import attachments
from services.intake.files.attachments import MAX_BYTES, MAX_FILES, unpack
from services.intake.returns import receipt
from services.intake.vault import documents
from services.intake.vault.masters import MASTER
from services.runtime import keys
from tests.flows import outside

CANARY = "金丝雀拟名"
FORM = "/430406/report"
POSTER = "/430406/report/qr_mashang"
TEXT = f"虚构：{CANARY}的鱼塘承包款未公开\r\n问过两次"
ABOUT_A_LEADER = {"accused.0.organisation": "雁峰区纪委监委", "accused.0.post": "主要负责同志"}
PHOTO = b"\xff\xd8\xff\xe1\x00\x10Exif" + bytes(range(256)) * 40
PDF = b"%PDF-1.7\n" + CANARY.encode()

File = tuple[str, tuple[str, bytes, str]]


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """One installation; its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


@pytest.fixture
async def http(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of intake's doors."""
    async with outside.http(installation) as client:
        yield client


def file(name: str, content: bytes, said: str = "application/octet-stream") -> File:
    return "files", (name, content, said)


def png(size: int) -> bytes:
    head = struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0)
    head += struct.pack(">I", zlib.crc32(head[4:]))
    return (b"\x89PNG\r\n\x1a\n" + head).ljust(size, b"\x5a")


async def fresh_key(http: httpx.AsyncClient, path: str = FORM) -> str:
    """The key of a form that has just been opened."""
    found = re.search(r'name="key" value="([^"]+)"', (await http.get(path)).text)
    assert found is not None
    return found[1]


async def send(http: httpx.AsyncClient, key: str, *files: File, path: str = FORM, **fields: str) -> httpx.Response:
    data = {"key": key, "text": TEXT} | fields
    # Without a file a browser sends an empty part.
    return await http.post(path, data=data, files=list(files) or [file("", b"")], headers={"Accept": "text/html"})


def told(response: httpx.Response) -> tuple[str, str]:
    """Number and code of an answer page."""
    number = re.search(r"430406-20\d\d-\d{6}", response.text)
    code = re.search(r'<p class="code"[^>]*>([^<]+)</p>', response.text)
    assert number and code, response.text
    return number[0], code[1]


def places(response: httpx.Response) -> list[str]:
    """The fields to which the error summary leads."""
    summary = response.text.split('class="error-summary"', 1)[-1].split("</ul>", 1)[0]
    return re.findall(r'href="#([^"]+)"', summary)


async def stored_files(installation: Installation, number: str) -> list[Attachment]:
    """A petition's files as the vault opens them, in their order."""
    rows = await outside.rows(
        installation,
        "SELECT d.ciphertext, v.wrapped_key FROM intake.documents d JOIN intake.vault v USING (petition)"
        " WHERE d.petition = $1 AND d.kind = 'file'",
        number,
    )
    master = keys.secret(installation.folder / "keys", MASTER)
    opened = [documents.unlock(row["ciphertext"], number, documents.unwrap(row["wrapped_key"], master)) for row in rows]
    return [unpack(one) for one in sorted(opened, key=lambda one: int(json.loads(one.split(b"\n", 1)[0])["file"]))]


async def state_of(installation: Installation, number: str) -> dict[str, Any]:
    (row,) = await outside.rows(installation, "SELECT state FROM intake.petitions WHERE petition = $1", number)
    state: dict[str, Any] = json.loads(row["state"])
    return state


async def petitions(installation: Installation) -> int:
    (row,) = await outside.rows(installation, "SELECT count(*) AS n FROM intake.petitions")
    return int(row["n"])


# -- what is taken


async def test_a_form_with_files_is_registered_and_its_files_open_to_the_same_bytes(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    files = [file("C:\\桌面\\照片.JPG", PHOTO, "text/html"), file("笔录", PDF)]
    answer = await send(http, await fresh_key(http), *files, village="430406003004", **{"reporter.name": CANARY})
    assert answer.status_code == 201
    number, code = told(answer)
    assert receipt.read(code) == code
    traits = (await state_of(installation, number))["traits"]
    assert (traits["channel"], traits["form"], traits["town"]) == ("web", "net", "430406003")
    assert await stored_files(installation, number) == [
        Attachment("照片.jpg", "image/jpeg", PHOTO),
        Attachment("笔录.pdf", "application/pdf", PDF),
    ]


async def test_a_poster_leads_to_a_form_of_its_own_channel(http: httpx.AsyncClient, installation: Installation) -> None:
    shown = await http.get(POSTER)
    assert "码上清廉" in shown.text
    number, _ = told(await send(http, await fresh_key(http, POSTER), path=POSTER))
    assert (await state_of(installation, number))["traits"]["channel"] == "qr_mashang"


async def test_the_form_works_without_multipart_and_without_anything_but_a_text(http: httpx.AsyncClient) -> None:
    answer = await http.post(FORM, data={"key": await fresh_key(http), "text": TEXT})
    assert answer.status_code == 201
    assert "无法联系您" in answer.text


async def test_sent_again_the_same_form_is_answered_with_the_same_number_and_code(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    key, files = await fresh_key(http), [file("照片.jpg", PHOTO)]
    first, before = await send(http, key, *files), await petitions(installation)
    again = await send(http, key, *files)
    assert (first.status_code, again.status_code) == (201, 200)
    assert told(first) == told(again)
    assert await petitions(installation) == before
    assert len(await stored_files(installation, told(first)[0])) == 1


@pytest.mark.parametrize("files", [[], [file("照片.jpg", PHOTO + b"1")], [file("照片.jpg", PHOTO)] * 2])
async def test_the_same_form_with_other_files_is_refused_on_a_page_that_leads_to_a_new_one(
    http: httpx.AsyncClient, files: list[File]
) -> None:
    key = await fresh_key(http)
    assert (await send(http, key, file("照片.jpg", PHOTO))).status_code == 201
    refused = await send(http, key, *files)
    assert refused.status_code == 409
    assert f'href="{FORM}"' in refused.text


async def test_files_of_a_sealed_petition_reach_its_one_reader_whole_and_nobody_else(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    documents = "SELECT count(*) AS n FROM intake.documents"
    before = (await outside.rows(installation, documents))[0]["n"]
    recording = b"#!AMR\n" + bytes(range(256)) * 1200
    key, files = await fresh_key(http), [file("照片.jpg", PHOTO), file(f"{CANARY}.amr", recording)]
    first, again = [await send(http, key, *files, **ABOUT_A_LEADER) for _ in range(2)]
    assert (first.status_code, told(first)) == (201, told(again))
    number, _ = told(first)
    assert (await state_of(installation, number))["status"] == "sealed"
    assert (await outside.rows(installation, documents))[0]["n"] == before
    await outside.rest(installation)
    sealed = [one for one in await outside.stored(installation, Stream.SEALED) if number.encode() in one.data]
    types = [(one.headers or {})["ce-type"] for one in sealed]
    assert types == ["intake.sealed_petition.v1", *["intake.sealed_file.v1"] * 5]
    private = keys.private_key(installation.folder / "keys", "430406.superior_430400")
    petition = SealedPetition.model_validate_json(sealed[0].data)
    assert CANARY in keys.unseal(petition.content, private).decode()
    parts = [SealedFile.model_validate_json(one.data) for one in sealed[1:]]
    assert [(one.file, one.part, one.of) for one in parts] == [(0, 0, 1), *((1, part, 4) for part in range(4))]
    opened = [unpack(keys.unseal(one.content, private)) for one in parts]
    assert opened[0] == Attachment("照片.jpg", "image/jpeg", PHOTO)
    assert b"".join(one.content for one in opened[1:]) == recording
    assert {one.name for one in opened[1:]} == {f"{CANARY}.amr"}


@pytest.mark.parametrize("fields", [{}, ABOUT_A_LEADER], ids=["registered", "sealed"])
async def test_the_largest_files_are_taken(
    http: httpx.AsyncClient, installation: Installation, fields: dict[str, str]
) -> None:
    files = [file(f"{i}.png", png(size)) for i, size in enumerate((MAX_BYTES, MAX_BYTES, MAX_BYTES // 2))]
    answer = await send(http, await fresh_key(http), *files, **fields)
    assert answer.status_code == 201
    await outside.rest(installation)


async def test_nobody_can_tell_from_the_answer_that_a_petition_was_sealed(http: httpx.AsyncClient) -> None:
    pages = []
    for fields in ({}, ABOUT_A_LEADER):
        answer = await send(http, await fresh_key(http), file("照片.jpg", PHOTO), **fields)
        number, code = told(answer)
        page = answer.text.split('<table class="spelt">')[0]
        pages.append((answer.status_code, page.replace(number, "").replace(code, "")))
    assert pages[0] == pages[1]


# -- what is not taken


@pytest.mark.parametrize(
    ("fields", "files", "where"),
    [
        ({"text": " \r\n"}, [], ["text"]),
        ({"text": "字" * 20_001}, [], ["text"]),
        ({"text": f"{CANARY}\x00"}, [], ["text"]),
        ({"accused.0.name": CANARY * 30}, [], ["accused-0-name"]),
        ({"accused.0.rank": CANARY}, [], ["accused-0-rank"]),
        ({"village": "430406999999"}, [], ["village"]),
        ({"reporter.contact": CANARY * 50}, [], ["reporter-contact"]),
        ({}, [file("1.jpg", PHOTO), file(f"{CANARY}.exe", b"MZ")], ["files"]),
        ({}, [file("1.jpg", PHOTO)] * (MAX_FILES + 1), ["files"]),
        ({}, [file("1.png", png(MAX_BYTES + 1))], ["files"]),
        ({}, [file("1.png", png(9 << 20))] * 3, ["files"]),
        ({"text": "", "reporter.name": "长" * 101}, [file("空.txt", b"")], ["text", "reporter-name", "files"]),
        ({"key": "short"}, [], ["send"]),
    ],
)
async def test_a_form_with_faults_comes_back_with_what_was_typed_and_each_fault_beside_its_field(
    http: httpx.AsyncClient,
    installation: Installation,
    fields: dict[str, str],
    files: list[File],
    where: list[str],
) -> None:
    before = await petitions(installation)
    typed = {"key": await fresh_key(http), "accused.0.organisation": "某村民委员会"} | fields
    answer = await send(http, typed.pop("key"), *files, **typed)
    assert answer.status_code == 422
    assert places(answer) == where
    for field in set(where) - {"send"}:
        assert re.search(
            rf'id="{field}"[^>]*aria-describedby="[^"]*{field}-wrong"[^>]*aria-invalid="true"', answer.text
        )
        assert f'id="{field}-wrong"' in answer.text
    assert 'value="某村民委员会"' in answer.text
    assert f"{CANARY}.exe" not in answer.text
    assert await petitions(installation) == before


async def test_a_form_that_was_put_right_is_registered_under_the_same_key(http: httpx.AsyncClient) -> None:
    key = await fresh_key(http)
    wrong = await send(http, key, text="")
    assert f'name="key" value="{key}"' in wrong.text
    assert (await send(http, key)).status_code == 201


async def test_what_was_typed_comes_back_escaped(http: httpx.AsyncClient) -> None:
    answer = await send(http, await fresh_key(http), text='</textarea><b id="x">', village="x")
    assert answer.status_code == 422
    assert '<b id="x">' not in answer.text
    assert "&lt;/textarea&gt;" in answer.text


@pytest.mark.parametrize(
    "path", ["/990001/report", "/x/report", f"{FORM}/nowhere", f"{FORM}/letter", f"{FORM}/yidiantong"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_district_or_channel_is_a_page_that_says_so(
    http: httpx.AsyncClient, path: str, method: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == 404
    assert "没有这个网页" in answer.text


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"no boundary in here", "multipart/form-data; boundary=x"),
        (b"a=1&" * 100, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
async def test_what_is_no_whole_form_is_answered_with_a_page(
    http: httpx.AsyncClient, body: bytes, media_type: str
) -> None:
    answer = await http.post(FORM, content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 422
    assert "<html" in answer.text


async def test_a_body_in_a_strange_encoding_is_answered_like_any_other(http: httpx.AsyncClient) -> None:
    key = await fresh_key(http)
    fields = {"key": key, "text": "\\ud800", "village": "\\ud800x"}
    head = "--x\r\nContent-Disposition: form-data; name="
    body = "".join(f'{head}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    media_type = "multipart/form-data; boundary=x; charset=unicode_escape"
    answer = await http.post(FORM, content=f"{body}--x--\r\n".encode(), headers={"Content-Type": media_type})
    assert answer.status_code == 422
    assert sorted(places(answer)) == ["text", "village"]


async def test_files_that_are_far_too_large_are_answered_with_a_page_that_a_browser_gets_to_see(
    http: httpx.AsyncClient,
) -> None:
    answer = await send(http, await fresh_key(http), *[file("1.png", png(9 << 20))] * 4)
    assert answer.status_code == 413
    assert "文件太大" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_while_the_database_is_away_a_page_says_that_nothing_is_lost_and_the_same_form_works_later(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    key = await fresh_key(http)
    installation.postgres.stop()
    try:
        away = await send(http, key, file("照片.jpg", PHOTO))
    finally:
        installation.postgres.start()
    assert away.status_code == 503
    assert "不会重复登记" in away.text and CANARY not in away.text
    assert int(away.headers["retry-after"]) > 0
    installation.wait_ready(["intake"])
    assert (await send(http, key, file("照片.jpg", PHOTO))).status_code in {200, 201}


# -- what a page leaves behind


async def test_a_page_keeps_nothing_asks_nobody_and_runs_nothing(http: httpx.AsyncClient) -> None:
    for page in (await http.get(FORM), await send(http, await fresh_key(http)), await send(http, "short")):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "script" not in page.headers["content-security-policy"]
        assert "set-cookie" not in page.headers
        assert "<script" not in page.text and " style=" not in page.text and "onload" not in page.text
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)


async def test_the_code_stands_in_no_address_and_what_was_sent_in_no_log_and_no_stream(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    answer = await send(http, await fresh_key(http), file(f"{CANARY}.jpg", PHOTO))
    _, code = told(answer)
    assert not [one for one in re.findall(r'(?:src|href|action)="([^"]*)"', answer.text) if code in one]
    logs = b"".join(one.read_bytes() for one in (installation.folder / "logs").iterdir())
    assert code.encode() not in logs
    assert CANARY.encode() not in logs and json.dumps(CANARY)[1:-1].encode() not in logs
    await outside.rest(installation)
    for stream in (Stream.EVENTS, Stream.NOTICES, Stream.SEALED, Stream.DEAD):
        for message in await outside.stored(installation, stream):
            written = message.data + str(message.headers).encode()
            assert code.encode() not in written and CANARY.encode() not in written


async def test_a_file_can_be_read_in_no_table(http: httpx.AsyncClient, installation: Installation) -> None:
    await send(http, await fresh_key(http), file(f"{CANARY}.pdf", PDF))
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        found = await connection.fetchval(
            "SELECT count(*) FROM intake.documents"
            " WHERE position($1 IN ciphertext) > 0 OR position($2 IN ciphertext) > 0",
            CANARY.encode(),
            b"%PDF-1.7",
        )
    finally:
        await connection.close()
    assert found == 0


def test_no_fault_names_a_file() -> None:
    _, faults = attachments.check([(CANARY, b"MZ")])
    assert CANARY not in str(faults)
