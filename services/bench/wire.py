"""A sender that costs next to nothing: commands are written as bytes made beforehand, acknowledgements are counted.

The load driver shares two cores with what it measures; a client library would take a good part of one of them.
"""

import asyncio
import base64
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import nkeys

from services.runtime.publish import BATCH_FROM

NOTHING: Mapping[str, str] = {}


class NotAcknowledged(Exception):
    """The broker refused a command or the connection; the text is the broker's."""


@dataclass(frozen=True, slots=True)
class Command:
    """One message as it will be published; headers are ASCII."""

    subject: str
    inbox: str
    headers: Mapping[str, str]
    body: bytes

    def encode(self, more: Mapping[str, str] = NOTHING, *, wants_reply: bool = True) -> bytes:
        """One publish as NATS's text protocol has it."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in {**self.headers, **more}.items())
        head = f"NATS/1.0\r\n{lines}\r\n".encode()
        reply = f" {self.inbox}.acks" if wants_reply else ""
        first = f"HPUB {self.subject}{reply} {len(head)} {len(head) + len(self.body)}\r\n".encode()
        return first + head + self.body + b"\r\n"


def encode_all(commands: Sequence[Command]) -> bytes:
    """Many of one sender as one atomic batch, as a gateway hands them over; a few one by one."""
    if len(commands) < BATCH_FROM:
        return b"".join(command.encode() for command in commands)
    batch = os.urandom(12).hex()
    parts = []
    for number, command in enumerate(commands, 1):
        last = number == len(commands)
        more = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)} | (
            {"Nats-Batch-Commit": "1"} if last else {}
        )
        parts.append(command.encode(more, wants_reply=last))
    return b"".join(parts)


class Sender(asyncio.Protocol):
    """One actor's connection. ``acknowledged`` counts PubAcks; ``failure`` keeps the first refusal."""

    def __init__(self, seed: Path, inbox: str, on_acknowledged: Callable[[], None]) -> None:
        self._seed = seed
        self._inbox = inbox
        self._on_acknowledged = on_acknowledged
        self._rest = b""
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self.sent = 0
        self.acknowledged = 0
        self.failure: str | None = None

    @classmethod
    async def connect(
        cls, url: str, seed: Path, inbox: str, on_acknowledged: Callable[[], None] = lambda: None
    ) -> "Sender":
        """Sign in with an NKey and listen for acknowledgements."""
        loop = asyncio.get_running_loop()
        where = urlsplit(url)
        _, sender = await loop.create_connection(
            lambda: cls(seed, inbox, on_acknowledged), str(where.hostname), where.port or 4222
        )
        await asyncio.wait_for(sender._ready, 10)
        return sender

    def send(self, encoded: bytes, count: int) -> None:
        """Write so many commands; what the socket does not take at once is kept by the transport."""
        if self._transport is None or self.failure is not None:
            raise NotAcknowledged(self.failure or "not connected")
        self.sent += count
        self._transport.write(encoded)

    def check(self, *, all_of_it: bool = False) -> None:
        """NotAcknowledged when something was refused; with ``all_of_it`` also when something is still open."""
        if self.failure is not None:
            raise NotAcknowledged(self.failure)
        if all_of_it and self.acknowledged != self.sent:
            raise NotAcknowledged(f"{self.sent} sent, {self.acknowledged} acknowledged")

    def close(self) -> None:
        """Disconnect."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # -- asyncio.Protocol ----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """An end that we did not ask for is a failure."""
        if self._transport is not None:
            self.failure = self.failure or "connection lost"

    def data_received(self, data: bytes) -> None:
        """Count the lines that are acknowledgements: a PubAck is one line of JSON."""
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            if line.startswith(b"{"):
                if b'"error"' in line:
                    self.failure = self.failure or line.decode(errors="replace")
                else:
                    self.acknowledged += int(json.loads(line).get("count", 1))
            elif not line.startswith(b"MSG "):
                self._control(line)
        self._on_acknowledged()

    def _control(self, line: bytes) -> None:
        if line.startswith(b"INFO ") and not self._ready.done():
            self._sign_in(json.loads(line[5:])["nonce"])
        elif line == b"PING" and self._transport is not None:
            self._transport.write(b"PONG\r\n")
        elif line == b"PONG" and not self._ready.done():
            self._ready.set_result(None)
        elif line.startswith(b"-ERR"):
            self.failure = self.failure or line.decode(errors="replace")
            if not self._ready.done():
                self._ready.set_exception(NotAcknowledged(self.failure))

    def _sign_in(self, nonce: str) -> None:
        pair = nkeys.from_seed(bytearray(self._seed.read_text().strip().encode()))
        signature = base64.urlsafe_b64encode(pair.sign(nonce.encode())).rstrip(b"=").decode()
        options = {
            "verbose": False,
            "pedantic": False,
            "lang": "python",
            "version": "1",
            "protocol": 1,
            "headers": True,
            "no_responders": True,
            "nkey": pair.public_key.decode(),
            "sig": signature,
        }
        hello = f"CONNECT {json.dumps(options)}\r\nSUB {self._inbox}.acks 1\r\nPING\r\n"
        if self._transport is not None:
            self._transport.write(hello.encode())
