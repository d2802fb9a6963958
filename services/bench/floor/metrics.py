"""The floor's metrics: sums by counter, month and scope; what has changed is published twice a second."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
from nats.aio.client import Client
from nats.aio.msg import Msg
from xinfang_contracts.district import District

from services.metrics.indicators import INDICATORS, periods
from services.runtime.clock import ZONE
from services.runtime.inbox import Connection

from .rounds import JSON, Handle, Output, Said, publish_all

EVERY_SECONDS = 0.5
_ADD = """
    INSERT INTO metrics.counts (district, counter, month, scope, amount, changes, as_of)
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bigint[], $6::bigint[], $7::timestamptz[])
    ON CONFLICT (district, counter, month, scope) DO UPDATE SET
      amount = counts.amount + EXCLUDED.amount, changes = counts.changes + EXCLUDED.changes,
      as_of = greatest(counts.as_of, EXCLUDED.as_of)"""
_MARK = """
    INSERT INTO metrics.dirty (district, counter, month, version)
    SELECT *, 1 FROM unnest($1::text[], $2::text[], $3::date[])
    ON CONFLICT (district, counter, month) DO UPDATE SET version = dirty.version + 1"""


def make(district: District, _key_folder: Path) -> Handle:
    """The handler of a batch."""
    zones = {town: zone.code for zone in district.zones for town in zone.towns}

    async def handle(connection: Connection, batch: list[Msg], _said: Said) -> None:
        now = datetime.now(ZONE)
        month = now.date().replace(day=1)
        sums: Counter[tuple[str, str]] = Counter()
        for msg in batch:
            name = msg.subject.split(".")[4]
            for counter, scope, amount in _counts(name, json.loads(msg.data), zones):
                sums[counter, scope] += amount
        places = sorted(sums)
        await connection.execute(
            _ADD,
            [district.code] * len(places),
            [counter for counter, _ in places],
            [month] * len(places),
            [scope for _, scope in places],
            [sums[place] for place in places],
            [1] * len(places),
            [now] * len(places),
        )
        touched = sorted({counter for counter, _ in places})
        await connection.execute(_MARK, [district.code] * len(touched), touched, [month] * len(touched))

    return handle


def _counts(name: str, data: dict[str, Any], zones: dict[str, str]) -> Iterator[tuple[str, str, int]]:
    traits = data["traits"]
    counter = name.removeprefix("petition_").removeprefix("case_")
    if name.startswith("case_"):
        scopes = [f"unit:{data['unit']}", f"category:{traits['category']}", f"rank:{traits['rank']}"]
        scopes += ["district", f"form:{traits['form']}"] + ([f"zone:{data['zone']}"] if data["zone"] else [])
    else:
        scopes = ["district", f"form:{traits['form']}", f"channel:{traits['channel']}"]
        scopes += [f"zone:{zones[traits['town']]}"] if traits["town"] in zones else []
    scopes += [f"town:{traits['town']}"] if traits["town"] else []
    if name in ("petition_accepted", "notice_due"):
        scopes += [f"category:{traits['category']}", f"rank:{traits['rank']}"]
    if name == "petition_accepted":
        for flag in ("real_name", "first_time"):
            yield from ((f"accepted_{flag}", scope, 1) for scope in scopes if traits[flag])
    if name == "petition_registered":
        counter = "received"
    if name == "notice_due":
        counter = f"{data['kind']}_notices_due"
    if name == "case_concluded":
        yield from (("concluded_well", scope, 1) for scope in scopes)
        yield from (("jointly_reviewed", scope, 1) for scope in scopes if data["jointly_reviewed"])
        yield from (("recovered_yuan", scope, data["recovered_yuan"]) for scope in scopes if data["recovered_yuan"])
    yield from ((counter, scope, 1) for scope in scopes)


async def publish_changes(client: Client, pool: asyncpg.Pool, district: District) -> None:
    """For ever: what is marked, as one message an indicator and period with all scopes."""
    while True:
        async with pool.acquire() as connection, connection.transaction():
            dirty = await connection.fetch("DELETE FROM metrics.dirty RETURNING counter, month")
            if dirty:
                await _publish(client, connection, district, {row["counter"] for row in dirty}, dirty[0]["month"])
        await asyncio.sleep(EVERY_SECONDS)


async def _publish(client: Client, connection: Connection, district: District, counters: set[str], month: date) -> None:
    # The benchmark lives in one month: every period of it has the same sums.
    rows = await connection.fetch("SELECT counter, scope, amount FROM metrics.counts")
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        sums.setdefault(row["counter"], {})[row["scope"]] = row["amount"]
    outputs: list[Output] = []
    for indicator in INDICATORS:
        if not indicator.counters & counters:
            continue
        above, below = sums.get(indicator.numerator, {}), sums.get(indicator.denominator or "", {})
        scopes = [
            {"scope": one, "numerator": above.get(one, 0), "denominator": below.get(one)}
            for one in sorted({*above, *below})
        ]
        for period in periods(month, month):
            subject = f"xf.{district.code}.metric.{indicator.code}.{period}"
            body = json.dumps({"indicator": indicator.code, "period": period, "scopes": scopes}).encode()
            headers = {"ce-specversion": "1.0", "ce-id": subject, "ce-type": "metrics.indicator_value.v1"}
            headers |= {"ce-source": "metrics", "content-type": JSON}
            outputs.append(("XF_METRICS", subject, headers, body))
    for start in range(0, len(outputs), 1000):
        await publish_all(client, outputs[start : start + 1000])
