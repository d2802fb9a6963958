"""What may come with a petition: told by its content, named by its place, stored under a safe name."""

import json
import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.decide import Attachment
from services.intake.files import attachments, office
from services.intake.files.attachments import (
    ENDINGS,
    MAX_BYTES,
    MAX_FILES,
    MAX_NAME,
    check,
    clean_name,
    pack,
    unpack,
)

CANARY = "金丝雀"
OPEN_XML = "application/vnd.openxmlformats-officedocument"
MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")


def iso(brand: bytes, *compatible: bytes, tracks: tuple[bytes, ...] = ()) -> bytes:
    brands = brand + bytes(4) + b"".join(compatible)
    boxes = b"".join(struct.pack(">I", 32) + b"hdlr" + bytes(8) + track + bytes(12) for track in tracks)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + boxes


def riff(kind: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 36) + kind + b"fmt " + bytes(24)


def ooxml(main: str, *others: str, types: str = "<Types/>", size: int = 10) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in (main, *others):
            archive.writestr(name, b"0" * size)
    return written.getvalue()


def ole(*streams: str) -> bytes:
    def entry(name: str) -> bytes:
        written = name.encode("utf-16-le") + b"\x00\x00"
        return written.ljust(64, b"\x00") + struct.pack("<HB", len(written), 2) + bytes(61)

    directory = b"".join(entry(name) for name in ("Root Entry", *streams)).ljust(1024, b"\x00")
    return bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504 + 512) + directory


def encrypted(archive: bytes) -> bytes:
    """The same archive, its entries said to be locked."""
    at = archive.index(b"PK\x01\x02")
    return archive[: at + 8] + b"\x01" + archive[at + 9 :]


