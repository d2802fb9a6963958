"""Old ledgers into the index: signatures only, in batches; the words themselves are not kept."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import asyncpg

from .index import Repeats, Row, copy

BATCH = 5_000
_NUMBER = re.compile(r"\d{6}-\d{4}-\d{6}")
_HEADINGS = {
    "petition": ("petition", "number", "编号", "信访件编号"),
    "text": ("text", "content", "内容", "举报内容", "概况"),
    "accused": ("accused", "被举报人", "被反映人"),
    "organisation": ("organisation", "单位", "被举报人单位"),
}


class PreloadError(ValueError):
    """What is wrong with a ledger: line and column, never what stands there."""


@dataclass(frozen=True, slots=True)
class Old:
    """One petition of an old ledger."""

    petition: str
    text: str
    accused: str | None
    organisation: str | None


def read_old(path: Path) -> Iterator[Old]:
    """From a CSV with headings (编号, 内容, 被举报人, 单位), or JSON Lines with the same names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = _json_lines(file) if path.suffix.lower() in (".jsonl", ".ndjson") else _csv_rows(file)
        for line, row in rows:
            found = {what: next((row[one] for one in names if row.get(one)), None) for what, names in _HEADINGS.items()}
            petition, text = found["petition"], found["text"]
            if petition is None or not _NUMBER.fullmatch(petition):
                raise PreloadError(
                    f"第 {line} 行编号不是 区划-年-序号 / line {line}: number is not district-year-serial"
                )
            if not text:
                raise PreloadError(f"第 {line} 行没有内容 / line {line} has no text")
            yield Old(petition, text, found["accused"], found["organisation"])


def _csv_rows(file: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(file)
    try:
        for row in reader:
            yield reader.line_num, {str(key).strip(): str(value or "").strip() for key, value in row.items()}
    except csv.Error:
        raise PreloadError(f"第 {reader.line_num} 行不是 CSV / line {reader.line_num} is no CSV") from None


def _json_lines(file: Iterable[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise PreloadError(f"第 {line} 行不是 JSON 对象 / line {line} is no JSON object")
        yield line, {str(key): str(value or "").strip() for key, value in row.items()}


async def preload(url: str, olds: Iterable[Old], repeats: Repeats, done: Callable[[int], None]) -> int:
    """Sign and write; whoever is in the index already is left as it is. Returns how many are new.

    So a file that broke off is simply loaded again.
    """
    connection = await asyncpg.connect(url)
    new, source = 0, iter(olds)
    try:
        for batch in iter(lambda: list(islice(source, BATCH)), []):
            rows = {one.petition: _row(one, repeats) for one in batch}
            new += await _add(connection, list(rows.values()))
            done(len(batch))
    finally:
        await connection.close()
    return new


def _row(old: Old, repeats: Repeats) -> Row:
    given = [(old.accused, old.organisation)] if old.accused or old.organisation else []
    return repeats.row(old.petition, repeats.sign(old.text, given))


async def _add(connection: asyncpg.Connection, rows: list[Row]) -> int:
    known = await connection.fetch(
        "SELECT petition FROM intake.signatures WHERE petition = ANY($1::text[])", [petition for petition, _, _ in rows]
    )
    there = {row["petition"] for row in known}
    fresh = [row for row in rows if row[0] not in there]
    await copy(connection, fresh)
    return len(fresh)
