"""A year's ledgers through the front doors, day by day, by the district's own ticks.

Never writes to a database, a fact or a metric: it sends what clerks, reporters, partner systems, units, offices and
leaders send, and reads what they are told.
"""

import asyncio
import csv
import io
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

import httpx
from xinfang_contracts.district import Channel, District, OfficeKind
from xinfang_contracts.intake import DeclareDistrict, ScreenPetition, SubmitPetition
from xinfang_contracts.message import Message
from xinfang_contracts.registry import clock_subject
from xinfang_contracts.review import GiveOpinion, RecordSettlement, SubmitReport

from services.installation import Installation
from services.intake.ledgers.register import OVER_LEVELS
from services.runtime import keys
from services.runtime.clock import ZONE

from .actors import ANSWER_SECONDS, Actor, Refused, Told, persist
from .beside import BesideYear
from .beside_ledgers import NOTHING, Beside
from .clearing import ClearingYear
from .clearing_ledgers import NONE as NOBODY_CLEARED
from .clearing_ledgers import Clearings
from .contents import content_of
from .duties import Duties
from .front import Front, Post
from .ledgers import LedgerError, Ledgers, Received, Reported, Screened
from .persons import Persons
from .pressing import PressingYear
from .pressing_ledgers import NONE, Acts
from .quiet import all_ticked, quiet

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Day:
    """How far the drive is: for progress."""

    on: date
    done: int
    total: int
    received: int


