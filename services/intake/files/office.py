"""Word, Excel and PowerPoint files by their insides, old and new; those with macros are none. Bytes in, a type out."""

import struct
import zipfile
from io import BytesIO

MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * 1024 * 1024
_MAX_TYPES = 1024 * 1024

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_MAIN_PARTS = {
    "word/document.xml": f"{_OPEN_XML}.wordprocessingml.document",
    "xl/workbook.xml": f"{_OPEN_XML}.spreadsheetml.sheet",
    "ppt/presentation.xml": f"{_OPEN_XML}.presentationml.presentation",
}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLE_STREAMS = {
    "WordDocument": "application/msword",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
}
_OLE_MACROS = ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA")
_ENTRY = 128
_END = b"PK\x05\x06"


def ooxml_type(content: bytes) -> str | None:
    """The type of a docx, xlsx or pptx; None for another zip, one with macros, and one that would unpack too large."""
    if not content.startswith(b"PK\x03\x04") or not 0 < _entries(content) <= MAX_ENTRIES:
        return None
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if not _is_sound(entries) or "[Content_Types].xml" not in names:
                return None
            with archive.open("[Content_Types].xml") as part:
                types = part.read(_MAX_TYPES).lower()
    # zipfile answers a broken archive with whatever its parts raise.
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError):
        return None
    if b"macroenabled" in types or b"vbaproject" in types:
        return None
    found = {media_type for part, media_type in _MAIN_PARTS.items() if part in names}
    return found.pop() if len(found) == 1 else None


def _entries(content: bytes) -> int:
    """How many entries the archive says it has, before anything reads them all."""
    at = content.rfind(_END)
    return struct.unpack_from("<H", content, at + 10)[0] if 0 <= at <= len(content) - 22 else 0


def _is_sound(entries: list[zipfile.ZipInfo]) -> bool:
    """No bomb, no macro, nothing locked, and no name twice: of two parts another reader may open the other one."""
    names = [entry.filename.lower() for entry in entries]
    return (
        len(entries) <= MAX_ENTRIES
        and sum(entry.file_size for entry in entries) <= MAX_UNPACKED
        and len(set(names)) == len(names)
        and not any(name.endswith("vbaproject.bin") for name in names)
        and not any(entry.flag_bits & 0x1 for entry in entries)
    )


def ole_type(content: bytes) -> str | None:
    """The type of a doc, xls or ppt by the names in its directory (MS-CFB); None with macros, and for other OLE files.

    Directory entries are 128 bytes and stand in sectors of 512 or more, so that each begins at a multiple of 128.
    """
    if not content.startswith(_OLE):
        return None
    names = {_entry_name(content[at : at + _ENTRY]) for at in range(512, len(content), _ENTRY)}
    if names & set(_OLE_MACROS):
        return None
    return next((media_type for stream, media_type in _OLE_STREAMS.items() if stream in names), None)


def _entry_name(entry: bytes) -> str | None:
    """The name of a directory entry that is in use: UTF-16 with a closing zero, its length in bytes at 64."""
    if len(entry) < _ENTRY or entry[66] not in {1, 2, 5}:
        return None
    length = int.from_bytes(entry[64:66], "little")
    if not 2 < length <= 64 or length % 2 or entry[length - 2 : length] != b"\x00\x00":
        return None
    return entry[: length - 2].decode("utf-16-le", errors="replace")
