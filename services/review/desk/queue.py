"""A person's queue: review's own tasks, and what the other services say waits for them."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from xinfang_contracts.district import District

from services.runtime.inbox import Connection

from ..decide import current, steps_of
from ..state import Awaiting, State, UnderReview
from ..store import STATES
from . import words
from .gateway import Away, Gateway
from .session import Session
from .showing import moment
from .words import Both

SOON = timedelta(days=5)
_OPEN = (
    "SELECT petition, state FROM review.cases WHERE left(petition, 6) = $1"
    " AND state->>'status' IN ('awaiting', 'under_review') ORDER BY petition LIMIT 2000"
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
class Queue:
    """All that waits. away: services that did not answer; what is theirs is missing here, and the page says so."""

    mine: list[Task]
    theirs: list[Task]
    away: list[str]


async def tasks_of(connection: Connection, district: District, actor: str) -> list[tuple[str, str, int]]:
    """Review's own: petition, task, version."""
    rows = await connection.fetch(_OPEN, district.code)
    cases = ((row["petition"], STATES.adapter.validate_json(row["state"])) for row in rows)
    return [(petition, task, case.version) for petition, case in cases for task in _waits(case, district, actor)]


def _waits(case: State, district: District, actor: str) -> Iterator[str]:
    match case:
        case Awaiting() if case.case.unit == actor:
            yield "report"
        case UnderReview():
            steps = steps_of(district, case.case)
            turn = current(steps, case.given)
            if turn < len(steps) and actor in steps[turn] and actor not in case.given:
                yield "opinion"


async def gathered(
    connection: Connection, gateway: Gateway, session: Session, district: District, now: datetime
) -> Queue:
    """Everything, each service asked with the person's own token."""
    own = await tasks_of(connection, district, session.claims.actor)
    mine = [Task(petition, words.TASKS.get(task, (task, "")), f"第 {version} 版") for petition, task, version in own]
    answers = await asyncio.gather(*(_asked(gateway, service, session) for service in ("intake", "routing")))
    reported = {petition for petition, *_ in own}
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


def _task(one: Mapping[str, str], district: District, now: datetime) -> Task:
    due = datetime.fromisoformat(one["due_at"]) if one.get("due_at") else None
    mark = "" if due is None or due > now + SOON else "late" if due <= now else "soon"
    channel = district.channel(one.get("channel") or "")
    detail = channel.name if channel else f"第 {one['number']} 号" if one.get("number") else ""
    return Task(
        one["petition"], words.TASKS.get(one["task"], (one["task"], "")), detail, moment(due) if due else "", mark
    )
