"""One message, one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.js.api import ConsumerConfig
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Kind, Stream, fact

from services.runtime.errors import NotYet
from services.runtime.incoming import hash_of, inbox_key
from services.runtime.rules import Answer, Keep, Notice, Output, Refused, Seal

WORKERS = 10
FETCH = 100


@dataclass
class Heard:
    """A message with what its rule needs: who spoke, when, in which session."""

    service: str
    district: District
    session: AsyncSession
    actor: str
    now: datetime
    id: str
    kept: list[Any] = field(default_factory=list)


Handle = Callable[[Heard, Any], Awaitable[Sequence[Output]]]


class Service:
    """One process: its broker, its engine, its subscribers."""

    def __init__(self, name: str, broker: NatsBroker, engine: AsyncEngine, district: District) -> None:
        self.name = name
        self.broker = broker
        self.engine = engine
        self.district = district

    def subscribe(self, type_: str, handle: Handle) -> None:
        """A durable of its own for each type, as ``@broker.subscriber`` makes it; ten messages at a time."""
        entry = BY_TYPE[type_]
        stream = Stream.COMMANDS if entry.kind is Kind.COMMAND else Stream.EVENTS

        async def on_message(message: Any, raw: NatsMessage) -> None:
            await self._handle(handle, message, raw)

        on_message.__annotations__ |= {"message": entry.model, "raw": NatsMessage}
        self.broker.subscriber(
            entry.subject("*", "*"),
            durable=f"plain_{self.name}_{entry.name}",
            stream=JStream(stream.value, declare=False),
            config=ConsumerConfig(max_ack_pending=1_000),
            pull_sub=PullSub(batch_size=FETCH, timeout=1),
            max_workers=WORKERS,
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )(on_message)

    async def _handle(self, handle: Handle, message: Message, raw: NatsMessage) -> None:
        metadata = raw.raw_message.metadata
        subject, headers = raw.raw_message.subject, raw.headers
        is_command = ".command." in subject
        async with AsyncSession(self.engine) as session, session.begin():
            speaker = subject if is_command else headers["ce-source"]
            row = {
                "key": inbox_key(speaker, headers["ce-id"]),
                "body_hash": hash_of(raw.raw_message.data),
                "round_id": uuid4().bytes,
                "stream": metadata.stream,
                "sequence": metadata.sequence.stream,
            }
            inbox = SQLModel.metadata.tables[f"{self.name}.inbox"]
            claimed = insert(inbox).values(row).on_conflict_do_nothing().returning(inbox.c.key)
            if (await session.execute(claimed)).first() is None:
                return
            now = metadata.timestamp if is_command else datetime.fromisoformat(headers["ce-time"])
            actor = subject.rsplit(".", 1)[1] if is_command else ""
            heard = Heard(self.name, self.district, session, actor, now, headers["ce-id"])
            try:
                outputs = list(await handle(heard, message))
            except NotYet:
                raise NackMessage(delay=0.2) from None
        facts = [one for one in outputs if isinstance(one, Message)]
        if is_command and facts:
            answers = [one.fact for one in outputs if isinstance(one, Answer)]
            outputs.append(Notice(actor, (answers or facts)[0]))
        for output in outputs:
            await self._publish(heard, output)

    async def _publish(self, heard: Heard, output: Output) -> None:
        match output:
            case Notice(actor=actor, fact=message):
                entry = fact(self.name, type(message))
                subject, stream = entry.notice_subject(heard.district.code, actor), Stream.NOTICES
            case Message():
                entry, message = fact(self.name, type(output)), output
                subject, stream = entry.subject(heard.district.code), Stream.EVENTS
            case Answer() | Keep():
                return
            case Refused() | Seal():
                raise ValueError(f"the benchmark has no {type(output).__name__}")
        headers = {
            "ce-specversion": "1.0",
            "ce-id": str(uuid4()),
            "ce-type": entry.type,
            "ce-source": self.name,
            "ce-time": heard.now.isoformat(),
            "ce-correlationid": heard.id,
            "ce-causationid": heard.id,
        }
        await self.broker.publish(message, subject, headers=headers, stream=stream.value, timeout=30)


async def with_state(
    heard: Heard,
    row_class: Any,
    adapter: TypeAdapter[Any],
    evolve: Callable[[Any, Message, datetime], Any],
    message: Any,
    rule: Callable[[Any], Sequence[Output]],
) -> tuple[Sequence[Output], Any]:
    """Lock the petition's row, apply the rule to its state, save what follows. Returns the answer and the row."""
    row = await heard.session.get(row_class, message.petition, with_for_update=True)
    state = adapter.validate_python(row.state) if row is not None else None
    outputs = rule(state)
    before = state
    for one in (message, *(output for output in outputs if isinstance(output, Message))):
        state = evolve(state, one, heard.now)
    if state is not before:
        if row is None:
            row = row_class(petition=message.petition, state={})
            heard.session.add(row)
        row.state = adapter.dump_python(state, mode="json")
    return outputs, row
