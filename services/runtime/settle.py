"""The settling table: every failure has one row, and the rows are all here."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import nats.errors
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError
from xinfang_contracts.envelope import EnvelopeError

from .errors import NotYet, Poison, WorldIll

GIVE_UP_WAITING = timedelta(days=1)
BUG_TRIES = 6

_ILL = (
    WorldIll,
    ConnectionError,
    TimeoutError,
    asyncio.TimeoutError,
    nats.errors.Error,
    JetStreamError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Ack:
    """Done, or done before."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Again, after ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Bury:
    """To the dead letters, then terminate. ``reason`` is a class name or a code."""

    reason: str


Verdict = Ack | Retry | Bury


def is_ill(error: BaseException) -> bool:
    """The world's failure, not the message's."""
    return isinstance(error, _ILL)


def settle(error: BaseException | None, *, deliveries: int, age: timedelta) -> Verdict:
    """The row for what happened. ``deliveries`` counts from 1; ``age`` is since the stream took the message."""
    match error:
        case None:
            return Ack()
        case NotYet():
            return Bury("NotYet") if age > GIVE_UP_WAITING else Retry(min(0.2 * 2 ** (deliveries - 1), 60))
        case Poison(reason=reason):
            return Bury(reason)
        case ValidationError() | EnvelopeError() | UnicodeDecodeError():
            return Bury(type(error).__name__)
        case _ if is_ill(error):
            return Retry(min(0.5 * 2 ** (deliveries - 1), 30))
        case _:
            return Bury(type(error).__name__) if deliveries >= BUG_TRIES else Retry(float(deliveries))
