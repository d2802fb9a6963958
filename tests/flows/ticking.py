"""One small district many times over, in each of which the same year is played with other ticks.

Routing runs alone: what intake and review would say is said with their credentials, at the times of the year.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from xinfang_contracts.clocks import ExtendClock, ResumeClock, StartClock, StopClock, SuspendClock
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.registry import BY_TYPE, Stream, clock_subject
from xinfang_contracts.review import CaseConcluded, Outcome

from services.catalogue import SERVICES
from services.demo.quiet import all_ticked, quiet
from services.installation import Installation, new_id
from services.runtime.clock import ZONE
from tests.conftest import LIUYUAN
from tests.flows.outside import rows
from tests.rules.given import accepted, case_traits

ABSENT = set(SERVICES) - {"routing"}
UNIT = "unit_willow"
OFFICE, FIRST, SECOND = "office_letters", "leader_first", "leader_second"
APPROVAL = DocumentRef(document="94183333-cd39-594c-b78c-2a068ce1f7dd", digest="a" * 64)
CASEWORK = """  casework:
    length: 45
    unit: calendar_day
    basis: 柳原办法3
    setting: true
    extension: {length: 20, unit: calendar_day, times: 1, approver: deputy_secretary}
    warnings:
      - {colour: blue, before: {length: 20, unit: calendar_day}, told: [unit]}
      - {colour: red, before: {length: 5, unit: working_day}, told: [unit, zone_lead, principal]}
"""


def districts(folder: Path, codes: Iterable[str]) -> Path:
    """A folder with 柳原区 under each of these codes, its clocks warned of and extended."""
    text = LIUYUAN.read_text()
    plain = next(line for line in text.splitlines() if line.startswith("  casework:"))
    for code in codes:
        (folder / f"{code}.yaml").write_text(text.replace(f"{plain}\n", CASEWORK).replace("990001", code))
    return folder


@dataclass
class Play:
    """One district of an installation, and what is done there."""

    installation: Installation
    code: str
    clients: dict[str, Client] = field(default_factory=dict)
    messages: Iterator[int] = field(default_factory=count)

    async def client(self, user: str) -> Client:
        """A connection with a user's credential, kept."""
        if user not in self.clients:
            self.clients[user] = await self.installation.connect(user)
        return self.clients[user]

    async def close(self) -> None:
        """Let go of all connections."""
        for one in self.clients.values():
            await one.close()

    def number(self, serial: int) -> str:
        """A petition's number."""
        return f"{self.code}-2023-{serial:06d}"

    async def tick(self, *days: date) -> None:
        """Ticks of these days in this order; done when the last is worked off."""
        js = (await self.client("clock")).jetstream(timeout=10)
        for day in days:
            headers = {"ce-time": midnight(day).isoformat(), "Nats-Msg-Id": new_id()}
            await js.publish(clock_subject(self.code, "day"), b"{}", headers=headers)
        await all_ticked(await self.client("operator"), ABSENT)

    async def rest(self) -> None:
        """Until nothing is under way."""
        await quiet(await self.client("operator"), ABSENT)

    async def fact(self, type_: str, message: Message, at: datetime) -> None:
        """What another service says."""
        entry = BY_TYPE[type_]
        headers = self._headers(type_, entry.owner) | {"ce-time": at.isoformat()}
        js = (await self.client(entry.owner)).jetstream(timeout=10)
        await js.publish(entry.subject(self.code), body(message), headers=headers)
        await self.rest()

    async def command(self, type_: str, message: Message, actor: str) -> None:
        """What an actor of the district wants."""
        js = (await self.client(f"{self.code}.{actor}")).jetstream(timeout=10)
        headers = self._headers(type_, f"{self.code}.{actor}")
        await js.publish(BY_TYPE[type_].subject(self.code, actor), body(message), headers=headers)
        await self.rest()

    def _headers(self, type_: str, source: str) -> dict[str, str]:
        return {
            "ce-specversion": "1.0",
            "ce-id": f"{self.code}-{next(self.messages)}",
            "ce-type": type_,
            "ce-source": source,
            "content-type": "application/json",
        }

    async def states(self) -> dict[str, Any]:
        """All cases as they stand, without the district's code."""
        found = await rows(
            self.installation,
            "SELECT petition, state, due_at, counted_by FROM routing.cases WHERE left(petition, 6) = $1",
            self.code,
        )
        return {
            self._anonymous(row["petition"]): (self._anonymous(row["state"]), row["due_at"], row["counted_by"])
            for row in found
        }

    async def said(self) -> dict[str, list[tuple[str, Any]]]:
        """All facts of routing by petition, in their order: type and content, without the district's code."""
        js = (await self.client("operator")).jetstream()
        state = (await js.stream_info(Stream.EVENTS.value)).state
        found: dict[str, list[tuple[str, Any]]] = {}
        for sequence in range(1, state.last_seq + 1):
            message = await js.get_msg(Stream.EVENTS.value, sequence)
            subject = str(message.subject)
            if subject.startswith(f"xf.{self.code}.event.routing."):
                fact = json.loads(self._anonymous((message.data or b"").decode()))
                found.setdefault(fact.get("petition", ""), []).append((subject.split(".")[4], fact))
        return found

    def _anonymous(self, text: str) -> str:
        return text.replace(self.code, "990001")


