"""Files that come to a door: read from a form in memory, never from a disk, and looked at beside the event loop."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from services.runtime.doors import DoorRoute, SaidNo, StrictRequest, wrong_shape
from services.runtime.faults import WHAT, Fault

from ..decide import Attachment
from ..files import attachments

Sent = tuple[str, bytes]
"""A file as it was sent: name and content."""
ENTRY, FILES = "entry", "files"
"""Parts of a multipart body at the doors for programs: the JSON that would else be the body, and each file."""
MULTIPART = "multipart/form-data"
CHOICE = {
    "accept": ",".join(ending for endings in attachments.ENDINGS.values() for ending in endings),
    "most_files": attachments.MAX_FILES,
    "most_megabytes": attachments.MAX_BYTES >> 20,
    "most_megabytes_together": attachments.MAX_BYTES_TOGETHER >> 20,
}
"""What a page says of the files that may be chosen."""
INCOMPLETE = (
    "表单没有完整送达，未保存。请返回上一页再提交一次。 / "
    "The form did not arrive whole; nothing was stored. Go back and send it once more."
)
UNKNOWN_PART = f"只能有 {ENTRY} 和 {FILES} 两种部分 / there may be parts {ENTRY} and {FILES} only"
NO_FILE = "应为文件,须带文件名 / must be a file, with a file name"
_MOST_PARTS = 50


async def read_form(request: Request) -> FormData:
    """The form of a request, whichever way it is encoded. SaidNo 422 when it is cut short or is none."""
    try:
        if not request.headers.get("content-type", "").startswith(MULTIPART):
            return await request.form(max_fields=_MOST_PARTS)
        parser = _Parser(
            request.headers, request.stream(), max_files=_MOST_PARTS, max_fields=_MOST_PARTS, max_part_size=1 << 20
        )
        return await parser.parse()
    except (MultiPartException, HTTPException, ValueError, LookupError):
        raise SaidNo(422, "wrong_shape", INCOMPLETE) from None


def text_of(form: FormData, name: str) -> str:
    """A field that a person has typed into; empty when there is none."""
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    # A form sends each line break as two characters. A lone surrogate, which no page can show, nobody can type.
    return value.replace("\r\n", "\n").encode(errors="ignore").decode().strip()


async def chosen(form: FormData) -> list[Sent]:
    """The files that a person has chosen."""
    # A browser sends an empty part for a field in which no file was chosen.
    return [
        (one.filename or "", await one.read())
        for one in form.getlist(FILES)
        if isinstance(one, UploadFile) and (one.filename or one.size)
    ]


async def looked_at(files: Sequence[Sent]) -> tuple[Attachment, ...]:
    """What is taken of them. SaidNo 422, with the place of each that is not."""
    if not files:
        return ()
    # A recording that somebody has made for it takes a third of a second to look through.
    taken, faults = await asyncio.to_thread(attachments.check, files)
    if faults:
        raise wrong_shape(faults)
    return tuple(taken)


class _Parser(MultiPartParser):
    # The body is in memory and bounded; spooled, a citizen's photo would lie readable on a disk.
    spool_max_size = 1 << 30

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            # Starlette takes bytes of another encoding for Latin-1: somebody's words as gibberish, without an error.
            self._current_part.data.decode(self._charset)
        super().on_part_end()


class EntryRequest(StrictRequest):
    """A multipart request which its endpoint sees as the JSON of its entry; ``body()`` is as it came."""

    def __init__(self, request: Request, body: bytes, entry: bytes, files: list[Sent]) -> None:
        headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
        super().__init__({**request.scope, "headers": [*headers, (b"content-type", b"application/json")]})
        self._body = body
        self._entry = entry
        self.files = files

    async def json(self) -> Any:
        """As the JSON of any other request."""
        try:
            return from_json(self._entry, allow_inf_nan=False)
        except ValueError:
            raise json.JSONDecodeError("", "", 0) from None


class FilesRoute(DoorRoute):
    """A route for JSON, which takes files with it where the JSON comes as a part of multipart/form-data."""

    async def opened(self, request: Request) -> Request:
        """The request, or its entry and files apart."""
        if not request.headers.get("content-type", "").startswith(MULTIPART):
            return await super().opened(request)
        body = await request.body()
        form = await read_form(request)
        faults = [Fault(where="body", what=UNKNOWN_PART) for name in form if name not in (ENTRY, FILES)][:1]
        files = form.getlist(FILES)
        if not all(isinstance(one, UploadFile) for one in files):
            faults.append(Fault(where=FILES, what=NO_FILE))
        entries = form.getlist(ENTRY)
        if len(entries) != 1:
            faults.append(Fault(where=ENTRY, what=WHAT["too_long" if entries else "missing"]))
        if faults:
            raise wrong_shape(faults)
        sent = [(one.filename or "", await one.read()) for one in files if isinstance(one, UploadFile)]
        (entry,) = entries
        plain = entry.encode(errors="surrogatepass") if isinstance(entry, str) else await entry.read()
        await form.close()
        return EntryRequest(request, body, plain, sent)


def _given(request: Request) -> list[Sent]:
    return request.files if isinstance(request, EntryRequest) else []


Enclosed = Annotated[list[Sent], Depends(_given)]
"""The files beside the entry, not looked at yet."""


def with_files(entry: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI is to say of a route of FilesRoute: the same JSON, as a part beside files."""
    schema = {
        "type": "object",
        "required": [ENTRY],
        "additionalProperties": False,
        "properties": {
            ENTRY: {"$ref": f"#/components/schemas/{entry.__name__}"},
            FILES: {
                "type": "array",
                "maxItems": attachments.MAX_FILES,
                "items": {"type": "string", "format": "binary"},
                "description": (
                    f"照片、录音、PDF、Office 文件,每个至多 {CHOICE['most_megabytes']} MB / "
                    f"photos, recordings, PDF, office files, {CHOICE['most_megabytes']} MB each at most"
                ),
            },
        },
    }
    body = {"schema": schema, "encoding": {ENTRY: {"contentType": "application/json"}}}
    return {"requestBody": {"content": {MULTIPART: body}}}
