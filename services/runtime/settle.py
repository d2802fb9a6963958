"""The settling table: every failure has one row, and the rows are all here."""

from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import nats.errors
from xinfang_contracts.envelope import EnvelopeError

from .errors import NotYet, Poison, WorldIll

GIVE_UP_WAITING = timedelta(days=1)
WAITING_TRIES = 20
"""After an outage of a day everything is old: what must come first may be just behind, so waiting takes tries too."""
BUG_TRIES = 6

_ILL = (
    WorldIll,
    OSError,  # connections and timeouts among them
    nats.errors.Error,  # JetStream's among them
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, starting up, query cancelled
    asyncpg.InsufficientResourcesError,  # disk, memory or connections used up
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a failover has left us with a standby
    asyncpg.InvalidAuthorizationSpecificationError,  # a password is being changed
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
            hopeless = age > GIVE_UP_WAITING and deliveries >= WAITING_TRIES
            return Bury("NotYet") if hopeless else Retry(_doubled(0.2, deliveries, 60))
        case Poison(reason=reason):
            return Bury(reason)
        case EnvelopeError():
            return Bury(type(error).__name__)
        case _ if is_ill(error):
            return Retry(_doubled(0.5, deliveries, 30))
        case _:
            return Bury(type(error).__name__) if deliveries >= BUG_TRIES else Retry(float(deliveries))


def _doubled(first: float, deliveries: int, most: float) -> float:
    """The exponent stops growing: the thousandth try would be too large for a float."""
    return min(first * 2.0 ** min(deliveries - 1, 16), most)
