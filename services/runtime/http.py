"""The HTTP side of every service: life, readiness, figures."""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse

from .bodies import BodyLimit, Limits
from .errors import StartError

Readiness = Callable[[], Awaitable[list[str]]]
"""What is not ready, in words for an operator; empty when all is."""


def make_app(service: str, readiness: Readiness, limits: Limits) -> FastAPI:
    """An application with ``/livez``, ``/readyz`` and ``/metrics``; doors are added to it."""
    # FastAPI's own spans and logs hold query strings and the texts of exceptions.
    silent = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
    app = FastAPI(title=f"Xinfang {service}", docs_url=None, redoc_url=None, telemetry=silent)
    app.add_middleware(BodyLimit, limits=limits)

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