def midnight(day: date) -> datetime:
    """With which a day begins."""
    return datetime.combine(day, time.min, ZONE)


def body(message: Message) -> bytes:
    """As it goes over the wire."""
    return message.model_dump_json(exclude_none=True).encode()


def days(first: date, last: date) -> list[date]:
    """From the first to before the last."""
    return [first + timedelta(days=n) for n in range((last - first).days)]


Scene = tuple[date, str, Any]


def script(play: Play) -> Sequence[Scene]:
    """A year with six cases of several clocks: day, who speaks, and what."""
    n = play.number
    return [
        *((date(2023, 1, 10), "accept", serial) for serial in range(1, 7)),
        (date(2023, 1, 12), FIRST, StartClock(petition=n(1), clock="hearing")),
        (date(2023, 1, 16), OFFICE, StartClock(petition=n(2), clock="clarification")),
        (date(2023, 1, 17), OFFICE, SuspendClock(petition=n(1), clock="hearing", reason="hearing")),
        (date(2023, 2, 2), OFFICE, ResumeClock(petition=n(1), clock="hearing")),
        (date(2023, 2, 8), SECOND, extension(n(2), "casework", 20)),
        (date(2023, 2, 9), FIRST, extension(n(1), "hearing", 5)),
        (date(2023, 2, 20), OFFICE, StopClock(petition=n(2), clock="clarification")),
        (date(2023, 3, 1), "above", granted(n(3), date(2023, 4, 20))),
        (date(2023, 3, 2), "conclude", 4),
        (date(2023, 3, 20), OFFICE, StartClock(petition=n(4), clock="hearing")),
        (date(2023, 4, 3), SECOND, extension(n(5), "casework", 20)),
        (date(2023, 5, 9), "conclude", 5),
        (date(2023, 9, 25), OFFICE, StartClock(petition=n(6), clock="hearing")),
        (date(2023, 12, 1), "above", granted(n(6), date(2024, 1, 31))),
    ]


def extension(petition: str, clock: str, length: int) -> ExtendClock:
    """By a leader."""
    return ExtendClock(petition=petition, clock=clock, length=length, reason="complex", document=APPROVAL)


def granted(petition: str, until: date) -> SuperiorDecided:
    """From above."""
    given = {"superior": "superior_990000", "matter": "extend", "approved": True, "on": until, "until": until}
    return SuperiorDecided.model_validate({"petition": petition} | given)


async def act(play: Play, day: date, who: str, what: Any) -> None:
    """One scene. What services say of the day is said at its noon."""
    noon = midnight(day) + timedelta(hours=12)
    town = f"{play.code}100"
    match who:
        case "accept":
            about = case_traits(town=town, channel="post", received_on=day, accepted_on=day)
            await play.fact("intake.petition_accepted.v1", accepted(play.number(what), about=about), noon)
        case "above":
            await play.fact("intake.superior_decided.v1", what, noon)
        case "conclude":
            await play.fact("review.case_concluded.v1", conclusion(play.number(what), day, town), noon)
        case _:
            name = next(type_ for type_, entry in BY_TYPE.items() if entry.model is type(what))
            await play.command(name, what, who)


def conclusion(petition: str, day: date, town: str) -> CaseConcluded:
    """By review."""
    return CaseConcluded(
        petition=petition,
        traits=case_traits(town=town, channel="post", received_on=day, accepted_on=day),
        unit=UNIT,
        chain="short",
        jointly_reviewed=False,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=day,
    )
