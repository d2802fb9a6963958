"""What ledgers of every format share: an error that names places only, and what is taken for a formula."""

import re
from collections.abc import Sequence

from services.runtime.faults import Fault

_FULL_WIDTH = str.maketrans("=+-@", "=+-@")
# A sign, then a call, a reference to a cell or a sheet, a joined string, or DDE: what a spreadsheet would evaluate.
# "+86-000 0000", "-1", "- 某某", "@某某" are none of it. The possessive repetition keeps the search linear.
_FORMULA = re.compile(
    r"=|[+\-@](?:"
    r"[^\n|]*\|[^\n!]*!"
    r"|[\s+\-@()0-9.,*/^]*+(?:"
    r"[A-Za-z_][\w.]*\s*\("
    r"|'?[A-Za-z_][\w.]*'?!\$?[A-Za-z]"
    r"|\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?=\s*(?:$|[-+*/^&=<>:,;)]))"
    r'|"[^"]*"\s*&'
    r"))",
    re.ASCII,
)


class LedgerError(Exception):
    """The file as a whole cannot be read. ``reason`` is a code; ``faults`` name columns and rows, never content."""

    def __init__(self, reason: str, faults: Sequence[Fault]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.faults = list(faults)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet that opens this text would calculate it (CWE-1236)."""
    return _FORMULA.match(cell[:1].translate(_FULL_WIDTH) + cell[1:]) is not None
