"""A ledger as XLSX: a workbook's first sheet to rows of cells, behind bounds that are checked before it is read."""

import lzma
import warnings
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from openpyxl import DEFUSEDXML, load_workbook

from services.runtime.faults import Fault

from .file import LedgerError

MAX_ENTRIES = 200
MAX_UNPACKED = 64 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 64
_CHUNK = 65_536
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Doubles hold no more digits: a longer number has lost its end already.
_EXACT = 10**15

if not DEFUSEDXML:
    raise ImportError("openpyxl must parse with defusedxml")
# It warns with the value of the cell, which would end up in the log.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


def records(ledger: bytes) -> list[list[str]]:
    """The cells of every row as text, trimmed, as many as there are headings. LedgerError when it is no workbook."""
    if ledger.startswith(_COMPOUND_FILE):
        what = (
            "是旧版 .xls 或加密文件;请不加密另存为 .xlsx / is an old .xls or encrypted; save it as .xlsx, unencrypted"
        )
        raise _wrong(what)
    _check_size(ledger)
    try:
        rows = list(_rows(ledger))
    except LedgerError:
        raise
    except Exception:  # noqa: BLE001 - of a broken workbook openpyxl may raise anything
        raise _wrong("不是可读的 .xlsx 工作簿 / is no readable .xlsx workbook") from None
    width = len(rows[0]) if rows else 0
    return [row + [""] * (width - len(row)) for row in rows]


def _check_size(ledger: bytes) -> None:
    """Before anything is parsed: few entries, small as declared, and no larger than declared, all of it intact."""
    too_large = _wrong("展开后过大 / is too large when unpacked")
    try:
        with ZipFile(BytesIO(ledger)) as packed:
            entries = packed.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise too_large
            unpacked = 0
            for entry in entries:
                with packed.open(entry) as content:
                    while chunk := content.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > MAX_UNPACKED:
                            raise too_large
    except LedgerError:
        raise
    except (BadZipFile, ValueError, OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError):
        raise _wrong("不是完好的 .xlsx 文件 / is no intact .xlsx file") from None


def _rows(ledger: bytes) -> Iterator[list[str]]:
    workbook = load_workbook(BytesIO(ledger), read_only=True, data_only=False, keep_links=False)
    try:
        sheet = workbook.worksheets[0]
        # What the file claims of its size is not believed: rows would be filled up to it.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > MAX_ROWS:
                raise LedgerError(
                    "too_large", [Fault(where="file", what=f"超过 {MAX_ROWS} 行 / more than {MAX_ROWS} rows")]
                )
            if len(row) > MAX_COLUMNS:
                what = f"超过 {MAX_COLUMNS} 列 / more than {MAX_COLUMNS} columns"
                raise LedgerError("too_large", [Fault(where=f"row {number}", what=what)])
            yield _trimmed(_text(cell.value, is_formula=cell.data_type == "f") for cell in row)
    finally:
        workbook.close()


def _trimmed(cells: Iterable[str]) -> list[str]:
    row = [cell.strip() for cell in cells]
    while row and not row[-1]:
        row.pop()
    return row


def _text(value: object, *, is_formula: bool) -> str:
    """A cell as the clerk sees it. A formula keeps its sign, and is refused like one that stands in a CSV."""
    if is_formula:
        return "="
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _wrong(what: str) -> LedgerError:
    return LedgerError("wrong_workbook", [Fault(where="file", what=what)])
