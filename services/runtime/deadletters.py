"""Burying what cannot be handled: a reason in codes, the bytes as ciphertext for the vault."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import structlog
from joserfc.jwk import OKPKey
from nats.aio.client import Client
from xinfang_contracts import __version__
from xinfang_contracts.deadletter import DeadLetter
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.registry import BY_TYPE, Stream, dead_subject

from . import keys
from .incoming import Delivery, Outgoing
from .log import failure
from .publish import publish_one

log = structlog.get_logger()

_TYPE = BY_TYPE["runtime.dead_letter.v1"].type
_NOWHERE = "000000"


class Cemetery:
    """Where one service buries. A message's place in its stream is its dead letter's id: twice stores once."""

    def __init__(self, service: str, client: Callable[[], Client], vault: OKPKey) -> None:
        self._service = service
        self._client = client
        self._vault = vault
        self._tasks: set[asyncio.Task[None]] = set()

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Send to the dead letters, then terminate; if that fails the message comes back."""
        task = asyncio.create_task(self._bury(delivery, reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Wait for burials under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        try:
            await publish_one(self._client(), self._letter(delivery, reason))
        except Exception as error:  # noqa: BLE001 - whatever it is, the message must not be lost
            log.warning("message.unburied", stream=delivery.stream, sequence=delivery.sequence, error=failure(error))
            delivery.settling.retry(5)
            return
        log.warning("message.buried", stream=delivery.stream, sequence=delivery.sequence, reason=reason)
        delivery.settling.term()

    def _letter(self, delivery: Delivery, reason: str) -> Outgoing:
        plaintext = json.dumps(delivery.headers).encode() + b"\n" + delivery.body
        letter = DeadLetter(
            reason=reason,
            service=self._service,
            subject=delivery.subject,
            stream=delivery.stream,
            sequence=delivery.sequence,
            deliveries=delivery.deliveries,
            buried_at=datetime.now(UTC),
            code_version=__version__,
            sealed=keys.seal(plaintext, self._vault),
        )
        name = f"{self._service}/{delivery.stream}/{delivery.sequence}/{delivery.at.isoformat()}"
        envelope = Envelope(id=str(uuid5(NAMESPACE_URL, name)), type=_TYPE, source=self._service, time=letter.buried_at)
        token = delivery.subject.split(".")[1] if "." in delivery.subject else ""
        district = token if len(token) == 6 and token.isdigit() else _NOWHERE
        return Outgoing(
            Stream.DEAD,
            dead_subject(district, self._service),
            envelope.headers(),
            letter.model_dump_json().encode(),
        )
