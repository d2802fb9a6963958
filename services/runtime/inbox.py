"""Inbox and outbox of a service, in its own schema: what was handled, and what was said because of it.

One row of ``rounds`` holds everything that one transaction has to say; the inbox rows point at it. So a round of 500
messages costs one outbox row, and writing down the sequences afterwards rewrites nothing but that row's head.
"""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from pydantic_core import to_json
from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel
from xinfang_contracts.registry import Stream

from .incoming import Incoming, Outgoing

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


def runtime_tables(schema: str) -> None:
    """Declare inbox, rounds and clock of one service for the migrations."""
    Table(
        "inbox",
        SQLModel.metadata,
        Column("key", LargeBinary, primary_key=True),
        Column("body_hash", LargeBinary, nullable=False),
        Column("round_id", LargeBinary, nullable=False),
        Column("stream", Text),
        Column("sequence", BigInteger),
        schema=schema,
    )
    rounds = Table(
        "rounds",
        SQLModel.metadata,
        Column("id", LargeBinary, primary_key=True),
        Column("said_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
        # The repeated write of sequences must not rewrite this: EXTERNAL keeps it apart and uncompressed.
        Column("outputs", LargeBinary, nullable=False),
        Column("sequences", ARRAY(BigInteger)),
        schema=schema,
    )
    Index("rounds_unpublished", rounds.c.id, postgresql_where=rounds.c.sequences.is_(None))
    Table(
        "clock",
        SQLModel.metadata,
        Column("district", Text, primary_key=True),
        Column("now", DateTime(timezone=True), nullable=False),
        schema=schema,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """An inbox row that was there before."""

    body_hash: bytes
    round_id: bytes


def new_round_id() -> bytes:
    """16 bytes that grow with time, so that the index is written at its end."""
    return (time.time_ns() // 1000).to_bytes(8, "big") + secrets.token_bytes(8)


def said_at(round_id: bytes) -> datetime:
    """When a round was begun, by its process's clock."""
    return datetime.fromtimestamp(int.from_bytes(round_id[:8], "big") / 1_000_000, UTC)


class Inbox:
    """The statements on one service's inbox."""

    def __init__(self, schema: str) -> None:
        self._claim = f"""
            INSERT INTO {schema}.inbox (key, body_hash, round_id, stream, sequence)
            SELECT k, h, $5, s, q FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::bigint[]) AS u (k, h, s, q)
            ON CONFLICT DO NOTHING RETURNING key"""
        self._known = f"SELECT key, body_hash, round_id FROM {schema}.inbox WHERE key = ANY($1::bytea[])"
        self._disclaim = f"DELETE FROM {schema}.inbox WHERE key = ANY($1::bytea[])"
        self._say = f"INSERT INTO {schema}.rounds (id, outputs) VALUES ($1, $2)"
        self._published = f"""
            UPDATE {schema}.rounds SET sequences = $2::bigint[] WHERE id = $1 AND sequences IS NULL"""
        self._said = f"SELECT id, outputs, sequences IS NULL AS open FROM {schema}.rounds WHERE id = ANY($1::bytea[])"
        self._unpublished = f"""
            SELECT id, outputs FROM {schema}.rounds
            WHERE sequences IS NULL AND said_at < now() - make_interval(secs => $1)
            ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"""
        self._tick = f"""
            INSERT INTO {schema}.clock (district, now) VALUES ($1, $2) ON CONFLICT (district)
            DO UPDATE SET now = EXCLUDED.now WHERE clock.now < EXCLUDED.now"""
        self._clocks = f"SELECT district, now FROM {schema}.clock"

    async def claim(self, connection: Connection, messages: Sequence[Incoming], round_id: bytes) -> set[bytes]:
        """Take messages as ours; returns the keys that nobody had. Waits for a replica that has one in hand.

        Keys are sorted: two replicas that claim the same messages in another order would deadlock.
        """
        ordered = sorted(messages, key=lambda one: one.key)
        deliveries = [one.delivery for one in ordered]
        rows = await connection.fetch(
            self._claim,
            [one.key for one in ordered],
            [one.body_hash for one in ordered],
            [one.stream.value if one else None for one in deliveries],
            [one.sequence if one else None for one in deliveries],
            round_id,
        )
        return {row["key"] for row in rows}

    async def known(self, connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Known]:
        """What the inbox has under these keys."""
        rows = await connection.fetch(self._known, keys)
        return {row["key"]: Known(row["body_hash"], row["round_id"]) for row in rows}

    async def disclaim(self, connection: Connection, keys: Sequence[bytes]) -> None:
        """Give claims of this transaction back: their rule failed, and they are tried again."""
        await connection.execute(self._disclaim, keys)

    async def say(self, connection: Connection, round_id: bytes, outputs: Sequence[Outgoing]) -> None:
        """Keep what this round will publish."""
        await connection.execute(self._say, round_id, pack(outputs))

    async def published(self, connection: Connection, round_id: bytes, sequences: Sequence[int]) -> None:
        """Note the stream sequence of each output, in the order in which they were said."""
        await connection.execute(self._published, round_id, sequences)

    async def said(
        self, connection: Connection, round_ids: Sequence[bytes]
    ) -> dict[bytes, tuple[list[Outgoing], bool]]:
        """Outputs of these rounds, and whether they are still to be published."""
        rows = await connection.fetch(self._said, round_ids)
        return {row["id"]: (unpack(row["outputs"]), row["open"]) for row in rows}

    async def unpublished(self, connection: Connection, older_than: float, limit: int) -> dict[bytes, list[Outgoing]]:
        """Rounds, the oldest first, that nobody has published for ``older_than`` seconds and nobody else is at."""
        rows = await connection.fetch(self._unpublished, older_than, limit)
        return {row["id"]: unpack(row["outputs"]) for row in rows}

    async def tick(self, connection: Connection, incoming: Incoming) -> None:
        """Move a district's clock on; it never goes back."""
        await connection.execute(self._tick, incoming.district, incoming.now)

    async def clocks(self, connection: Connection) -> dict[str, object]:
        """Each district's time by its last tick."""
        return {row["district"]: row["now"] for row in await connection.fetch(self._clocks)}


def pack(outputs: Sequence[Outgoing]) -> bytes:
    """Outputs as bytes, bodies unchanged."""
    return to_json([[one.stream.value, one.subject, one.headers, one.body.decode()] for one in outputs])


def unpack(packed: bytes) -> list[Outgoing]:
    """The reverse of :func:`pack`."""
    return [Outgoing(Stream(s), subject, headers, body.encode()) for s, subject, headers, body in json.loads(packed)]
