"""A ledger as CSV: bytes to rows of cells."""

import csv
from io import StringIO

from services.runtime.faults import Fault

from .file import LedgerError


def records(ledger: bytes) -> list[list[str]]:
    """The cells of every row, trimmed. LedgerError when it is not CSV.

    Strict: an open quotation mark would otherwise swallow all the rows that follow into one text.
    """
    reader = csv.reader(StringIO(_decode(ledger), newline=""), strict=True)
    found: list[list[str]] = []
    try:
        found += ([cell.strip() for cell in record] for record in reader)
    except csv.Error:
        what = "CSV 写法错误 / is not valid CSV"
        raise LedgerError("wrong_csv", [Fault(where=f"row {len(found) + 1}", what=what)]) from None
    return found


def _decode(ledger: bytes) -> str:
    """UTF-8, with or without a byte-order mark; else GB18030, in which Chinese spreadsheets save."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return ledger.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    what = "应为 UTF-8 或 GB18030 编码 / must be UTF-8 or GB18030"
    raise LedgerError("wrong_encoding", [Fault(where="file", what=what)])
