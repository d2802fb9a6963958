"""Files at the doors for clerks, hotlines and reporters who come back, on real servers."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from xinfang_contracts.intake import SealedFile, SealedPetition
from xinfang_contracts.registry import Stream
from xinfang_contracts.vault import DocumentRead

from services.installation import Installation
from services.intake.decide import Attachment
from services.intake.files.attachments import MAX_BYTES, MAX_FILES, unpack
from services.intake.sealed.sealing import digest_of
from services.runtime import keys
from tests.conftest import Install
from tests.flows import outside
from tests.flows.doors import DOORS, PHOTO, Call, multipart, open_doors
from tests.flows.outside import DISTRICT, clerk, fresh, rest, stored
from tests.flows.returns import OFFICE, WAYS, Comer, comer
from tests.parts.vaulted import opened, read

CANARY = "金丝雀拟名"
SUPERIOR = "superior_430400"
ON_THE_PRINCIPAL = f"虚构:区纪委书记收受{CANARY}两只"
SCAN = ("扫描.pdf", b"%PDF-1.7\n" + CANARY.encode())
TAKEN = [Attachment("照片.jpg", "image/jpeg", PHOTO), Attachment("扫描.pdf", "application/pdf", SCAN[1])]
RECORDING = b"#!AMR\n" + bytes(range(256)) * 1200
PATHS = pytest.mark.parametrize("path", ["letters", "visits", "calls"])
BESIDE = pytest.mark.parametrize("path", ["letters", "returns/material", "returns/answers"])


@pytest.fixture(scope="module")
def installation(install: Install) -> Installation:
    """One installation, with the hotline's door open."""
    started = install(replay=False)
    open_doors(started)
    return started


