"""The tables of joint review: who has spoken on which version, whom a conclusion needed, and what waits for whom.

The database refuses a conclusion without the voices that it needed, and any change of what was said (migration 0021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel
from xinfang_contracts.district import District
from xinfang_contracts.review import OpinionGiven, ReportReturned

from services.runtime.inbox import Connection
from services.runtime.incoming import Effects, Incoming
from services.runtime.service import StateTable

from ..tasks import open_tasks
from .opinions import Demanded


class OpinionRow(SQLModel, table=True):
    """One voice on one version. Nobody speaks twice, in whatever office. step: None where it was not yet written."""

    __tablename__ = "opinions"
    __table_args__ = (
        Index(
            "opinions_persons",
            *("petition", "version", "person"),
            unique=True,
            postgresql_where=text("person IS NOT NULL"),
        ),
        {"schema": "review"},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    version: int = Field(primary_key=True)
    actor: str = Field(sa_type=Text, primary_key=True)
    step: int | None = None
    person: str | None = Field(default=None, sa_type=Text)
    decision: str = Field(sa_type=Text)
    said_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class DemandRow(SQLModel, table=True):
    """Whose voices the chain demanded when a version was concluded."""

    __tablename__ = "demands"
    __table_args__ = {"schema": "review"}
    petition: str = Field(sa_type=Text, primary_key=True)
    version: int = Field(primary_key=True)
    actors: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class TaskRow(SQLModel, table=True):
    """What waits for an actor in a case; an actor's queue is found by district and actor."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("tasks_of_actor", text("left(petition, 6)"), "actor", "due_at"),
        {"schema": "review"},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    actor: str = Field(sa_type=Text, primary_key=True)
    task: str = Field(sa_type=Text, primary_key=True)
    version: int = Field(primary_key=True)
    since: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


@dataclass(frozen=True)
class CaseTable(StateTable):
    """States of cases, and beside each what is open in it: a queue never differs from the states that it shows."""

    districts: Mapping[str, District] = field(default_factory=dict)

    async def save(self, connection: Connection, states: Mapping[str, Any]) -> None:
        """Write the states, and the tasks that are other than before."""
        await super().save(connection, states)
        rows = [
            (number, task.actor, task.task, task.version, task.since, task.due_at)
            for number, state in states.items()
            for task in open_tasks(state, self.districts[number[:6]])
        ]
        await replace_tasks(connection, list(states), rows)


_ROWS = "unnest({}::text[], {}::text[], {}::text[], {}::int[], {}::timestamptz[], {}::timestamptz[])"
_DONE = (
    "DELETE FROM review.tasks t WHERE petition = ANY($1::text[]) AND NOT EXISTS (SELECT FROM "
    + _ROWS.format("$2", "$3", "$4", "$5", "$6", "$7")
    + " AS o(petition, actor, task, version, since, due_at) WHERE (o.petition, o.actor, o.task, o.version)"
    " = (t.petition, t.actor, t.task, t.version) AND o.due_at IS NOT DISTINCT FROM t.due_at)"
)
_OPENED = (
    "INSERT INTO review.tasks (petition, actor, task, version, since, due_at) SELECT * FROM "
    + _ROWS.format("$1", "$2", "$3", "$4", "$5", "$6")
    + " ON CONFLICT DO NOTHING"
)


async def replace_tasks(connection: Connection, petitions: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """What is open in these cases, as rows of (petition, actor, task, version, since, due_at); what stays, stays."""
    columns = list(zip(*rows, strict=True)) or [()] * 6
    await connection.execute(_DONE, petitions, *columns)
    if rows:
        await connection.execute(_OPENED, *columns)


@dataclass
class JointWork:
    """Its side of one round: voices and demands to write, one statement each."""

    _opinions: list[tuple[str, int, str, int | None, str | None, str, datetime]] = field(default_factory=list)
    _demands: list[Demanded] = field(default_factory=list)

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """What is to be written of one message."""
        for fact in effects.facts:
            if isinstance(fact, OpinionGiven | ReportReturned):
                step = fact.step if isinstance(fact, OpinionGiven) else None
                person = fact.signed.person if fact.signed else None
                decision = "agreed" if isinstance(fact, OpinionGiven) else "returned"
                row = (fact.petition, fact.version, fact.actor, step, person, decision, incoming.now)
                self._opinions.append(row)
        self._demands += [kept for kept in effects.keep if isinstance(kept, Demanded)]

    async def save(self, connection: Connection) -> None:
        """Write them."""
        if self._opinions:
            await add_opinions(connection, self._opinions)
        if self._demands:
            await add_demands(connection, [(one.petition, one.version, one.actors) for one in self._demands])


async def add_opinions(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of (petition, version, actor, step, person, decision, said_at)."""
    await connection.execute(
        "INSERT INTO review.opinions (petition, version, actor, step, person, decision, said_at) SELECT * FROM"
        " unnest($1::text[], $2::int[], $3::text[], $4::int[], $5::text[], $6::text[], $7::timestamptz[])",
        *zip(*rows, strict=True),
    )


async def add_demands(connection: Connection, rows: Sequence[tuple[str, int, Sequence[str]]]) -> None:
    """Rows of (petition, version, actors)."""
    petitions, versions, actors = zip(*rows, strict=True)
    # Codes have no commas: an array of arrays of different lengths is no array to PostgreSQL.
    await connection.execute(
        "INSERT INTO review.demands (petition, version, actors)"
        " SELECT p, v, string_to_array(a, ',') FROM unnest($1::text[], $2::int[], $3::text[]) AS o(p, v, a)",
        petitions,
        versions,
        [",".join(one) for one in actors],
    )
