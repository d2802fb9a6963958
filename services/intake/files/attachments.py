"""Files that come with a petition: what is taken, told by its content alone. Bytes in, attachments or faults out.

Neither the name nor the sender's word decides what a file is. puremagic was measured and is not asked: it knows neither
HEIC of brand ``mif1`` nor MPEG-2 audio, and calls a telephone's voice recording a video.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from services.runtime.faults import Fault

from ..decide import Attachment
from .office import ole_type, ooxml_type

MAX_FILES = 6
MAX_BYTES = 10 * 1024 * 1024
MAX_BYTES_TOGETHER = 25 * 1024 * 1024
MAX_NAME = 120
UNNAMED = "附件"

ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg", ".jfif"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "audio/mpeg": (".mp3",),
    "audio/wav": (".wav",),
    "audio/mp4": (".m4a", ".mp4", ".3gp"),
    "audio/aac": (".aac",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/amr": (".amr", ".awb"),
    "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/msword": (".doc", ".wps"),
    "application/vnd.ms-excel": (".xls", ".et"),
    "application/vnd.ms-powerpoint": (".ppt", ".dps"),
}
"""What is taken: media type -> how such a file's name may end, the usual ending first."""

TOO_MANY = f"最多可附 {MAX_FILES} 个文件 / {MAX_FILES} files at most"
TOO_LARGE = f"单个文件不能超过 {MAX_BYTES >> 20} MB / a file may have {MAX_BYTES >> 20} MB at most"
TOO_LARGE_TOGETHER = (
    f"全部文件合计不能超过 {MAX_BYTES_TOGETHER >> 20} MB / all files together may have "
    f"{MAX_BYTES_TOGETHER >> 20} MB at most"
)
EMPTY = "是空文件 / is empty"
NOT_TAKEN = (
    "不是可接收的类型（照片、录音、PDF、不含宏的 Word/Excel/PPT） / "
    "is none of the types that are taken (photo, audio, PDF, Word/Excel/PowerPoint without macros)"
)

_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
# Layer III, MPEG-1 then MPEG-2 and 2.5: kbit/s by the header's index.
_KILOBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_HERTZ = (44100, 48000, 32000)


def check(files: Iterable[tuple[str, bytes]]) -> tuple[list[Attachment], list[Fault]]:
    """Each file's (name, content) as it was sent; returns what is taken, and what is wrong with the rest.

    A fault names a file by its place, ``files.2``, never by its name: a name can be a person's.
    """
    given = list(files)
    faults = []
    if len(given) > MAX_FILES:
        faults.append(Fault(where="files", what=TOO_MANY))
    if sum(len(content) for _, content in given) > MAX_BYTES_TOGETHER:
        faults.append(Fault(where="files", what=TOO_LARGE_TOGETHER))
    taken = []
    for place, (name, content) in enumerate(given):
        media_type = None if len(content) > MAX_BYTES else media_type_of(content)
        if media_type is not None:
            taken.append(Attachment(clean_name(name, media_type), media_type, content))
            continue
        what = EMPTY if not content else TOO_LARGE if len(content) > MAX_BYTES else NOT_TAKEN
        faults.append(Fault(where=f"files.{place}", what=what))
    return taken, faults


def media_type_of(content: bytes) -> str | None:
    """The type that the content has, one of ENDINGS; None for everything else."""
    return next((found for kind in _KINDS if (found := kind(content)) is not None), None)


def clean_name(name: str, media_type: str) -> str:
    """A name that is safe to show and to save under: the last part of a path, at most MAX_NAME characters.

    Removed are control and format characters (right-to-left marks make ``exe.jpg`` of ``gpj.exe``), line separators and
    lone surrogates. A name that does not end as its type does is given the type's ending.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(one for one in last if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    shown = " ".join(kept.split()).rstrip(". ")
    endings = ENDINGS[media_type]
    ending = next((one for one in endings if shown.lower().endswith(one)), None)
    stem = shown if ending is None else shown[: -len(ending)]
    ending = ending or endings[0]
    return (stem.strip(". ") or UNNAMED)[: MAX_NAME - len(ending)] + ending


def pack(file: Attachment, content: bytes | None = None, /, **more: int) -> bytes:
    """A file with its name and type, to be encrypted whole: a JSON head, a line feed, the bytes (or a part of them)."""
    head = {"name": file.name, "media_type": file.media_type, **more}
    body = file.content if content is None else content
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" + body


def unpack(packed: bytes) -> Attachment:
    """The reverse of :func:`pack`; what else the head holds is left out."""
    head, _, content = packed.partition(b"\n")
    told = json.loads(head)
    return Attachment(told["name"], told["media_type"], content)


def _image(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _iso_media(content: bytes) -> str | None:
    """HEIC by its brands; audio in MP4 by its tracks, of which none may be a film: the brands are the same."""
    if content[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(content[:4]), 256)
    brands = {content[8:12], *(content[start : start + 4] for start in range(16, size, 4))}
    if content[8:12] in {*_HEIC, b"mif1"} and brands & _HEIC:
        return "image/heic"
    tracks = {content[at.end() + 8 : at.end() + 12] for at in re.finditer(b"hdlr", content)}
    return "audio/mp4" if b"soun" in tracks and b"vide" not in tracks else None


def _sound(content: bytes) -> str | None:
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "audio/wav"
    if content.startswith(b"OggS\x00"):
        return "audio/ogg"
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if (content.startswith(b"ID3") and len(content) > 10) or _is_mp3(content):
        return "audio/mpeg"
    # ADTS: twelve bits of sync, layer 0; FF FE, with which UTF-16 text begins, is none.
    if len(content) > 7 and content[0] == 0xFF and content[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return None


def _is_mp3(content: bytes) -> bool:
    """A frame of layer III, and where it ends another: eleven bits of sync alone stand in many files."""
    length = _frame_length(content)
    return length is not None and (len(content) <= length or _frame_length(content[length : length + 4]) is not None)


def _frame_length(head: bytes) -> int | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, index, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or index in {0, 15} or rate == 3:
        return None
    is_first = version == 3
    hertz = _HERTZ[rate] >> (0 if is_first else 1 if version == 2 else 2)
    bits = _KILOBITS[0 if is_first else 1][index] * 1000
    return (144 if is_first else 72) * bits // hertz + (head[2] >> 1 & 1)


def _document(content: bytes) -> str | None:
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "application/pdf"
    return ole_type(content) or ooxml_type(content)


_KINDS: Sequence[Callable[[bytes], str | None]] = (_image, _iso_media, _sound, _document)
