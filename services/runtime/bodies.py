"""What a door takes in: how large one body may be, and how much of all uploads is held in memory at once."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .doors import PAGE_HEADERS, RETRY_SECONDS, SaidNo

FILES = (b"multipart/form-data", b"text/csv", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
TOO_LARGE = "请求体超过大小限制,未保存任何内容 / the body is over the size limit; nothing was stored"

_TOO_LARGE_PAGE = (
    "文件太大",
    "附件合计太大，没有保存任何内容。请返回上一页，少选几个文件，或把照片缩小后再提交。",
    (
        "The files are too large together; nothing was stored. Go back, choose fewer files or smaller photos, and send "
        "it again."
    ),
)
_BUSY_PAGE = (
    "请稍候再提交",
    "现在上传文件的人较多，没有保存任何内容。请稍等片刻，刷新本页并同意“重新提交”，不会重复登记；不带文件现在就可以提交。",
    (
        "Many are sending files right now; nothing was stored. Wait a moment, reload this page and agree to send it "
        "again: it will not be registered twice. Without files it can be sent at once."
    ),
)
_BUSY = (
    "现在上传文件的人较多,未保存任何内容,请稍后用同一个 Idempotency-Key 再次提交 / "
    "too many uploads right now; nothing was stored: send it again later, with the same Idempotency-Key"
)
_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/static/xinfang.css"></head>
<body><header class="band"><div class="width"><h1>{0}</h1></div></header><main class="width">
<section class="notice" aria-label="原因">
<p>{1}
<span lang="en">{2}</span></p></section></main></body></html>
"""
_MOST_DRAINED = 1 << 28


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be, without and with files; how much of uploads is held at once; how long one may take."""

    body: int
    file: int
    held: int
    seconds: float


class _TooLarge(Exception):
    pass


class _NoRoom(Exception):
    pass


class _Gone(Exception):
    pass


class _Room:
    """The memory that uploads share. Only what has arrived counts: who announces much and sends nothing bars nobody."""

    def __init__(self, size: int) -> None:
        self._left = size

    @contextlib.contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Take more and more of it (_NoRoom when there is none); at the end all is given back."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self._left:
                raise _NoRoom
            self._left -= size
            taken += size

        try:
            yield take
        finally:
            self._left += taken


class BodyLimit:
    """Refuses a body over the limit with 413 before anybody has read it, by its length or by counting.

    What says that it holds files (FILES) may have ``file`` bytes, everything else ``body``. What goes beyond ``body``
    shares the room of all uploads, until it is answered; 503 when there is none, or when it takes too long.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._room = _Room(limits.held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        is_upload = headers.get(b"content-type", b"").startswith(FILES)
        limit = self._limits.file if is_upload else self._limits.body
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _too_large(scope, receive, send)
            return
        with self._room.share() as take:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    body = await _read(receive, limit, self._limits.body, take)
            except _TooLarge:
                refuse = _too_large
            except (_NoRoom, TimeoutError):
                refuse = _busy
            except _Gone:
                # Half a body is nobody's word, and nobody waits for an answer.
                return
            else:
                await self._app(scope, _replay(body, receive), send)
                return
        await refuse(scope, receive, send)


async def _read(receive: Receive, limit: int, free: int, take: Callable[[int], None]) -> bytes:
    """The body; ``take`` is asked for each byte beyond the first ``free``."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        before = max(len(body), free)
        body += message.get("body", b"")
        if len(body) > limit:
            raise _TooLarge
        take(max(len(body) - before, 0))
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    response = Response(TOO_LARGE, status_code=413, media_type="text/plain; charset=utf-8")
    await _refuse(scope, receive, send, response, _TOO_LARGE_PAGE)


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    response = SaidNo(503, "busy", _BUSY, Retry_After=str(RETRY_SECONDS)).answer()
    await _refuse(scope, receive, send, response, _BUSY_PAGE)


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response, words: tuple[str, str, str]) -> None:
    if b"text/html" in dict(scope["headers"]).get(b"accept", b""):
        # A browser that is still sending when it is cut off shows its own error, and never our page.
        await _drain(receive)
        headers = PAGE_HEADERS | {name: value for name, value in response.headers.items() if name == "retry-after"}
        response = Response(_PAGE.format(*words), response.status_code, headers, "text/html; charset=utf-8")
    await response(scope, receive, send)


async def _drain(receive: Receive) -> None:
    drained, more = 0, True
    while more and drained < _MOST_DRAINED:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
