"""The HTTP side of every service: life, readiness, figures; and the limit on what a door takes in."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import StartError

Readiness = Callable[[], Awaitable[list[str]]]
"""What is not ready, in words for an operator; empty when all is."""

FILES = (b"multipart/form-data", b"text/csv", b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
TOO_LARGE = "请求体超过大小限制,未保存任何内容 / the body is over the size limit; nothing was stored"

PAGE_HEADERS = {
    "Cache-Control": "no-store",
    # No script at all, nothing from elsewhere, no frame around us: a page that cannot be made to tell.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What every page for people is sent with."""

_TOO_LARGE_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>文件太大</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/static/xinfang.css"></head>
<body><header class="band"><div class="width"><h1>文件太大</h1></div></header><main class="width">
<section class="notice" aria-label="原因">
<p>附件合计太大，没有保存任何内容。请返回上一页，少选几个文件，或把照片缩小后再提交。
<span lang="en">The files are too large together; nothing was stored. Go back, choose fewer files or smaller
photos, and send it again.</span></p></section></main></body></html>
"""
_MOST_DRAINED = 1 << 28


class BodyLimit:
    """Refuses a body over the limit with 413 before anybody has read it, by its length or by counting.

    What says that it holds files (FILES) may have ``file_limit`` bytes, everything else ``limit``.
    """

    def __init__(self, app: ASGIApp, limit: int, file_limit: int) -> None:
        self._app = app
        self._limit = limit
        self._file_limit = file_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = self._file_limit if headers.get(b"content-type", b"").startswith(FILES) else self._limit
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _refuse(scope, receive, send)
            return
        body = await _read(receive, limit)
        if body is None:
            await _refuse(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _read(receive: Receive, limit: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > limit:
            return None
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


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if b"text/html" not in dict(scope["headers"]).get(b"accept", b""):
        response = Response(TOO_LARGE, status_code=413, media_type="text/plain; charset=utf-8")
    else:
        # A browser that is still sending when it is cut off shows its own error, and never our page.
        await _drain(receive)
        response = Response(_TOO_LARGE_PAGE, 413, PAGE_HEADERS, "text/html; charset=utf-8")
    await response(scope, receive, send)


async def _drain(receive: Receive) -> None:
    drained, more = 0, True
    while more and drained < _MOST_DRAINED:
        message = await receive()
        drained += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


def make_app(service: str, readiness: Readiness, limit: int, file_limit: int) -> FastAPI:
    """An application with ``/livez``, ``/readyz`` and ``/metrics``; doors are added to it."""
    # FastAPI's own spans and logs hold query strings and the texts of exceptions.
    silent = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(title=f"Xinfang {service}", docs_url=None, redoc_url=None, telemetry=silent)
    app.add_middleware(BodyLimit, limit=limit, file_limit=file_limit)

    @app.get("/livez", tags=["operations"])
    async def livez() -> dict[str, str]:
        """The process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["operations"], responses={503: {"description": "not ready, and why"}})
    async def readyz(response: Response) -> dict[str, str | list[str]]:
        """The service consumes: database, topology and every consumer are as they should be."""
        wrong = await readiness()
        response.status_code = 503 if wrong else 200
        return {"status": "not ready" if wrong else "ready", "wrong": wrong}

    @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


class Server(uvicorn.Server):
    """uvicorn inside a process that handles signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to FastStream."""
        yield


class Listener:
    """Serves an application until it is stopped."""

    def __init__(self, app: FastAPI, host: str, port: int, grace_seconds: float) -> None:
        # No access log: it would hold the address of an anonymous reporter.
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
            lifespan="off",
            # Without it one request that never ends keeps the service from stopping.
            timeout_graceful_shutdown=math.ceil(grace_seconds),
        )
        self._server = Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; returns the port. StartError when it is taken."""
        self._task = asyncio.create_task(self._serve())
        while not self._server.started:
            if self._task.done():
                raise StartError(
                    f"端口 {self._server.config.port} 无法监听,请改 XINFANG_PORT / "
                    f"cannot listen on port {self._server.config.port}, change XINFANG_PORT"
                )
            await asyncio.sleep(0.01)
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def _serve(self) -> None:
        with contextlib.suppress(SystemExit):
            await self._server.serve()

    async def stop(self) -> None:
        """Finish the requests in hand; what takes longer than the grace is cut off."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
