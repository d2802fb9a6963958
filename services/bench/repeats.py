"""``xinfang bench repeats``: the index of signatures at three sizes, on a PostgreSQL of its own.

Rows are synthetic but of real size and shape: the entries of a district's petitions share as many as real ones do, and
real signatures stand among them, which the look-ups must find.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg

from services.embedded.postgres import EmbeddedPostgres
from services.intake.repeats.index import Repeats, Row, copy
from services.runtime.migrate import upgrade

from .latency import percentile
from .servers import fresh_folder

SIZES = (10_000, 1_000_000, 3_400_000)
DISTRICTS = 2_844
"""County-level districts of the country: 3.4 million a year are spread over them."""
_BODY, _ENTRIES, _SHARED, _POOL = 560, 16, 6, 4_000
_PLANTED, _BATCH = 500, 20_000
_PLACES = ("柳树湾", "石桥", "樟木冲", "青山铺", "枫林", "大坪", "石门坳", "龙泉", "桃花坪", "金鸡岭")
_SURNAMES, _GIVEN = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜",
    "建国志强秀英文军海涛晓红德旺光明春生",
)
_MATTERS = (
    "把低保给了开小车的弟弟，真正困难的老人没有评上，名单从来没有公示",
    "修通组公路偷工减料，路面不到半年就开裂，工程没有招标",
    "克扣征地补偿款，每亩少发一万四千元，账本不给看",
    "收危房改造户的手续费，每户三千元，没有收据",
    "集体鱼塘低价包给妹夫，合同签了三十年，没有开会",
    "虚报退耕还林面积，用已经去世的人的名字领补助",
)


@dataclass(frozen=True, slots=True)
class Size:
    """The index at one size. bytes: of table and indexes on disk; found: look-ups that came upon what they sought."""

    rows: int
    fill_seconds: float
    bytes: int
    peak_memory_bytes: int
    p50_ms: float
    p99_ms: float
    found: int
    of: int


def run(show: Callable[[str], None], sizes: tuple[int, ...] = SIZES) -> dict[str, object]:
    """Fill and look up, size after size."""
    with fresh_folder() as folder, EmbeddedPostgres(folder / "postgres") as postgres:
        upgrade(postgres.url)
        results = asyncio.run(_measure(postgres.url, sizes, show))
    return {"repeats": [asdict(one) for one in results]}


async def _measure(url: str, sizes: tuple[int, ...], show: Callable[[str], None]) -> list[Size]:
    repeats = Repeats(b"bench" * 8)
    chance = random.Random(3)
    connection = await asyncpg.connect(url)
    results, there = [], 0
    try:
        planted = [_petition(number, chance) for number in range(_PLANTED)]
        await copy(connection, [repeats.row(number, repeats.sign(text)) for number, text in planted])
        there = len(planted)
        for size in sizes:
            started = time.perf_counter()
            await _fill(connection, there, size, chance)
            filled = time.perf_counter() - started
            there = size
            result = await _look_up(connection, repeats, planted, size, filled)
            results.append(result)
            show(
                f"{result.rows:>9,}  {result.bytes / 2**30:.2f} GiB"
                f"  p50 {result.p50_ms:.1f} ms  p99 {result.p99_ms:.1f} ms"
            )
    finally:
        await connection.close()
    return results


async def _fill(connection: asyncpg.Connection, there: int, size: int, chance: random.Random) -> None:
    """As ``xinfang repeats preload``; for many rows the index is built afterwards, which is faster and packs it."""
    await connection.execute("DROP INDEX intake.signatures_entries")
    for start in range(there, size, _BATCH):
        await copy(connection, _synthetic(range(start, min(start + _BATCH, size)), chance))
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await connection.execute("CREATE INDEX signatures_entries ON intake.signatures USING gin (entries)")
    await connection.execute("VACUUM ANALYZE intake.signatures")


def _synthetic(numbers: range, chance: random.Random) -> Iterator[Row]:
    for number in numbers:
        district = number % DISTRICTS
        own = [chance.getrandbits(24) for _ in range(_ENTRIES - _SHARED)]
        shared = [hash((district, int(chance.random() ** 2 * _POOL))) % 2**24 for _ in range(_SHARED)]
        yield f"{100_000 + district}-2023-{number // DISTRICTS + 500_000:06d}", own + shared, os.urandom(_BODY)


def _petition(number: int, chance: random.Random) -> tuple[str, str]:
    place, matter = chance.choice(_PLACES), chance.choice(_MATTERS)
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, 2))
    text = f"反映{place}村支书{name}，{matter}，涉及金额{chance.randint(11, 980) * 100}元，请查。"
    return f"{100_000 + number % DISTRICTS}-2022-{number + 1:06d}", text


async def _look_up(
    connection: asyncpg.Connection, repeats: Repeats, planted: list[tuple[str, str]], rows: int, filled: float
) -> Size:
    milliseconds, found = [], 0
    for number, text in planted:
        again = repeats.sign(text.replace("反映", "我们村的人都晓得，").replace("，请查", ""))
        started = time.perf_counter()
        likely = await repeats.look_up(connection, f"{number[:6]}-2024-000001", again)
        milliseconds.append((time.perf_counter() - started) * 1000)
        found += any(one.petition == number for one in likely)
    size = await connection.fetchval("SELECT pg_total_relation_size('intake.signatures')")
    return Size(
        rows=rows,
        fill_seconds=round(filled, 1),
        bytes=size,
        peak_memory_bytes=_peak_memory(),
        p50_ms=round(percentile(milliseconds, 50), 2),
        p99_ms=round(percentile(milliseconds, 99), 2),
        found=found,
        of=len(planted),
    )


def _peak_memory() -> int:
    """Of this process, which fills."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0
