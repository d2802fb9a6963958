"""What a service brings to its rounds: handlers, states, and what its rules need to know."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from fastapi import APIRouter
from nats.aio.client import Client
from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Kind, Stream, clock_subject

from .companion import Companion
from .identity import Identity
from .inbox import Connection
from .incoming import Effects, Incoming
from .rules import PETITION, Handler, Step
from .settings import Settings


class Work(Protocol):
    """A service's side of one round."""

    def facts(self, incoming: Incoming) -> Any:
        """What the rule for this message needs to know beyond the petition's state."""

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """A rule has answered; later messages of the round see it."""

    async def save(self, connection: Connection) -> None:
        """Write what the service keeps besides states, in the round's transaction."""


@dataclass(frozen=True)
class Doors:
    """What an HTTP door of a service needs: a way into the rounds, the districts, the district's time, keys.

    pool: for reading only; a door changes nothing but through ``hand_in``. identity: whose a bearer token is;
    settings: of the process, where there is one.
    """

    hand_in: Callable[[Incoming], Awaitable[list[Message]]]
    districts: Mapping[str, District]
    now: Callable[[], datetime]
    keys: Path
    pool: asyncpg.Pool
    identity: Identity
    settings: Settings | None = None


class DistrictWork:
    """The work of a service whose rules need the district and nothing else."""

    def __init__(self, districts: Mapping[str, District]) -> None:
        self._districts = districts

    def facts(self, incoming: Incoming) -> District:
        """The district that the message is about."""
        return self._districts[incoming.district]

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Nothing to remember."""

    async def save(self, connection: Connection) -> None:
        """Nothing to keep."""


Evolve = Callable[[Any, Message, datetime], Any]


@dataclass(frozen=True)
class StateTable:
    """States of one kind of thing, a row each: the state as JSON, and the columns by which it is looked for.

    evolve: the state after a fact; columns: name -> (PostgreSQL type, value of a state); key: the column with the
    number of the thing, and the field by which a fact says whose state it changes.
    """

    name: str
    adapter: TypeAdapter[Any]
    evolve: Evolve
    columns: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    key: str = PETITION

    async def load(self, connection: Connection, keys: Sequence[str]) -> dict[str, Any]:
        """States by number, their rows locked in key order."""
        key = self.key
        rows = await connection.fetch(
            f"SELECT {key}, state FROM {self.name} WHERE {key} = ANY($1::text[]) ORDER BY {key} FOR UPDATE",
            keys,
        )
        return {row[key]: self.adapter.validate_json(row["state"]) for row in rows}

    async def save(self, connection: Connection, states: Mapping[str, Any]) -> None:
        """Write states in bulk."""
        names = [self.key, "state", *self.columns]
        types = ["text", "jsonb", *(sql_type for sql_type, _ in self.columns.values())]
        places = ", ".join(f"${i}::{sql_type}[]" for i, sql_type in enumerate(types, 1))
        changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
        values = list(states.values())
        await connection.execute(
            f"INSERT INTO {self.name} ({', '.join(names)}) SELECT * FROM unnest({places})"
            f" ON CONFLICT ({self.key}) DO UPDATE SET {changes}",
            list(states),
            # A state by itself: through the union's adapter pydantic would build it twice.
            [value.model_dump_json() for value in values],
            *([value_of(value) for value in values] for _, value_of in self.columns.values()),
        )


MakeSpeaker = Callable[[Doors], Companion]
MakeCompanion = Callable[[asyncpg.Pool, Callable[[], Client], Mapping[str, District]], Companion]
Due = Callable[[Connection, str, datetime, int], Awaitable[list[Incoming]]]


@dataclass
class Service:
    """One of the four, as its rounds see it.

    states: tables of states, locked in this order; open: its side of a round; understand: done to each message before
    the transaction (may raise Poison); due: what falls due in a district by a moment, as messages, oldest first, at
    most so many; handlers: for what the broker brings; own_handlers: for what ``due`` brings; companions: live beside
    the rounds; speakers: companions that hand in what they have to say; api: HTTP doors.
    """

    name: str
    states: tuple[StateTable, ...] = ()
    open: Callable[[Connection, Sequence[Incoming]], Awaitable[Work]] | None = None
    understand: Callable[[Incoming], None] | None = None
    due: Due | None = None
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    own_handlers: Mapping[str, Handler] = field(default_factory=dict)
    ticks: tuple[str, ...] = ()
    companions: tuple[MakeCompanion, ...] = ()
    speakers: tuple[MakeSpeaker, ...] = ()
    api: Callable[[Doors], APIRouter] | None = None

    def __post_init__(self) -> None:
        self._all = {**self.handlers, **self.own_handlers}

    def handles(self, incoming: Incoming) -> bool:
        """Whether there is a handler for it."""
        return incoming.entry.type in self._all

    def step(self, incoming: Incoming) -> Step:
        """The plan for one message."""
        return self._all[incoming.entry.type](incoming.message)

    def subscriptions(self) -> dict[Stream, list[str]]:
        """Stream -> subjects, over all districts: what the durables filter on."""
        return subscriptions(self.handlers, self.ticks)


def subscriptions(types: Iterable[str], ticks: Iterable[str]) -> dict[Stream, list[str]]:
    """The subscription table that follows from handled types and ticks.

    Of commands a service takes all that are addressed to it: one that it does not know must be buried, not lie unseen.
    """
    found: dict[Stream, list[str]] = {}
    for entry in map(BY_TYPE.__getitem__, types):
        if entry.kind is Kind.COMMAND:
            found[Stream.COMMANDS] = [f"xf.*.command.{entry.owner}.>"]
        else:
            found.setdefault(Stream.EVENTS, []).append(entry.subject("*"))
    if ticks:
        found[Stream.CLOCK] = [clock_subject("*", tick) for tick in ticks]
    return found