@pytest.fixture
async def http(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of intake's doors, with a clerk's token."""
    async with outside.http(installation) as client:
        client.headers["Authorization"] = clerk(installation)["Authorization"]
        yield client


async def post(
    http: httpx.AsyncClient,
    path: str,
    given: Mapping[str, object],
    *files: tuple[str, bytes],
    key: str | None = None,
    part: str = "files",
) -> httpx.Response:
    body, kind = multipart(given, *files)
    body = body.replace(b'name="files"', f'name="{part}"'.encode())
    headers = {"Idempotency-Key": key or fresh("with-files"), "Content-Type": kind}
    return await http.post(f"/v1/{DISTRICT}/{path}", content=body, headers=headers)


async def sent(http: httpx.AsyncClient, call: Call) -> str:
    """The number of what a call has handed in."""
    answer = await call.send(http)
    assert answer.status_code in (200, 201), answer.text
    return call.numbers(answer)[0]


async def read_files(installation: Installation, petition: str) -> list[Attachment]:
    """As the petition office reads them: the petition, what else there is, and each of it part by part."""
    first = await read(installation, OFFICE, petition)
    assert isinstance(first, DocumentRead)
    ids = [one.document for one in first.others or () if one.kind == "file"]
    packed = [await read_whole(installation, petition, document) for document in ids]
    return [unpack(one) for one in sorted(packed, key=lambda one: int(json.loads(one.partition(b"\n")[0])["file"]))]


async def read_whole(installation: Installation, petition: str, document: str) -> bytes:
    parts, of, part = b"", 1, 1
    while part <= of:
        answer = await read(installation, OFFICE, petition, document=document, part=part)
        assert isinstance(answer, DocumentRead), answer
        parts, of, part = parts + opened(installation, OFFICE, answer), answer.of, part + 1
    return parts


async def told_of(installation: Installation, petition: str, type_: str) -> dict[str, Any]:
    """The only fact of that type on a petition."""
    await rest(installation)
    (one,) = [
        one
        for one in await stored(installation, Stream.EVENTS)
        if one.headers["ce-type"] == type_ and petition.encode() in one.data
    ]
    fact: dict[str, Any] = json.loads(one.data)
    return fact


def refusal(response: httpx.Response, status: int = 422) -> list[str]:
    """The places of what is wrong; the answer repeats nothing."""
    assert response.status_code == status, response.text
    assert CANARY not in response.text
    return [fault["where"] for fault in response.json()["errors"]]


# -- what is taken


@PATHS
async def test_a_clerk_hands_in_scans_with_the_entry_and_the_office_reads_them(
    http: httpx.AsyncClient, installation: Installation, path: str
) -> None:
    key = fresh("scan")
    files = [("C:\\桌面\\照片.JPG", PHOTO), SCAN]
    first, again = [await post(http, path, {"text": f"虚构:{CANARY}"}, *files, key=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await read_files(installation, first.json()["petition"]) == TAKEN
    other = await post(http, path, {"text": f"虚构:{CANARY}"}, SCAN, key=key)
    assert refusal(other, 409) == ["Idempotency-Key"]


@PATHS
async def test_an_entry_without_files_is_the_same_as_json_and_as_multipart(http: httpx.AsyncClient, path: str) -> None:
    key, given = fresh("same"), {"text": f"虚构:{CANARY}"}
    as_json = await http.post(f"/v1/{DISTRICT}/{path}", json=given, headers={"Idempotency-Key": key})
    as_part = await post(http, path, given, key=key)
    assert (as_json.status_code, as_part.status_code) == (201, 200)
    assert as_json.json() == as_part.json()


async def test_the_entry_may_come_as_a_file_of_curl(http: httpx.AsyncClient, installation: Installation) -> None:
    parts: dict[str, Any] = {
        "entry": ("entry.json", json.dumps({"text": "虚构"}).encode(), "application/json"),
        "files": SCAN,
    }
    answer = await http.post(f"/v1/{DISTRICT}/letters", files=parts, headers={"Idempotency-Key": fresh("curl")})
    assert answer.status_code == 201
    assert await read_files(installation, answer.json()["petition"]) == TAKEN[1:]


async def test_a_recording_comes_with_its_call(http: httpx.AsyncClient, installation: Installation) -> None:
    call = DOORS["recording"].call(installation, fresh("call"), CANARY)
    number = await sent(http, call)
    assert await sent(http, call) == number
    (recording,) = await read_files(installation, number)
    assert (recording.name, recording.media_type) == (f"{CANARY}.amr", "audio/amr")


async def test_a_signature_covers_the_recording_too(http: httpx.AsyncClient, installation: Installation) -> None:
    call = DOORS["recording"].call(installation, fresh("call"), "虚构")
    changed = call.content.replace(b"#!AMR\n", b"#!AMR\r")
    assert (await http.post(call.url, content=changed, headers=call.headers)).status_code == 401


@pytest.mark.parametrize("way", ["material", "material_page", "answer", "answer_page"])
async def test_what_a_reporter_brings_is_read_by_the_office_under_the_ids_it_is_told(
    http: httpx.AsyncClient, installation: Installation, way: str
) -> None:
    by = await comer(installation, "虚构")
    await sent(http, WAYS[way](installation, by, fresh("brought"), CANARY))
    kind = way.removesuffix("_page")
    type_ = {"material": "intake.material_added.v1", "answer": "intake.reporter_answered.v1"}[kind]
    fact = await told_of(installation, by.petition, type_)
    assert (await read_whole(installation, by.petition, fact["document"]["document"])).decode() == CANARY
    (file,) = [await read_whole(installation, by.petition, one["document"]) for one in fact["files"]]
    assert unpack(file) == Attachment(f"{CANARY}.jpg", "image/jpeg", PHOTO + CANARY.encode())


@pytest.mark.parametrize("text", ["虚构", ON_THE_PRINCIPAL], ids=["registered", "sealed"])
async def test_the_same_key_with_another_file_is_refused(
    http: httpx.AsyncClient, installation: Installation, text: str
) -> None:
    by, key = await comer(installation, text, asked=False), fresh("other-file")
    entry = {"receipt": by.receipt, "text": "虚构"}
    answers = [await post(http, "returns/material", entry, file, key=key) for file in (SCAN, SCAN, ("1.jpg", PHOTO))]
    assert [answer.status_code for answer in answers] == [201, 200, 409]


async def test_files_brought_for_a_sealed_petition_reach_its_reader_beside_what_they_came_with(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    by = await comer(installation, ON_THE_PRINCIPAL, asked=False)
    entry = {"receipt": by.receipt, "text": f"虚构的补充:{CANARY}"}
    answer = await post(http, "returns/material", entry, SCAN, (f"{CANARY}.amr", RECORDING))
    assert answer.status_code == 201
    await rest(installation)
    found = [one for one in await stored(installation, Stream.SEALED) if by.petition.encode() in one.data]
    first, later, *files = found
    assert {one.headers["ce-type"] for one in files} == {"intake.sealed_file.v1"}
    private = keys.private_key(installation.folder / "keys", f"{DISTRICT}.{SUPERIOR}")
    envelopes = [SealedPetition.model_validate_json(one.data) for one in (first, later)]
    assert CANARY in keys.unseal(envelopes[1].content, private).decode()
    parts = [SealedFile.model_validate_json(one.data) for one in files]
    assert {one.beside for one in parts} == {digest_of(envelopes[1].content)}
    unsealed = [unpack(keys.unseal(one.content, private)) for one in parts]
    assert unsealed[0] == TAKEN[1]
    assert b"".join(one.content for one in unsealed[1:]) == RECORDING
    kept = "SELECT 1 FROM intake.documents WHERE petition = $1"
    assert not await outside.rows(installation, kept, by.petition)


async def test_from_the_answer_nobody_can_tell_that_files_were_sealed(
    http: httpx.AsyncClient, installation: Installation
) -> None:
    told = []
    for text in ("虚构", ON_THE_PRINCIPAL):
        by = await comer(installation, text, asked=False)
        for way in ("material", "material_page"):
            answer = await WAYS[way](installation, by, fresh("brought"), "虚构").send(http)
            page = answer.text.replace(by.petition, "").replace(by.receipt, "")
            told.append((way, answer.status_code, page if way == "material" else page.split("<form")[0]))
    assert told[:2] == told[2:]


# -- what is not


@pytest.fixture
async def by(installation: Installation) -> Comer:
    """Who comes back."""
    return await comer(installation, "虚构")


def entry_of(path: str, by: Comer) -> dict[str, object]:
    more: dict[str, dict[str, object]] = {
        "returns/material": {"receipt": by.receipt},
        "returns/answers": {"receipt": by.receipt, "question": by.question},
    }
    return {"text": f"虚构:{CANARY}"} | more.get(path, {})


@BESIDE
@pytest.mark.parametrize(
    ("files", "where"),
    [
        ([("1.jpg", PHOTO), (f"{CANARY}.jpg", b"MZ")], ["files.1"]),
        ([("1.jpg", b"")], ["files.0"]),
        ([("1.jpg", PHOTO)] * (MAX_FILES + 1), ["files"]),
        ([("1.jpg", PHOTO + bytes(MAX_BYTES))], ["files.0"]),
        ([("1.jpg", PHOTO + bytes(9 << 20))] * 3, ["files"]),
    ],
    ids=["no type", "empty", "too many", "too large", "too large together"],
)
async def test_a_file_that_is_not_taken_is_named_by_its_place_and_nothing_is_stored(
    http: httpx.AsyncClient,
    installation: Installation,
    by: Comer,
    path: str,
    files: list[tuple[str, bytes]],
    where: list[str],
) -> None:
    before = await rows_of_the_vault(installation)
    key = fresh("mended")
    assert refusal(await post(http, path, entry_of(path, by), *files, key=key)) == where
    assert await rows_of_the_vault(installation) == before
    assert (await post(http, path, entry_of(path, by), SCAN, key=key)).status_code == 201


@BESIDE
async def test_a_misspelt_part_is_an_error_or_its_file_would_be_lost(
    http: httpx.AsyncClient, by: Comer, path: str
) -> None:
    assert refusal(await post(http, path, entry_of(path, by), SCAN, part=f"file{CANARY}")) == ["body"]


@pytest.mark.parametrize(
    ("parts", "where"),
    [
        ({"files": SCAN}, ["entry"]),
        ({"entry": (None, "{"), "files": SCAN}, ["body"]),
        ({"entry": (None, '{"text": "虚构"}'.encode("gbk"))}, []),
        ({"entry": (None, '{"text": "虚构"}'), "files": (None, CANARY)}, ["files"]),
        ({"entry": (None, json.dumps({"text": " "})), "files": SCAN}, ["text"]),
    ],
    ids=["no entry", "no JSON", "not in UTF-8", "no file", "nothing said"],
)
async def test_a_body_that_is_not_as_it_should_be_is_refused(
    http: httpx.AsyncClient, parts: dict[str, Any], where: list[str]
) -> None:
    answer = await http.post(f"/v1/{DISTRICT}/letters", files=parts, headers={"Idempotency-Key": fresh("odd-body")})
    assert refusal(answer) == where


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; x"])
async def test_a_body_that_is_no_multipart_is_refused(http: httpx.AsyncClient, kind: str) -> None:
    headers = {"Idempotency-Key": fresh("odd-body"), "Content-Type": kind}
    assert refusal(await http.post(f"/v1/{DISTRICT}/letters", content=CANARY.encode(), headers=headers)) == []


async def test_a_stranger_with_a_receipt_of_nobody_learns_nothing_of_their_files(http: httpx.AsyncClient) -> None:
    entry = {"receipt": "0000-0000-0000-00000", "text": "虚构"}
    answer = await post(http, "returns/material", entry, ("1.exe", b"MZ"))
    assert "files.0" not in answer.text and answer.status_code in (404, 422)


async def test_a_page_comes_back_with_what_was_written_and_says_which_file_is_wrong(
    http: httpx.AsyncClient, installation: Installation, by: Comer
) -> None:
    data = {"receipt": by.receipt, "key": fresh("hidden-key"), "text": f"虚构:{CANARY}"}
    files = [("files", ("1.jpg", PHOTO)), ("files", (f"{CANARY}.exe", b"MZ"))]
    again = await http.post(f"/{DISTRICT}/status/material", data=data, files=files)
    assert again.status_code == 422
    assert "第 2 个文件" in again.text and "请重新选择" in again.text and f"{CANARY}.exe" not in again.text
    assert f"虚构:{CANARY}</textarea>" in again.text
    assert (await http.post(f"/{DISTRICT}/status/material", data=data, files=files[:1])).status_code == 200


async def rows_of_the_vault(installation: Installation) -> int:
    """Less what the fixtures put there: asked right before and right after."""
    (row,) = await outside.rows(installation, "SELECT count(*) AS n FROM intake.documents")
    return int(row["n"])
