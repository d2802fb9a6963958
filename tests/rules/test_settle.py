"""The settling table, row by row."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import asyncpg
import nats.errors
import nats.js.errors
import pytest
from pydantic import BaseModel, ValidationError
from xinfang_contracts.envelope import EnvelopeError

from services.runtime.errors import NotYet, Poison, StartError, WorldIll
from services.runtime.settle import BUG_TRIES, WAITING_TRIES, Ack, Bury, Retry, settle
from tests.rules.given import CANARY

SOON = timedelta(seconds=1)
DAY = timedelta(days=1)
LATER = timedelta(days=30)


def wrong_shape() -> ValidationError:
    class Small(BaseModel):
        number: int

    with pytest.raises(ValidationError) as caught:
        Small.model_validate({"number": CANARY})
    return caught.value


def test_what_returned_is_acknowledged() -> None:
    assert settle(None, deliveries=1, age=SOON) == Ack()
    assert settle(None, deliveries=99, age=LATER) == Ack()


def test_too_early_waits_a_little_longer_each_time() -> None:
    seconds = [
        retry.seconds for n in range(1, 40) if isinstance(retry := settle(NotYet(), deliveries=n, age=SOON), Retry)
    ]
    assert len(seconds) == 39
    assert seconds[:4] == [0.2, 0.4, 0.8, 1.6]
    assert seconds == sorted(seconds)
    assert seconds[-1] == 60


@pytest.mark.parametrize(
    ("deliveries", "age", "is_buried"),
    [
        (WAITING_TRIES, DAY, False),
        (WAITING_TRIES, DAY + SOON, True),
        # After an outage a message is old when it first comes: what it waits for may be the next in line.
        (1, LATER, False),
        (WAITING_TRIES - 1, LATER, False),
        (10_000, DAY, False),
    ],
)
def test_too_early_ends_after_a_day_of_trying(deliveries: int, age: timedelta, is_buried: bool) -> None:
    assert (settle(NotYet(), deliveries=deliveries, age=age) == Bury("NotYet")) is is_buried


@pytest.mark.parametrize(
    "ill",
    [
        WorldIll,
        ConnectionResetError,
        BrokenPipeError,
        TimeoutError,
        asyncio.TimeoutError,
        nats.errors.TimeoutError,
        nats.errors.NoRespondersError,
        nats.errors.ConnectionClosedError,
        nats.js.errors.NoStreamResponseError,
        nats.js.errors.ServiceUnavailableError,
        asyncpg.ConnectionDoesNotExistError,
        lambda: asyncpg.InterfaceError("closed"),
        asyncpg.DeadlockDetectedError,
        asyncpg.SerializationError,
        asyncpg.CannotConnectNowError,
        asyncpg.AdminShutdownError,
        asyncpg.TooManyConnectionsError,
        asyncpg.DiskFullError,
        asyncpg.QueryCanceledError,
        asyncpg.LockNotAvailableError,
        asyncpg.ReadOnlySQLTransactionError,
        asyncpg.InvalidPasswordError,
    ],
)
def test_an_ill_world_is_waited_for_and_never_buries(ill: Callable[[], Exception]) -> None:
    first = settle(ill(), deliveries=1, age=SOON)
    last = settle(ill(), deliveries=100_000, age=LATER)
    assert (first, last) == (Retry(0.5), Retry(30))


def test_poison_is_buried_at_the_first_try_under_its_code() -> None:
    assert settle(Poison("UnknownType"), deliveries=1, age=SOON) == Bury("UnknownType")
    assert settle(EnvelopeError(CANARY), deliveries=1, age=SOON) == Bury("EnvelopeError")


@pytest.mark.parametrize(
    "bug", [ValueError(CANARY), KeyError(CANARY), StartError(CANARY), asyncpg.DataError(CANARY), wrong_shape()]
)
def test_a_bug_of_ours_is_tried_six_times_and_buried_by_its_class_alone(bug: Exception) -> None:
    verdicts = [settle(bug, deliveries=n, age=LATER) for n in range(1, BUG_TRIES + 1)]
    assert verdicts == [*(Retry(float(n)) for n in range(1, 6)), Bury(type(bug).__name__)]
    assert CANARY not in repr(verdicts)