TAKEN: dict[str, tuple[str, bytes]] = {
    "photo": ("image/jpeg", b"\xff\xd8\xff\xe1\x00\x10Exif" + bytes(40)),
    "png": ("image/png", png()),
    "webp": ("image/webp", riff(b"WEBP")),
    "heic": ("image/heic", iso(b"heic", b"mif1", b"heic")),
    "heic of brand mif1": ("image/heic", iso(b"mif1", b"mif1", b"heic")),
    "mp3 with a tag": ("audio/mpeg", b"ID3\x03" + bytes(30) + MP3_FRAME),
    "mp3": ("audio/mpeg", MP3_FRAME * 3),
    "mp3, one frame": ("audio/mpeg", MP3_FRAME),
    "mp3, MPEG-2": ("audio/mpeg", b"\xff\xf3\x80\x00" + bytes(208 - 4) + b"\xff\xf3\x80\x00"),
    "wav": ("audio/wav", riff(b"WAVE")),
    "m4a": ("audio/mp4", iso(b"M4A ", b"mp42", tracks=(b"soun",))),
    "voice recording": ("audio/mp4", iso(b"mp42", b"isom", tracks=(b"soun",))),
    "aac": ("audio/aac", b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(60)),
    "ogg": ("audio/ogg", b"OggS\x00\x02" + bytes(40)),
    "amr": ("audio/amr", b"#!AMR\n" + bytes(40)),
    "amr, wide band": ("audio/amr", b"#!AMR-WB\n" + bytes(40)),
    "pdf": ("application/pdf", b"%PDF-1.7\n%%EOF"),
    "pdf after a byte order mark": ("application/pdf", b"\xef\xbb\xbf%PDF-1.4\n"),
    "docx": (f"{OPEN_XML}.wordprocessingml.document", ooxml("word/document.xml")),
    "xlsx": (f"{OPEN_XML}.spreadsheetml.sheet", ooxml("xl/workbook.xml")),
    "pptx": (f"{OPEN_XML}.presentationml.presentation", ooxml("ppt/presentation.xml")),
    "doc": ("application/msword", ole("1Table", "WordDocument")),
    "xls": ("application/vnd.ms-excel", ole("Workbook")),
    "xls of 1995": ("application/vnd.ms-excel", ole("Book")),
    "ppt": ("application/vnd.ms-powerpoint", ole("Current User", "PowerPoint Document")),
}
REFUSED: dict[str, bytes] = {
    "empty": b"",
    "text": "文字".encode(),
    "text in UTF-16": "\ufeff文字".encode("utf-16-le"),
    "page": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "program": b"MZ" + bytes(200),
    "gif": b"GIF89a" + bytes(40),
    "film": iso(b"mp42", b"isom", tracks=(b"vide", b"soun")),
    "film without a sound": iso(b"isom", tracks=(b"vide",)),
    "avif": iso(b"avif", b"mif1", b"avif"),
    "one frame's head and no second": b"\xff\xfb\x90\x00" + bytes(2000),
    "another zip": ooxml("readme.txt"),
    "jar": ooxml("META-INF/MANIFEST.MF", "word/document.xml")[:-30],
    "two documents in one": ooxml("word/document.xml", "xl/workbook.xml"),
    "docx with macros": ooxml("word/document.xml", "word/vbaProject.bin"),
    "docx with macros by another name": ooxml(
        "word/document.xml", types='<Types><Override ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    ),
    "docm": ooxml(
        "word/document.xml",
        types="application/vnd.ms-word.document.macroEnabled.main+xml",
    ),
    "a bomb of few large parts": ooxml("word/document.xml", *(f"{i}" for i in range(20)), size=12 * 1024 * 1024),
    "a bomb of many parts": ooxml("word/document.xml", *(f"{i}" for i in range(office.MAX_ENTRIES)), size=0),
    "locked docx": encrypted(ooxml("word/document.xml")),
    "half a docx": ooxml("word/document.xml")[:80],
    "doc with macros": ole("WordDocument", "_VBA_PROJECT"),
    "xls with macros": ole("Workbook", "_VBA_PROJECT_CUR"),
    "locked docx in OLE": ole("EncryptedPackage", "EncryptionInfo"),
    "mail in OLE": ole("__nameid_version1.0"),
    "OLE without a directory": bytes.fromhex("d0cf11e0a1b11ae1"),
}


@pytest.mark.parametrize("kind", TAKEN)
def test_what_is_taken_is_told_by_its_content_whatever_its_name(kind: str) -> None:
    media_type, content = TAKEN[kind]
    taken, faults = check([("program.exe", content)])
    assert not faults
    assert [(one.media_type, one.content) for one in taken] == [(media_type, content)]
    assert taken[0].name == f"program.exe{ENDINGS[media_type][0]}"


@pytest.mark.parametrize("kind", REFUSED)
def test_everything_else_is_refused_by_its_place_and_never_by_its_name(kind: str) -> None:
    taken, faults = check([("a.png", png()), ("b.png", png()), (f"{CANARY}.jpg", REFUSED[kind])])
    assert len(taken) == 2
    assert [fault.where for fault in faults] == ["files.2"]
    assert " / " in faults[0].what and CANARY not in faults[0].what


def test_a_name_twice_in_an_archive_is_refused() -> None:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<one/>")
        archive.writestr("word/DOCUMENT.xml", "<other/>")
    assert office.ooxml_type(written.getvalue()) is None


def test_the_largest_file_is_taken_and_a_byte_more_is_not() -> None:
    largest = png().ljust(MAX_BYTES, b"\x00")
    assert check([("a.png", largest)])[1] == []
    assert [fault.what for fault in check([("a.png", largest + b"\x00")])[1]] == [attachments.TOO_LARGE]


def test_files_are_counted_and_weighed_together() -> None:
    small, heavy = ("a.png", png()), ("a.png", png().ljust(9 * 1024 * 1024, b"\x00"))
    assert check([small] * MAX_FILES)[1] == []
    assert [fault.what for fault in check([small] * (MAX_FILES + 1))[1]] == [attachments.TOO_MANY]
    assert [fault.what for fault in check([heavy] * 3)[1]] == [attachments.TOO_LARGE_TOGETHER]
    assert {fault.where for fault in check([heavy] * 7)[1]} == {"files"}


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("photo.PNG", "photo.png"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("../../etc/photo.png", "photo.png"),
        ("\u202egnp.exe", "gnp.exe.png"),
        ("a\x00\r\nb\u2028.png", "ab.png"),
        ("a\ud800.png", "a.png"),
        ("  村 务\t公开 .png", "村 务公开.png"),
        ("", "附件.png"),
        ("...", "附件.png"),
        (".png", "附件.png"),
        ("photo", "photo.png"),
        ("长" * 300 + ".png", "长" * 116 + ".png"),
    ],
)
def test_a_name_is_made_safe_and_is_never_a_reason_to_refuse(given_name: str, stored: str) -> None:
    assert clean_name(given_name, "image/png") == stored


@given(name=st.text(st.characters(codec=None), max_size=300), media_type=st.sampled_from(sorted(ENDINGS)))
def test_every_name_becomes_a_short_one_that_can_be_written_and_ends_as_its_type(name: str, media_type: str) -> None:
    stored = clean_name(name, media_type)
    assert 0 < len(stored) <= MAX_NAME
    assert stored.encode() and stored.isprintable()
    assert "/" not in stored and "\\" not in stored
    assert stored.lower().endswith(ENDINGS[media_type])
    assert clean_name(stored, media_type) == stored


@given(content=st.binary(max_size=400))
def test_any_bytes_at_all_have_a_type_or_none(content: bytes) -> None:
    for head in (b"", b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"), b"\x00\x00\x00\x20ftyp", b"\xff\xfb"):
        found = attachments.media_type_of(head + content)
        assert found is None or found in ENDINGS


@given(content=st.binary(max_size=100))
def test_a_file_is_packed_with_its_name_and_type_and_comes_out_the_same(content: bytes) -> None:
    file = Attachment("村务\n公开.png", "image/png", content)
    more: dict[str, Any] = {"file": 0}
    packed = pack(file, **more)
    assert unpack(packed) == file
    assert json.loads(packed.split(b"\n", 1)[0]) == {"name": file.name, "media_type": "image/png", "file": 0}
