"""One durable pull consumer: messages come as they are there, and silence is noticed.

A pull request stays open at the server and is topped up before it runs dry, so nothing waits for a batch to fill and
no time-out is waited out. The server's heartbeats tell a quiet consumer from one that is gone.
"""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from xinfang_contracts.registry import Stream

from . import wire
from .incoming import Delivery

log = structlog.get_logger()

WINDOW = 512
"""Messages asked for and not yet here, at most: more would wait here past the consumer's ack wait on a slow machine."""
HEARTBEAT_SECONDS = 1.0
EXPIRES_SECONDS = 30.0
SILENCE_SECONDS = 3.5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Acknowledging:
    """Settles one message with the broker: fire and forget, a lost one comes back and is known."""

    __slots__ = ("_client", "_reply")

    def __init__(self, client: Client, reply: str) -> None:
        self._client = client
        self._reply = reply

    def acknowledgement(self) -> bytes:
        """Done, as the command to be written."""
        return wire.ack(self._reply)

    def retry(self, seconds: float) -> None:
        """Again, after a delay: a bare nack comes back 1,400 times a second."""
        self._send(b"-NAK " + json.dumps({"delay": int(seconds * 1e9)}).encode())

    def term(self) -> None:
        """Never again."""
        self._send(b"+TERM")

    def _send(self, word: bytes) -> None:
        task = asyncio.ensure_future(self._client.publish(self._reply, word))
        task.add_done_callback(_swallow)


def _swallow(task: "asyncio.Future[None]") -> None:
    if not task.cancelled():
        task.exception()


def delivery_of(client: Client, msg: Msg, stream: Stream) -> Delivery:
    """Read stream sequence, count and time from the reply subject (``$JS.ACK...``, 9 or 12 tokens)."""
    tokens = msg.reply.split(".")
    deliveries, sequence, _, nanoseconds = tokens[-5:-1] if len(tokens) == 9 else tokens[-6:-2]
    return Delivery(
        subject=msg.subject,
        headers=msg.headers or {},
        body=msg.data,
        stream=stream,
        sequence=int(sequence),
        deliveries=int(deliveries),
        at=_EPOCH + timedelta(microseconds=int(nanoseconds) // 1000),
        settling=Acknowledging(client, msg.reply),
    )


class Pull:
    """Keeps one durable flowing into ``deliver``."""

    def __init__(self, client: Client, stream: Stream, durable: str, deliver: Callable[[Delivery], None]) -> None:
        self._client = client
        self._stream = stream
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._durable = durable
        self._deliver = deliver
        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._watch: asyncio.Task[None] | None = None
        self._outstanding = 0
        self._heard = 0.0

    @property
    def is_consuming(self) -> bool:
        """The server has spoken for this very consumer a moment ago."""
        return self._subscription is not None and time.monotonic() - self._heard < SILENCE_SECONDS

    async def start(self) -> None:
        """Subscribe and ask for messages."""
        self._subscription = await self._client.subscribe(
            self._inbox, cb=self._on_message, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        self._watch = asyncio.create_task(self._watch_silence())

    async def stop(self) -> None:
        """Take no more; what was delivered and not settled comes back after the consumer's ack wait."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._subscription is not None:
            await self._subscription.unsubscribe()
            self._subscription = None

    async def _ask(self, count: int) -> None:
        self._outstanding += count
        request = {
            "batch": count,
            "expires": int(EXPIRES_SECONDS * 1e9),
            "idle_heartbeat": int(HEARTBEAT_SECONDS * 1e9),
        }
        await self._client.publish(self._subject, json.dumps(request).encode(), reply=self._inbox)

    async def _on_message(self, msg: Msg) -> None:
        self._heard = time.monotonic()
        if not msg.reply and msg.headers and "Status" in msg.headers:
            await self._on_status(msg.headers)
            return
        self._outstanding -= 1
        if self._outstanding <= WINDOW // 2:
            await self._ask(WINDOW - self._outstanding)
        self._deliver(delivery_of(self._client, msg, self._stream))

    async def _on_status(self, headers: dict[str, str]) -> None:
        if headers["Status"] == "100":
            return
        if headers["Status"] == "503":
            self._heard = 0.0
            return
        pending = headers.get("Nats-Pending-Messages")
        self._outstanding = max(0, self._outstanding - int(pending)) if pending else 0
        if headers["Status"] == "409" and "Consumer Deleted" in headers.get("Description", ""):
            self._heard = 0.0
            return
        if self._outstanding <= WINDOW // 2:
            await self._ask(WINDOW - self._outstanding)

    async def _watch_silence(self) -> None:
        """Ask anew after a new connection, and whenever nothing, not even a heartbeat, has come for a while."""
        self._heard = time.monotonic()
        await self._ask(WINDOW)
        connections = self._client.stats["reconnects"]
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS / 2)
            is_silent = time.monotonic() - self._heard >= SILENCE_SECONDS
            # A restarted broker has forgotten what was asked of it.
            is_new = self._client.stats["reconnects"] != connections
            if (is_silent or is_new) and self._client.is_connected:
                connections = self._client.stats["reconnects"]
                log.warning("consumer.silent", stream=self._stream, durable=self._durable)
                self._outstanding = 0
                try:
                    await self._ask(WINDOW)
                except Exception as error:  # noqa: BLE001 - the next look asks again
                    log.warning("consumer.not_asked", durable=self._durable, error=type(error).__name__)
                await asyncio.sleep(SILENCE_SECONDS)
