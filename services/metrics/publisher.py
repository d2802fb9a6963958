"""The one publish outside rounds: what has changed, twice a second for each subject at most.

One publisher a district (an advisory lock), newest value per subject. Should a publisher that has lost its lock still
be writing, the expected sequence of the subject refuses it: an older value never replaces a newer one.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time

import asyncpg
import structlog
from nats.aio.client import Client
from nats.js.api import Header
from nats.js.errors import NotFoundError
from xinfang_contracts.district import District
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.metrics import IndicatorValue
from xinfang_contracts.registry import BY_TYPE, Stream, metric_subject

from services.runtime.clock import ZONE, business_month, civil_date
from services.runtime.inbox import Connection
from services.runtime.incoming import Outgoing
from services.runtime.log import failure, place
from services.runtime.publish import publish

from .counting import NOW
from .indicators import COMPARED, COUNTERS, INDICATORS, a_year_on, periods, value
from .store import load, mark

log = structlog.get_logger()

EVERY_SECONDS = 0.5
_TYPE = BY_TYPE["metrics.indicator_value.v1"].type
_LOCK_SPACE = 0x58464D  # "XFM"


class Publisher:
    """Publishes every district whose lock it can get."""

    def __init__(self, pool: asyncpg.Pool, client: Callable[[], Client], districts: Mapping[str, District]) -> None:
        self._pool = pool
        self._client = client
        self._districts = districts
        ends = {code: district.statistics.month_ends_on for code, district in districts.items()}
        self._month_ends_on = {code: day for code, day in ends.items() if day is not None}
        self._last: dict[str, int] = {}
        self._newest = -1
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Publish what there is once more, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self.publish_all()

    def wrong(self) -> list[str]:
        """Whatever it lacks, it lacks for a while only."""
        return []

    async def _run(self) -> None:
        while True:
            await self.publish_all()
            await asyncio.sleep(EVERY_SECONDS)

    async def publish_all(self) -> None:
        """One look at all districts; what fails in one is logged and tried again at the next look."""
        try:
            async with self._pool.acquire() as connection:
                for district in await self._changed(connection):
                    await self._publish_one(connection, district)
        except Exception as error:  # noqa: BLE001 - nothing is lost: what was dirty is still
            log.warning("metrics.unpublished", error=failure(error), at=place(error))

    async def _publish_one(self, connection: Connection, district: str) -> None:
        try:
            async with connection.transaction():
                if await connection.fetchval("SELECT pg_try_advisory_xact_lock($1, $2)", _LOCK_SPACE, int(district)):
                    await self._publish(connection, district)
        except Exception as error:  # noqa: BLE001 - one district's failure is not the others'
            log.warning("metrics.unpublished", district=district, error=failure(error), at=place(error))

    async def _changed(self, connection: Connection) -> list[str]:
        rows = await connection.fetch(
            "SELECT DISTINCT district FROM metrics.dirty UNION SELECT c.district FROM metrics.clock c"
            " LEFT JOIN metrics.published p USING (district)"
            " WHERE p.month IS NULL OR p.month < date_trunc('month', c.now AT TIME ZONE 'Asia/Shanghai')::date"
            " UNION SELECT c.district FROM metrics.clock c JOIN metrics.published p USING (district)"
            " JOIN unnest($1::text[], $2::int[]) AS u (district, ends_on) USING (district)"
            " WHERE extract(day FROM c.now AT TIME ZONE 'Asia/Shanghai') > u.ends_on"
            " AND p.month <= date_trunc('month', c.now AT TIME ZONE 'Asia/Shanghai')::date",
            list(self._month_ends_on),
            list(self._month_ends_on.values()),
        )
        return [row["district"] for row in rows if row["district"] in self._districts]

    async def _publish(self, connection: Connection, district: str) -> None:
        until = await self._turn_month(connection, district)
        rows = await connection.fetch("SELECT counter, month, version FROM metrics.dirty WHERE district = $1", district)
        by_year: dict[int, set[tuple[str, date]]] = {}
        for row in rows:
            by_year.setdefault(row["month"].year, set()).add((row["counter"], row["month"]))
            if row["counter"] in COMPARED and (later := a_year_on(row["month"])) <= until:
                by_year.setdefault(later.year, set()).add((row["counter"], later))
        for year, touched in sorted(by_year.items()):
            await self._publish_year(connection, district, year, touched, until)
        await connection.execute(
            "DELETE FROM metrics.dirty d USING unnest($2::text[], $3::date[], $4::bigint[]) AS u (c, m, v)"
            " WHERE d.district = $1 AND d.counter = u.c AND d.month = u.m AND d.version = u.v",
            district,
            *([row[i] for row in rows] for i in range(3)),
        )

    async def _turn_month(self, connection: Connection, district: str) -> date:
        """The month of the district's clock. A new one makes every figure of its year due: "to date" has moved."""
        now = await connection.fetchval("SELECT now FROM metrics.clock WHERE district = $1", district)
        ends_on = self._districts[district].statistics.month_ends_on
        month = business_month(civil_date(now or datetime.now(UTC)), ends_on)
        before = await connection.fetchval("SELECT month FROM metrics.published WHERE district = $1", district)
        if now is not None and (before is None or before < month):
            turned = _months(before or month, month)
            # In the order in which rounds mark them: otherwise the two would deadlock.
            await mark(connection, [(district, counter, one) for counter in COUNTERS for one in turned])
            await connection.execute(
                "INSERT INTO metrics.published (district, month) VALUES ($1, $2)"
                " ON CONFLICT (district) DO UPDATE SET month = EXCLUDED.month",
                district,
                month,
            )
        return month

    async def _publish_year(
        self, connection: Connection, district: str, year: int, touched: set[tuple[str, date]], until: date
    ) -> None:
        touched_counters = {counter for counter, _ in touched}
        concerned = [one for one in INDICATORS if one.counters & touched_counters]
        due = []
        for indicator in concerned:
            months = {month for counter, month in touched if counter in indicator.counters}
            spans = {period: span for month in months for period, span in periods(month, until).items()}
            due += [(indicator, period, span) for period, span in sorted(spans.items())]
        await self._look_up([metric_subject(district, one.code, period) for one, period, _ in due])
        counters = sorted({name for one in concerned for name in one.counters})
        counts = await load(connection, district, counters, year)
        if compared := sorted(COMPARED.intersection(counters)):
            counts |= await load(connection, district, compared, year - 1)
        by_indicator = {
            one.code: {place: cell for place, cell in counts.items() if place[0] in one.counters} for one in concerned
        }
        outputs = []
        window = self._districts[district].review.settlement_window
        window_months = window.months if window else None
        for indicator, period, span in due:
            floor = datetime.combine(span[0] if span[0] != NOW else date(1970, 1, 1), time.min, ZONE)
            found = value(indicator, period, span, by_indicator[indicator.code], floor, window_months)
            outputs.append(self._output(district, found))
        sequences = await publish(self._client(), outputs)
        self._last |= {output.subject: sequence for output, sequence in zip(outputs, sequences, strict=True)}
        self._newest = max([self._newest, *sequences])

    async def _look_up(self, subjects: list[str]) -> None:
        """Note where the subjects stand, before the counts are read: whoever writes later is then found out.

        What is known of a subject holds while nobody else writes to the stream. Without asking for that, two replicas
        would each find the other's writes by being refused, and undo each other's patience for minutes.
        """
        newest = (await self._client().jetstream().stream_info(Stream.METRICS.value)).state.last_seq
        if newest != self._newest:
            self._last.clear()
            self._newest = newest
        unknown = [one for one in subjects if one not in self._last]
        self._last |= zip(unknown, await asyncio.gather(*map(self._last_sequence, unknown)), strict=True)

    def _output(self, district: str, message: IndicatorValue) -> Outgoing:
        subject = metric_subject(district, message.indicator, message.period)
        name = f"{subject}/{message.formula}/{message.revision}"
        headers = Envelope(id=name, type=_TYPE, source="metrics", time=message.as_of).headers()
        del headers["Nats-Msg-Id"]  # the same value may have to be said again after a lost disk
        headers[Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value] = str(self._last.pop(subject))
        return Outgoing(Stream.METRICS, subject, headers, message.model_dump_json().encode())

    async def _last_sequence(self, subject: str) -> int:
        js = self._client().jetstream()
        try:
            found = await js.get_last_msg(Stream.METRICS.value, subject, direct=True)
        except NotFoundError:
            return 0
        return int(found.seq or 0)


def _months(first: date, last: date) -> list[date]:
    """First days of the months from ``first`` to ``last``, two years of them at most."""
    months = []
    while first <= last:
        months.append(first)
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return months[-24:]