class Year:
    """Drives one district's ledgers through a running installation."""

    def __init__(
        self,
        installation: Installation,
        district: District,
        ledgers: Ledgers,
        beside: Beside = NOTHING,
        pressing: Acts = NONE,
        clearing: Clearings = NOBODY_CLEARED,
    ) -> None:
        self._installation = installation
        self._district = district
        self._ledgers = ledgers
        self._folder = installation.folder / "keys"
        self._actors: dict[str, Actor] = {}
        self._numbers: dict[str, str] = {}
        self._receipts: dict[str, str] = {}
        self._beside = BesideYear(beside, self._folder, self._numbers)
        self._units: dict[str, str] = {}
        office = district.office_of_kind(OfficeKind.PETITION)
        if not office:
            raise LedgerError("区文件没有信访室 / the district file has no petition office")
        self._clerk = office[0].code
        self._front = Front(district, self._folder, self._clerk)
        self._duties = Duties(district, self._folder, self._clerk)
        self._persons = Persons(district, installation.folder / "persons")
        self._pressing = PressingYear(pressing, self._folder, self._numbers, self._persons)
        self._clearing = ClearingYear(
            clearing.rows, self._folder, self._persons, self._clerk, self._numbers, self._units
        )
        self._channels = {channel.code: channel for channel in district.channels}

    async def drive(self, progress: Callable[[Day], None]) -> None:
        """Everything in the ledgers, in the order of its days, to the end of the last year."""
        self._operator = await self._installation.connect("operator")
        self._clock = await self._installation.connect("clock")
        intake = self._installation.running["intake"].port
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{intake}", timeout=30)
        codes = self._district.actors()
        actors = await asyncio.gather(*(Actor.sign_in(self._installation, self._district.code, code) for code in codes))
        self._actors = dict(zip(codes, actors, strict=True))
        try:
            await self._drive(progress)
        finally:
            await asyncio.gather(*(actor.sign_out() for actor in self._actors.values()))
            await self._http.aclose()
            await self._operator.close()
            await self._clock.close()

    async def _drive(self, progress: Callable[[Day], None]) -> None:
        received = _by_day(self._ledgers.received, lambda one: one.on)
        screened = _by_day(self._ledgers.screened, lambda one: one.on)
        reported = _by_day(self._ledgers.reported, lambda one: one.on)
        reviewed = _by_day(self._ledgers.reported, lambda one: one.reviewed_on)
        settled = _by_day(self._ledgers.reported, lambda one: one.settled_on)
        beside = {*self._beside.days, *self._pressing.days, *self._clearing.days}
        active = sorted({*received, *screened, *reported, *reviewed, *settled, *beside})
        if not active:
            raise LedgerError("台账没有任何记录 / the ledgers are empty")
        days = _days(date(active[0].year, 1, 1), date(active[-1].year, 12, 31))
        await self._declare(days[0])
        for done, day in enumerate(days, 1):
            await self._tick(day)
            if day in active:
                await all_ticked(self._operator)
                await self._pressing.drive(day, self._actors)
                await self._clearing.drive(day, self._actors)
                await self._receive(received.get(day, []))
                await asyncio.gather(*(self._screen(one) for one in screened.get(day, [])))
                reports = (self._report(one) for one in reported.get(day, []))
                await asyncio.gather(*reports, self._duties.drive(day, self._actors))
                await asyncio.gather(*(self._review(one) for one in reviewed.get(day, [])))
                await asyncio.gather(*(self._settle(one) for one in settled.get(day, [])))
                await self._beside.drive(day, self._actors, self._rate)
                await quiet(self._operator)
            progress(Day(day, done, len(days), len(self._numbers)))
        await quiet(self._operator)

    async def _tick(self, day: date) -> None:
        moment = datetime.combine(day, time.min, ZONE).isoformat()
        subject = clock_subject(self._district.code, "day")
        js = self._clock.jetstream(timeout=5)
        headers = {"ce-time": moment, "Nats-Msg-Id": f"{subject}@{moment}"}
        await persist(lambda: js.publish(subject, b"{}", headers=headers))

    async def _declare(self, first: date) -> None:
        await self._tick(first)
        await all_ticked(self._operator)
        operator = await Actor(self._district.code, "operator", self._operator).listen()
        await operator.command(DeclareDistrict(revision=self._district.revision))
        await self._persons.enrol(self._actors, operator)
        await operator.leave()

    # -- intake --------------------------------------------------------------------------------------------------

    async def _receive(self, rows: list[Received]) -> None:
        by_ledger = []
        waiting = []
        for row in rows:
            channel = self._channels[row.channel]
            actor = row.transferred_by or channel.partner
            if actor is not None:
                waiting.append(self._submit(row, channel, actor))
            elif (post := self._front.post(row, channel)) is not None:
                waiting.append(self._post(row, post))
            else:
                by_ledger.append(row)
        await asyncio.gather(*waiting, self._import(by_ledger))

    async def _submit(self, row: Received, channel: Channel, actor: str) -> None:
        """Over NATS, encrypted by the sender to intake's public key."""
        content = content_of(row).model_dump_json(exclude_none=True).encode()
        sealed = keys.seal(content, keys.public_key(self._folder, keys.VAULT))
        over = OVER_LEVELS.get(row.cells.get("越级", "").strip())
        submission = SubmitPetition(channel=channel.code, content=sealed, skip_level=over)
        told = await self._actor(actor, row.serial).command(submission)
        self._numbers[row.serial] = str(told.data["petition"])

    async def _post(self, row: Received, post: Post) -> None:
        """Over HTTP, as whoever uses that door does."""
        headers = {"Content-Type": "application/json"} | post.headers
        answer = await self._request(lambda: self._http.post(post.path, content=post.body, headers=headers))
        self._numbers[row.serial], self._receipts[row.serial] = answer["petition"], answer["receipt"]

    async def _rate(self, serial: str, contact: str, level: str) -> None:
        """With the receipt, as the status page does."""
        if serial not in self._receipts:
            raise LedgerError(f"{serial}: 没有查询码 / has no receipt that this drive knows")
        body = {"receipt": self._receipts[serial], "contact": contact, "level": level}
        key = {"Idempotency-Key": f"demo-{serial}-{contact}"}
        path = f"/v1/{self._district.code}/returns/satisfaction"
        await self._request(lambda: self._http.post(path, json=body, headers=key))

    async def _import(self, rows: list[Received]) -> None:
        """The clerk's ledger, as a file."""
        if not rows:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0].cells))
        writer.writeheader()
        writer.writerows(row.cells for row in rows)
        headers = self._front.bearer() | {"Content-Type": "text/csv; charset=utf-8"}
        answer = await self._request(
            lambda: self._http.post(
                f"/v1/{self._district.code}/ledger", content=text.getvalue().encode(), headers=headers
            )
        )
        for row in answer["rows"]:
            if "petition" not in row:
                raise LedgerError(f"{row['serial']}: {row['errors']}")
            self._numbers[row["serial"]], self._receipts[row["serial"]] = row["petition"], row["receipt"]

    async def _request(self, send: Callable[[], Awaitable[httpx.Response]]) -> dict[str, Any]:
        """Again while the door is away: the key is the same, so the answer is too."""
        deadline = asyncio.get_running_loop().time() + 60
        while True:
            try:
                response = await send()
                if response.status_code != 503 or asyncio.get_running_loop().time() > deadline:
                    break
            except httpx.TransportError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            await asyncio.sleep(0.1)
        if response.status_code not in (200, 201):
            raise LedgerError(f"HTTP {response.status_code}: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer

    async def _screen(self, row: Screened) -> None:
        decision = dict(row.decision)
        if decision.get("repeat_of"):
            decision["repeat_of"] = self._numbers.get(str(decision["repeat_of"]))
        message = ScreenPetition.model_validate({"petition": self._number(row.serial), "decision": decision})
        await self._command(self._clerk, message, row.serial)
        self._duties.accepted(self._number(row.serial), decision)

    # -- handling and review -------------------------------------------------------------------------------------

    async def _report(self, row: Reported) -> None:
        number = self._number(row.serial)
        if row.serial not in self._units:
            self._units[row.serial] = await self._unit_of(number, row.serial)
        message = SubmitReport(
            petition=number, version=row.version, outcome=row.outcome, recovered_yuan=row.recovered_yuan
        )
        await self._command(self._units[row.serial], message, row.serial)

    async def _unit_of(self, number: str, serial: str) -> str:
        """The unit that was told that the case is its own; it may have been accepted only a moment ago."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while True:
            for actor in self._actors.values():
                # Whoever helps or leads is told as well: the notice says who handles it.
                for told in actor.told.get(number, ()):
                    if told.fact == "case_assigned":
                        return str(told.data["unit"])
            if asyncio.get_running_loop().time() > deadline:
                raise LedgerError(f"{serial}: 没有承办单位被告知 / no unit was told of the case")
            await asyncio.sleep(0.003)

    async def _review(self, row: Reported) -> None:
        """Whoever is asked answers, until the case is concluded or the report goes back."""
        number, unit = self._number(row.serial), self._actors[self._units[row.serial]]
        spoken: set[str] = set()
        while True:
            asked = {one.code: asking for one in self._actors.values() if (asking := _asked(one, number, row.version))}
            now = [self._actors[code] for code in asked if code not in spoken and code != unit.code]
            # Who returns a report speaks last in its step, so that the others have been heard.
            now.sort(key=lambda one: one.code == row.returned_by)
            for actor in now:
                spoken.add(actor.code)
                reason = row.reason if actor.code == row.returned_by else None
                message = GiveOpinion(petition=number, version=row.version, returned=reason)
                signed = self._persons.signed(actor.code, message, asked[actor.code])
                await self._command(actor.code, signed, row.serial)
            if _is_over(unit, number, row.version):
                return
            if not now:
                await self._some_news(unit, number, row, spoken)

    async def _some_news(self, unit: Actor, number: str, row: Reported, spoken: set[str]) -> None:
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while not _is_over(unit, number, row.version):
            if any(
                _asked(one, number, row.version) and one.code not in spoken and one is not unit
                for one in self._actors.values()
            ):
                return
            if asyncio.get_running_loop().time() > deadline:
                raise LedgerError(f"{row.serial}: 审阅停在半途 / the review is stuck")
            await asyncio.sleep(0.003)

    async def _settle(self, row: Reported) -> None:
        message = RecordSettlement(petition=self._number(row.serial))
        await self._command(self._clerk, message, row.serial)

    # -- small things --------------------------------------------------------------------------------------------

    async def _command(self, actor: str, message: Message, serial: str) -> None:
        try:
            await self._actor(actor, serial).command(message)
        except Refused as refused:
            raise LedgerError(f"{serial}: {actor}: {refused}") from None

    def _actor(self, code: str, serial: str) -> Actor:
        if code not in self._actors:
            raise LedgerError(f"{serial}: {code} 不在区文件中 / is not in the district file")
        return self._actors[code]

    def _number(self, serial: str) -> str:
        if serial not in self._numbers:
            raise LedgerError(f"{serial}: 尚未登记 / is not registered by then")
        return self._numbers[serial]


def _asked(actor: Actor, number: str, version: int) -> Told | None:
    """The notice by which somebody is asked to speak on a version."""
    asking = ("report_submitted", "opinion_given")
    found = (one for one in actor.told.get(number, ()) if one.fact in asking and one.data["version"] == version)
    return next((one for one in found if one.data.get("actor") != actor.code), None)


def _is_over(unit: Actor, number: str, version: int) -> bool:
    return any(
        told.fact in ("case_concluded", "report_returned") and told.data["version"] == version
        for told in unit.told.get(number, ())
    )


def _by_day(rows: Iterable[T], day_of: Callable[[T], date | None]) -> dict[date, list[T]]:
    found: dict[date, list[T]] = defaultdict(list)
    for row in rows:
        day = day_of(row)
        if day is not None:
            found[day].append(row)
    return dict(found)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
