"""Workbooks as XlsxWriter makes them, and as an attacker would change them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from services.intake.ledgers.register import COLUMNS

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def workbook(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> bytes:
    """A workbook whose first sheet has these headings and rows; a date is a date cell, ``=...`` a formula."""
    return sheet([list(columns), *([row.get(column, "") for column in columns] for row in rows)])


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with these cells, and a second sheet that nobody reads."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "yyyy/m/d"}) as book:
        first, other = book.add_worksheet("台账"), book.add_worksheet("其他")
        for number, row in enumerate(rows):
            first.write_row(number, 0, row)
        other.write(0, 0, "=1+1")
    return file.getvalue()


def changed(file: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same package with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def part(file: bytes, name: str) -> bytes:
    """One part of a package."""
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        return package.read(name)


def bomb(size: int) -> bytes:
    """A workbook of some kilobytes whose sheet unpacks to ``size`` bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package, package.open(SHEET, "w", force_zip64=True) as into:
        for _ in range(size // 1_048_576):
            into.write(b" " * 1_048_576)
    return out.getvalue()


def understated(file: bytes, name: str, size: int) -> bytes:
    """The package with a part that says it is smaller than it is."""
    with zipfile.ZipFile(io.BytesIO(file)) as package:
        true = package.getinfo(name).file_size.to_bytes(4, "little")
    return file.replace(true, size.to_bytes(4, "little"))
