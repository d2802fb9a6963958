"""FastStream over NATS: connection, lifecycle and typed handlers; the messages themselves go in rounds.

FastStream's one-message path costs more CPU than everything a round does to a message (README, decisions), so its
subscriber here is ours: it opens the durable, and hands what comes to the rounds.
"""

import contextlib
import math
from collections.abc import Callable
from types import TracebackType
from typing import Any

from faststream._internal.endpoint.subscriber.call_item import CallsCollection
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker
from faststream.nats.broker.registrator import NatsRegistrator
from faststream.nats.configs import NatsBrokerConfig
from faststream.nats.subscriber.config import NatsSubscriberConfig, NatsSubscriberSpecificationConfig
from faststream.nats.subscriber.specification import NatsSubscriberSpecification
from faststream.nats.subscriber.usecases.basic import DefaultSubscriber
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig
from xinfang_contracts.registry import BY_TYPE, Entry, Kind, Stream

from .incoming import Delivery
from .pull import Pull
from .service import Service
from .settings import Settings

_GONE = (NatsError, OSError, RuntimeError)
"""How a connection says that the other end is away; a transport that uvloop has closed says it with a RuntimeError."""


class LastingBroker(NatsBroker):
    """FastStream's broker, which can be stopped while NATS is away, too."""

    async def stop(
        self,
        exc_type: type[BaseException] | None = None,
        exc_val: BaseException | None = None,
        exc_tb: TracebackType | None = None,
    ) -> None:
        """Drain; where nobody is there to drain to, close. What was not acknowledged comes back."""
        connection = self._connection
        try:
            await super().stop(exc_type, exc_val, exc_tb)
        except _GONE:
            if connection is not None:
                with contextlib.suppress(*_GONE):
                    await connection.close()


def make_broker(settings: Settings, service: str) -> NatsBroker:
    """A broker for one service: its own NKey, a private inbox, reconnecting for ever, no logger of its own."""
    return LastingBroker(
        settings.nats_url,
        name=f"xinfang-{service}",
        nkeys_seed=str(settings.nats_seed),
        inbox_prefix=f"_INBOX_{service}",
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        # A validation error's text, or a message itself, would stand in FastStream's own log lines.
        logger=None,
        graceful_timeout=settings.grace_seconds,
        # The client would wait thirty seconds for a broker that is gone: longer than the grace.
        drain_timeout=math.ceil(settings.grace_seconds / 4),
    )


def durable_name(service: str, stream: Stream) -> str:
    """One durable for each service and stream."""
    return f"{service}_{stream.removeprefix('XF_').lower()}"


class RoundSubscriber(DefaultSubscriber[Msg]):
    """A FastStream subscriber on one durable whose messages go to ``deliver`` as they come."""

    def __init__(self, *, stream: Stream, durable: str, subjects: list[str], config: NatsBrokerConfig) -> None:
        calls: CallsCollection[Any] = CallsCollection()
        settings = NatsSubscriberConfig(
            subject="",
            sub_config=ConsumerConfig(filter_subjects=subjects),
            no_reply=True,
            _outer_config=config,
            _ack_policy=AckPolicy.MANUAL,
        )
        settings.parser = settings.decoder = _never
        super().__init__(
            settings,
            NatsSubscriberSpecification(
                _outer_config=config,
                calls=calls,
                specification_config=NatsSubscriberSpecificationConfig(
                    subject="",
                    queue=durable,
                    filter_subjects=subjects,
                    title_=None,
                    description_=None,
                    include_in_schema=True,
                ),
            ),
            calls,
        )
        self.stream = stream
        self.durable = durable
        self.deliver: Callable[[Delivery], None] | None = None
        self.pull: Pull | None = None

    async def _create_subscription(self) -> None:
        if self.deliver is None:
            raise RuntimeError("a round subscriber needs rounds to deliver to")
        self.pull = Pull(self.connection, self.stream, self.durable, self.deliver)
        await self.pull.start()

    async def stop(self) -> None:
        """Take no more messages."""
        if self.pull is not None:
            await self.pull.stop()
        await super().stop()

    async def get_one(self, *, timeout: float = 5) -> None:
        """Not for rounds."""
        raise NotImplementedError

    def __aiter__(self) -> Any:
        raise NotImplementedError


async def _never(_message: Any, _original: Any = None) -> Any:
    raise NotImplementedError("messages of a round are read by the round")


def subscribe(broker: NatsBroker, service: Service) -> list[RoundSubscriber]:
    """Register the service's handlers with FastStream, a subscriber for each durable."""
    subscribers = []
    for stream, subjects in service.subscriptions().items():
        subscriber = RoundSubscriber(
            stream=stream,
            durable=durable_name(service.name, stream),
            subjects=subjects,
            config=broker.config,  # type: ignore[arg-type]
        )
        super(NatsRegistrator, broker).subscriber(subscriber)
        for name in service.handlers:
            if (BY_TYPE[name].kind is Kind.COMMAND) is (stream is Stream.COMMANDS) and stream is not Stream.CLOCK:
                subscriber(_described(BY_TYPE[name]), filter=_of_type(name))
        if stream is Stream.CLOCK:
            subscriber(_on_tick, filter=_of_type("calendar.tick.v1"))
        subscribers.append(subscriber)
    return subscribers


def _described(entry: Entry) -> Callable[[Any], None]:
    """The handler of a type as FastStream's AsyncAPI sees it: what it takes, and that it answers nothing."""

    def described(message: Any) -> None:
        raise NotImplementedError("messages of a round are handled by the round")

    described.__name__, described.__doc__ = f"on_{entry.name}", entry.model.__doc__
    described.__annotations__ = {"message": entry.model, "return": None}
    return described


def _on_tick() -> None:
    """A district's clock has moved."""


def _of_type(name: str) -> Callable[[StreamMessage[Any]], bool]:
    def filter_by_type(message: StreamMessage[Any]) -> bool:
        return message.headers.get("ce-type") == name

    return filter_by_type


def client_of(broker: NatsBroker) -> Callable[[], Client]:
    """The broker's NATS connection, whenever it is asked for."""

    def client() -> Client:
        connection: Client = broker.config.broker_config.connection_state.connection
        return connection

    return client
