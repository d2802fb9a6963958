"""A person's queue: review's own tasks, and what the other services say waits for them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xinfang_contracts.district import District

from services.runtime.inbox import Connection

from . import words
from .gateway import Away, Gateway
from .session import Session
from .showing import until
from .words import Both

SOON = timedelta(days=5)
FULL = 200
"""Of a kind intake names no more: what is not among so many may wait as well."""
_TASKS = (
    "SELECT petition, task, version, due_at FROM review.tasks WHERE left(petition, 6) = $1 AND actor = $2"
    " ORDER BY due_at NULLS LAST, petition, task LIMIT 500"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. mark: late, soon or none."""

    petition: str
    what: Both
    detail: str = ""
    due: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Own:
    """A task of review's. version: of the report, or which of its kind."""

    petition: str
    task: str
    version: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """All that waits. away: services that did not answer; what is theirs is missing here, and the page says so."""

    mine: list[Task]
    theirs: list[Task]
    away: list[str]


async def tasks_of(connection: Connection, district: District, actor: str) -> list[Own]:
    """Review's own, what is due first before the rest."""
    return [Own(**row) for row in await connection.fetch(_TASKS, district.code, actor)]


async def is_elsewhere(gateway: Gateway, session: Session, petition: str) -> bool:
    """Whether routing says that a petition waits for them: they lead it, or have it in hand."""
    _, waiting = await _asked(gateway, "routing", session)
    return any(one["petition"] == petition for one in waiting or [])


async def is_to_screen(gateway: Gateway, session: Session, petition: str) -> bool:
    """Whether intake still waits for it to be screened, or does not say."""
    _, waiting = await _asked(gateway, "intake", session)
    screens = [one["petition"] for one in waiting or [] if one["task"] == "screen"]
    return waiting is None or petition in screens or len(screens) >= FULL


async def gathered(own: Sequence[Own], gateway: Gateway, session: Session, district: District, now: datetime) -> Queue:
    """Everything, each service asked with the person's own token; ``own``: review's.

    With no connection in hand: a service that is slow to answer would hold up review's rounds, which share the pool.
    """
    mine = [_own(one, now) for one in own]
    answers = await asyncio.gather(*(_asked(gateway, service, session) for service in ("intake", "routing")))
    reported = {one.petition for one in own}
    theirs, away = [], []
    for service, waiting in answers:
        if waiting is None:
            away.append(service)
            continue
        # A case in hand whose report is awaited stands among one's own already.
        theirs += [_task(one, district, now) for one in waiting if not _is_known(one, reported)]
    return Queue(mine, theirs, away)


def _is_known(one: Mapping[str, str], reported: set[str]) -> bool:
    return one["task"] == "handle" and one["petition"] in reported


async def _asked(gateway: Gateway, service: str, session: Session) -> tuple[str, list[Mapping[str, str]] | None]:
    try:
        answer = await gateway.get(service, f"/v1/{session.claims.district}/queue", session.token)
    except Away:
        return service, None
    return service, answer.json()["waiting"] if answer.status == 200 else None


def _own(one: Own, now: datetime) -> Task:
    detail = f"第 {one.version} 版" if one.task in ("report", "opinion") else ""
    due = until(one.due_at) if one.due_at else ""
    return Task(one.petition, words.TASKS.get(one.task, (one.task, "")), detail, due, _mark(one.due_at, now))


def _mark(due: datetime | None, now: datetime) -> str:
    return "" if due is None or due > now + SOON else "late" if due <= now else "soon"


def _task(one: Mapping[str, str], district: District, now: datetime) -> Task:
    due = datetime.fromisoformat(one["due_at"]) if one.get("due_at") else None
    channel = district.channel(one.get("channel") or "")
    detail = channel.name if channel else f"第 {one['number']} 号" if one.get("number") else ""
    what = words.TASKS.get(one["task"], (one["task"], ""))
    return Task(one["petition"], what, detail, until(due) if due else "", _mark(due, now))
