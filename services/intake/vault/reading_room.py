"""Where the vault is read: a question over core NATS, its audit row, then an answer that the asker alone can open."""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.vault import ReadDocument, ReadRefusal, ReadRefused

from services.runtime.log import failure, place

from .answering import Answering
from .reapply import reapply

log = structlog.get_logger()

READ = BY_TYPE["intake.read_document.v1"]
_RETRY_SECONDS = 2.0


class ReadingRoom:
    """Answers questions to read; any number of replicas may. It opens when what was erased has been erased again."""

    def __init__(self, pool: asyncpg.Pool, client: Callable[[], Client], answering: Answering) -> None:
        self._pool = pool
        self._client = client
        self._answering = answering
        self._opening: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None

    def start(self) -> None:
        """Begin."""
        self._opening = asyncio.create_task(self._open())

    async def stop(self) -> None:
        """Answer what was asked, and no more."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._subscription is not None and self._client().is_connected:
            with contextlib.suppress(NatsError, OSError, RuntimeError):
                await self._subscription.drain()  # type: ignore[no-untyped-call]

    @property
    def is_open(self) -> bool:
        """Whether what was erased has been erased again."""
        return self._subscription is not None

    def wrong(self) -> list[str]:
        """Not ready before it is open."""
        if self.is_open:
            return []
        return ["销毁尚未重新执行 / erasures have not been applied again yet"]

    async def _open(self) -> None:
        while self._subscription is None:
            try:
                count = await reapply(self._pool, self._client().jetstream())
                log.info("erasures.reapplied", facts=count)
                self._subscription = await self._client().subscribe(READ.subject("*", "*"), "intake", self._on_question)
            except Exception as error:  # noqa: BLE001 - tried again, and not ready until then
                log.warning("erasures.not_reapplied", error=failure(error))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _on_question(self, question: Msg) -> None:
        if not question.reply:
            return
        try:
            answer = await self._answer(question)
        except Exception as error:  # noqa: BLE001 - the asker asks again; only class and place may be told
            log.error("reading.failed", error=failure(error), at=place(error))
            answer = ReadRefused(reason=ReadRefusal.TRY_AGAIN)
        await question.respond(answer.model_dump_json(exclude_none=True).encode())

    async def _answer(self, question: Msg) -> Message:
        """Who asks is taken from the subject, which the server has checked against the credential."""
        tokens = question.subject.split(".")
        try:
            asked = ReadDocument.model_validate_json(question.data)
        except ValueError:
            asked = None
        return await self._answering.answer(tokens[1], tokens[-1], asked)
